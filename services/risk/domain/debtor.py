"""债务人: one stream per borrower: the bank's claims on him, and what the bad ones demand of the others.

What others say arrives in no common order: a claim may be measured, classified or ended before it was heard to be
taken on. A debtor of whom nobody said that he is retail is treated as one who is not.
"""

from collections.abc import Sequence
from datetime import date
from typing import assert_never, get_args

from services.risk.domain.asset_class import NON_PERFORMING, AssetClass
from services.risk.domain.debtor_commands import (
    ClaimCommand,
    ClassifyClaim,
    DebtorCommand,
    EndClaim,
    MeasureClaim,
    RecordRecovery,
    ReturnClaim,
    TakeOnClaim,
)
from services.risk.domain.debtor_events import (
    ClaimClassified,
    ClaimEnded,
    ClaimMeasured,
    ClaimRecovered,
    ClaimReturned,
    ClaimTakenOn,
    DebtorEvent,
    DebtorFloorMoved,
)
from services.risk.domain.debtor_state import Debtor, evolve, floor_of, only_one
from services.risk.domain.debtor_watch import decide_watch, signals_of
from shared.decider import Decider


def decide(command: DebtorCommand, debtor: Debtor) -> Sequence[DebtorEvent]:
    if not isinstance(command, ClaimCommand):
        return decide_watch(command, debtor)
    claim = debtor.claim(command.loan_id)
    match command:
        case TakeOnClaim():
            return [] if claim.is_taken_on else followed(debtor, take_on(command, debtor), command.taken_on)
        case MeasureClaim():
            return measure(command, debtor)
        case ClassifyClaim():
            if claim.has_ended or command.own == claim.own:
                return []
            found = ClaimClassified(
                borrower_id=command.borrower_id,
                loan_id=command.loan_id,
                own=command.own,
                classified_on=command.as_of,
            )
            return followed(debtor, found, command.as_of)
        case EndClaim():
            if claim.has_ended:
                return []
            ended = ClaimEnded(
                borrower_id=command.borrower_id,
                loan_id=command.loan_id,
                written_off=command.written_off,
                ended_on=command.ended_on,
            )
            return followed(debtor, ended, command.ended_on)
        case ReturnClaim():
            return return_claim(command, debtor)
        case RecordRecovery():
            return recover(command, debtor)
        case _:
            assert_never(command)


def take_on(command: TakeOnClaim, debtor: Debtor) -> ClaimTakenOn:
    return ClaimTakenOn(
        borrower_id=command.borrower_id,
        loan_id=command.loan_id,
        application_id=command.application_id,
        principal=command.principal,
        annual_rate_percent=command.annual_rate_percent,
        repayment_method=command.repayment_method,
        term_months=command.term_months,
        retail=command.retail,
        limit=command.limit,
        floor=debtor.floor_on(command.loan_id),
        taken_on=command.taken_on,
    )


def return_claim(command: ReturnClaim, debtor: Debtor) -> Sequence[DebtorEvent]:
    """What was paid is owed again; a claim that never ended is only measured."""
    claim = debtor.claim(command.loan_id)
    if not claim.has_ended:
        return measure(command, debtor)
    if claim.was_written_off:
        return []
    returned = ClaimReturned(
        borrower_id=command.borrower_id,
        loan_id=command.loan_id,
        outstanding=command.outstanding,
        days_past_due=command.days_past_due,
        floor=debtor.floor_on(command.loan_id),
        returned_on=command.as_of,
    )
    return followed(debtor, returned, command.as_of)


def measure(command: MeasureClaim | ReturnClaim, debtor: Debtor) -> Sequence[DebtorEvent]:
    """An older word changes nothing; nor does one that says what is known."""
    claim = debtor.claim(command.loan_id)
    if claim.has_ended or command.as_of < claim.as_of:
        return []
    outstanding = command.outstanding or claim.outstanding
    if outstanding is None or (outstanding, command.days_past_due) == (claim.outstanding, claim.days_past_due):
        return []
    measured = ClaimMeasured(
        borrower_id=command.borrower_id,
        loan_id=command.loan_id,
        outstanding=outstanding,
        days_past_due=command.days_past_due,
        measured_on=command.as_of,
    )
    return followed(debtor, measured, command.as_of)


def recover(command: RecordRecovery, debtor: Debtor) -> Sequence[DebtorEvent]:
    """Each receipt of a loan once."""
    if (command.loan_id, command.receipt_id) in debtor.recovered:
        return []
    return [
        ClaimRecovered(
            borrower_id=command.borrower_id,
            loan_id=command.loan_id,
            receipt_id=command.receipt_id,
            amount=command.amount,
            recovered_on=command.received_on,
        )
    ]


def followed(before: Debtor, event: DebtorEvent, on: date) -> Sequence[DebtorEvent]:
    """The fact, the warnings that it brings about, and the move of the floor or of who demands it."""
    debtor = evolve(before, event)
    facts = [event, *signals_of(event, debtor)]
    floor, claims = floor_of(debtor), debtor.in_books()
    non_performing = tuple(loan_id for loan_id, claim in claims.items() if claim.own in NON_PERFORMING)
    if floor == before.floor and (floor == AssetClass.NORMAL or only_one(non_performing) == before.only_bad):
        return facts
    moved = DebtorFloorMoved(
        borrower_id=event.borrower_id,
        floor=floor,
        previous=before.floor,
        non_performing=non_performing,
        loan_ids=tuple(claims),
        moved_on=on,
    )
    return [*facts, moved]


debtor = Decider[Debtor, DebtorCommand, DebtorEvent](
    category="debtor",
    stream_id=lambda command: command.borrower_id,
    initial=Debtor(),
    decide=decide,
    evolve=evolve,
    events=get_args(DebtorEvent),
)
