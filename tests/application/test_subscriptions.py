"""What other services announce becomes what is recorded, and is dull when it cannot matter."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.application import subscriptions
from services.application.domain import commands
from services.application.domain.facts import Reason
from shared.contracts import disbursement, repayment, risk
from tests.application.asked import (
    record_assessment,
    record_disbursement,
    record_failure,
    record_settlement,
    record_write_off,
)
from tests.application.builders import APPLICATION, BORROWER, CONTRACT, KNOCKED_OUT, LOAN, TODAY, yuan

OF_LOAN: dict[str, Any] = {"loan_id": LOAN, "contract_id": CONTRACT, "application_id": APPLICATION}


def credit_assessed(**other: Any) -> risk.CreditAssessed:
    found = dict(record_assessment(**other))
    found["reasons"] = tuple(risk.Reason(**dict(reason)) for reason in found["reasons"])
    return risk.CreditAssessed(**found, limit_candidates=())


def test_every_announcement_heard_has_one_translation() -> None:
    heard = [one.to for one in subscriptions.subscriptions]
    assert heard == [
        risk.CreditAssessed,
        disbursement.LoanDisbursed,
        disbursement.DisbursementFailed,
        repayment.LoanSettled,
        repayment.LoanWrittenOff,
    ]


def test_an_assessment_is_recorded_as_risk_announced_it() -> None:
    message = credit_assessed(outcome="decline", reasons=(KNOCKED_OUT,))
    command = subscriptions.record_assessment(message)
    assert command == record_assessment(outcome="decline", reasons=(KNOCKED_OUT,))
    assert isinstance(command.reasons[0], Reason)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            subscriptions.record_disbursement(
                disbursement.LoanDisbursed(
                    **OF_LOAN,
                    borrower_id=BORROWER,
                    principal=yuan(200_000),
                    annual_rate_percent=Decimal("4.35"),
                    penalty_uplift_percent=Decimal(50),
                    term_months=12,
                    repayment_method="equal_instalments",
                    day_count="30/360",
                    disbursed_on=TODAY,
                    core_reference="C1",
                )
            ),
            record_disbursement(),
        ),
        (
            subscriptions.record_disbursement_failure(
                disbursement.DisbursementFailed(
                    **OF_LOAN, amount=yuan(200_000), reason="account_closed", failed_on=TODAY
                )
            ),
            record_failure(),
        ),
        (
            subscriptions.record_settlement(
                repayment.LoanSettled(**OF_LOAN, borrower_id=BORROWER, settled_on=TODAY, early=False)
            ),
            record_settlement(),
        ),
        (
            subscriptions.record_write_off(
                repayment.LoanWrittenOff(
                    **OF_LOAN,
                    borrower_id=BORROWER,
                    proposal_id=uuid4(),
                    principal=yuan(1),
                    interest=yuan(1),
                    penalty=yuan(1),
                    written_off_on=TODAY,
                )
            ),
            record_write_off(),
        ),
    ],
)
def test_news_of_a_loan_reaches_its_application(command: commands.LoanNews, expected: commands.LoanNews) -> None:
    assert command == expected
