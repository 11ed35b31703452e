"""The deciders of application and risk: how each is driven, and what is always true of it."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args

from hypothesis import strategies as st

from services.application.domain import commands as application
from services.application.domain import events as lent
from services.application.domain.application_state import (
    Closed,
    Contracted,
    InReview,
    NoApplication,
    Offered,
    Submitted,
)
from services.application.domain.borrower import KnownBorrower, borrower
from services.application.domain.loan_application import loan_application
from services.risk.domain import commands as risk
from services.risk.domain import events as assessed
from services.risk.domain.asset_class import worst
from services.risk.domain.classification_commands import (
    ApplyDebtorFloor,
    ClassByOthersCommand,
    DecideImprovement,
    FollowChangedTerms,
)
from services.risk.domain.classification_events import ImprovementApproved, OwnClassMoved
from services.risk.domain.classified_loan import Classified, Left, binding_floor
from services.risk.domain.credit_assessment import Assessed, credit_assessment
from services.risk.domain.debtor import debtor
from services.risk.domain.debtor_commands import AcknowledgeWarning, ClaimCommand, CloseWarning, DebtorCommand, Report
from services.risk.domain.debtor_events import ClaimEnded, ClaimReturned, DebtorFloorMoved
from services.risk.domain.debtor_state import floor_of
from services.risk.domain.final_decision import NoteFinalDecision, final_decision
from services.risk.domain.inspection_plan import (
    CompleteInspection,
    EndInspections,
    InspectionCommand,
    InspectionDone,
    InspectionScheduled,
    PlanInspections,
    ResumeInspections,
    ReviewInspections,
    inspection_plan,
)
from services.risk.domain.loan_classification import loan_classification
from services.risk.domain.loss_measurement import MeasureProvision, loss_measurement
from services.risk.domain.model_alias import model_alias
from services.risk.domain.post_loan_policy import is_working_day
from services.risk.domain.shadow_score import shadow_score
from services.risk.domain.source_answers import SourceAnswer
from services.risk.domain.undrawn_limit import NoteUndrawn, undrawn_limit
from shared.money import Money
from tests.application import asked
from tests.application.builders import APPLICATION, CONTRACT, KNOCKED_OUT
from tests.risk import builders
from tests.stateful.machine import IDS, Driven, amounts, any_of, days

DAY = timedelta(days=1)

BORROWER = Driven(
    borrower,
    st.sampled_from(
        [asked.register(), asked.register(registered_by="li"), asked.register(segment="person"),
         asked.register(company=None)]),
    may_follow=lambda state: () if isinstance(state, KnownBorrower) else None,
    once=(application.RegisterBorrower,),
)  # fmt: skip


_SUBMITTING = st.sampled_from(
    [
        asked.submit(),
        asked.submit_by_person(),
        asked.submit(requested_amount=Money(1)),
        asked.submit(other_exposure=Money.of(900_000)),
        asked.submit(purpose="dividends"),
    ]
)
_application_fields: dict[str, Any] = {
    "application_id": APPLICATION,
    "contract_id": st.just(CONTRACT) | st.sampled_from(IDS),
    "limit": st.sampled_from([Money.of(800_000), Money.of(1_000)]),
    "annual_rate_percent": st.none() | st.sampled_from([Decimal("4.35"), Decimal(1), Decimal(20)]),
    "RecordAssessment.annual_rate_percent": st.sampled_from([Decimal("4.35"), Decimal(1), Decimal(20)]),
    "reasons": st.sampled_from([(), (KNOCKED_OUT,)]),
    "amount": st.none() | st.sampled_from([Money.of(100_000), Money.of(900_000), Money(1)]),
    "confirmed_annualised_rate_percent": Decimal(1),
    "authority": st.sampled_from([frozenset({"approver"}), frozenset({"senior_approver"}), frozenset[str]()]),
    "note": st.none() | st.just("look again"),
    "override_reason": st.none() | st.just("orders on hand"),
    "RecordDisbursementFailure.amount": Money.of(100_000),
}
_OTHERS = (
    application.WithdrawApplication | application.RecordAssessment | application.RequestReview
    | application.RecommendDecision | application.DecideReview | application.AcceptOffer | application.ExpireOffer
    | application.SignContract | application.LoanNews
)  # fmt: skip


def _suited_to_application(state: Any) -> st.SearchStrategy[Any]:
    """The next step, in time, by somebody who may, and more often than not towards a loan."""
    towards = {
        "recommendation": st.sampled_from(["approve", "approve", "decline"]),
        "decision": st.sampled_from(["approve", "approve", "decline", "return"]),
        "decline_codes": st.just(("credit_record",)),
        "note": "look again",
    }
    terms = {
        "amount": st.none(),
        "annual_rate_percent": st.none(),
        "RecordAssessment.annual_rate_percent": Decimal("4.35"),
        "limit": Money.of(800_000),
    }
    may = {"authority": frozenset({"senior_approver"}), "contract_id": CONTRACT}
    fields = _application_fields | towards | terms | may
    match state:
        case NoApplication():
            return _SUBMITTING
        case Submitted():
            return any_of(application.RecordAssessment, **fields)
        case InReview(recommendation=None):
            return any_of(application.RecommendDecision, **fields)
        case InReview():
            return any_of(application.DecideReview, **fields)
        case Offered(offer=offer):
            shown = {"confirmed_annualised_rate_percent": offer.cost_statement.annualised_rate_percent}
            days_of = {
                "accepted_on": offer.made_on,
                "signed_on": offer.made_on,
                "business_date": offer.valid_until + DAY,
            }
            forward = application.SignContract if state.acceptance else application.AcceptOffer
            onward = any_of(forward, **fields | shown | days_of)
            return onward | onward.map(lambda it: it) | any_of(application.ExpireOffer, **fields | days_of)
        case Contracted():
            return any_of(application.LoanNews, **fields)
        case _:
            return any_of(application.RequestReview, **fields)


def _application_holds(state: Any, events: Sequence[Any]) -> None:
    submitted = [event for event in events if isinstance(event, lent.ApplicationSubmitted)]
    assert len(submitted) <= 1, "submitted once"
    approvals = [event for event in events if isinstance(event, lent.ApplicationApproved)]
    assert len(approvals) <= 1, "approved once"
    for approval in approvals:
        assert approval.amount <= submitted[0].requested_amount, "no more than was asked for"
        who = {submitted[0].submitted_by, approval.recommended_by, approval.approved_by}
        assert approval.automatic or (len(who) == 3 and None not in who), "four eyes"
    if isinstance(state, Contracted):
        assert state.contract.limit == state.offer.amount == approvals[0].amount, "signed is what was offered"
        assert set(state.disbursed) <= set(state.loans)


def _after_the_application(state: Any) -> tuple[type[Any], ...] | None:
    match state:
        case Contracted():
            return (lent.LoanDisbursed, lent.DisbursementFailed, lent.LoanSettled, lent.LoanWrittenOff)
        case Closed(because=lent.ApplicationDeclined(automatic=True)):
            return (lent.ReviewOpened,)
        case Closed():
            return ()
        case InReview() if state.recommendation is None:
            return (lent.ReviewRecommended, lent.ApplicationWithdrawn)
        case _:
            return None


LOAN_APPLICATION = Driven(
    loan_application,
    _SUBMITTING | any_of(_OTHERS, **_application_fields),
    _suited_to_application,
    _after_the_application,
    _application_holds,
    once=(application.RecordAssessment, application.RecordDisbursement, application.RecordDisbursementFailure,
          application.RecordSettlement, application.RecordWriteOff, application.ExpireOffer),
)  # fmt: skip

_FACTS = [builders.company_facts(), builders.person_facts(), builders.company_facts(company=None)]
_RECORDS = [builders.assessed(facts) for facts in _FACTS[:2]]

CREDIT_ASSESSMENT = Driven(
    credit_assessment,
    any_of(
        risk.CreditAssessmentCommand,
        application_id=builders.APPLICATION,
        facts=st.sampled_from(_FACTS),
        record=st.sampled_from(_RECORDS),
        answers=st.just((SourceAnswer(source="bureau", status="not_configured"),)),
    ),
    may_follow=lambda state: () if isinstance(state, Assessed) else None,
    once=(risk.RequestAssessment, risk.RecordSources, risk.RecordAssessment),
)


def _class_holds(state: Any, events: Sequence[Any]) -> None:
    names = [type(event) for event in events]
    assert names.count(assessed.LoanEnteredClassification) <= 1
    assert 0 <= names.count(assessed.LoanLeftClassification) - names.count(assessed.LoanReturned) <= 1
    moves = [event for event in events if isinstance(event, assessed.LoanClassified)]
    assert all(event.classification != event.previous for event in moves), "a change of class changes it"
    assert all(a.classification == b.previous for a, b in pairwise(moves)), "from where it was"
    approvals = [event for event in events if isinstance(event, ImprovementApproved)]
    assert all(event.approved_by != event.proposed_by for event in approvals), "four eyes"
    if isinstance(state, Classified):
        assert worst(state.asset_class, binding_floor(state)) == state.asset_class, "never below what the rules demand"
    if moves:
        assert state.asset_class == moves[-1].classification


_class_fields: dict[str, Any] = {
    "loan_id": IDS[0],
    "days_past_due": st.sampled_from([0, 1, 31, 91, 181, 361]) | st.integers(0, 400),
    "received_on": days.map(lambda day: day + timedelta(days=250)),
}

_towards = {"first_due_on": builders.TODAY + timedelta(days=60)}


def _suited_to_class(state: Any) -> st.SearchStrategy[Any]:
    """News of the loan's own payments in time, or the decision on a proposal that waits."""
    fields = _class_fields | {"as_of": _latest(state), "cured_on": _latest(state)}
    own = any_of(risk.MeasureDelinquency | risk.CureLoan, **fields)
    if not isinstance(state, Classified) or not state.entered:
        return own | any_of(risk.EnterLoan, **fields)
    people = {"repayment_period_months": st.integers(1, 3), "restructured_on": builders.TODAY, **_towards}
    others = any_of(ClassByOthersCommand, **fields | people)
    if state.improvement is None:
        return own | others
    waiting = {"proposal_id": state.improvement.proposal_id, "approve": st.just(True) | st.booleans()}
    return any_of(DecideImprovement, **fields | waiting, decided_by=st.just("a second person") | st.text(max_size=3))


