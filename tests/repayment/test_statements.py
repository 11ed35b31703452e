"""Papers for the borrower: their figures, their words, and the page that is printed."""

import re
import zlib
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.repayment.domain.events import LoanAccountEvent
from services.repayment.domain.installment import RepaymentMethod
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.statement import (
    AccountPaper,
    IssueStatement,
    SchedulePaper,
    SettlementPaper,
    hash_of,
    said_by,
    statement,
    statement_id_of,
)
from services.repayment.domain.statement_figures import NOTED, Asked, Posted, movements, paper_of
from services.repayment.statements import rendering
from services.repayment.statements.page import Proof, page_of
from services.repayment.statements.words import FACTS, METHODS, TITLES, WORDS, in_words
from shared.messages import Rejected
from shared.money import Money
from tests.repayment import builders
from tests.repayment.builders import (
    DRAWN_ON,
    FIRST_DUE,
    MATURITY,
    PROPOSAL,
    RECEIPT,
    SECOND_DUE,
    SECOND_RECEIPT,
    age,
    book,
    pay_off,
    recover,
    repay,
    write_off,
    yuan,
)

LANGUAGES: tuple[Any, ...] = ("zh", "en")
MUTE = {
    "AccountChangeProposed", "AccountChangeRejected", "DelinquencyAged", "DelinquencyCured", "InstallmentFellOverdue",
    "LoanReclassified", "WriteOffRefused",
}  # fmt: skip
"""Facts that move nothing of the borrower's and are no line of a statement."""


def posted(*asked: Any) -> list[Posted]:
    """The facts of these commands, each on the day that the command was about."""
    history: list[Posted] = []
    state = loan_account.initial
    for command in asked:
        days = (getattr(command, name, None) for name in ("received_on", "as_of", "disbursed_on", "approved_on"))
        facts = loan_account.decide(command, state)
        state = loan_account.fold(facts, state)
        on = next(day for day in days if day)
        history += [Posted(on, event) for event in facts]
    return history


def paper(history: list[Posted], kind: Any, on: date, **more: Any) -> Any:
    return paper_of(history, Asked(kind, on, **more), legal_entity="LD01", branch="XM01")


PAID = (
    book(),
    repay(620, FIRST_DUE),
    repay(560, SECOND_DUE, receipt=SECOND_RECEIPT),
    age(MATURITY),
    repay(100_620, MATURITY, receipt=PROPOSAL),
)


def test_a_schedule_is_that_of_its_version_and_says_whether_it_still_holds() -> None:
    history = posted(book(), pay_off("100200.00", date(2026, 1, 20)))
    first, now = (paper(history, "schedule", DRAWN_ON, schedule_version=number) for number in (1, None))
    assert (first.version, first.is_current, [row.due_on for row in first.rows]) == (
        1, False, [FIRST_DUE, SECOND_DUE, MATURITY],
    )  # fmt: skip
    assert (now.version, now.is_current, [row.due_on for row in now.rows]) == (2, True, [date(2026, 1, 20)])
    with pytest.raises(Rejected, match="no_such_version"):
        paper(history, "schedule", DRAWN_ON, schedule_version=3)


def test_an_account_statement_tells_every_movement_and_where_it_ends() -> None:
    history = posted(book(), repay(1000, FIRST_DUE), age(date(2026, 3, 20)))
    told: AccountPaper = paper(history, "account", date(2026, 3, 20))
    lines = [(line.on, line.fact, line.received, line.interest, line.held, line.balance) for line in told.movements]
    nil, owed = yuan(0), yuan(100_000)
    assert lines == [
        (DRAWN_ON, "LoanBooked", nil, nil, nil, owed),
        (FIRST_DUE, "InstallmentBilled", nil, nil, nil, owed),
        (FIRST_DUE, "RepaymentReceived", yuan(1000), yuan(620), yuan(380), owed),
        (date(2026, 3, 20), "InstallmentBilled", nil, nil, nil, owed),
        (date(2026, 3, 20), "CreditApplied", nil, yuan(380), yuan(-380), owed),
    ]
    assert (told.opening, told.closing, told.held) == (nil, owed, nil)
    assert told.past_due.minor > yuan(180).minor, "the rest of the second instalment, and its compound interest"


def test_a_period_opens_with_what_was_before_it_and_knows_nothing_after_it() -> None:
    history = posted(*PAID)
    told = paper(history, "account", MATURITY, from_on=FIRST_DUE, until_on=SECOND_DUE)
    assert (told.opening, told.closing) == (yuan(100_000), yuan(100_000))
    assert {line.on for line in told.movements} == {FIRST_DUE, SECOND_DUE}
    before = paper(history, "account", MATURITY, from_on=date(2025, 1, 1), until_on=date(2025, 12, 31))
    assert (before.opening, before.movements, before.closing) == (yuan(0), (), yuan(0))


