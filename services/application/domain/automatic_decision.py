"""What policy decides alone once risk has spoken, and what it leaves to people."""

from collections.abc import Iterator, Sequence

from services.application.domain.application_state import Submitted, terms_of
from services.application.domain.commands import RecordAssessment
from services.application.domain.events import (
    ApplicationApproved,
    ApplicationDeclined,
    ApplicationSubmitted,
    AssessmentRecorded,
    LoanApplicationEvent,
    ReviewOpened,
)
from services.application.domain.offer import make_offer, rate_refusal
from shared.money import Money


def record_assessment(command: RecordAssessment, submitted: Submitted) -> Sequence[LoanApplicationEvent]:
    """Take risk's outcome: decline with its reasons, approve within the caps, else let people decide."""
    request = submitted.request
    assessment = AssessmentRecorded(**dict(command))
    if assessment.outcome == "decline" and assessment.reasons:
        return [assessment, _decline(assessment)]
    if causes := tuple(_causes_of_review(request, assessment)):
        opened = ReviewOpened(
            application_id=request.application_id,
            causes=causes,
            submitted_by=request.submitted_by,
            opened_on=assessment.assessed_on,
        )
        return [assessment, opened]
    approval = ApplicationApproved(
        application_id=request.application_id,
        amount=assessed_amount(request, assessment),
        annual_rate_percent=assessment.annual_rate_percent,
        automatic=True,
        recommended_by=None,
        approved_by=None,
        approved_on=assessment.assessed_on,
    )
    return [assessment, approval, make_offer(request, approval)]


def assessed_amount(request: ApplicationSubmitted, assessment: AssessmentRecorded) -> Money:
    """What was asked for, or the limit where that is lower."""
    return min(request.requested_amount, assessment.limit)


def _causes_of_review(request: ApplicationSubmitted, assessment: AssessmentRecorded) -> Iterator[str]:
    """Why policy may not decide alone: every cause, for the person who must.

    A machine approves only small, micro and personal products, under a cap per borrower and product, and it
    declines only for stated reasons; companies' loans are decided by people (审贷分离, 尽职调查).
    """
    product, amount = terms_of(request), assessed_amount(request, assessment)
    if assessment.outcome == "refer":
        yield "referred_by_risk"
    if assessment.outcome == "decline":
        yield "declined_without_reasons"
    if product.automatic_approval_max is None:
        yield "people_decide_this_product"
    elif amount + request.other_exposure > product.automatic_approval_max:
        yield "above_automatic_cap"
    if amount < product.amount_min:
        yield "limit_below_product"
    if refusal := rate_refusal(assessment.annual_rate_percent, product):
        yield refusal.code


def _decline(assessment: AssessmentRecorded) -> ApplicationDeclined:
    return ApplicationDeclined(
        application_id=assessment.application_id,
        reasons=assessment.reasons,
        automatic=True,
        note=None,
        recommended_by=None,
        declined_by=None,
        declined_on=assessment.assessed_on,
    )
