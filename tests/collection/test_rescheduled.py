"""A case of a loan whose terms were changed: what is past due and how urgent it is follows what is left."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.collection.domain.case_state import Case
from services.collection.domain.collection_case import collection_case
from services.collection.domain.commands import RescheduleCase
from services.collection.domain.events import CaseRescheduled
from services.collection.domain.strategy import Stage
from services.collection.subscriptions import subscriptions
from shared.contracts import repayment
from tests.collection.builders import BORROWER, LOAN, TODAY, cured, long_overdue, opened, yuan
from tests.given import given

CHANGE = UUID(int=71)


def announced(kind: type[Any], **told: Any) -> Any:
    dull: dict[str, Any] = {
        "loan_id": LOAN, "contract_id": LOAN, "application_id": LOAN, "borrower_id": BORROWER, "proposal_id": CHANGE,
        "maturity_on": date(2027, 3, 1), "previous_maturity_on": date(2026, 9, 1), "annual_rate_percent": "4.30",
        "first_due_on": date(2026, 4, 1), "repayment_period_months": 1, "restructured": True,
        "outstanding": yuan(100_000), "overdue": yuan(50), "overdue_penalty": yuan(50), "days_past_due": 0,
        "approved_by": "wang", "changed_on": TODAY,
    }  # fmt: skip
    own = {"months": 6, "operation_normal": False} if kind is repayment.LoanExtended else {"capitalised": yuan(0)}
    return kind(**dull | own | told)


def reschedule(kind: type[Any] = repayment.LoanRescheduled, **told: Any) -> RescheduleCase:
    [one] = [one for one in subscriptions if one.to is kind]
    command: Any = one.then(announced(kind, **told))
    assert isinstance(command, RescheduleCase)
    return command


def rescheduled(*, days: int, stage: Stage | None, overdue: int = 50, penalty: int = 50) -> CaseRescheduled:
    return CaseRescheduled(
        loan_id=LOAN,
        proposal_id=CHANGE,
        overdue=yuan(overdue),
        overdue_penalty=yuan(penalty),
        outstanding_principal=yuan(100_000),
        days_past_due=days,
        stage=stage,
        maturity_on=date(2027, 3, 1),
        rescheduled_on=TODAY,
    )


def test_a_case_whose_arrears_were_put_off_goes_on_for_the_penalty_that_is_left() -> None:
    given(collection_case, opened()).when(reschedule()).then(rescheduled(days=0, stage=None))
    case = collection_case.fold([opened(), rescheduled(days=0, stage=None)])
    assert isinstance(case, Case)
    assert (case.overdue, case.days_past_due(TODAY), case.stage(TODAY), case.being_collected) == (
        yuan(50),
        0,
        None,
        True,
    )
    given(collection_case, opened(), rescheduled(days=0, stage=None)).when(reschedule()).then_nothing()


@pytest.mark.parametrize("kind", [repayment.LoanExtended, repayment.LoanRescheduled])
def test_a_case_with_interest_still_past_due_goes_back_to_the_stage_of_its_days(kind: type[Any]) -> None:
    left = {"overdue": yuan(900), "days_past_due": 40}
    given(collection_case, opened(), long_overdue()).when(reschedule(kind, **left)).then(
        rescheduled(days=40, stage=Stage.S2, overdue=900)
    )


def test_a_loan_without_an_open_case_has_nothing_to_put_off() -> None:
    given(collection_case).when(reschedule()).then_nothing()
    given(collection_case, opened(), cured()).when(reschedule()).then_nothing()
