"""The page of a paper as HTML that stands by itself: what is previewed on a screen is what is printed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from services.repayment.domain.statement import AccountPaper, Movement, SchedulePaper, SettlementPaper, Subject
from services.repayment.statements.words import (
    METHODS,
    TITLES,
    Language,
    amount,
    day,
    fact,
    in_words,
    named,
    word,
)
from shared.money import Money

Paper = SchedulePaper | AccountPaper | SettlementPaper
ROOM_CHARACTERS = {"schedule": 16, "account": 14}
"""The longest amount that a column has room for in the usual size: 9,999,999,999.99 and 999,999,999.99."""


@dataclass(frozen=True)
class Proof:
    """By what an issued paper can be verified: the hash of its figures and where to ask."""

    sha256: str
    url: str


def page_of(paper: Paper, language: Language, proof: Proof | None) -> str:
    """The page in one language; without a proof it is marked as a preview that certifies nothing."""
    title, subject = named(TITLES, paper.kind, language), paper.subject
    match paper:
        case SchedulePaper():
            body = _schedule(paper, language)
            state = word("current" if paper.is_current else "replaced", language)
            about = f"{word('version', language).format(paper.version)} · {state}"
        case AccountPaper():
            body = _account(paper, language)
            about = f"{day(paper.from_on, language)} – {day(paper.until_on, language)}"
        case SettlementPaper():
            body, about = _settlement(paper, language), ""
    foot = f"{title} · {word('loan_id', language)} {subject.loan_id} · {day(paper.issued_on, language)}"
    return (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)} {subject.loan_id}</title>'
        f"<style>{_style(foot, language)}</style></head><body>"
        f'<header><div class="bank"><b>流贷 Liudai</b>{escape(subject.legal_entity)} · {escape(subject.branch)}</div>'
        f"<h1>{escape(title)}<small>{escape(about)}</small></h1></header>"
        f"{body}{_proof(proof, language)}</body></html>"
    )


def _schedule(paper: SchedulePaper, language: Language) -> str:
    columns = (
        ("no", "no"), ("starts_on", "day"), ("due_on", "day"), ("balance", ""), ("row_principal", ""),
        ("row_interest", ""), ("row_total", ""), ("balance_after", ""),
    )  # fmt: skip
    rows = [
        [str(row.no), row.starts_on.isoformat(), row.due_on.isoformat(), _figure(row.balance), _figure(row.principal),
         _figure(row.interest), _figure(row.total), _figure(row.balance - row.principal)]
        for row in paper.rows
    ]  # fmt: skip
    currency = paper.subject.principal.currency
    total = [
        word("total", language), "", "", "",
        *(_figure(Money.sum(column, currency)) for column in (
            [row.principal for row in paper.rows], [row.interest for row in paper.rows],
            [row.total for row in paper.rows],
        )), "",
    ]  # fmt: skip
    heading = _heading(paper.subject, paper, language, terms=True)
    return f"{heading}{_table(paper.kind, columns, rows, total, language)}{_note('schedule_note', language)}"


def _account(paper: AccountPaper, language: Language) -> str:
    columns = (
        ("on", "day"), ("fact", "text"), ("drawn", ""), ("billed", ""), ("received", ""), ("paid_principal", ""),
        ("paid_interest", ""), ("paid_penalty", ""), ("after", ""),
    )  # fmt: skip
    rows = [_moved(one, language) for one in paper.movements]
    currency = paper.opening.currency
    sums = [
        Money.sum((getattr(one, name) for one in paper.movements), currency)
        for name in ("drawn", "billed", "received", "principal", "interest", "penalty")
    ]
    total = [word("total", language), "", *map(_figure, sums), _figure(paper.closing)]
    ends = {name: _money(getattr(paper, name)) for name in ("opening", "closing", "held", "past_due")}
    figures = _facts({**ends, "in_words": in_words(paper.closing, language)}, language)
    heading = _heading(paper.subject, paper, language, terms=False)
    return f"{heading}{_table(paper.kind, columns, rows, total, language)}{figures}{_note('account_note', language)}"


def _moved(one: Movement, language: Language) -> list[str]:
    amounts = (one.drawn, one.billed, one.received, one.principal, one.interest, one.penalty)
    return [one.on.isoformat(), escape(fact(one.fact, language)), *map(_figure, amounts), _figure(one.balance)]


def _settlement(paper: SettlementPaper, language: Language) -> str:
    figures = {
        "settled_on": day(paper.settled_on, language),
        "early": word("early_yes" if paper.early else "early_no", language),
        "interest_charged": _money(paper.interest_charged),
        "penalty_charged": _money(paper.penalty_charged),
    }
    return (
        f"{_heading(paper.subject, paper, language, terms=True)}{_facts(figures, language)}"
        f'<p class="certificate">{escape(word("settlement_note", language))}</p>'
        f'<p class="seal">{escape(word("seal", language))}<br>{day(paper.issued_on, language)}</p>'
    )


def _heading(subject: Subject, paper: Paper, language: Language, *, terms: bool) -> str:
    told = {
        "loan_id": str(subject.loan_id),
        "issued_on": day(paper.issued_on, language),
        "contract_id": str(subject.contract_id),
        "disbursed_on": day(subject.disbursed_on, language),
        "borrower_id": str(subject.borrower_id),
        "principal": _money(subject.principal),
    }
    if terms:
        told["in_words"] = in_words(subject.principal, language)
    told["repayment_method"] = named(METHODS, subject.repayment_method, language)
    told["annual_rate_percent"] = f"{subject.annual_rate_percent.normalize():f} %"
    told["term_months"] = f"{subject.term_months} {word('months', language)} · {subject.day_count}"
    told["penalty_rate_percent"] = f"{subject.penalty_rate_percent.normalize():f} %"
    return _facts(told, language)


def _facts(told: Mapping[str, str], language: Language) -> str:
    """Names and what they are, two to a line; amounts in words have a line of their own."""
    lines, open_line = list[str](), ""
    for name, value in told.items():
        wide = name == "in_words"
        pair = (
            f'<th scope="row">{escape(word(name, language))}</th><td{" colspan=3" if wide else ""}>{escape(value)}</td>'
        )
        if wide or open_line:
            lines.append(f"<tr>{open_line}{pair}</tr>")
            open_line = ""
        else:
            open_line = pair
    return f'<table class="facts">{"".join(lines)}</table>'


def _table(
    kind: str,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str]],
    total: Sequence[str],
    language: Language,
) -> str:
    kinds = [kind for _, kind in columns]
    head = "".join(f'<th scope="col" class="{kind}">{escape(word(name, language))}</th>' for name, kind in columns)
    lines = [_row(row, kinds, "last" if number >= len(rows) - 2 else "") for number, row in enumerate(rows, start=1)]
    if not rows:
        told = f'<td class="nothing" colspan="{len(columns)}">{escape(word("nothing", language))}</td>'
        lines = [f'<tr class="last">{told}</tr>']
    body = f"{''.join(lines)}{_row(total, kinds, 'total')}"
    longest = max(len(cell) for cell in total if not cell.startswith("<"))
    large = " large" if longest > ROOM_CHARACTERS[kind] else ""
    return f'<table class="rows {kind}{large}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(cells: Iterable[str], kinds: Sequence[str], name: str) -> str:
    told = "".join(f'<td class="{kind}">{cell}</td>' for cell, kind in zip(cells, kinds, strict=True))
    return f'<tr class="{name}">{told}</tr>'


def _proof(proof: Proof | None, language: Language) -> str:
    if proof is None:
        return (
            f'<section class="proof preview"><div><b>{escape(word("preview", language))}</b>'
            f"<p>{escape(word('preview_note', language))}</p></div></section>"
        )
    import segno  # noqa: PLC0415  (not for a service that prints nothing)

    code = segno.make(proof.url, error="m").svg_inline(border=0, omitsize=True, dark="#17202b")
    return (
        f'<section class="proof">{code}<div><b>{escape(word("verify", language))}</b>'
        f"<p>{escape(word('verify_note', language))}</p><p><code>{escape(proof.url)}</code></p>"
        f"<p><code>SHA-256 {proof.sha256}</code></p></div></section>"
    )


def _note(name: str, language: Language) -> str:
    return f'<p class="note">{escape(word(name, language))}</p>'


def _figure(money: Money) -> str:
    return amount(money) if money else f'<span class="nil">{amount(money)}</span>'


def _money(money: Money) -> str:
    return f"{money.currency} {amount(money)}"


def _style(foot: str, language: Language) -> str:
    before, between, after = word("page", language).split("{}")
    pages = f'"{before}" counter(page) "{between}" counter(pages) "{after}"'
    return _css().replace("FOOT", f'"{foot}"').replace("PAGES", pages)


@cache
def _css() -> str:
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