LOAN_CLASSIFICATION = Driven(
    loan_classification,
    any_of(risk.LoanClassificationCommand, **_class_fields),
    _suited_to_class,
    may_follow=lambda state: (
        (assessed.LoanEnteredClassification, assessed.LoanReturned, assessed.LoanClassified, OwnClassMoved)
        if isinstance(state, Left)
        else None
    ),
    holds=_class_holds,
    once=(risk.EnterLoan, risk.MeasureDelinquency, risk.CureLoan, risk.ObserveRepayment, risk.SettleLoan,
          risk.ReturnLoan, FollowChangedTerms, risk.WriteOffLoan, ApplyDebtorFloor),
)  # fmt: skip


_RETURNED: dict[str, Any] = {"ReturnClaim.outstanding": amounts}


def _debtor_holds(state: Any, events: Sequence[Any]) -> None:
    moves = [event for event in events if isinstance(event, DebtorFloorMoved)]
    assert all(a.floor == b.previous for a, b in pairwise(moves)), "from where it was"
    assert state.floor == floor_of(state), "what the claims demand now is what was said"
    in_books = dict[Any, bool]()
    for event in events:
        if isinstance(event, ClaimEnded | ClaimReturned):
            ends = isinstance(event, ClaimEnded)
            assert in_books.get(event.loan_id, True) == ends, "a claim ends once, until it comes back"
            in_books[event.loan_id] = not ends


