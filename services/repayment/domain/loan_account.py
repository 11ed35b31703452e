"""The loan account (贷款账户): every command that a loan can be asked, and what it answers."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never, get_args

from services.repayment.domain.account_changes import change
from services.repayment.domain.ageing import Unfolding, age
from services.repayment.domain.allocation import LEGAL_ORDER
from services.repayment.domain.change_decisions import change_terms
from services.repayment.domain.commands import (
    AgeLoan,
    ApproveAccountChange,
    BookLoan,
    DecideLoanChange,
    LoanAccountCommand,
    PayOffLoan,
    PrepayLoan,
    ProposeAccountChange,
    ProposeLoanChange,
    ReceiveRepayment,
    ReclassifyLoan,
    RecoverWrittenOff,
    RejectAccountChange,
    WriteOffLoan,
)
from services.repayment.domain.correction_commands import CorrectionCommand
from services.repayment.domain.corrections import correct
from services.repayment.domain.events import LoanAccountEvent, LoanBooked, LoanOrigin, LoanReclassified
from services.repayment.domain.installment import Installment
from services.repayment.domain.loan import BookedLoan, LoanAccount, NoLoan, OpenLoan, outstanding, specific_provision
from services.repayment.domain.loan_evolution import evolve
from services.repayment.domain.loan_memory import loan_memory
from services.repayment.domain.penalty import UPLIFT_PERCENT_RANGES, is_lawful_uplift, penalty_rate_percent
from services.repayment.domain.prepayment import prepay
from services.repayment.domain.rate_resets import next_reset
from services.repayment.domain.repayments import pay_off, receive
from services.repayment.domain.schedule import repayment_schedule
from services.repayment.domain.write_off import recover, write_off
from shared.decider import Decider
from shared.messages import Rejected


def decide(command: LoanAccountCommand, loan: LoanAccount) -> Sequence[LoanAccountEvent]:
    """The facts that `command` makes of `loan`; none for a repetition."""
    if isinstance(command, BookLoan):
        return [book(command)] if isinstance(loan, NoLoan) else []
    if isinstance(loan, NoLoan):
        raise Rejected("loan_unknown", "No loan has been booked under this id.")
    if isinstance(command, CorrectionCommand):
        return correct(command, loan)
    match command:
        case ReceiveRepayment() | PayOffLoan() | PrepayLoan() | RecoverWrittenOff():
            return take_in(command, loan)
        case AgeLoan():
            unfolding = Unfolding(loan)
            age(unfolding, command.as_of, command.lpr)
            return unfolding.events
        case ReclassifyLoan():
            return reclassify(command, loan)
        case WriteOffLoan():
            return write_off(command, loan)
        case ProposeAccountChange() | ApproveAccountChange() | RejectAccountChange():
            return change(command, loan)
        case ProposeLoanChange() | DecideLoanChange():
            return change_terms(command, loan)
        case _:
            assert_never(command)


def take_in(
    command: ReceiveRepayment | PayOffLoan | PrepayLoan | RecoverWrittenOff, loan: BookedLoan
) -> Sequence[LoanAccountEvent]:
    """Money that has come in, for whatever it is meant."""
    match command:
        case ReceiveRepayment():
            return receive(command, loan)
        case PayOffLoan():
            return pay_off(command, loan)
        case PrepayLoan():
            return prepay(command, loan)
        case RecoverWrittenOff():
            return recover(command, loan)


def book(command: BookLoan) -> LoanBooked:
    """Fix the schedule and the penalty rate of a loan that has been paid out.

    The payment has happened, so Rejected only for what cannot lawfully be booked; its message is parked
    for people: an uplift of the penalty rate outside the range (银发〔2003〕251号), an order of allocation that
    leaves a component out, or no possible schedule.
    """
    lowest, highest = UPLIFT_PERCENT_RANGES["overdue"]
    if not is_lawful_uplift("overdue", command.penalty_uplift_percent):
        raise Rejected(
            "penalty_uplift_outside_range",
            f"The penalty uplift must lie between {lowest} and {highest} percent of the contract rate.",
            field="penalty_uplift_percent",
        )
    if command.allocation is not None and not command.allocation.names_each_component_once():
        raise Rejected(
            "allocation_order_incomplete",
            f"An order of allocation names each of {', '.join(LEGAL_ORDER)} once.",
            field="allocation",
        )
    installments = _schedule(command)
    return LoanBooked(
        loan_id=command.loan_id,
        origin=LoanOrigin(
            contract_id=command.contract_id,
            application_id=command.application_id,
            borrower_id=command.borrower_id,
        ),
        principal=command.principal,
        annual_rate_percent=command.annual_rate_percent,
        penalty_rate_percent=penalty_rate_percent(command.annual_rate_percent, command.penalty_uplift_percent),
        term_months=command.term_months,
        repayment_method=command.repayment_method,
        day_count=command.day_count,
        disbursed_on=command.disbursed_on,
        maturity_on=installments[-1].due_on,
        installments=installments,
        core_reference=command.core_reference,
        payment_mode=command.payment_mode,
        penalty_uplift_percent=command.penalty_uplift_percent,
        floating=command.floating,
        next_reset_on=_first_reset(command, installments[-1].due_on),
        allocation=command.allocation,
    )


def reclassify(command: ReclassifyLoan, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """Take over the class and move the specific provision to outstanding principal × rate.

    Nothing for the class that it has, and nothing for a loan that has left the books: there is nothing
    left to provide for.
    """
    if not isinstance(loan, OpenLoan):
        return []
    now = (loan.classification, loan.provision_rate_percent)
    if now == (command.classification, command.provision_rate_percent):
        return []
    provision = specific_provision(outstanding(loan), command.provision_rate_percent)
    return [
        LoanReclassified(
            loan_id=loan.terms.loan_id,
            classification=command.classification,
            provision_rate_percent=command.provision_rate_percent,
            provision=provision,
            provision_change=provision - loan.provision,
            classified_on=command.classified_on,
        )
    ]


def _first_reset(command: BookLoan, matures_on: date) -> date | None:
    if command.floating is None:
        return None
    return next_reset(command.floating, command.disbursed_on, matures_on, command.disbursed_on)


def _schedule(command: BookLoan) -> tuple[Installment, ...]:
    try:
        return repayment_schedule(
            principal=command.principal,
            annual_rate_percent=command.annual_rate_percent,
            term_months=command.term_months,
            method=command.repayment_method,
            day_count=command.day_count,
            disbursed_on=command.disbursed_on,
            agreed=command.agreed,
        )
    except ValueError as error:
        raise Rejected("terms_without_schedule", str(error)) from error


loan_account = Decider[LoanAccount, LoanAccountCommand, LoanAccountEvent](
    category="loan_account",
    stream_id=lambda command: command.loan_id,
    initial=NoLoan(),
    decide=decide,
    evolve=evolve,
    events=get_args(LoanAccountEvent),
    memory=loan_memory,
)
