"""A debtor as the facts tell: the bank's claims, how they were paid, and the warnings that stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import assert_never
from uuid import UUID

from services.risk.domain.asset_class import AssetClass, debtor_floor, worst
from services.risk.domain.behaviour import BehaviourScore, LateEpisode, behaviour_of, behaviour_score
from services.risk.domain.debtor_events import (
    ClaimClassified,
    ClaimEnded,
    ClaimMeasured,
    ClaimRecovered,
    ClaimReturned,
    ClaimTakenOn,
    DebtorEvent,
    DebtorFloorMoved,
    EarlyWarningAcknowledged,
    EarlyWarningClosed,
    EarlyWarningRaised,
)
from services.risk.domain.early_warning import Raised, Signal, WarningStatus
from services.risk.domain.fractions import NIL
from shared.money import Money


@dataclass(frozen=True)
class Claim:
    """One loan; `outstanding` is None until somebody said how much is owed. `as_of` is the latest day of that.

    `contract_limit` is what may be owed under the contract that `application_id` led to.
    """

    outstanding: Money | None = None
    days_past_due: int = 0
    as_of: date = date.min
    own: AssetClass = AssetClass.NORMAL
    is_taken_on: bool = False
    has_ended: bool = False
    was_written_off: bool = False
    application_id: UUID | None = None
    principal: Money | None = None
    contract_limit: Money | None = None
    taken_on: date | None = None
    late: tuple[LateEpisode, ...] = ()


@dataclass(frozen=True)
class Debtor:
    """All claims by loan, the floor that they set for one another, and the receipts of what was recovered."""

    claims: Mapping[UUID, Claim] = field(default_factory=lambda: MappingProxyType({}))
    retail: bool = False
    floor: AssetClass = AssetClass.NORMAL
    only_bad: UUID | None = None
    """The one non-performing loan; None where there is none, or where several pull one another down."""
    recovered: frozenset[tuple[UUID, UUID]] = frozenset()
    warnings: tuple[Raised, ...] = ()

    def claim(self, loan_id: UUID) -> Claim:
        """The claim, or one of which nothing is known."""
        return self.claims.get(loan_id, Claim())

    def floor_on(self, loan_id: UUID) -> AssetClass:
        """What the debtor's other claims demand of this one: a loan is not pulled down by itself."""
        return AssetClass.NORMAL if loan_id == self.only_bad else self.floor

    def with_claim(self, loan_id: UUID, claim: Claim) -> "Debtor":
        """The debtor with one claim as it is now."""
        return replace(self, claims=MappingProxyType({**self.claims, loan_id: claim}))

    def in_books(self) -> dict[UUID, Claim]:
        """The claims that have not ended."""
        return {loan_id: claim for loan_id, claim in self.claims.items() if not claim.has_ended}


def only_one(loan_ids: Sequence[UUID]) -> UUID | None:
    """The loan where there is one alone."""
    return loan_ids[0] if len(loan_ids) == 1 else None


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
            claim = replace(
                debtor.claim(event.loan_id),
                is_taken_on=True,
                application_id=event.application_id,
                principal=event.principal,
                contract_limit=event.limit,
                taken_on=event.taken_on,
            )
            if claim.outstanding is None:
                claim = replace(claim, outstanding=event.principal)
            known = replace(debtor, retail=debtor.retail if event.retail is None else event.retail)
            return known.with_claim(event.loan_id, claim)
        case ClaimMeasured() | ClaimReturned():
            before = debtor.claim(event.loan_id)
            on = event.measured_on if isinstance(event, ClaimMeasured) else event.returned_on
            claim = replace(
                before,
                outstanding=event.outstanding,
                days_past_due=event.days_past_due,
                as_of=on,
                late=_late_after(before, event.days_past_due, on),
                has_ended=False,
            )
            return debtor.with_claim(event.loan_id, claim)
        case ClaimClassified():
            return debtor.with_claim(event.loan_id, replace(debtor.claim(event.loan_id), own=event.own))
        case ClaimEnded():
            ended = replace(debtor.claim(event.loan_id), has_ended=True, was_written_off=event.written_off)
            return debtor.with_claim(event.loan_id, ended)
        case ClaimRecovered():
            return replace(debtor, recovered=debtor.recovered | {(event.loan_id, event.receipt_id)})
        case DebtorFloorMoved():
            return replace(debtor, floor=event.floor, only_bad=only_one(event.non_performing))
        case EarlyWarningRaised():
            signal = Signal(event.kind, event.severity, event.measured, event.border, event.loan_id)
            return replace(debtor, warnings=(*debtor.warnings, Raised(event.warning_id, signal, event.raised_on)))
        case EarlyWarningAcknowledged():
            return _with_status(debtor, event.warning_id, "acknowledged", event.acknowledged_by)
        case EarlyWarningClosed():
            return _with_status(debtor, event.warning_id, "closed", None)
        case _:
            assert_never(event)


def _with_status(debtor: Debtor, warning_id: UUID, status: WarningStatus, acknowledged_by: str | None) -> Debtor:
    return replace(
        debtor,
        warnings=tuple(
            replace(one, status=status, acknowledged_by=acknowledged_by or one.acknowledged_by)
            if one.warning_id == warning_id
            else one
            for one in debtor.warnings
        ),
    )


def _late_after(claim: Claim, days_past_due: int, on: date) -> tuple[LateEpisode, ...]:
    """The delays of a claim after it was measured: one begins, grows or ends."""
    earlier, running = claim.late, None
    if earlier and earlier[-1].ended_on is None:
        *before, running = earlier
        earlier = tuple(before)
    if days_past_due:
        worst_days = max(days_past_due, running.worst_days if running else 0)
        return (*earlier, LateEpisode(running.began_on if running else on, worst_days))
    return (*earlier, replace(running, ended_on=on)) if running else earlier


def behaviour(debtor: Debtor, on: date) -> BehaviourScore | None:
    """The debtor's score as of `on` over all his claims; None before anything was paid out to him."""
    since = min((claim.taken_on for claim in debtor.claims.values() if claim.taken_on), default=None)
    if since is None:
        return None
    late = [episode for claim in debtor.claims.values() for episode in claim.late]
    claims = [claim for claim in debtor.in_books().values() if claim.principal and claim.outstanding]
    known = behaviour_of(
        sorted(late, key=lambda episode: episode.began_on),
        since=since,
        days_past_due=max((claim.days_past_due for claim in claims), default=0),
        lent=sum((claim.principal.amount for claim in claims if claim.principal), NIL),
        owed=sum((claim.outstanding.amount for claim in claims if claim.outstanding), NIL),
        on=on,
    )
    return behaviour_score(known, on)
