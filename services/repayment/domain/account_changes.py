"""Changes of an account that one person proposes and another approves (双人复核): a rate, a waiver of charges."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.repayment.domain.ageing import Unfolding, age, apply_credit, cure_if_paid, settle_if_paid
from services.repayment.domain.commands import (
    ApproveAccountChange,
    ProposeAccountChange,
    RejectAccountChange,
)
from services.repayment.domain.events import (
    AccountChange,
    AccountChangeProposed,
    AccountChangeRejected,
    AllocationLine,
    ChargesWaived,
    LoanAccountEvent,
    RateChanged,
    RateTerms,
    WaiverTerms,
)
from services.repayment.domain.loan import (
    BookedLoan,
    LoanAccount,
    OpenLoan,
    Owed,
    accrued_before,
    days_past_due,
    past_due,
)
from services.repayment.domain.loan_evolution import evolve
from services.repayment.domain.rate_resets import ALL_IN_CAP_PERCENT, is_above_cap
from services.repayment.domain.repricing import NewRate, repriced
from shared.messages import Rejected
from shared.money import Money

AccountChangeCommand = ProposeAccountChange | ApproveAccountChange | RejectAccountChange


def change(command: AccountChangeCommand, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """Propose, approve or reject; a proposal is answered once, and asking again changes nothing."""
    account = _open(loan)
    if command.proposal_id in account.changes_decided:
        return []
    match command:
        case ProposeAccountChange():
            return propose(command, account)
        case ApproveAccountChange():
            return approve(command, account)
        case RejectAccountChange():
            return reject(command, account)


def propose(command: ProposeAccountChange, loan: OpenLoan) -> Sequence[LoanAccountEvent]:
    """Ask for a change that would be possible today."""
    proposed = AccountChangeProposed(
        loan_id=command.loan_id,
        proposal_id=command.proposal_id,
        change=command.change,
        reason=command.reason,
        proposed_by=command.proposed_by,
        proposed_on=command.today,
    )
    known = loan.changes_proposed.get(command.proposal_id)
    if known is not None:
        if (known.change, known.proposed_by) != (command.change, command.proposed_by):
            raise Rejected("proposal_used", "This proposal was made with another content.", field="proposal_id")
        return []
    _check(command.change, loan, command.today)
    return [proposed]


def approve(command: ApproveAccountChange, loan: OpenLoan) -> Sequence[LoanAccountEvent]:
    """Make the change, after all that time has done to the loan by today."""
    proposed = _waiting(command, loan)
    if proposed.proposed_by == command.approved_by:
        raise Rejected("same_person", "Who proposes a change of an account does not approve it.")
    unfolding = Unfolding(loan)
    age(unfolding, command.today)
    match proposed.change:
        case RateTerms() as terms:
            _change_rate(unfolding, terms, proposed, command)
        case WaiverTerms() as terms:
            _waive(unfolding, terms, proposed, command)
    return unfolding.events


def reject(command: RejectAccountChange, loan: OpenLoan) -> Sequence[LoanAccountEvent]:
    """Turn a proposal down. Whoever proposed it may withdraw it so."""
    _waiting(command, loan)
    return [
        AccountChangeRejected(
            loan_id=command.loan_id,
            proposal_id=command.proposal_id,
            reason=command.reason,
            rejected_by=command.rejected_by,
            rejected_on=command.today,
        )
    ]


def check_rate(terms: RateTerms, loan: OpenLoan, today: date) -> None:
    """Refuse a rate outside the legal band, and a day on which it cannot begin."""
    percent, uplift = terms.annual_rate_percent, loan.penalty_uplift_percent
    if percent < 0 or is_above_cap(percent, uplift):
        raise Rejected(
            "rate_outside_legal_band",
            f"A rate is at least 0, and with its penalty uplift of {uplift} percent at most {ALL_IN_CAP_PERCENT}.",
            field="change.annual_rate_percent",
        )
    if terms.from_on > today:
        raise Rejected("rate_from_future", f"The business date is {today}: a rate changes today or earlier.",
                       field="change.from_on")  # fmt: skip
    since = loan.rates[-1].from_on
    if terms.from_on < since:
        raise Rejected("rate_before_last_change", f"The rate was set on {since} and cannot be changed before.",
                       field="change.from_on")  # fmt: skip
    if terms.from_on >= loan.installments[-1].row.due_on or all(state.billed for state in loan.installments):
        raise Rejected(
            "loan_has_matured", "No instalment is left that could bear another rate.", field="change.from_on"
        )


def _check(terms: AccountChange, loan: OpenLoan, today: date) -> None:
    """Refuse now what would be refused when it is approved."""
    unfolding = Unfolding(loan)
    age(unfolding, today)
    match terms:
        case RateTerms():
            check_rate(terms, _open(unfolding.loan), today)
        case WaiverTerms():
            check_waiver(terms, _open(unfolding.loan), today)


def check_waiver(terms: WaiverTerms, loan: OpenLoan, today: date) -> None:
    """Refuse a waiver of nothing, of less, and of more than is due: interest of days to come is not waived."""
    due = _waivable(loan, today)
    for name in ("interest", "penalty", "compound"):
        amount, most = getattr(terms, name), getattr(due, name)
        if amount.currency != most.currency:
            raise Rejected("currency_differs", f"This loan is kept in {most.currency}.", field=f"change.{name}")
        if not 0 <= amount.minor <= most.minor:
            raise Rejected("waiver_exceeds_due", f"Between 0 and {most} can be waived.", field=f"change.{name}")
    if not (terms.interest or terms.penalty or terms.compound):
        raise Rejected("waiver_of_nothing", "A waiver is of more than nothing.", field="change")


def _waivable(loan: OpenLoan, on: date) -> Owed:
    """The interest of instalments that are due, and what of penalty and compound interest has run."""
    late = past_due(loan, on)
    due = (state.unpaid_interest for state in loan.installments if state.row.due_on <= on)
    return replace(late, interest=Money.sum(due, loan.credit.currency))


def _waive(
    unfolding: Unfolding, terms: WaiverTerms, proposed: AccountChangeProposed, command: ApproveAccountChange
) -> None:
    loan, on = _open(unfolding.loan), max(command.today, _open(unfolding.loan).last_event_on)
    check_waiver(terms, loan, on)
    earned = accrued_before(loan, on)
    waived = ChargesWaived(
        loan_id=command.loan_id,
        origin=loan.terms.origin,
        proposal_id=command.proposal_id,
        proposed_by=proposed.proposed_by,
        approved_by=command.approved_by,
        decided_on=on,
        interest=terms.interest,
        penalty=terms.penalty,
        compound=terms.compound,
        lines=_oldest_first(terms.interest, loan),
        penalty_accrued=earned.penalty,
        compound_accrued=earned.compound,
        days_past_due_after=0,
    )
    after = evolve(loan, waived)
    unfolding.record(waived.model_copy(update={"days_past_due_after": days_past_due(_open(after), on)}))
    cure_if_paid(unfolding, on)
    settle_if_paid(unfolding, on)


def _oldest_first(interest: Money, loan: OpenLoan) -> tuple[AllocationLine, ...]:
    lines, left = [], interest
    for state in loan.installments:
        part = min(left, state.unpaid_interest)
        if part:
            lines.append(AllocationLine(installment_no=state.row.no, principal=part - part, interest=part))
            left -= part
    return tuple(lines)


def _change_rate(
    unfolding: Unfolding, terms: RateTerms, proposed: AccountChangeProposed, command: ApproveAccountChange
) -> None:
    loan = _open(unfolding.loan)
    check_rate(terms, loan, command.today)
    decided_on = max(command.today, loan.last_event_on)
    new = NewRate(terms.annual_rate_percent, terms.from_on, decided_on)
    repricing, schedule, credit = repriced(loan, new, "rate_change")
    unfolding.record(
        RateChanged(
            loan_id=command.loan_id,
            origin=loan.terms.origin,
            proposal_id=command.proposal_id,
            proposed_by=proposed.proposed_by,
            approved_by=command.approved_by,
            decided_on=decided_on,
            repricing=repricing,
            schedule=schedule,
            credit_change=credit,
        )
    )
    if credit:
        apply_credit(unfolding, decided_on)


def _waiting(command: ApproveAccountChange | RejectAccountChange, loan: OpenLoan) -> AccountChangeProposed:
    proposed = loan.changes_proposed.get(command.proposal_id)
    if proposed is None:
        raise Rejected("proposal_unknown", "No such change was proposed for this loan.", field="proposal_id")
    return proposed


def _open(loan: LoanAccount) -> OpenLoan:
    if not isinstance(loan, OpenLoan):
        raise Rejected("loan_not_open", "Only an open loan is changed.")
    return loan