def test_a_loan_written_off_is_still_owed_and_what_is_recovered_is_told() -> None:
    on = date(2026, 4, 20)
    history = posted(book(), age(on), write_off(on), recover(2000, date(2026, 5, 1)))
    told: AccountPaper = paper(history, "account", date(2026, 5, 1))
    [recovery] = [line for line in told.movements if line.fact == "WrittenOffLoanRecovered"]
    assert recovery.received == yuan(2000)
    assert recovery.received == recovery.principal + recovery.interest + recovery.penalty
    assert told.closing == yuan(100_000) - recovery.principal


@settings(deadline=None)
@given(amounts=st.lists(st.integers(1, 3_000_000), min_size=1, max_size=6))
def test_what_is_received_is_what_was_paid_however_it_is_applied(amounts: list[int]) -> None:
    """Over a whole life each line's money is its parts, and the balance is what was lent less what was repaid."""
    receipts = [RECEIPT, SECOND_RECEIPT, PROPOSAL, builders.OTHER_PROPOSAL, builders.CONTRACT, builders.BORROWER]
    days = [date(2026, 2, 1 + 4 * number) for number in range(len(amounts))]
    asked: list[Any] = [book(method="equal_instalments")]
    for amount, day, receipt in zip(amounts, days, receipts, strict=False):
        asked += [age(day), repay(Money(amount), day, receipt=receipt)]
    lines = movements(posted(*asked))
    assert sum(line.received.minor for line in lines) == sum(amounts)
    assert all(line.received == line.principal + line.interest + line.penalty + line.held for line in lines)
    assert lines[-1].balance == yuan(100_000) - Money.sum(line.principal for line in lines)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"until_on": MATURITY.replace(year=2027)}, "not_in_future"),
        ({"from_on": SECOND_DUE, "until_on": FIRST_DUE}, "period_without_days"),
    ],
)
def test_a_period_that_cannot_be_is_refused(more: Any, code: str) -> None:
    with pytest.raises(Rejected, match=code):
        paper(posted(*PAID), "account", MATURITY, **more)


def test_only_what_is_settled_is_certified_as_settled() -> None:
    told: SettlementPaper = paper(posted(*PAID), "settlement", MATURITY)
    assert (told.settled_on, told.early, told.interest_charged) == (MATURITY, False, yuan(1800))
    with pytest.raises(Rejected, match="loan_not_settled"):
        paper(posted(*PAID[:3]), "settlement", SECOND_DUE)


def test_a_hash_is_of_every_figure_and_of_nothing_else() -> None:
    history = posted(*PAID)
    kinds = [paper(history, kind, MATURITY) for kind in ("schedule", "account", "settlement")]
    again = [paper(history, kind, MATURITY) for kind in ("schedule", "account", "settlement")]
    other: SchedulePaper = paper(history, "schedule", MATURITY.replace(day=11))
    assert [hash_of(one) for one in kinds] == [hash_of(one) for one in again]
    assert len({hash_of(one) for one in [*kinds, other]}) == 4
    assert all(re.fullmatch("[0-9a-f]{64}", hash_of(one)) for one in kinds)


def test_what_a_verification_shows_has_words_and_names_nobody() -> None:
    for kind in ("schedule", "account", "settlement"):
        said = said_by(paper(posted(*PAID), kind, MATURITY))
        assert {one.name for one in said} <= WORDS.keys()
        assert not {"borrower_id", "loan_id", "contract_id"} & {one.name for one in said}


def test_the_same_paper_is_issued_once() -> None:
    told = paper(posted(*PAID), "settlement", MATURITY)
    command = statement_command(told)
    [fact] = statement.decide(command, None)
    assert (fact.sha256, fact.said) == (hash_of(told), said_by(told))
    assert statement.decide(command, statement.fold([fact])) == []


def statement_command(told: Any) -> IssueStatement:
    sha256 = hash_of(told)
    return IssueStatement(
        statement_id=statement_id_of(sha256), loan_id=told.subject.loan_id, kind=told.kind, sha256=sha256,
        said=said_by(told), loan_version=1, from_on=None, until_on=None, schedule_version=None, issued_on=MATURITY,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        ("0.00", "人民币零元整", "CNY zero and 00/100"),
        ("0.05", "人民币伍分", "CNY zero and 05/100"),
        ("0.50", "人民币伍角整", "CNY zero and 50/100"),
        ("10.01", "人民币壹拾元零壹分", "CNY ten and 01/100"),
        ("1409.50", "人民币壹仟肆佰零玖元伍角整", "CNY one thousand four hundred nine and 50/100"),
        ("6007.14", "人民币陆仟零柒元壹角肆分", "CNY six thousand seven and 14/100"),
        ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分", "CNY one thousand six hundred eighty and 32/100"),
        ("107000.53", "人民币壹拾万柒仟元伍角叁分", "CNY one hundred seven thousand and 53/100"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分", "CNY sixteen thousand four hundred nine and 02/100"),
        ("1200000.00", "人民币壹佰贰拾万元整", "CNY one million two hundred thousand and 00/100"),
    ],
)  # the examples of 支付结算办法, annex 1, and the borders
def test_amounts_in_words(amount: str, zh: str, en: str) -> None:
    assert (in_words(Money.of(amount), "zh"), in_words(Money.of(amount), "en")) == (zh, en)


