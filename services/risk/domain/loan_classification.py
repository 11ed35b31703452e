"""五级分类: one stream per loan: worse at once when days past due demand it, better only when the rule allows.

The worst floor wins. Back from special mention: when nothing is past due. Back from non-performing: when
nothing is past due and payments were good for two repayment periods and six months, whichever is longer
(2023 办法, art. 14 as generally known). What other services say arrives in no common order, so every
message may be the first one of its loan.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never, get_args
from uuid import UUID

from services.risk.domain.asset_class import (
    NON_PERFORMING,
    SPECIFIC_RATE_PERCENT,
    AssetClass,
    floor_by_days,
    observation_ends_on,
    worst,
)
from services.risk.domain.commands import (
    CureLoan,
    EnterLoan,
    LoanClassificationCommand,
    MeasureDelinquency,
    ObserveRepayment,
    SettleLoan,
    WriteOffLoan,
)
from services.risk.domain.events import (
    LoanClassificationEvent,
    LoanClassified,
    LoanCured,
    LoanEnteredClassification,
    LoanFellBehind,
    LoanLeftClassification,
)
from services.risk.domain.expected_credit_loss import Stage, impairment_stage
from shared.decider import Decider

OBSERVATION_MONTHS_MIN = 6
REPAYMENT_PERIOD_MONTHS = 1
"""Interest of every product falls due monthly, so a repayment period is a month."""


@dataclass(frozen=True)
class Classified:
    """A loan as it is classified. `as_of` is the latest day that was heard of; an older message changes nothing."""

    entered: bool = False
    asset_class: AssetClass = AssetClass.NORMAL
    days_past_due: int = 0
    as_of: date = date.min
    observed_until: date | None = None


@dataclass(frozen=True)
class Left:
    """Paid or written off; `asset_class` is the last one. Not `entered` while its end alone was heard of."""

    asset_class: AssetClass
    entered: bool = True


LoanClassification = Classified | Left
"""Before the first message a loan is simply normal."""


def decide(command: LoanClassificationCommand, loan: LoanClassification) -> Sequence[LoanClassificationEvent]:
    if isinstance(loan, Left):
        # A late word about a loan that is gone changes nothing; but whose it was is told only by its entry.
        return [enter(command)] if isinstance(command, EnterLoan) and not loan.entered else []
    match command:
        case EnterLoan():
            return [] if loan.entered else [enter(command)]
        case MeasureDelinquency():
            return measure(command, loan)
        case CureLoan():
            return cure(command, loan)
        case ObserveRepayment():
            return observe(command, loan)
        case SettleLoan():
            return [LoanLeftClassification(loan_id=command.loan_id, left_on=command.settled_on, written_off=False)]
        case WriteOffLoan():
            return write_off(command, loan)
        case _:
            assert_never(command)


def enter(command: EnterLoan) -> LoanEnteredClassification:
    return LoanEnteredClassification(
        loan_id=command.loan_id,
        application_id=command.application_id,
        borrower_id=command.borrower_id,
        principal=command.principal,
        term_months=command.term_months,
        entered_on=command.disbursed_on,
    )


def measure(command: MeasureDelinquency, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """The floor by days past due, never better than the class before: while something is past due nothing improves.

    A delay heard of late, after a newer word, changes nothing; nor does one that was heard of already.
    """
    if command.as_of < loan.as_of or command.days_past_due <= 0:
        return []
    found = worst(floor_by_days(command.days_past_due), loan.asset_class)
    if found != loan.asset_class:
        return [classified(command.loan_id, found, loan.asset_class, command.days_past_due, command.as_of)]
    if command.days_past_due == loan.days_past_due and loan.observed_until is None:
        return []
    behind = LoanFellBehind(
        loan_id=command.loan_id,
        days_past_due=command.days_past_due,
        stage=stage_of(found, command.days_past_due),
        as_of=command.as_of,
    )
    return [behind]


def cure(command: CureLoan, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """Nothing is past due: special mention ends, a non-performing class begins its observation."""
    if command.cured_on < loan.as_of or loan.days_past_due == 0:
        return []
    if loan.asset_class in NON_PERFORMING:
        until = observation_ends_on(command.cured_on, REPAYMENT_PERIOD_MONTHS, OBSERVATION_MONTHS_MIN)
        return [LoanCured(loan_id=command.loan_id, cured_on=command.cured_on, observed_until=until, stage=3)]
    cured = LoanCured(loan_id=command.loan_id, cured_on=command.cured_on, observed_until=None, stage=1)
    return [cured, classified(command.loan_id, AssetClass.NORMAL, loan.asset_class, 0, command.cured_on)]


def observe(command: ObserveRepayment, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """A payment in time: once the observation has ended well the loan is normal again."""
    is_over = loan.observed_until is not None and command.received_on >= loan.observed_until
    if not is_over or loan.days_past_due > 0 or command.received_on < loan.as_of:
        return []
    return [classified(command.loan_id, AssetClass.NORMAL, loan.asset_class, 0, command.received_on)]


def write_off(command: WriteOffLoan, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """What is written off is a loss."""
    left = LoanLeftClassification(loan_id=command.loan_id, left_on=command.written_off_on, written_off=True)
    if loan.asset_class == AssetClass.LOSS:
        return [left]
    lost = classified(command.loan_id, AssetClass.LOSS, loan.asset_class, loan.days_past_due, command.written_off_on)
    return [lost, left]


def classified(loan_id: UUID, found: AssetClass, previous: AssetClass, days: int, on: date) -> LoanClassified:
    """The change of class with its provision rate and stage."""
    return LoanClassified(
        loan_id=loan_id,
        classification=found,
        previous=previous,
        provision_rate_percent=provision_rate_percent(found),
        stage=stage_of(found, days),
        days_past_due=days,
        classified_on=on,
    )


def stage_of(asset_class: AssetClass, days_past_due: int) -> Stage:
    """The impairment stage: a non-performing loan is credit-impaired."""
    return impairment_stage(days_past_due, credit_impaired=asset_class in NON_PERFORMING)


def provision_rate_percent(asset_class: AssetClass) -> Decimal:
    """The rate of the specific provision, in percent of the balance."""
    return SPECIFIC_RATE_PERCENT[asset_class]


def evolve(loan: LoanClassification, event: LoanClassificationEvent) -> LoanClassification:
    if isinstance(event, LoanEnteredClassification):
        return replace(loan, entered=True)
    assert isinstance(loan, Classified), "nothing else happens to a loan that has left"
    match event:
        case LoanClassified():
            return replace(
                loan,
                asset_class=event.classification,
                days_past_due=event.days_past_due,
                as_of=event.classified_on,
                observed_until=None,
            )
        case LoanCured():
            return replace(loan, days_past_due=0, as_of=event.cured_on, observed_until=event.observed_until)
        case LoanFellBehind():
            return replace(loan, days_past_due=event.days_past_due, as_of=event.as_of, observed_until=None)
        case LoanLeftClassification():
            return Left(loan.asset_class, loan.entered)
        case _:
            assert_never(event)


loan_classification = Decider[LoanClassification, LoanClassificationCommand, LoanClassificationEvent](
    category="loan_classification",
    stream_id=lambda command: command.loan_id,
    initial=Classified(),
    decide=decide,
    evolve=evolve,
    events=get_args(LoanClassificationEvent),
)
