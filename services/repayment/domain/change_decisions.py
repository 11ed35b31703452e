"""Changed terms by two people (变更的申请与审批): one proposes, another decides, and the loan follows at once."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, assert_never

from services.repayment.domain.ageing import Unfolding, age, cure_if_paid
from services.repayment.domain.change_rules import is_restructured, require_lawful, to_capitalise
from services.repayment.domain.change_terms import ChangeTerms, ExtensionTerms, PlanTerms, RenewalTerms
from services.repayment.domain.changed_schedule import maturity_of, period_months, prolonged, rate_of, replanned
from services.repayment.domain.commands import DecideLoanChange, ProposeLoanChange
from services.repayment.domain.events import (
    AllocationLine,
    LoanAccountEvent,
    LoanChangeProposed,
    LoanChangeRejected,
    LoanExtended,
    LoanRenewed,
    LoanRescheduled,
    ScheduleVersion,
)
from services.repayment.domain.loan import (
    BookedLoan,
    LoanAccount,
    OpenLoan,
    SettledLoan,
    WrittenOffLoan,
    accrued_before,
    days_past_due,
    outstanding,
    past_due,
    specific_provision,
)
from services.repayment.domain.loan_changes import PendingChange
from services.repayment.domain.loan_evolution import evolve
from services.repayment.domain.penalty import penalty_rate_percent
from services.repayment.domain.rate_resets import next_reset
from shared.messages import Personal, Rejected
from shared.money import Money


def change_terms(command: ProposeLoanChange | DecideLoanChange, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """What a first person proposes, or a second one decides."""
    return propose_change(command, loan) if isinstance(command, ProposeLoanChange) else decide_change(command, loan)


def propose_change(command: ProposeLoanChange, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """What is proposed must be lawful today already. The same proposal again is nothing; one waits at a time."""
    if _known(command, loan):
        return []
    unfolding = _today(loan, command.proposed_on)
    account = _open(unfolding.loan)
    if account.changes.pending is not None:
        waits = account.changes.pending.proposal_id
        raise Rejected("change_pending", f"Proposal {waits} waits: decide it first.", field="proposal_id")
    consent = command.guarantor_consent
    require_lawful(command.terms, account, command.proposed_on, consented=consent is not None)
    unfolding.record(
        LoanChangeProposed(
            loan_id=command.loan_id,
            proposal_id=command.proposal_id,
            terms=command.terms,
            reason=_prose(loan, command.reason),
            guarantor_consent=None if consent is None else _prose(loan, consent),
            proposed_by=command.proposed_by,
            proposed_on=command.proposed_on,
        )
    )
    return unfolding.events


def decide_change(command: DecideLoanChange, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """By a second person. Approved, it must still be lawful: the loan may have been overtaken by time or money."""
    changes = _open(loan).changes
    decided = changes.decided.get(command.proposal_id)
    if decided == ("approved" if command.approve else "rejected"):
        return []
    if decided is not None:
        raise Rejected("change_decided", f"The proposal was {decided} already.", field="decision")
    pending = changes.pending
    if pending is None or pending.proposal_id != command.proposal_id:
        raise Rejected("change_unknown", "No such proposal waits for a decision.", field="proposal_id")
    if pending.proposed_by == command.decided_by:
        raise Rejected("same_person", "Whoever proposed a change does not decide on it.")
    if not command.approve:
        return [
            LoanChangeRejected(
                loan_id=command.loan_id,
                proposal_id=command.proposal_id,
                reason=_prose(loan, command.reason),
                proposed_by=pending.proposed_by,
                rejected_by=command.decided_by,
                rejected_on=command.decided_on,
            )
        ]
    unfolding = _today(loan, command.decided_on)
    account = _open(unfolding.loan)
    require_lawful(pending.terms, account, command.decided_on, consented=pending.consented)
    unfolding.record(terms_changed(account, pending, command.decided_on, command.decided_by, command.reason))
    cure_if_paid(unfolding, command.decided_on)
    return unfolding.events


def terms_changed(
    loan: OpenLoan, pending: PendingChange, on: date, approved_by: str, reason: str
) -> LoanExtended | LoanRenewed | LoanRescheduled:
    """The fact of changed terms, for a loan that has been brought to `on` and may have them."""
    terms = pending.terms
    told = terms.annual_rate_percent
    rate = rate_of(loan, on if isinstance(terms, PlanTerms) else None) if told is None else told
    if isinstance(terms, PlanTerms):
        rows, first_due_on, maturity_on = replanned(loan, terms, to_capitalise(terms, loan, on), rate, on)
    else:
        rows, first_due_on, maturity_on = prolonged(loan, terms.months, rate, on)
    restructured = is_restructured(terms, loan, on)
    nil = Money(0, loan.terms.principal.currency)
    shared: dict[str, Any] = {
        "loan_id": loan.terms.loan_id,
        "origin": loan.terms.origin,
        "proposal_id": pending.proposal_id,
        "schedule": ScheduleVersion(
            number=loan.schedule_number + 1,
            cause="restructuring" if restructured and isinstance(terms, PlanTerms) else terms.kind,
            decided_on=on,
            installments=tuple(rows),
        ),
        "maturity_on": maturity_on,
        "previous_maturity_on": maturity_of(loan),
        "annual_rate_percent": rate,
        "first_due_on": first_due_on,
        "repayment_period_months": _period_months(terms, loan),
        "next_reset_on": next_reset_of(loan, maturity_on, on),
        "restructured": restructured,
        "outstanding": nil,
        "overdue": nil,
        "overdue_penalty": nil,
        "days_past_due": 0,
        "reason": _prose(loan, reason),
        "proposed_by": pending.proposed_by,
        "approved_by": approved_by,
        "changed_on": on,
    }
    return _with_what_is_owed(loan, _fact(terms, loan, rate, on, shared))


def _fact(
    terms: ChangeTerms, loan: OpenLoan, rate: Decimal, on: date, shared: dict[str, Any]
) -> LoanExtended | LoanRenewed | LoanRescheduled:
    match terms:
        case ExtensionTerms():
            extended = loan.changes.extended_months + terms.months
            normal = terms.operation_normal
            return LoanExtended(**shared, months=terms.months, extended_months=extended, operation_normal=normal)
        case RenewalTerms():
            return LoanRenewed(**shared, months=terms.months)
        case PlanTerms():
            return _rescheduled(terms, loan, rate, on, shared)
        case _:
            assert_never(terms)


def _rescheduled(terms: PlanTerms, loan: OpenLoan, rate: Decimal, on: date, shared: dict[str, Any]) -> LoanRescheduled:
    """Penalty and compound interest are settled up to the day, paid or not; what runs on runs on what is left."""
    earned, late = accrued_before(loan, on), past_due(loan, on)
    nil = Money(0, loan.terms.principal.currency)
    with_penalty = terms.capitalise == "interest_and_penalty"
    lines = (
        AllocationLine(installment_no=state.row.no, principal=nil, interest=state.unpaid_interest)
        for state in loan.installments
        if terms.capitalise != "nothing" and state.row.due_on < on and state.unpaid_interest
    )
    return LoanRescheduled(
        **shared,
        method=terms.method,
        penalty_rate_percent=_penalty_rate(loan, rate),
        capitalised=tuple(lines),
        capitalised_penalty=late.penalty if with_penalty else nil,
        capitalised_compound=late.compound if with_penalty else nil,
        penalty_accrued=earned.penalty,
        compound_accrued=earned.compound,
        provision_change=nil,
    )


def _with_what_is_owed(
    loan: OpenLoan, draft: LoanExtended | LoanRenewed | LoanRescheduled
) -> LoanExtended | LoanRenewed | LoanRescheduled:
    """The fact with what is owed after it, as the account itself says."""
    after, on = _open(evolve(loan, draft)), draft.changed_on
    late = past_due(after, on)
    results: dict[str, Any] = {
        "outstanding": outstanding(after),
        "overdue": late.total,
        "overdue_penalty": late.penalty + late.compound,
        "days_past_due": days_past_due(after, on),
    }
    if isinstance(draft, LoanRescheduled):
        provision = specific_provision(outstanding(after), loan.provision_rate_percent)
        results["provision_change"] = provision - loan.provision
    return draft.model_copy(update=results)


def _penalty_rate(loan: OpenLoan, rate: Decimal) -> Decimal:
    """The penalty rate moves with the rate: its uplift stays (R9)."""
    now = loan.rates[-1]
    return now.penalty_percent if rate == now.percent else penalty_rate_percent(rate, loan.penalty_uplift_percent)


def next_reset_of(loan: OpenLoan, maturity_on: date, on: date) -> date | None:
    """A floating rate is reset until the new maturity; a reset day that is still to be made up for stays first."""
    floating = loan.terms.floating
    if floating is None:
        return None
    waits = loan.next_reset_on
    if waits is not None and waits < maturity_on:
        return waits
    return next_reset(floating, loan.terms.disbursed_on, maturity_on, on)


def _period_months(terms: ChangeTerms, loan: OpenLoan) -> int:
    return terms.every_months if isinstance(terms, PlanTerms) else period_months(loan)


def _known(command: ProposeLoanChange, loan: BookedLoan) -> bool:
    """Whether this very proposal was made before. Rejected where the id stood for other terms, or was decided."""
    pending = loan.changes.pending
    if pending is not None and pending.proposal_id == command.proposal_id:
        if (pending.terms, pending.proposed_by) == (command.terms, command.proposed_by):
            return True
        raise Rejected("proposal_used", "This id was used for other terms: use a new one.", field="proposal_id")
    if command.proposal_id in loan.changes.decided:
        how = loan.changes.decided[command.proposal_id]
        raise Rejected("change_decided", f"The proposal was {how} already: use a new id.", field="proposal_id")
    return False


def _today(loan: BookedLoan, on: date) -> Unfolding:
    unfolding = Unfolding(_open(loan))
    age(unfolding, on)
    return unfolding


def _open(loan: LoanAccount) -> OpenLoan:
    match loan:
        case OpenLoan():
            return loan
        case SettledLoan():
            raise Rejected("loan_settled", f"The loan was settled on {loan.settled_on}: nothing is left to change.")
        case WrittenOffLoan():
            detail = f"The loan was written off on {loan.written_off_on}: its claim is collected, its terms are over."
            raise Rejected("loan_written_off", detail)
        case _:
            raise AssertionError("a change meets a booked loan")


def _prose(loan: BookedLoan, words: str) -> Personal[str]:
    return Personal(subject_id=loan.terms.origin.borrower_id, value=words)