def test_an_amount_in_another_currency_is_in_its_words() -> None:
    assert in_words(Money.of("21.00", "USD"), "zh") == "USD twenty-one and 00/100"
    assert in_words(Money(21_000_000, "JPY"), "en") == "JPY twenty-one million"


@given(minor=st.integers(0, 10**15))
def test_words_read_back_to_the_amount(minor: int) -> None:
    """The Chinese words are read by a reader of our own, digit by digit."""
    assert read_chinese(in_words(Money(minor), "zh").removeprefix("人民币")) == minor


def read_chinese(text: str) -> int:
    digits = {name: value for value, name in enumerate("零壹贰叁肆伍陆柒捌玖")}
    places = {"拾": 10, "佰": 100, "仟": 1000}
    total = section = digit = 0
    whole, _, parts = text.partition("元") if "元" in text else ("", "", text)
    for sign in whole:
        if sign in digits:
            digit = digits[sign]
        elif sign in places:
            section, digit = section + digit * places[sign], 0
        elif sign == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        else:  # 亿 multiplies all that was read so far
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    minor = (total + section + digit) * 100
    for number, sign in re.findall("([壹贰叁肆伍陆柒捌玖])([角分])", parts):
        minor += digits[number] * (10 if sign == "角" else 1)
    return minor


def test_every_fact_of_a_loan_has_a_name_or_is_no_line() -> None:
    """One that another change adds is an adjustment until it is named here."""
    named = {event.__name__ for event in get_args(LoanAccountEvent)} & (FACTS.keys() | MUTE)
    assert FACTS.keys() <= named
    assert {event.__name__ for event in NOTED} <= FACTS.keys()
    assert set(get_args(RepaymentMethod)) == METHODS.keys()


@pytest.mark.parametrize("kind", TITLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_tells_every_figure_in_its_language_and_stands_by_itself(kind: str, language: Any) -> None:
    told = paper(posted(*PAID), kind, MATURITY)
    page = page_of(told, language, Proof(hash_of(told), f"https://bank.example/v1/verify/{hash_of(told)}"))
    other = TITLES[kind][1 - LANGUAGES.index(language)]
    assert TITLES[kind][LANGUAGES.index(language)] in page
    assert other not in page
    assert hash_of(told) in page
    assert str(builders.BORROWER) in page
    assert "100,000.00" in page
    assert not re.search(r'(src|href|url\()\s*=?\s*["\']?http', page), "nothing is loaded from elsewhere"
    assert WORDS["preview"][LANGUAGES.index(language)] not in page


def test_a_paper_that_was_not_issued_says_so_and_has_no_code() -> None:
    page = page_of(paper(posted(*PAID), "settlement", MATURITY), "zh", None)
    assert "预览 · 未出具" in page
    assert "<svg" not in page


def test_rates_are_told_without_needless_digits() -> None:
    history = posted(book(rate="7.2000"))
    assert paper(history, "schedule", DRAWN_ON).subject.annual_rate_percent == Decimal("7.2000")
    assert ">7.2 %<" in page_of(paper(history, "schedule", DRAWN_ON), "zh", None)


def test_without_the_libraries_it_is_said_what_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "weasyprint.text", None)  # as if it could not be loaded
    rendering.what_is_missing.cache_clear()
    try:
        with pytest.raises(rendering.LibrariesMissing, match="apt-get install"):
            rendering.pdf_of("<p>")
    finally:
        rendering.what_is_missing.cache_clear()


# WeasyPrint leaves its colour profile, an open file, to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.integration
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_schedule_is_printed_over_pages(language: Any) -> None:
    """Where the system's libraries are missing this fails and says how to install them (`make test` does)."""
    told = paper(posted(book(term_months=60, method="equal_instalments")), "schedule", DRAWN_ON)
    page = page_of(told, language, Proof(hash_of(told), "https://bank.example/v1/verify/x"))
    printed = rendering.pdf_of(page)
    assert printed.startswith(b"%PDF-1.7")
    streams = re.findall(rb"stream\n(.*?)\nendstream", printed, re.DOTALL)
    assert any(b"pdfaid:part" in zlib.decompress(one) for one in streams if one[:1] == b"x"), "for the archive: PDF/A"
    assert pages_of(page) == 2
    assert rendering.pdf_of(page) == printed, "the same paper is the same file"


def pages_of(page: str) -> int:
    from weasyprint import HTML  # noqa: PLC0415  (it stands on libraries of the system)

    return len(HTML(string=page).render().pages)


@pytest.mark.integration
def test_a_page_fetches_nothing() -> None:
    with pytest.raises(ValueError, match="fetches nothing"):
        rendering._no_fetching("http://127.0.0.1/x")
