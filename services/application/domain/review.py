"""审查 and 审批: what two people decide one after the other (四眼), the second with authority for the amount.

Source: 审贷分离 (investigation, approval and drawdown are different persons' work) and 授权 by amount.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from services.application.domain.application_state import Closed, InReview, out_of_state, terms_of
from services.application.domain.automatic_decision import assessed_amount
from services.application.domain.commands import DecideReview, DeclineCode, RecommendDecision, RequestReview
from services.application.domain.events import (
    ApplicationApproved,
    ApplicationDeclined,
    AssessmentRecorded,
    Authority,
    LoanApplicationEvent,
    ReviewOpened,
    ReviewRecommended,
    ReviewReturned,
)
from services.application.domain.facts import Reason
from services.application.domain.loan_product import LoanProduct
from services.application.domain.offer import make_offer, rate_refusal
from shared.messages import Personal, Rejected
from shared.money import Money

DECLINE_REASONS: Mapping[DeclineCode, tuple[str, str]] = {
    "repayment_capacity": ("还款能力不足", "the means to repay are not sufficient"),
    "credit_record": ("信用记录不符合要求", "the credit record does not meet our standard"),
    "collateral_insufficient": ("担保不足", "the security is not sufficient"),
    "purpose_unsupported": ("贷款用途缺乏证明", "the purpose is not supported by documents"),
    "outside_policy": ("不符合授信政策", "outside our lending policy"),
}


def request_review(command: RequestReview, closed: Closed) -> ReviewOpened:
    """Let people look at an automatic refusal, when a person asks for it. Source: 个人信息保护法 24."""
    declined = closed.because
    if not isinstance(declined, ApplicationDeclined) or closed.request.segment != "person":
        raise out_of_state("request a review", closed)
    if not declined.automatic:
        raise Rejected("decided_by_people", "people have decided this application")
    return ReviewOpened(
        application_id=command.application_id,
        causes=("automated_decision_refused",),
        submitted_by=closed.request.submitted_by,
        opened_on=command.requested_on,
    )


def recommend(command: RecommendDecision, review: InReview) -> ReviewRecommended:
    """The first person's opinion: not from whoever submitted the application."""
    if review.recommendation:
        raise out_of_state("recommend", review)
    _check_four_eyes(command.recommended_by, submitted={review.request.submitted_by})
    amount = rate = None
    authority: Authority = "approver"
    if command.recommendation == "approve":
        amount, rate = _check_terms(command, review)
        authority = authority_for(amount, rate, review.assessment, terms_of(review.request))
    elif not command.decline_codes:
        raise Rejected("reasons_missing", "a refusal needs its reasons", field="decline_codes")
    subject = review.request.borrower_id
    override = command.override_reason
    return ReviewRecommended(
        application_id=command.application_id,
        recommendation=command.recommendation,
        amount=amount,
        annual_rate_percent=rate,
        reasons=_reasons(command.decline_codes),
        authority=authority,
        opinion=Personal(subject_id=subject, value=command.opinion),
        override_reason=Personal(subject_id=subject, value=override) if override else None,
        recommended_by=command.recommended_by,
        recommended_on=command.recommended_on,
    )


def authority_for(
    amount: Money, rate_percent: Decimal, assessment: AssessmentRecorded, product: LoanProduct
) -> Authority:
    """Who must decide: the next level above the product's border or the limit, below the floor or the risk's price."""
    exceeds = amount > product.senior_approval_above or amount > assessment.limit
    least = max(assessment.risk_based_rate_percent, assessment.floor_percent or assessment.risk_based_rate_percent)
    return "senior_approver" if exceeds or rate_percent < least else "approver"


