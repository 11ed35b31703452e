"""A loan application as its readers see it: built from the folded stream, so it is never behind."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from services.application.domain.application_state import (
    Approved,
    Closed,
    Contracted,
    InReview,
    LiveApplication,
    LoanApplication,
    NoApplication,
    Offered,
    Submitted,
    status_of,
)
from services.application.domain.events import (
    ApplicationApproved,
    ApplicationDeclined,
    AssessmentRecorded,
    LoanApplicationEvent,
)
from services.application.domain.masking import ERASED, plain
from services.application.routes.statements import (
    Bureau,
    Collateral,
    Company,
    Consent,
    Evidence,
    SmallFirm,
    StatedPerson,
    SupplyChain,
)
from services.application.routes.views import (
    ApplicationAnswer,
    ApplicationView,
    ApprovalView,
    AssessmentView,
    ContractView,
    CostStatementView,
    History,
    HistoryEntry,
    LoanView,
    OfferView,
    ReviewView,
)
from shared.command_handler import Outcome
from shared.event_store import Recorded
from shared.money import Money

V = TypeVar("V", bound=BaseModel)
Loaded = Outcome[LoanApplication, LoanApplicationEvent]


def live(loaded: Loaded) -> LiveApplication:
    """The application that has been loaded or acted on."""
    assert not isinstance(loaded.state, NoApplication), "load answers 404, and decide refuses"
    return loaded.state


def application_answer(loaded: Loaded) -> ApplicationAnswer:
    application = live(loaded)
    request = application.request
    return ApplicationAnswer(
        application_id=request.application_id,
        borrower_id=request.borrower_id,
        product_code=request.product_code,
        status=status_of(application),
    )


def application_view(loaded: Loaded, *, in_confidence: bool) -> ApplicationView:
    """The application; the review, and what else the borrower has with the bank, only `in_confidence`."""
    application = live(loaded)
    request = application.request
    approval = approval_of(application)
    declined = application.because if isinstance(application, Closed) else None
    assessment = assessment_of(application)
    return ApplicationView(
        application_id=request.application_id,
        borrower_id=request.borrower_id,
        status=status_of(application),
        segment=request.segment,
        product_code=request.product_code,
        product_version=request.product_version,
        requested_amount=request.requested_amount,
        term_months=request.term_months,
        repayment_method=request.repayment_method,
        purpose=request.purpose,
        other_exposure=request.other_exposure if in_confidence else None,
        group_exposure=request.group_exposure if in_confidence else None,
        submitted_by=request.submitted_by,
        submitted_on=request.submitted_on,
        company=Company.of(request.company) if request.company else None,
        person=StatedPerson.of(request.person) if request.person else None,
        small_firm=SmallFirm.of(request.small_firm) if request.small_firm else None,
        supply_chain=SupplyChain.of(request.supply_chain) if request.supply_chain else None,
        bureau=Bureau.of(request.bureau),
        bureau_consent=Consent.of(request.bureau_consent) if request.bureau_consent else None,
        collateral=[Collateral.of(item) for item in request.collateral],
        evidence=[Evidence.of(item) for item in request.evidence],
        assessment=_seen(AssessmentView, assessment) if assessment else None,
        review=_review_view(application) if in_confidence and isinstance(application, InReview) else None,
        approval=_seen(ApprovalView, approval) if approval else None,
        offer=offer_view(application),
        contract=contract_view(application),
        decline_reasons=list(declined.reasons) if isinstance(declined, ApplicationDeclined) else [],
    )


def assessment_of(application: LiveApplication) -> AssessmentRecorded | None:
    """What risk found, once it has."""
    return None if isinstance(application, Submitted) else application.assessment


def approval_of(application: LiveApplication) -> ApplicationApproved | None:
    """What was approved, while it stands."""
    return application.approval if isinstance(application, Approved | Offered | Contracted) else None


def offer_view(application: LiveApplication) -> OfferView | None:
    """The offer, whatever became of it; None where none was made."""
    offer = application.offer if isinstance(application, Offered | Contracted | Closed) else None
    if offer is None:
        return None
    status = "signed" if isinstance(application, Contracted) else status_of(application)
    shown = {name: getattr(offer, name) for name in OfferView.model_fields if name not in {"status", "cost_statement"}}
    return OfferView(**shown, status=status, cost_statement=_seen(CostStatementView, offer.cost_statement))


def contract_view(application: LiveApplication) -> ContractView | None:
    """The contract and its loans; None where none was signed."""
    if not isinstance(application, Contracted):
        return None
    contract = application.contract
    own = {"status", "cost_statement", "loans"}
    shown = {name: getattr(contract, name) for name in ContractView.model_fields if name not in own}
    return ContractView(
        **shown,
        status=status_of(application),
        cost_statement=_seen(CostStatementView, contract.cost_statement),
        loans=[LoanView(loan_id=loan_id, status=status) for loan_id, status in application.loans.items()],
    )


def _review_view(application: InReview) -> ReviewView:
    opened, recommended = application.review, application.recommendation
    if recommended is None:
        return ReviewView(causes=list(opened.causes), opened_on=opened.opened_on)
    override = recommended.override_reason
    return ReviewView(
        causes=list(opened.causes),
        opened_on=opened.opened_on,
        recommendation=recommended.recommendation,
        amount=recommended.amount,
        annual_rate_percent=recommended.annual_rate_percent,
        authority=recommended.authority,
        reasons=list(recommended.reasons),
        opinion=plain(recommended.opinion),
        override_reason=plain(override) if override else None,
        recommended_by=recommended.recommended_by,
        recommended_on=recommended.recommended_on,
    )


def _seen(view: type[V], fact: BaseModel) -> V:
    return view.model_validate(fact, from_attributes=True)


def history_view(past: Sequence[Recorded[LoanApplicationEvent]]) -> History:
    """Every fact of the stream in order; what people wrote in confidence is not repeated here."""
    return History(
        items=[
            HistoryEntry(
                version=recorded.version,
                what=type(recorded.event).__name__,
                actor=recorded.meta.actor,
                business_date=recorded.meta.business_date,
                at=recorded.at,
                facts=_in_text(recorded.event.model_dump(mode="json")),
            )
            for recorded in past
        ]
    )


def _in_text(node: Any) -> Any:
    """Stored JSON as an API shows it: amounts as decimal text, personal data left out."""
    match node:
        case {"currency": str(currency), "minor": int(minor), **rest} if not rest:
            return {"currency": currency, "amount": str(Money(minor, currency).amount)}
        case {"subject_id": _, "value": value, **rest} if not rest:
            return ERASED if value is None else "•••"
        case dict():
            return {name: _in_text(part) for name, part in node.items()}
        case list():
            return [_in_text(part) for part in node]
        case _:
            return node
