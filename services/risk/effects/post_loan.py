"""A loan's class moves → its debtor's other loans hear of it."""

from collections.abc import Sequence

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.classification_commands import ApplyDebtorFloor
from services.risk.domain.classification_events import OwnClassMoved
from services.risk.domain.debtor import debtor
from services.risk.domain.debtor_commands import ClassifyClaim, ReportConcern
from services.risk.domain.debtor_events import ClaimReturned, ClaimTakenOn, DebtorFloorMoved
from services.risk.domain.debtor_state import only_one
from services.risk.domain.events import LoanClassified, LoanEnteredClassification
from services.risk.domain.inspection_plan import InspectionDone, ReviewInspections, inspection_plan
from services.risk.domain.loan_classification import loan_classification
from shared.effect import Do, Effect, Reaction
from shared.event_store import Recorded


async def tell_debtor(
    recorded: Recorded[LoanClassified | OwnClassMoved | LoanEnteredClassification], _outside: object, _attempt: int
) -> Sequence[Reaction]:
    """The class that a loan has by itself concerns the debtor's other loans."""
    fact = recorded.event
    if fact.borrower_id is None or fact.own is None:
        return []
    match fact:
        case LoanClassified():
            on = fact.classified_on
        case OwnClassMoved():
            on = fact.moved_on
        case LoanEnteredClassification():
            on = fact.entered_on
    return [Do(debtor, ClassifyClaim(borrower_id=fact.borrower_id, loan_id=fact.loan_id, own=fact.own, as_of=on))]


async def pull_other_loans(
    recorded: Recorded[DebtorFloorMoved | ClaimTakenOn | ClaimReturned], _outside: object, _attempt: int
) -> Sequence[Reaction]:
    """What the debtor's claims demand of one another becomes a word to each; a new claim hears what stands."""
    match recorded.event:
        case DebtorFloorMoved() as moved:
            on, alone = moved.moved_on, only_one(moved.non_performing)
            floors = {one: AssetClass.NORMAL if one == alone else moved.floor for one in moved.loan_ids}
        case ClaimTakenOn() as taken:
            on, floors = taken.taken_on, {taken.loan_id: taken.floor} if taken.floor != AssetClass.NORMAL else {}
        case ClaimReturned() as returned:
            on, floors = returned.returned_on, {returned.loan_id: returned.floor}
    return [
        Do(loan_classification, ApplyDebtorFloor(loan_id=one, floor=floor, as_of=on)) for one, floor in floors.items()
    ]


async def review_inspections(
    recorded: Recorded[LoanClassified | LoanEnteredClassification], _outside: object, _attempt: int
) -> Sequence[Reaction]:
    """How often a loan is inspected follows its class."""
    match recorded.event:
        case LoanClassified() as moved:
            found, on = moved.classification, moved.classified_on
        case LoanEnteredClassification(own=AssetClass() as found) as entered:
            on = entered.entered_on
        case _:
            return []
    return [Do(inspection_plan, ReviewInspections(loan_id=recorded.event.loan_id, asset_class=found, as_of=on))]


async def report_concern(recorded: Recorded[InspectionDone], _outside: object, _attempt: int) -> Sequence[Reaction]:
    """What an inspection found amiss is an early warning."""
    done = recorded.event
    if done.result != "concern":
        return []
    report = ReportConcern(borrower_id=done.borrower_id, loan_id=done.loan_id, reported_on=done.done_on)
    return [Do(debtor, report)]


post_loan_effects = (
    Effect(name="inspections", on=(LoanClassified, LoanEnteredClassification), act=review_inspections),
    Effect(name="concern", on=(InspectionDone,), act=report_concern),
    Effect(name="debtor", on=(LoanClassified, OwnClassMoved, LoanEnteredClassification), act=tell_debtor),
    Effect(name="contagion", on=(DebtorFloorMoved, ClaimTakenOn, ClaimReturned), act=pull_other_loans),
)
