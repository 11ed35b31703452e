"""A loan as it is classified: what is known of it, what that demands, and the facts that say so."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.risk.domain.asset_class import (
    NON_PERFORMING,
    RESTRUCTURED_MONTHS_MIN,
    RETURNED_MONTHS_MIN,
    SPECIFIC_RATE_PERCENT,
    AssetClass,
    Signs,
    floor,
    floor_by_days,
    observation_ends_on,
    worst,
)
from services.risk.domain.classification_events import OwnClassMoved, Sign
from services.risk.domain.events import LoanClassified
from services.risk.domain.expected_credit_loss import Stage, impairment_stage
from services.risk.domain.fractions import HUNDRED, NIL

REPAYMENT_PERIOD_MONTHS = 1
"""Interest of every product falls due monthly, so a repayment period is a month unless a new plan says otherwise."""


@dataclass(frozen=True)
class Improvement:
    """A better class that waits for the second person."""

    proposal_id: UUID
    classification: AssetClass
    proposed_by: str


@dataclass(frozen=True)
class Classified:
    """A loan as it is classified. `as_of` is the latest day that was heard of; an older message changes nothing.

    `own` is the class that it has by itself, without what its debtor's other loans demand (`debtor_floor`).
    `clean_since` is the day from which it counts as observed once its debtor's other loans let go of it.
    `restructured_period_months` is set while a restructuring is observed, `restructured_again` where it is not the
    first one. `changes` are the changes of its terms that were followed.
    """

    entered: bool = False
    borrower_id: UUID | None = None
    asset_class: AssetClass = AssetClass.NORMAL
    own: AssetClass = AssetClass.NORMAL
    days_past_due: int = 0
    as_of: date = date.min
    observed_until: date | None = None
    signs: frozenset[Sign] = frozenset()
    expected_loss_percent: Decimal = NIL
    by_hand: AssetClass = AssetClass.NORMAL
    debtor_floor: AssetClass = AssetClass.NORMAL
    clean_since: date = date.min
    restructured_period_months: int | None = None
    restructured_again: bool = False
    improvement: Improvement | None = None
    changes: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Left:
    """Paid or written off; `last` is the loan as it stood. Not entered while its end alone was heard of."""

    last: Classified
    written_off: bool = False

    @property
    def asset_class(self) -> AssetClass:
        """The class it had at last."""
        return self.last.asset_class


LoanClassification = Classified | Left
"""Before the first message a loan is simply normal."""


def signs_of(loan: Classified) -> Signs:
    """What is known of the loan, as the rules of classification ask for it."""
    observed = loan.restructured_period_months is not None
    noted = {sign: True for sign in loan.signs if sign != "overdue_elsewhere"}
    return Signs(
        days_past_due=loan.days_past_due,
        expected_loss_percent=loan.expected_loss_percent,
        overdue_elsewhere_percent=HUNDRED if "overdue_elsewhere" in loan.signs else NIL,
        restructured=observed,
        restructured_again=observed and loan.restructured_again,
        **noted,
    )


def demanded(loan: Classified) -> AssetClass:
    """The class that the loan's own floors demand now, whatever it was before."""
    return worst(floor(signs_of(loan)), loan.by_hand)


def binding_floor(loan: Classified) -> AssetClass:
    """What no person may go below, not even with approval: days past due, an observation, the debtor's other loans."""
    if loan.restructured_period_months is None:
        observed = AssetClass.NORMAL
    else:
        observed = AssetClass.SUBSTANDARD if loan.restructured_again else AssetClass.SPECIAL_MENTION
    return worst(floor_by_days(loan.days_past_due), observed, loan.debtor_floor)


def observed_from(loan: Classified, on: date) -> date:
    """When an observation ends that starts `on`: of a restructured loan, or of one back from non-performing."""
    period = loan.restructured_period_months
    least = RETURNED_MONTHS_MIN if period is None else RESTRUCTURED_MONTHS_MIN
    return observation_ends_on(on, period or REPAYMENT_PERIOD_MONTHS, least)


def stage_of(asset_class: AssetClass, days_past_due: int, *, risk_has_risen: bool = False) -> Stage:
    """The impairment stage: a non-performing loan is credit-impaired."""
    impaired = asset_class in NON_PERFORMING
    return impairment_stage(days_past_due, risk_has_risen=risk_has_risen, credit_impaired=impaired)


def stage_as(loan: Classified) -> Stage:
    """The stage of the loan as it stands: what a person noted, set or eased is a significant rise of risk."""
    risen = bool(loan.signs) or loan.restructured_period_months is not None or loan.by_hand != AssetClass.NORMAL
    return stage_of(loan.asset_class, loan.days_past_due, risk_has_risen=risen)


def reclassified(
    loan_id: UUID, before: Classified, after: Classified, on: date, by: Literal["person", "debtor"] | None = None
) -> list[LoanClassified | OwnClassMoved]:
    """The change of class from `before` to `after` with its provision rate and stage; none where it is the same.

    `by`: not what repayment told of the loan has moved it, so its days past due stand as of the day before.
    """
    if after.asset_class == before.asset_class:
        if after.own == before.own or before.borrower_id is None:
            return []
        return [OwnClassMoved(loan_id=loan_id, borrower_id=before.borrower_id, own=after.own, moved_on=on)]
    return [
        LoanClassified(
            loan_id=loan_id,
            classification=after.asset_class,
            previous=before.asset_class,
            provision_rate_percent=SPECIFIC_RATE_PERCENT[after.asset_class],
            stage=stage_as(after),
            days_past_due=after.days_past_due,
            classified_on=on,
            borrower_id=before.borrower_id,
            own=None if before.borrower_id is None else after.own,
            by=by,
        )
    ]


def settled_at(loan: Classified) -> Classified:
    """The loan with the class that is demanded of it now, better or worse."""
    own = demanded(loan)
    return replace(loan, own=own, asset_class=worst(own, loan.debtor_floor))


def worsened(loan: Classified) -> Classified:
    """The loan with its class made as bad as demanded, never better."""
    own = worst(loan.own, demanded(loan))
    return replace(loan, own=own, asset_class=worst(own, loan.debtor_floor, loan.asset_class))
