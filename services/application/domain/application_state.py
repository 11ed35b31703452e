"""The states of a loan application, each made of the facts that led to it and of nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never
from uuid import UUID

from services.application.domain.events import (
    ApplicationApproved,
    ApplicationDeclined,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    AssessmentRecorded,
    ContractSigned,
    ContractStatus,
    DisbursementFailed,
    LoanApplicationEvent,
    LoanDisbursed,
    LoanSettled,
    LoanWrittenOff,
    OfferAccepted,
    OfferExpired,
    OfferMade,
    ReviewOpened,
    ReviewRecommended,
    ReviewReturned,
)
from services.application.domain.loan_product import LoanProduct, product_version
from shared.messages import Rejected

ApplicationStatus = Literal[
    "submitted",
    "in_review",
    "recommended",
    "offered",
    "accepted",
    "declined",
    "withdrawn",
    "offer_expired",
    ContractStatus,
]
LoanStatus = Literal["failed", "open", "settled", "written_off"]
LoanEvent = LoanDisbursed | DisbursementFailed | LoanSettled | LoanWrittenOff


@dataclass(frozen=True)
class NoApplication:
    """Nothing has been submitted under this id."""


@dataclass(frozen=True)
class Submitted:
    """受理: waits for risk."""

    request: ApplicationSubmitted


@dataclass(frozen=True)
class Assessed:
    """Assessed and about to be decided: only between the events of one command, or when decided by policy."""

    request: ApplicationSubmitted
    assessment: AssessmentRecorded


@dataclass(frozen=True)
class InReview:
    """审查: waits for a recommendation, or, when there is one, for the decision of a second person.

    `recommenders` have each recommended at some time, though it may have been returned: none of them decides.
    """

    request: ApplicationSubmitted
    assessment: AssessmentRecorded
    review: ReviewOpened
    recommendation: ReviewRecommended | None = None
    recommenders: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Approved:
    """Approved and about to be offered: only between the events of one command."""

    request: ApplicationSubmitted
    assessment: AssessmentRecorded
    approval: ApplicationApproved


@dataclass(frozen=True)
class Offered:
    """The offer stands until its last day; accepted or not, it ends by a contract or by expiry."""

    request: ApplicationSubmitted
    assessment: AssessmentRecorded
    approval: ApplicationApproved
    offer: OfferMade
    acceptance: OfferAccepted | None = None


@dataclass(frozen=True)
class Contracted:
    """签约: what became of each loan drawn under the contract."""

    request: ApplicationSubmitted
    assessment: AssessmentRecorded
    approval: ApplicationApproved
    offer: OfferMade
    contract: ContractSigned
    loans: Mapping[UUID, LoanStatus] = field(default_factory=dict)
    disbursed: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Closed:
    """Over without a contract."""

    request: ApplicationSubmitted
    because: ApplicationDeclined | ApplicationWithdrawn | OfferExpired
    assessment: AssessmentRecorded | None = None
    offer: OfferMade | None = None


LiveApplication = Submitted | Assessed | InReview | Approved | Offered | Contracted | Closed
LoanApplication = NoApplication | LiveApplication


def status_of(application: LiveApplication) -> ApplicationStatus:
    """The one word that an officer sees."""
    match application:
        case Submitted() | Assessed():
            return "submitted"
        case InReview(recommendation=recommendation):
            return "recommended" if recommendation else "in_review"
        case Approved():
            return "offered"
        case Offered(acceptance=acceptance):
            return "accepted" if acceptance else "offered"
        case Contracted(loans=loans):
            return contract_status(loans)
        case Closed(because=ApplicationDeclined()):
            return "declined"
        case Closed(because=ApplicationWithdrawn()):
            return "withdrawn"
        case Closed():
            return "offer_expired"


def contract_status(loans: Mapping[UUID, LoanStatus]) -> ContractStatus:
    """A contract is as its loans are: an open one first, then a written-off, a settled, a failed one."""
    seen = set(loans.values())
    if "open" in seen:
        return "disbursed"
    if "written_off" in seen:
        return "written_off"
    if "settled" in seen:
        return "settled"
    return "disbursement_failed" if seen else "signed"


def terms_of(request: ApplicationSubmitted) -> LoanProduct:
    """The product's terms under which the application was made."""
    return product_version(request.product_code, request.product_version)


def out_of_state(asked: str, application: LoanApplication) -> Rejected:
    """The refusal of a request that does not fit the application's state."""
    if isinstance(application, NoApplication):
        return Rejected("no_such_application", f"cannot {asked}: there is no such application")
    status = status_of(application)
    code = "offer_expired" if status == "offer_expired" else "wrong_status"
    return Rejected(code, f"cannot {asked}: the application is {status}")


def disbursed_loan_status(known: LoanStatus | None) -> LoanStatus:
    """What a disbursed loan is: open, unless its end was heard before its beginning."""
    return known if known in ("settled", "written_off") else "open"


def evolve(application: LoanApplication, event: LoanApplicationEvent) -> LoanApplication:
    """The state after `event`. The asserts say what decide guarantees."""
    match event:
        case ApplicationSubmitted():
            return Submitted(event)
        case AssessmentRecorded():
            assert isinstance(application, Submitted), "assessed once, while submitted"
            return Assessed(application.request, event)
        case ReviewOpened():
            assert isinstance(application, Assessed | Closed), "opened after assessment"
            assert application.assessment, "an automatic decision rests on an assessment"
            return InReview(application.request, application.assessment, event)
        case ReviewRecommended():
            assert isinstance(application, InReview), "recommended in review"
            recommenders = application.recommenders | {event.recommended_by}
            return replace(application, recommendation=event, recommenders=recommenders)
        case ReviewReturned():
            assert isinstance(application, InReview), "returned in review"
            return replace(application, recommendation=None)
        case ApplicationApproved():
            assert isinstance(application, Assessed | InReview), "approved on an assessment"
            return Approved(application.request, application.assessment, event)
        case OfferMade():
            assert isinstance(application, Approved), "offered once approved"
            return Offered(application.request, application.assessment, application.approval, event)
        case OfferAccepted():
            assert isinstance(application, Offered), "accepted while offered"
            return replace(application, acceptance=event)
        case ContractSigned():
            assert isinstance(application, Offered), "signed while offered"
            parts = application
            return Contracted(parts.request, parts.assessment, parts.approval, parts.offer, event)
        case ApplicationDeclined() | ApplicationWithdrawn() | OfferExpired():
            return _close(application, event)
        case LoanDisbursed() | DisbursementFailed() | LoanSettled() | LoanWrittenOff():
            assert isinstance(application, Contracted), "loans are drawn under a contract"
            return _note(application, event)
        case _:
            assert_never(event)


def _close(application: LoanApplication, event: ApplicationDeclined | ApplicationWithdrawn | OfferExpired) -> Closed:
    match application:
        case Submitted(request):
            return Closed(request, event)
        case Assessed() | InReview():
            return Closed(application.request, event, application.assessment)
        case Offered():
            return Closed(application.request, event, application.assessment, application.offer)
        case _:
            raise AssertionError("closed only while nothing is signed")


def _note(contracted: Contracted, event: LoanEvent) -> Contracted:
    match event:
        case LoanDisbursed(loan_id=loan_id):
            status = disbursed_loan_status(contracted.loans.get(loan_id))
            contracted = replace(contracted, disbursed=contracted.disbursed | {loan_id})
        case DisbursementFailed():
            status = "failed"
        case LoanSettled():
            status = "settled"
        case LoanWrittenOff():
            status = "written_off"
    return replace(contracted, loans={**contracted.loans, event.loan_id: status})
