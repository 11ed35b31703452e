"""The cost statement: payments, annualised rate and the cost of default, against worked figures."""

from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest

from services.application.domain.cost_statement import (
    annualised_rate_percent,
    cost_statement,
    monthly_payments,
    payments_of,
    penalty_rate_percent,
)
from services.application.domain.facts import RepaymentMethod
from services.repayment.domain.schedule import repayment_schedule
from shared.money import Money
from tests.application.builders import TODAY, yuan


def payments(amount: int, rate: str, months: int, method: Any, day_count: Any, on: date = TODAY) -> list[Money]:
    return monthly_payments(
        yuan(amount),
        annual_rate_percent=Decimal(rate),
        term_months=months,
        method=method,
        day_count=day_count,
        drawn_on=on,
    )


def test_equal_instalments_are_the_annuity_and_the_last_takes_the_residue() -> None:
    # 150,000 at 10 % over 36 months: 4,840.08 (roniemartinez/amortization, test_amortization.py)
    paid = payments(150_000, "10", 36, "equal_instalments", "30/360")
    assert paid[:35] == [Money.of("4840.08")] * 35
    assert paid[35] == Money.of("4839.99")


def test_interest_only_pays_the_months_interest_and_the_principal_at_the_end() -> None:
    assert payments(120_000, "6", 3, "interest_only", "30/360") == [yuan(600), yuan(600), yuan(120_600)]


def test_actual_days_make_a_short_february_cheaper() -> None:
    # 31 January to 28 February, 31 March, 30 April: 28, 31, 30 days of 120,000 at 6 % of 360
    paid = payments(120_000, "6", 3, "interest_only", "ACT/360", date(2026, 1, 31))
    assert paid == [yuan(560), yuan(620), yuan(120_600)]


def test_equal_instalments_by_actual_days_still_repay_exactly() -> None:
    paid = payments(500_000, "4.35", 12, "equal_instalments", "ACT/360")
    assert len(set(paid[:11])) == 1
    assert abs((paid[11] - paid[0]).minor) < 12  # the residue of twelve roundings


@pytest.mark.parametrize(
    ("rate", "annualised"),
    [
        ("4.35", "4.44"),  # (1 + 0.0435/12)^12 - 1 = 4.4378 %
        ("12", "12.68"),  # 1.01^12 - 1 = 12.6825 %
        ("18", "19.56"),  # 1.015^12 - 1 = 19.5618 %
    ],
)
@pytest.mark.parametrize("method", ["equal_instalments", "interest_only"])
def test_the_annualised_rate_is_the_monthly_return_compounded(rate: str, annualised: str, method: Any) -> None:
    paid = payments(1_000_000, rate, 12, method, "30/360")
    assert annualised_rate_percent(yuan(1_000_000), paid) == Decimal(annualised)


def test_a_flat_rate_of_eight_percent_costs_nearly_twice_as_much() -> None:
    # 12,000 repaid by 12 × 1,080: i with 12,000 = 1,080 × (1 - (1+i)^-12)/i is 1.2043 % a month, 15.45 % a year
    assert annualised_rate_percent(yuan(12_000), [yuan(1_080)] * 12) == Decimal("15.45")


def test_a_loan_without_interest_costs_nothing() -> None:
    assert annualised_rate_percent(yuan(1_200), [yuan(100)] * 12) == Decimal("0.00")


def test_payments_that_do_not_cover_the_principal_have_no_rate() -> None:
    with pytest.raises(ValueError, match="do not cover"):
        annualised_rate_percent(yuan(1_200), [yuan(99)] * 12)


def test_the_penalty_rate_is_the_contract_rate_and_its_uplift() -> None:
    assert penalty_rate_percent(Decimal("4.35"), Decimal(50)) == Decimal("6.5250")
    assert penalty_rate_percent(Decimal("4.3333"), Decimal("33.3")) == Decimal("5.7763")  # 5.77629 half up


def test_a_statement_lists_every_charge_and_what_default_costs() -> None:
    statement = cost_statement(
        principal=yuan(120_000),
        annual_rate_percent=Decimal(6),
        term_months=3,
        method="interest_only",
        day_count="30/360",
        penalty_uplift_percent=Decimal(50),
        drawn_on=TODAY,
    )
    assert [(charge.code, charge.payee, charge.amount) for charge in statement.charges] == [
        ("interest", "lender", yuan(1_800))
    ]
    assert statement.total_payable == yuan(121_800)
    assert statement.annualised_rate_percent == Decimal("6.17")
    assert statement.penalty_rate_percent == Decimal("9.0000")


@pytest.mark.parametrize("method", get_args(RepaymentMethod))
@pytest.mark.parametrize("day_count", ["30/360", "ACT/360"])
@pytest.mark.parametrize("drawn_on", [date(2026, 1, 15), date(2026, 1, 31), date(2026, 2, 21), date(2028, 2, 29)])
@pytest.mark.parametrize("months", [1, 2, 7, 24])
def test_what_is_stated_before_signing_is_the_schedule_that_the_loan_will_have(
    method: Any, day_count: Any, drawn_on: date, months: int
) -> None:
    terms: dict[str, Any] = {
        "principal": yuan(120_006),  # at 7 % its interest meets half a fen
        "annual_rate_percent": Decimal(7),
        "term_months": months,
        "method": method,
        "day_count": day_count,
    }
    principal = terms.pop("principal")
    stated = payments_of(principal, drawn_on=drawn_on, **terms)
    rows = repayment_schedule(principal=principal, disbursed_on=drawn_on, **terms)
    assert [tuple(one) for one in stated] == [(row.due_on, row.total) for row in rows]


def test_a_quarters_interest_costs_a_little_more_than_the_rate() -> None:
    terms: dict[str, Any] = {"term_months": 12, "day_count": "ACT/360", "drawn_on": date(2026, 3, 21)}
    statement = cost_statement(
        principal=yuan(1_000_000),
        annual_rate_percent=Decimal(6),
        method="interest_quarterly",
        penalty_uplift_percent=Decimal(50),
        **terms,
    )
    assert statement.annualised_rate_percent == Decimal("6.22")  # (1 + 0.06 x 91.25/360)^4 - 1
