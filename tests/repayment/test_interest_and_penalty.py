"""Interest, penalty and compound interest: first day counts, last does not; each rounded once."""

from datetime import date
from decimal import Decimal

import pytest

from services.repayment.domain.events import LoanBooked
from services.repayment.domain.interest import simple_interest
from services.repayment.domain.penalty import (
    PastDue,
    compound_interest,
    heavier_uplift_percent,
    is_lawful_uplift,
    penalty_interest,
    penalty_rate_percent,
)
from shared.money import Money
from tests.repayment.builders import after, book


@pytest.mark.parametrize(
    ("day_count", "end_on", "interest"),
    [
        ("ACT/360", date(2026, 1, 10), "0.00"),  # repaid on the day of the drawdown
        ("ACT/360", date(2026, 1, 11), "20.00"),  # the drawdown day counts, the repayment day does not
        ("ACT/360", date(2026, 2, 10), "620.00"),
        ("30/360", date(2026, 2, 10), "600.00"),  # a month is annual / 12
        ("30/360", date(2026, 2, 15), "700.00"),  # … and five odd days at annual / 360
    ],
)
def test_simple_interest_on_100_000_at_7_2_percent(day_count: str, end_on: date, interest: str) -> None:
    earned = simple_interest(Money.of(100_000), Decimal("7.2"), day_count, date(2026, 1, 10), end_on)
    assert earned == Money.of(interest)


def test_half_a_fen_is_rounded_up() -> None:
    # 250.00 at 7.2 % for one day: 0.05; 25.00: 0.005
    assert simple_interest(Money.of(25), Decimal("7.2"), "ACT/360", date(2026, 1, 1), date(2026, 1, 2)) == Money(1)


def test_interest_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        simple_interest(Money.of(1), Decimal(1), "ACT/360", date(2026, 1, 2), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("kind", "uplift", "lawful"),
    [
        ("overdue", "29.99", False),
        ("overdue", "30", True),
        ("overdue", "50", True),
        ("overdue", "50.01", False),
        ("misuse", "49.99", False),
        ("misuse", "50", True),
        ("misuse", "100", True),
        ("misuse", "100.01", False),
    ],
)
def test_lawful_uplifts(kind: str, uplift: str, lawful: bool) -> None:
    assert is_lawful_uplift(kind, Decimal(uplift)) is lawful  # type: ignore[arg-type]


def test_of_two_breaches_the_heavier_is_charged() -> None:
    assert heavier_uplift_percent(Decimal(50), Decimal(80)) == 80


@pytest.mark.parametrize(
    ("annual", "uplift", "penalty"),
    [
        ("4.35", "50", "6.5250"),
        ("4.3333", "50", "6.5000"),  # 6.49995, half up
        ("4.3333", "30", "5.6333"),  # 5.63329
    ],
)
def test_the_penalty_rate_has_the_four_places_of_the_cost_statement(annual: str, uplift: str, penalty: str) -> None:
    assert str(penalty_rate_percent(Decimal(annual), Decimal(uplift))) == penalty


def test_a_loan_is_booked_with_the_rounded_penalty_rate() -> None:
    booked = after(book().model_copy(update={"annual_rate_percent": Decimal("4.3333")}))[0]
    assert isinstance(booked, LoanBooked)
    assert str(booked.penalty_rate_percent) == "6.5000"


PARTS = [
    PastDue(date(2026, 2, 10), Money.of(1000), Money.of(100)),
    PastDue(date(2026, 3, 10), Money.of(2000), Money.of(200)),
]


@pytest.mark.parametrize(
    ("since", "until", "penalty", "compound"),
    [
        (date(2026, 1, 1), date(2026, 2, 10), "0", "0"),  # on the due date nothing has run
        (date(2026, 1, 1), date(2026, 2, 11), "0.3", "0.03"),
        (date(2026, 1, 1), date(2026, 3, 10), "8.4", "0.84"),  # 28 days of the first
        (date(2026, 1, 1), date(2026, 3, 11), "9.3", "0.93"),  # … then both
        (date(2026, 3, 10), date(2026, 3, 11), "0.9", "0.09"),  # what was settled before does not run again
        (date(2026, 3, 11), date(2026, 3, 10), "0", "0"),
    ],
)
def test_penalty_on_principal_and_compound_on_interest(since: date, until: date, penalty: str, compound: str) -> None:
    rate = Decimal("10.8")
    assert penalty_interest(PARTS, rate, since, until) == Decimal(penalty)
    assert compound_interest(PARTS, rate, since, until) == Decimal(compound)
