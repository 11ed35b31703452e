"""The loan application (贷款申请): submitted, assessed, reviewed, offered, signed, and its loans followed."""

from collections.abc import Sequence
from typing import TypeVar, assert_never, get_args

from services.application.domain.application_state import (
    Closed,
    Contracted,
    InReview,
    LoanApplication,
    NoApplication,
    Offered,
    Submitted,
    evolve,
    out_of_state,
)
from services.application.domain.automatic_decision import record_assessment
from services.application.domain.commands import (
    AcceptOffer,
    DecideReview,
    ExpireOffer,
    LoanApplicationCommand,
    RecommendDecision,
    RecordAssessment,
    RecordDisbursement,
    RecordDisbursementFailure,
    RecordSettlement,
    RecordWriteOff,
    RequestReview,
    SignContract,
    SubmitApplication,
    WithdrawApplication,
)
from services.application.domain.contract import record_news
from services.application.domain.events import ApplicationWithdrawn, LoanApplicationEvent
from services.application.domain.offer import accept, expire, sign
from services.application.domain.review import decide_review, recommend, request_review
from services.application.domain.submission import submit
from shared.decider import Decider

S = TypeVar("S")


def decide(command: LoanApplicationCommand, application: LoanApplication) -> Sequence[LoanApplicationEvent]:
    """What people ask must suit the application's state; what other services tell is taken once.

    A command of another service raises Rejected only for what cannot happen, so that its message is parked.
    """
    match command:
        case SubmitApplication():
            _in(NoApplication, application, "submit")
            return [submit(command)]
        case RecordAssessment():
            if isinstance(application, NoApplication):
                raise out_of_state("assess", application)
            return record_assessment(command, application) if isinstance(application, Submitted) else []
        case RequestReview():
            return [request_review(command, _in(Closed, application, "request a review"))]
        case RecommendDecision():
            return [recommend(command, _in(InReview, application, "recommend"))]
        case DecideReview():
            return decide_review(command, _in(InReview, application, "decide"))
        case AcceptOffer():
            return [accept(command, _in(Offered, application, "accept"))]
        case SignContract():
            return [sign(command, _in(Offered, application, "sign"))]
        case ExpireOffer():
            return expire(command, application) if isinstance(application, Offered) else []
        case WithdrawApplication():
            return [withdraw(command, application)]
        case RecordDisbursement() | RecordDisbursementFailure() | RecordSettlement() | RecordWriteOff():
            return record_news(command, _in(Contracted, application, "record a loan"))
        case _:
            assert_never(command)


def withdraw(command: WithdrawApplication, application: LoanApplication) -> ApplicationWithdrawn:
    """The borrower may withdraw until the contract is signed; risk's answer may then come too late."""
    if not isinstance(application, Submitted | InReview | Offered):
        raise out_of_state("withdraw", application)
    return ApplicationWithdrawn(**dict(command))


def _in(state: type[S], application: LoanApplication, asked: str) -> S:
    if not isinstance(application, state):
        raise out_of_state(asked, application)
    return application


loan_application = Decider[LoanApplication, LoanApplicationCommand, LoanApplicationEvent](
    category="loan_application",
    stream_id=lambda command: command.application_id,
    initial=NoApplication(),
    decide=decide,
    evolve=evolve,
    events=get_args(LoanApplicationEvent),
)
