"""Offer and contract (要约·签约): made on approval, valid until a day, signed once the cost was shown."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from services.application.domain.application_state import Offered, out_of_state, terms_of
from services.application.domain.commands import AcceptOffer, ExpireOffer, SignContract
from services.application.domain.cost_statement import cost_statement, penalty_rate_percent
from services.application.domain.events import (
    ApplicationApproved,
    ApplicationSubmitted,
    ContractSigned,
    OfferAccepted,
    OfferExpired,
    OfferMade,
)
from services.application.domain.loan_product import LoanProduct
from shared.dates import add_months
from shared.messages import Rejected


def rate_refusal(annual_rate_percent: Decimal, product: LoanProduct) -> Rejected | None:
    """Why a rate may not be granted: below the product's floor, or dearer than the cap once it is in default.

    While interest is the only charge, the penalty rate is the highest cost: it alone is held to the cap.
    """
    if annual_rate_percent < product.rate_floor_percent:
        return Rejected(
            "rate_below_floor",
            f"{product.code} is lent at {product.rate_floor_percent} percent or more",
            field="annual_rate_percent",
        )
    if penalty_rate_percent(annual_rate_percent, product.penalty_uplift_percent) > product.cost_cap_percent:
        return Rejected(
            "cost_above_cap",
            f"in default the loan would cost more than {product.cost_cap_percent} percent a year",
            field="annual_rate_percent",
        )
    return None


def make_offer(request: ApplicationSubmitted, approval: ApplicationApproved) -> OfferMade:
    """The offer that follows an approval: valid that day and the next, for the product's number of days."""
    product = terms_of(request)
    return OfferMade(
        application_id=request.application_id,
        amount=approval.amount,
        annual_rate_percent=approval.annual_rate_percent,
        term_months=request.term_months,
        repayment_method=request.repayment_method,
        day_count=product.day_count,
        penalty_uplift_percent=product.penalty_uplift_percent,
        cost_statement=cost_statement(
            principal=approval.amount,
            annual_rate_percent=approval.annual_rate_percent,
            term_months=request.term_months,
            method=request.repayment_method,
            day_count=product.day_count,
            penalty_uplift_percent=product.penalty_uplift_percent,
            drawn_on=approval.approved_on,
        ),
        made_on=approval.approved_on,
        valid_until=approval.approved_on + timedelta(days=product.offer_valid_days - 1),
    )


def accept(command: AcceptOffer, offered: Offered) -> OfferAccepted:
    """Take the offer, on its last day at the latest."""
    if offered.acceptance:
        raise out_of_state("accept", offered)
    _check_valid(offered.offer, command.accepted_on)
    return OfferAccepted(
        application_id=command.application_id,
        accepted_by=command.accepted_by,
        accepted_on=command.accepted_on,
    )


def expire(command: ExpireOffer, offered: Offered) -> Sequence[OfferExpired]:
    """Close an offer that nobody signed in time; one that still runs is left."""
    if command.business_date <= offered.offer.valid_until:
        return []
    return [
        OfferExpired(
            application_id=command.application_id,
            valid_until=offered.offer.valid_until,
            expired_on=command.business_date,
        )
    ]


def sign(command: SignContract, offered: Offered) -> ContractSigned:
    """Sign what was offered, no more: the borrower has accepted and confirms the rate shown to him.

    Source: 综合融资成本明示, 民法典 496 (standard terms are pointed out before signing).
    """
    if not offered.acceptance:
        raise out_of_state("sign", offered)
    offer, request = offered.offer, offered.request
    _check_valid(offer, command.signed_on)
    shown = offer.cost_statement.annualised_rate_percent
    if command.confirmed_annualised_rate_percent != shown:
        raise Rejected(
            "cost_statement_not_confirmed",
            f"the cost statement shows {shown} percent a year",
            field="confirmed_annualised_rate_percent",
        )
    product, approval = terms_of(request), offered.approval
    concerned = (request.submitted_by, approval.recommended_by, approval.approved_by)
    return ContractSigned(
        contract_id=command.contract_id,
        application_id=command.application_id,
        borrower_id=request.borrower_id,
        segment=request.segment,
        product_code=request.product_code,
        product_version=request.product_version,
        limit=offer.amount,
        annual_rate_percent=offer.annual_rate_percent,
        penalty_uplift_percent=offer.penalty_uplift_percent,
        term_months=offer.term_months,
        repayment_method=offer.repayment_method,
        day_count=offer.day_count,
        cost_statement=offer.cost_statement,
        signed_by=command.signed_by,
        signed_on=command.signed_on,
        available_until=add_months(command.signed_on, product.available_months),
        new_relation=command.new_relation,
        average_credit=offered.assessment.five_c_score < product.average_credit_below,
        approved_by=tuple(dict.fromkeys(person for person in concerned if person)),
        allocation=product.allocation,
    )


def _check_valid(offer: OfferMade, day: date) -> None:
    if day > offer.valid_until:
        raise Rejected("offer_expired", f"the offer was valid until {offer.valid_until}")
