"""A loan's class moves → its debtor's other loans hear of it."""

from collections.abc import Sequence

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.classification_commands import ApplyDebtorFloor
from services.risk.domain.classification_events import OwnClassMoved
from services.risk.domain.debtor import debtor
from services.risk.domain.debtor_commands import ClassifyClaim
from services.risk.domain.debtor_events import ClaimTakenOn, DebtorFloorMoved
from services.risk.domain.events import LoanClassified, LoanEnteredClassification
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
    recorded: Recorded[DebtorFloorMoved | ClaimTakenOn], _outside: object, _attempt: int
) -> Sequence[Reaction]:
    """What the debtor's claims demand of one another becomes a word to each; a new claim hears what stands."""
    match recorded.event:
        case DebtorFloorMoved() as moved:
            floor, on, loans = moved.floor, moved.moved_on, moved.loan_ids
        case ClaimTakenOn() as taken:
            floor, on = taken.floor, taken.taken_on
            loans = () if floor == AssetClass.NORMAL else (taken.loan_id,)
    return [Do(loan_classification, ApplyDebtorFloor(loan_id=one, floor=floor, as_of=on)) for one in loans]


post_loan_effects = (
    Effect(name="debtor", on=(LoanClassified, OwnClassMoved, LoanEnteredClassification), act=tell_debtor),
    Effect(name="contagion", on=(DebtorFloorMoved, ClaimTakenOn), act=pull_other_loans),
)
