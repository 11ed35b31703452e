"""The lists that sweeps and the night read, computed from the facts instead of read from projections' tables.

Projections are SQL and run on PostgreSQL only (tests of the services and the journeys hold them to the facts); here
each query that a sweep or the night asks has a twin that folds the streams. Everything else of them is the product's.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import services.application.end_of_day as offers_sweep
import services.collection.end_of_day as promises_sweep
import services.disbursement.end_of_day as facilities_sweep
import services.repayment.end_of_day as night
import services.repayment.end_of_day.chunks as night_chunks
import services.risk.end_of_day as measuring
import shared.engine as engine_module
from services.application.domain.application_state import Offered
from services.application.domain.loan_application import loan_application
from services.application.queries import PastOffer
from services.collection.domain.case_state import Case
from services.collection.domain.collection_case import collection_case
from services.collection.domain.promise import PromiseStatus
from services.collection.queries import DuePromises
from services.disbursement.domain.facility import Facility, facility
from services.repayment.domain.events import AccrualLines
from services.repayment.domain.loan import NoLoan, OpenLoan, SettledLoan, WrittenOffLoan, accrual_basis
from services.repayment.domain.loan_account import loan_account
from services.repayment.queries.accrual_bases import Accruable
from services.repayment.queries.chunk_lines import ChunkLines, NightDays
from services.repayment.queries.nightly_work import Chunk
from services.risk.domain.classified_loan import Classified, stage_as
from services.risk.domain.debtor import debtor
from services.risk.domain.loan_classification import loan_classification
from services.risk.domain.loan_loss import StandingLoan, UndrawnLimit, loan_loss, undrawn_loss
from services.risk.domain.measured_group import MeasuredGroup
from services.risk.domain.provisioning_policy import policy_on
from services.risk.domain.undrawn_limit import undrawn_limit
from shared.decider import Decider
from shared.money import Money
from tests.simulation.memory_database import Connection, Tables

LEASE_SECONDS = 2.0


def states(tables: Tables, decider: Decider[Any, Any, Any]) -> dict[UUID, Any]:
    """Every aggregate of one kind, folded, in the order of its first event."""
    folded = {}
    for stream_id, events in tables.streams(f"{decider.category}-"):
        done, state = tables.folded.get(stream_id, (0, decider.initial))
        if done < len(events):
            state = decider.fold((one.event for one in events[done:]), state)
            tables.folded[stream_id] = (len(events), state)
        folded[UUID(stream_id.removeprefix(f"{decider.category}-"))] = state
    return folded


def _branch(tables: Tables, stream: str) -> str:
    return tables.streams(stream)[0][1][0].meta.branch


async def offers_past(db: Connection, on: date, *, after: UUID | None, limit: int) -> list[PastOffer]:
    await db.step()
    past = sorted(
        application_id
        for application_id, state in states(db.tables, loan_application).items()
        if isinstance(state, Offered) and state.offer.valid_until < on and (after is None or application_id > after)
    )
    return [
        PastOffer(application_id=one, branch=_branch(db.tables, loan_application.stream(one))) for one in past[:limit]
    ]


async def open_promises_due_before(db: Connection, on: date, *, after: UUID | None, limit: int) -> list[DuePromises]:
    await db.step()
    due = []
    for loan_id, case in sorted(states(db.tables, collection_case).items()):
        if isinstance(case, Case) and (after is None or loan_id > after):
            ids = [p.promise_id for p in case.promises if p.status is PromiseStatus.OPEN and p.due_on < on]
            if ids:
                branch = _branch(db.tables, collection_case.stream(loan_id))
                due.append(DuePromises(loan_id=loan_id, branch=branch, promise_ids=sorted(ids)))
    return due[:limit]


async def lapsed(db: Connection, on: date) -> list[tuple[UUID, str]]:
    await db.step()
    return [
        (contract_id, _branch(db.tables, facility.stream(contract_id)))
        for contract_id, one in states(db.tables, facility).items()
        if isinstance(one, Facility) and one.closed_on is None and one.terms.available_until < on
    ]


async def measured_losses(db: Connection, on: date) -> list[MeasuredGroup]:
    """The loans as they stand now; PD and LGD are those of a loan whose assessment is not known."""
    await db.step()
    policy, found, classes = (
        policy_on(on),
        dict[tuple[str, str], MeasuredGroup](),
        states(db.tables, loan_classification),
    )

    def group(stream: str, of: Money) -> MeasuredGroup:
        key = (_branch(db.tables, stream), of.currency)
        return found.setdefault(key, MeasuredGroup(*key, policy.booking))

    for borrower_id, one in states(db.tables, debtor).items():
        for loan_id, claim in one.claims.items():
            loan, owed = classes.get(loan_id, Classified()), claim.outstanding
            if owed is None:
                continue
            of_branch = group(debtor.stream(borrower_id), owed)
            if not claim.has_ended and isinstance(loan, Classified):
                loss = loan_loss(StandingLoan(loan.asset_class, stage_as(loan), owed), on)
                of_branch.add(stage_as(loan), owed, loss.booked, loss.specific)
    for contract_id, limit in states(db.tables, undrawn_limit).items():
        loss = undrawn_loss(UndrawnLimit(limit.undrawn), on, policy.conversion_percent)
        group(undrawn_limit.stream(contract_id), limit.undrawn).add_limit(limit.undrawn, loss.booked)
    return [found[key] for key in sorted(found)]


class NightlyWork:
    """The twin of `services.repayment.queries.nightly_work`: chunks, leases, and what each loan accrues from."""

    LEASE_SECONDS = LEASE_SECONDS

    @staticmethod
    async def plan(db: Connection, on: date) -> None:
        await db.step()
        if on in db.tables.nights:
            return
        size = 2  # small, so that a night has several chunks
        loans = [loan_id for loan_id, loan in states(db.tables, loan_account).items() if not isinstance(loan, NoLoan)]
        parts = [tuple(loans[n : n + size]) for n in range(0, len(loans), size)]
        chunks = [Chunk(no, "LD01", "B1", "CNY", len(part)) for no, part in enumerate(parts, start=1)]
        db.tables.nights[on] = {"chunks": {c.no: c for c in chunks}, "leases": {}, "done": {}, "bad": [], "key": None}
        db.tables.nights[on]["loans"] = dict(enumerate(parts, start=1))

    @staticmethod
    async def claim(db: Connection, on: date) -> Chunk | None:
        await db.step()
        this, now = db.tables.nights[on], asyncio.get_running_loop().time()
        for no, chunk in this["chunks"].items():
            if no not in this["done"] and this["leases"].get(no, 0.0) <= now:
                this["leases"][no] = now + LEASE_SECONDS
                return chunk  # type: ignore[no-any-return]
        return None

    @staticmethod
    async def unfinished(db: Connection, on: date) -> int:
        await db.step()
        return len(db.tables.nights[on]["chunks"]) - len(db.tables.nights[on]["done"])

    @staticmethod
    async def renew(db: Connection, on: date, chunks: Sequence[int]) -> None:
        await db.step()
        for no in chunks:
            db.tables.nights[on]["leases"][no] = asyncio.get_running_loop().time() + LEASE_SECONDS

    @staticmethod
    async def done(db: Connection, on: date, chunk: int, *, accrued: int, aged: int, billed: int) -> None:
        await db.step()
        assert not billed, "each loan of the simulation is aged by itself"
        db.tables.nights[on]["done"][chunk] = (accrued, aged)

    @staticmethod
    async def quarantine(db: Connection, on: date, loan_id: UUID, step: str, reason: str) -> None:
        await db.step()
        db.tables.nights[on]["bad"].append((loan_id, step, reason))

    @staticmethod
    async def finish(db: Connection, on: date, opened_on: date) -> None:
        await db.step()

    @staticmethod
    async def report(db: Connection, on: date) -> dict[str, Any] | None:
        await db.step()
        return {"business_date": on, **db.tables.nights[on]} if on in db.tables.nights else None


async def chunk_lines(db: Connection, part: int, days: NightDays) -> ChunkLines:
    """Nothing at once: every loan is left to the pure function, and each open one asked what it has to say."""
    await db.step()
    loans = db.tables.nights[days.until - timedelta(days=1)]["loans"][part]
    folded = states(db.tables, loan_account)
    to_age = tuple(loan_id for loan_id in loans if isinstance(folded[loan_id], OpenLoan))
    return ChunkLines(AccrualLines.of(()), 0, others=loans, to_age=to_age)


async def read_days(_db: Connection, night: date) -> NightDays:
    return NightDays(night + timedelta(days=1))


async def accrual_rows(db: Connection, loan_ids: Sequence[UUID], _night: date) -> list[tuple[Any, list[Any]]]:
    """What `Accruable` reads, as the twin below understands it: the loan folded, and what was accrued of it."""
    await db.step()
    folded = states(db.tables, loan_account)
    sums: dict[UUID, list[int]] = {loan_id: [0, 0] for loan_id in loan_ids}
    for _, [batch, *_] in db.tables.streams("accrual_batch-"):
        for line in batch.event.lines.each():
            if line.loan_id in sums:
                sums[line.loan_id][0] += line.interest_minor
                sums[line.loan_id][1] += line.penalty_minor
    return [({"loan_id": one, "state": folded[one], "sums": sums[one]}, []) for one in loan_ids]


def _accruable(loan: dict[str, Any], _rows: Sequence[Any]) -> Accruable:
    interest, penalty = loan["sums"]
    match loan["state"]:
        case OpenLoan() as state:
            return Accruable(loan["loan_id"], interest, penalty, accrual_basis(state))
        case SettledLoan() | WrittenOffLoan() as state:
            charged = state.interest_charged.minor, state.penalty_charged.minor
            return Accruable(loan["loan_id"], interest, penalty, None, charged)
        case _:
            raise AssertionError("a loan of the night was booked")


@contextmanager
def replaced(chance: Random) -> Iterator[None]:
    """The queries' twins in place of the queries, and ids drawn from the seed."""

    def drawn_id() -> UUID:
        return UUID(int=chance.getrandbits(128), version=4)

    twins: list[tuple[Any, str, Any]] = [
        (offers_sweep, "offers_past", offers_past),
        (promises_sweep, "open_promises_due_before", open_promises_due_before),
        (facilities_sweep, "queries", SimpleNamespace(lapsed=lapsed)),
        (measuring, "measured_losses", measured_losses),
        (night, "nightly_work", NightlyWork),
        (night, "NightDays", SimpleNamespace(read=read_days)),
        (night_chunks, "nightly_work", NightlyWork),
        (night_chunks, "chunk_lines", SimpleNamespace(chunk_lines=chunk_lines)),
        (night_chunks, "accrual_rows", accrual_rows),
        (night_chunks, "Accruable", SimpleNamespace(read=_accruable)),
        (night_chunks, "uuid4", drawn_id),
        (night, "uuid4", drawn_id),
        (engine_module, "uuid4", drawn_id),
    ]
    before = [(module, name, getattr(module, name)) for module, name, _ in twins]
    for module, name, twin in twins:
        setattr(module, name, twin)
    try:
        yield
    finally:
        for module, name, real in before:
            setattr(module, name, real)