def _suited_to_debtor(state: Any) -> st.SearchStrategy[Any] | None:
    """What an officer does about a warning that stands; otherwise what the books and people tell."""
    waiting = [one.warning_id for one in state.warnings if one.status != "closed"]
    told = {"borrower_id": builders.BORROWER, "outstanding": st.none() | amounts, "actual": Decimal(1)}
    news = any_of(ClaimCommand | Report, **told, **_RETURNED, bound=Decimal(2), at_least=True)
    if not waiting:
        return news
    return news | any_of(
        AcknowledgeWarning | CloseWarning, borrower_id=builders.BORROWER, warning_id=st.sampled_from(waiting)
    )


DEBTOR = Driven(
    debtor,
    any_of(
        DebtorCommand,
        borrower_id=builders.BORROWER,
        as_of=days | st.just(builders.TODAY + timedelta(days=300)),
        outstanding=st.none() | amounts,
        **_RETURNED,
    ),
    holds=_debtor_holds,
    suited=_suited_to_debtor,
    once=get_args(ClaimCommand | Report),
)


def _inspections_hold(state: Any, events: Sequence[Any]) -> None:
    numbers = [event.number for event in events if isinstance(event, InspectionDone)]
    assert numbers == list(range(1, len(numbers) + 1)), "one after the other, each once"
    assert state.borrower_id is None or state.has_ended or state.due_on is not None, "one is always scheduled"
    due = [event.due_on for event in events if isinstance(event, InspectionScheduled)]
    assert all(is_working_day(day) for day in due), "on a day on which the bank works"