def decide_review(command: DecideReview, review: InReview) -> Sequence[LoanApplicationEvent]:
    """The second person's decision: not who submitted nor who recommended, never for more than that."""
    recommended = review.recommendation
    if recommended is None:
        raise out_of_state("decide", review)
    submitted = {review.request.submitted_by}
    _check_four_eyes(command.decided_by, submitted=submitted, recommended=review.recommenders)
    match command.decision:
        case "return":
            return [_return(command, review)]
        case "decline":
            return [_decline(command, review, recommended)]
        case "approve":
            approval = _approve(command, review, recommended)
            return [approval, make_offer(review.request, approval)]


def _return(command: DecideReview, review: InReview) -> ReviewReturned:
    if not command.note:
        raise Rejected("note_missing", "say what another recommendation should look at", field="note")
    return ReviewReturned(
        application_id=command.application_id,
        note=Personal(subject_id=review.request.borrower_id, value=command.note),
        returned_by=command.decided_by,
        returned_on=command.decided_on,
    )


def _decline(command: DecideReview, review: InReview, recommended: ReviewRecommended) -> ApplicationDeclined:
    reasons = _reasons(command.decline_codes) or recommended.reasons
    if not reasons:
        raise Rejected("reasons_missing", "a refusal needs its reasons", field="decline_codes")
    subject = review.request.borrower_id
    return ApplicationDeclined(
        application_id=command.application_id,
        reasons=reasons,
        automatic=False,
        note=Personal(subject_id=subject, value=command.note) if command.note else None,
        recommended_by=recommended.recommended_by,
        declined_by=command.decided_by,
        declined_on=command.decided_on,
    )


def _approve(command: DecideReview, review: InReview, recommended: ReviewRecommended) -> ApplicationApproved:
    if recommended.amount is None or recommended.annual_rate_percent is None:
        raise Rejected("not_recommended", "to decline is recommended: decline it or return it", field="decision")
    amount, rate = command.amount or recommended.amount, recommended.annual_rate_percent
    if amount.currency != recommended.amount.currency or amount > recommended.amount:
        raise Rejected("amount_above_recommended", f"recommended are {recommended.amount}", field="amount")
    product = terms_of(review.request)
    if amount < product.amount_min:
        raise Rejected("amount_outside_product", f"{product.code} is lent from {product.amount_min}", field="amount")
    needed = authority_for(amount, rate, review.assessment, product)
    if needed not in command.authority and "senior_approver" not in command.authority:
        raise Rejected("authority_too_low", f"this decision needs a {needed}")
    return ApplicationApproved(
        application_id=command.application_id,
        amount=amount,
        annual_rate_percent=rate,
        automatic=False,
        recommended_by=recommended.recommended_by,
        approved_by=command.decided_by,
        approved_on=command.decided_on,
    )


def _check_terms(command: RecommendDecision, review: InReview) -> tuple[Money, Decimal]:
    """Amount and rate of a recommended approval, by default those assessed; never more than asked for."""
    request, assessment, product = review.request, review.assessment, terms_of(review.request)
    amount = command.amount or assessed_amount(request, assessment)
    rate = assessment.annual_rate_percent if command.annual_rate_percent is None else command.annual_rate_percent
    if amount.currency != request.requested_amount.currency or amount > request.requested_amount:
        raise Rejected("amount_above_requested", f"requested are {request.requested_amount}", field="amount")
    if amount < product.amount_min:
        raise Rejected("amount_outside_product", f"{product.code} is lent from {product.amount_min}", field="amount")
    if amount > assessment.limit and not command.override_reason:
        raise Rejected(
            "override_reason_missing",
            f"more than the assessed limit of {assessment.limit} needs a reason",
            field="override_reason",
        )
    if refusal := rate_refusal(rate, product):
        raise refusal
    return amount, rate


def _check_four_eyes(person: str, **earlier: Collection[str]) -> None:
    for did, persons in earlier.items():
        if person in persons:
            raise Rejected("four_eyes", f"another person must do this: {person} has {did} it")


def _reasons(codes: Iterable[DeclineCode]) -> tuple[Reason, ...]:
    return tuple(Reason(code=code, zh=DECLINE_REASONS[code][0], en=DECLINE_REASONS[code][1]) for code in codes)
