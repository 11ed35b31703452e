"""What a verification answers to whoever holds a paper, as a page for a telephone in both languages."""

from collections.abc import Mapping
from datetime import date
from html import escape

from services.repayment.domain.events import Figure, StatementIssued
from services.repayment.statements.words import TITLES, WORDS, amount, day

_STYLE = """
body { margin: 0; background: #e5e9ee; font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; color: #17202b; }
main { max-width: 34rem; margin: 1.5rem auto; padding: 1.5rem; background: #fff; border-radius: .6rem; }
h1 { margin: 0 0 .5rem; font-size: 1.3rem; } .good { color: #14653a; } .old { color: #9a5b00; } .bad { color: #a11616; }
table { width: 100%; border-collapse: collapse; margin-top: 1rem; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem 0; border-bottom: 1px solid #e2e7ec; text-align: left; vertical-align: top; }
th { font-weight: 400; color: #66717f; } td { text-align: right; } code { font-size: .75rem; word-break: break-all; }
"""

_VERDICTS: Mapping[str, tuple[str, str, str]] = {
    "current": ("good", "真实有效", "Genuine and current"),
    "superseded": ("old", "真实，但已被更新", "Genuine, but superseded since"),
    "unknown": ("bad", "查无此单，不可采信", "Not issued by this bank"),
}


def verified_page(sha256: str, issued: StatementIssued | None, *, superseded: bool) -> str:
    """The answer as HTML: the verdict, and the figures to compare the paper with."""
    kind, zh, en = _VERDICTS["unknown" if issued is None else "superseded" if superseded else "current"]
    rows = ""
    if issued is not None:
        title = " · ".join(TITLES[issued.kind])
        told = [("issued_on", _day(issued.issued_on)), *((one.name, _told(one)) for one in issued.said)]
        rows = f"<h2>{title}</h2><table>{''.join(_row(name, value) for name, value in told)}</table>"
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>验真 · Verify</title><style>{_STYLE}</style></head><body><main>'
        f'<h1 class="{kind}">{zh} · {en}</h1><code>SHA-256 {escape(sha256)}</code>{rows}</main></body></html>'
    )


def _row(name: str, told: str) -> str:
    return f'<tr><th scope="row">{" · ".join(WORDS[name])}</th><td>{escape(told)}</td></tr>'


def _told(one: Figure) -> str:
    if one.amount is not None:
        return f"{one.amount.currency} {amount(one.amount)}"
    return _day(one.on) if one.on else ""


def _day(on: date) -> str:
    return day(on, "en")
