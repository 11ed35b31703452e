"""What a change of a loan's terms means for its class: extended, eased because of difficulty, or merely paid later.

The change was decided by two people in the loan account; here its consequences are drawn, so nothing is refused.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.risk.domain.class_by_others import eased
from services.risk.domain.classification_commands import FollowChangedTerms, RestructureLoan
from services.risk.domain.classification_events import MaturityMoved, SignNoted
from services.risk.domain.classified_loan import Classified, reclassified, stage_as, worsened
from services.risk.domain.events import LoanClassificationEvent, LoanCured
from shared.messages import Personal


def follow_changed_terms(command: FollowChangedTerms, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """The maturity moves; restructured, the loan is observed; extended while operation is not normal, it is mentioned.

    What was past due and is not any more has been put off, not paid: it makes no class better. The same change, told
    again, changes nothing. Source: 2023 办法 art. 17-19; the extension's floor from general knowledge of the rules.
    """
    if command.proposal_id in loan.changes:
        return []
    moved = MaturityMoved(
        loan_id=command.loan_id,
        proposal_id=command.proposal_id,
        maturity_on=command.maturity_on,
        moved_on=command.changed_on,
    )
    events: list[LoanClassificationEvent] = [moved]
    if command.restructured:
        if loan.days_past_due > 0 and command.days_past_due == 0:
            loan = replace(loan, days_past_due=0)
            events.append(
                LoanCured(
                    loan_id=command.loan_id, cured_on=command.changed_on, observed_until=None, stage=stage_as(loan)
                )
            )
        return [*events, *eased(_restructuring(command), loan, command.borrower_id)]
    if command.extended and not command.operation_normal and "extended" not in loan.signs:
        return [*events, *_extended(command, loan)]
    return events


def _restructuring(command: FollowChangedTerms) -> RestructureLoan:
    return RestructureLoan(
        loan_id=command.loan_id,
        first_due_on=command.first_due_on,
        repayment_period_months=command.repayment_period_months,
        reason=f"change of terms {command.proposal_id}",
        restructured_by=command.approved_by,
        restructured_on=command.changed_on,
    )


def _extended(command: FollowChangedTerms, loan: Classified) -> list[LoanClassificationEvent]:
    noted = SignNoted(
        loan_id=command.loan_id,
        sign="extended",
        reason=Personal(subject_id=command.borrower_id, value=f"extension {command.proposal_id}"),
        noted_by=command.approved_by,
        noted_on=command.changed_on,
    )
    known = replace(loan, signs=loan.signs | {"extended"})
    return [noted, *reclassified(command.loan_id, loan, worsened(known), command.changed_on, "person")]
