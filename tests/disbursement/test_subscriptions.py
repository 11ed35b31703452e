"""What others announce becomes our command, word for word."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.disbursement.subscriptions import open_facility, settle_drawdown, write_off_drawdown
from shared.contracts.application import ContractSigned
from shared.contracts.repayment import LoanSettled, LoanWrittenOff
from tests.disbursement import builders
from tests.disbursement.builders import APPLICATION, AVAILABLE_UNTIL, BORROWER, CONTRACT, DRAWDOWN, SIGNED_ON, yuan


def test_a_signed_contract_opens_its_facility_on_the_day_of_signing() -> None:
    message = ContractSigned(
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        segment="company",
        product_code="WCL",
        limit=yuan(1_000_000),
        annual_rate_percent=Decimal("4.35"),
        penalty_uplift_percent=Decimal(50),
        term_months=12,
        repayment_method="equal_instalments",
        day_count="30/360",
        signed_on=SIGNED_ON,
        available_until=AVAILABLE_UNTIL,
        new_relation=False,
        average_credit=False,
        approved_by=("approver-sun",),
    )
    assert open_facility(message) == builders.open_facility()


def test_a_settled_loan_settles_the_drawdown_of_the_same_id() -> None:
    on = date(2027, 3, 4)
    message = LoanSettled(
        loan_id=DRAWDOWN,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        settled_on=on,
        early=False,
    )
    assert settle_drawdown(message) == builders.settle(on=on)


def test_a_written_off_loan_writes_off_the_drawdown_of_the_same_id() -> None:
    on = date(2028, 3, 4)
    message = LoanWrittenOff(
        loan_id=DRAWDOWN,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        proposal_id=UUID(int=1),
        principal=yuan(400_000),
        interest=yuan(0),
        penalty=yuan(0),
        written_off_on=on,
    )
    assert write_off_drawdown(message) == builders.write_off(on=on)
