"""Published and derived figures that concern applications, read from the folder that LIUDAI_VECTORS names."""

from decimal import Decimal
from typing import Any

import pytest

from services.application.domain.cost_statement import monthly_payments, penalty_rate_percent
from services.application.domain.loan_application import loan_application
from services.application.domain.loan_product import is_lawful_overdue_uplift, term_months_max
from services.application.domain.use_of_funds import is_forbidden
from shared.messages import Rejected
from shared.money import Money
from tests.application.asked import decide
from tests.application.builders import IN_REVIEW, TODAY, recommended
from tests.shared.vectors import Row, published

pytestmark = pytest.mark.vectors
FILES = ("decisions_cn", "penalty_cn", "amortization_py", "interest_cn")


def is_ours(row: Row) -> bool:
    """Whether a row concerns applications; misuse, overdue days and the rest are other services' business."""
    match row["category"]:
        case "use_of_funds" | "term_limit" | "maker_checker" | "instalment_amount":
            return True
        case "penalty_uplift_range":
            return bool(row["inputs"]["kind"] == "overdue")
        case "penalty_interest":
            return "uplift_percent" in row["inputs"] and "penalty_rate_percent" in row["expected"]
        case _:
            return False


@pytest.mark.parametrize("row", published(FILES, concerns=is_ours))
def test_a_published_figure_holds(row: Row) -> None:
    given, expected = row["inputs"], row["expected"]
    match row["category"]:
        case "use_of_funds":
            assert is_forbidden(given["use"]) is not expected["accepted"]
        case "term_limit":
            longest = term_months_max(long_cash_recovery=given["long_cash_recovery"])
            assert (given["term_months"] <= longest) is expected["accepted"]
        case "maker_checker":
            assert second_person_accepted(given["maker"], given["checker"]) is expected["accepted"]
        case "penalty_uplift_range":
            assert is_lawful_overdue_uplift(Decimal(given["uplift_percent"])) is expected["accepted"]
        case "penalty_interest":
            rate = penalty_rate_percent(
                Decimal(given["contract_annual_rate_percent"]), Decimal(given["uplift_percent"])
            )
            assert rate == Decimal(expected["penalty_rate_percent"])
        case "instalment_amount":
            assert first_payment(given) == Money.of(expected["instalment"])
        case other:
            raise AssertionError(f"nobody checks {other}")


def second_person_accepted(maker: str, checker: str) -> bool:
    """Whether `checker` may decide what `maker` recommended."""
    state = loan_application.fold((*IN_REVIEW, recommended(recommended_by=maker)))
    try:
        return bool(loan_application.decide(decide(decided_by=checker), state))
    except Rejected as rejected:
        return rejected.code != "four_eyes"


def first_payment(given: dict[str, Any]) -> Money:
    percent = given["annual_rate_percent"] if "annual_rate_percent" in given else Decimal(given["annual_rate"]) * 100
    return monthly_payments(
        Money.of(given["principal"]),
        annual_rate_percent=Decimal(percent),
        term_months=given["number_of_instalments"],
        method="equal_instalments",
        day_count="30/360",
        drawn_on=TODAY,
    )[0]