INSPECTION_PLAN = Driven(
    inspection_plan,
    any_of(InspectionCommand, loan_id=IDS[0]),
    lambda state: any_of(
        PlanInspections | ReviewInspections | CompleteInspection, loan_id=IDS[0], number=max(1, state.number)
    ),
    may_follow=lambda state: (InspectionScheduled,) if state.has_ended else None,
    holds=_inspections_hold,
    once=(PlanInspections, ReviewInspections, EndInspections, ResumeInspections),
)


FINAL_DECISION = Driven(
    final_decision,
    any_of(NoteFinalDecision, application_id=builders.APPLICATION),
    may_follow=lambda state: () if state.by_people else None,
    once=(NoteFinalDecision,),
)


def _latest(state: Any) -> Any:
    return max(getattr(state, "as_of", builders.TODAY), builders.TODAY)


def _alias_holds(state: Any, events: Sequence[Any]) -> None:
    moves = [event for event in events if isinstance(event, assessed.ModelAliasApproved)]
    assert all(move.proposed_by != move.approved_by for move in moves), "four eyes"
    assert all(move.effective_from >= move.approved_on for move in moves), "never in the past"
    assert tuple(moves) == state.moved
    waiting = [one.alias for one in state.pending.values()]
    assert len(waiting) == len(set(waiting)), "one proposal waits for an alias"


MODEL_ALIAS = Driven(
    model_alias,
    any_of(risk.ModelAliasCommand, segment="company"),
    lambda state: (
        any_of(risk.ModelAliasCommand, segment="company", proposal_id=st.sampled_from(list(state.pending)))
        if state.pending
        else None
    ),
    holds=_alias_holds,
    once=(risk.ProposeModelAlias,),
)


def _shadow_holds(state: Any, events: Sequence[Any]) -> None:
    spoke = [event.sha256 for event in events]
    assert len(spoke) == len(set(spoke)), "a model speaks once"
    assert state.by_model == frozenset(spoke)


SHADOW_SCORE = Driven(
    shadow_score,
    any_of(risk.RecordShadowScore, application_id=builders.APPLICATION),
    holds=_shadow_holds,
    once=(risk.RecordShadowScore,),
)

LOSS_MEASUREMENT = Driven(
    loss_measurement,
    any_of(MeasureProvision, branch=st.just("SH"), stages=st.just(())),
    holds=lambda state, events: _newest_last(events),
    once=(MeasureProvision,),
)


def _told_last(state: Any, events: Sequence[Any]) -> None:
    assert state == (events[-1] if events else None)


UNDRAWN_LIMIT = Driven(
    undrawn_limit,
    any_of(NoteUndrawn, contract_id=IDS[0]),
    holds=_told_last,
    once=(NoteUndrawn,),
)


def _newest_last(events: Sequence[Any]) -> None:
    assert [one.measured_on for one in events] == sorted(one.measured_on for one in events)
