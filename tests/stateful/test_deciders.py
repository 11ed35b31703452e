"""Every decider of the five services, asked anything in any order: a little in `make check`, much in `make test`."""

import pytest
from hypothesis import HealthCheck, Phase, settings

from services.application.main import service as application
from services.collection.main import service as collection
from services.disbursement.main import service as disbursement
from services.repayment.main import service as repayment
from services.risk.main import service as risk
from tests.stateful import credit_deciders as credit
from tests.stateful import lending_deciders as lending
from tests.stateful.machine import Driven, drive

DRIVEN = (
    credit.BORROWER,
    credit.LOAN_APPLICATION,
    credit.CREDIT_ASSESSMENT,
    credit.LOAN_CLASSIFICATION,
    credit.MODEL_ALIAS,
    credit.DEBTOR,
    credit.INSPECTION_PLAN,
    credit.FINAL_DECISION,
    credit.SHADOW_SCORE,
    credit.LOSS_MEASUREMENT,
    credit.UNDRAWN_LIMIT,
    lending.FACILITY,
    lending.LOAN_ACCOUNT,
    lending.LPR_TABLE,
    lending.CORE_RECEIPT,
    lending.RECEIPT_FILE,
    lending.ACCRUAL_BATCH,
    lending.BUSINESS_DATE,
    lending.ACCOUNTING_PERIOD,
    lending.EXPORT,
    lending.EXPECTED_LOSS,
    lending.COMMITMENT,
    lending.STATEMENT,
    lending.COLLECTION_CASE,
    lending.CONTACT_LOG,
)
_UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
QUICK = settings(_UNHURRIED, max_examples=10, stateful_step_count=25, derandomize=True, phases=[Phase.generate])
DEEP = settings(_UNHURRIED, max_examples=200, stateful_step_count=40, derandomize=True)
DEEPER = settings(DEEP, max_examples=400)

MORE_LIVES = 4
"""What is drawn depends on what the process has imported, so that a rare fact may be missed; then others are drawn."""


def test_no_decider_is_left_out() -> None:
    services = (application, risk, disbursement, repayment, collection)
    assert {one.category for service in services for one in service.deciders} == {d.decider.category for d in DRIVEN}


@pytest.mark.parametrize("driven", DRIVEN, ids=lambda driven: driven.decider.category)
def test_a_decider_holds_a_little(driven: Driven) -> None:
    drive(driven, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("driven", DRIVEN, ids=lambda driven: driven.decider.category)
def test_a_decider_holds_whatever_is_asked(driven: Driven) -> None:
    depth = DEEPER if driven in (lending.LOAN_ACCOUNT, lending.FACILITY) else DEEP  # they have the most facts by far
    happened = drive(driven, depth)
    for _ in range(MORE_LIVES):
        if happened != set(driven.decider.events):
            happened |= drive(driven, settings(depth, derandomize=False))
    assert happened == set(driven.decider.events), "a fact that never happened was never looked at"
