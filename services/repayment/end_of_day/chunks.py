"""One chunk of the night: accrue its loans and bill them in one fact each, then age those that have more to say.

All of it can be done again: the chunk's facts are a stream that is written once, ageing a loan to a date that it has
reached is nothing, and accruals lead to a cumulative target.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid4, uuid5

import structlog

from services.repayment.domain.accrual import accrued
from services.repayment.domain.accrual_batch import accrual_batch, accrual_batch_id
from services.repayment.domain.commands import AccrueInterest, AgeLoan
from services.repayment.domain.events import AccrualLine, AccrualLines, LprRate
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.lpr_table import LPR_TABLE_ID, lpr_table
from services.repayment.queries import chunk_lines, nightly_work
from services.repayment.queries.accrual_bases import Accruable, accrual_rows
from services.repayment.queries.chunk_lines import ChunkLines, NightDays
from services.repayment.queries.nightly_work import Chunk
from services.repayment.registry import shipped_lpr
from shared.database import UNAVAILABLE
from shared.engine import Engine
from shared.event_store import Metadata, VersionConflict
from shared.messages import Rejected
from shared.postgres_event_store import UnknownEvent

LOANS_AT_ONCE = 16
ONE_DAY = timedelta(days=1)
BAD_LOAN = (
    Rejected, AssertionError, ValueError, ArithmeticError, LookupError, TypeError, UnknownEvent, VersionConflict,
)  # fmt: skip
"""What one loan's data can raise. A database that is away is none of it: that ends the run, to be run again."""
_NIGHTS = UUID("3f0d6a8e-5a40-5b4c-9f43-0a7f3b1c9e21")
_log = structlog.get_logger()


@dataclass(frozen=True)
class Night:
    """The night of one business date, as one process works on it."""

    engine: Engine
    on: date
    days: NightDays
    lpr: tuple[LprRate, ...]

    @property
    def until(self) -> date:
        """The day that begins when the night is over."""
        return self.on + ONE_DAY

    def metadata(self, chunk: Chunk, on: date) -> Metadata:
        """Of a fact of the night on business date `on`: all that a night does has one correlation."""
        meta = self.engine.metadata(on, branch=chunk.branch, correlation_id=correlation(self.on))
        return replace(meta, legal_entity=chunk.legal_entity)


async def published_lpr(engine: Engine) -> tuple[LprRate, ...]:
    """The benchmark as shipped and as the bank has published it since: what a floating rate is reset to."""
    table = await engine.commands.load(lpr_table, LPR_TABLE_ID)
    return (*shipped_lpr(), *table.state.published)


def correlation(night: date) -> UUID:
    """One correlation for all that a night does."""
    return uuid5(_NIGHTS, night.isoformat())


async def work(night: Night) -> None:
    """Claim chunk after chunk until none is left to claim."""
    engine = night.engine
    while (chunk := await nightly_work.claim(engine.pool, night.on)) is not None:
        async with _leased(night, chunk):
            found = await _worked_out(night, chunk)
            await _record(night, chunk, found)
            aged = await _age(night, chunk, found.to_age)
        await nightly_work.done(
            engine.pool, night.on, chunk.no, accrued=found.earning, aged=aged + found.billed, billed=found.billed
        )
        _log.info("chunk_closed", night=night.on.isoformat(), chunk=chunk.no, loans=chunk.loans, aged=aged)


@asynccontextmanager
async def _leased(night: Night, chunk: Chunk) -> AsyncIterator[None]:
    """The lease of the chunk is renewed while it is worked on, however long that takes."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(nightly_work.LEASE_SECONDS / 3)
            with suppress(*UNAVAILABLE):  # the next try may find the database again; else the lease runs out
                await nightly_work.renew(night.engine.pool, night.on, [chunk.no])

    renewing = asyncio.create_task(renew(), name=f"lease {chunk.no}")
    try:
        yield
    finally:
        renewing.cancel()


async def _worked_out(night: Night, chunk: Chunk) -> ChunkLines:
    """What the chunk comes to; loans that the statement leaves over are worked out one by one."""
    async with night.engine.pool.acquire() as db:
        found = await chunk_lines.chunk_lines(db, chunk.no, night.days)
        rows = await accrual_rows(db, found.others, night.on) if found.others else []
    lines: list[AccrualLine] = []
    for loan, installments in rows:
        try:
            lines.append(accrual_line(Accruable.read(loan, installments), night.on))
        except BAD_LOAN as error:
            await _quarantine(night, loan["loan_id"], "accrue", error)
    if not lines:
        return found
    earning = sum(1 for line in lines if line.interest_minor or line.penalty_minor)
    return replace(found, lines=found.lines + AccrualLines.of(lines), earning=found.earning + earning)


def accrual_line(loan: Accruable, night: date) -> AccrualLine:
    """What the loan has yet to accrue up to and including `night`."""
    if loan.basis is None:
        interest, penalty = loan.charged
    else:
        target = accrued(loan.basis, night + ONE_DAY)
        interest, penalty = target.interest.minor, (target.penalty + target.compound).minor
    return AccrualLine(
        loan_id=loan.loan_id,
        interest_minor=interest - loan.interest_accrued,
        penalty_minor=penalty - loan.penalty_accrued,
        interest_so_far=interest,
        penalty_so_far=penalty,
    )


async def _record(night: Night, chunk: Chunk, found: ChunkLines) -> None:
    batch_id = accrual_batch_id(night.on, chunk.no)
    command = AccrueInterest(
        batch_id=batch_id,
        accrued_on=night.on,
        chunk=chunk.no,
        currency=chunk.currency,
        lines=found.lines,
        billed_on=night.until,
        billed=found.billed,
        billed_loan_ids=found.billed_loan_ids,
        billed_nos=found.billed_nos,
    )
    await night.engine.commands.handle(accrual_batch, command, night.metadata(chunk, night.on), command_id=batch_id)


async def _age(night: Night, chunk: Chunk, loan_ids: Sequence[UUID]) -> int:
    """Bring loans to the beginning of the next date. How many there were."""
    meta, turn = night.metadata(chunk, night.until), asyncio.Semaphore(LOANS_AT_ONCE)

    async def age(loan_id: UUID) -> None:
        async with turn:
            try:
                await night.engine.commands.handle(
                    loan_account, AgeLoan(loan_id=loan_id, as_of=night.until, lpr=night.lpr), meta, command_id=uuid4()
                )
            except BAD_LOAN as error:
                await _quarantine(night, loan_id, "age", error)

    await asyncio.gather(*(age(loan_id) for loan_id in loan_ids))
    return len(loan_ids)


async def _quarantine(night: Night, loan_id: UUID, step: str, error: Exception) -> None:
    reason = f"{type(error).__name__}: {error}"[:1000]
    _log.error("loan_quarantined", night=night.on.isoformat(), loan_id=str(loan_id), step=step, reason=reason)
    await nightly_work.quarantine(night.engine.pool, night.on, loan_id, step, reason)
