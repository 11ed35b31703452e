"""债务人: one stream per borrower: the bank's claims on him, and what the bad ones demand of the others.

What others say arrives in no common order: a claim may be measured, classified or ended before it was heard to be
taken on. A debtor of whom nobody said that he is retail is treated as one who is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import assert_never, get_args
from uuid import UUID

from services.risk.domain.asset_class import NON_PERFORMING, AssetClass, debtor_floor, worst
from services.risk.domain.debtor_commands import (
    ClassifyClaim,
    DebtorCommand,
    EndClaim,
    MeasureClaim,
    RecordRecovery,
    TakeOnClaim,
)
from services.risk.domain.debtor_events import (
    ClaimClassified,
    ClaimEnded,
    ClaimMeasured,
    ClaimRecovered,
    ClaimTakenOn,
    DebtorEvent,
    DebtorFloorMoved,
)
from shared.decider import Decider
from shared.money import Money


@dataclass(frozen=True)
class Claim:
    """One loan; `outstanding` is None until somebody said how much is owed. `as_of` is the latest day of that."""

    outstanding: Money | None = None
    days_past_due: int = 0
    as_of: date = date.min
    own: AssetClass = AssetClass.NORMAL
    is_taken_on: bool = False
    has_ended: bool = False


@dataclass(frozen=True)
class Debtor:
    """All claims by loan, the floor that they set for one another, and the receipts of what was recovered."""

    claims: Mapping[UUID, Claim] = field(default_factory=lambda: MappingProxyType({}))
    retail: bool = False
    floor: AssetClass = AssetClass.NORMAL
    recovered: frozenset[tuple[UUID, UUID]] = frozenset()

    def claim(self, loan_id: UUID) -> Claim:
        """The claim, or one of which nothing is known."""
        return self.claims.get(loan_id, Claim())

    def with_claim(self, loan_id: UUID, claim: Claim) -> "Debtor":
        """The debtor with one claim as it is now."""
        return replace(self, claims=MappingProxyType({**self.claims, loan_id: claim}))

    def in_books(self) -> dict[UUID, Claim]:
        """The claims that have not ended."""
        return {loan_id: claim for loan_id, claim in self.claims.items() if not claim.has_ended}


def decide(command: DebtorCommand, debtor: Debtor) -> Sequence[DebtorEvent]:
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
        floor=debtor.floor,
        taken_on=command.taken_on,
    )


def measure(command: MeasureClaim, debtor: Debtor) -> Sequence[DebtorEvent]:
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
    """The fact, and the move of the floor where it brings one about."""
    debtor = evolve(before, event)
    floor, claims = floor_of(debtor), debtor.in_books()
    if floor == before.floor:
        return [event]
    moved = DebtorFloorMoved(
        borrower_id=event.borrower_id,
        floor=floor,
        previous=before.floor,
        non_performing=tuple(loan_id for loan_id, claim in claims.items() if claim.own in NON_PERFORMING),
        loan_ids=tuple(claims),
        moved_on=on,
    )
    return [event, moved]


def floor_of(debtor: Debtor) -> AssetClass:
    """The worst that the claims of any one currency demand; a claim without a known balance counts with nil."""
    by_currency: dict[str, list[tuple[AssetClass, Money]]] = {}
    for claim in debtor.in_books().values():
        owed = claim.outstanding or Money(0)
        by_currency.setdefault(owed.currency, []).append((claim.own, owed))
    return worst(
        *(
            debtor_floor([(own, owed.amount) for own, owed in claims], retail=debtor.retail)
            for claims in by_currency.values()
        )
    )


def evolve(debtor: Debtor, event: DebtorEvent) -> Debtor:
    match event:
        case ClaimTakenOn():
            claim = replace(debtor.claim(event.loan_id), is_taken_on=True)
            if claim.outstanding is None:
                claim = replace(claim, outstanding=event.principal)
            known = replace(debtor, retail=debtor.retail if event.retail is None else event.retail)
            return known.with_claim(event.loan_id, claim)
        case ClaimMeasured():
            claim = replace(
                debtor.claim(event.loan_id),
                outstanding=event.outstanding,
                days_past_due=event.days_past_due,
                as_of=event.measured_on,
            )
            return debtor.with_claim(event.loan_id, claim)
        case ClaimClassified():
            return debtor.with_claim(event.loan_id, replace(debtor.claim(event.loan_id), own=event.own))
        case ClaimEnded():
            return debtor.with_claim(event.loan_id, replace(debtor.claim(event.loan_id), has_ended=True))
        case ClaimRecovered():
            return replace(debtor, recovered=debtor.recovered | {(event.loan_id, event.receipt_id)})
        case DebtorFloorMoved():
            return replace(debtor, floor=event.floor)
        case _:
            assert_never(event)


debtor = Decider[Debtor, DebtorCommand, DebtorEvent](
    category="debtor",
    stream_id=lambda command: command.borrower_id,
    initial=Debtor(),
    decide=decide,
    evolve=evolve,
    events=get_args(DebtorEvent),
)
