"""End of day (日终): accrue every open loan, age those whose day it is, then close the business date.

Loans are shared out once a night in chunks that any process may claim. Everything a chunk does can be
done again: its accrual is one stream of one event, ageing a loan to a date that it has reached is nothing,
and accruals lead to a cumulative target. So whoever is killed, the next run ends the night. A loan that
cannot be worked on is put in quarantine with its reason, and the night still ends.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import structlog

from services.repayment.domain.accrual import accrued
from services.repayment.domain.accrual_batch import accrual_batch, accrual_batch_id
from services.repayment.domain.business_date import BUSINESS_DATE_ID, NotOpened, OpenDate, business_date
from services.repayment.domain.commands import AccrueInterest, AgeLoan, CloseBusinessDate, OpenBusinessDate
from services.repayment.domain.events import AccrualLine
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.lpr_table import LPR_TABLE_ID, lpr_table
from services.repayment.queries import nightly_work
from services.repayment.queries.nightly_work import Accruable, Chunk
from services.repayment.registry import shipped_lpr
from shared import business_date as kept_date
from shared.command_handler import CommandHandler
from shared.engine import Engine
from shared.event_store import Metadata, VersionConflict
from shared.identity import Principal
from shared.messages import Rejected
from shared.postgres_event_store import TransactionStreams, UnknownEvent
from shared.problem_details import FieldProblem, Problem

CHUNK_SIZE = 500
LOANS_AT_ONCE = 16
CATCH_UP_SECONDS = 30.0
READ_MODEL = "loans"
ONE_DAY = timedelta(days=1)
BAD_LOAN = (
    Rejected, AssertionError, ValueError, ArithmeticError, LookupError, TypeError, UnknownEvent, VersionConflict,
)  # fmt: skip
"""What one loan's data can raise. A database that is away is none of it: that ends the run, to be run again."""
_NIGHTS = UUID("3f0d6a8e-5a40-5b4c-9f43-0a7f3b1c9e21")
_log = structlog.get_logger()


async def close_business_date(
    engine: Engine,
    caller: Principal,
    *,
    closed_on: date | None,
    key: str | None,
    chunk_size: int = CHUNK_SIZE,
    catch_up_seconds: float = CATCH_UP_SECONDS,
) -> dict[str, Any]:
    """Run the night of `closed_on`, or of the open business date, and report it; a night that was run is reported.

    `key` names the request: with it and without a date, asking again is told of the same night. A 400
    problem when neither is given, 503 when the read model of loans does not catch up within half a minute;
    Rejected when `closed_on` has not been reached.
    """
    night = await _night(engine, caller.client, closed_on, key)
    current = await _opened(engine)
    if night >= current.on:
        business_date.decide(CloseBusinessDate(closed_on=night), current)  # refuse before anything is done
        await _caught_up(engine, catch_up_seconds)
        await _run(engine, caller, night, None if closed_on else key, chunk_size)
    report = await nightly_work.report(engine.pool, night)
    if report is None:
        raise Rejected("night_not_run", f"No end of day was run for {night}.", field="closed_on")
    return report


async def _night(engine: Engine, client: str, closed_on: date | None, key: str | None) -> date:
    if closed_on is not None:
        return closed_on
    if key is None:
        detail = "Name the date to close, or send an Idempotency-Key header."
        error = FieldProblem(field="closed_on", rule="missing", detail=detail)
        raise Problem(400, "idempotency-key-required", detail, errors=[error])
    # The open date first: where the key's night ends in between, its key is found, and not the next night begun.
    opened = await _opened(engine)
    return await nightly_work.night_of_key(engine.pool, client, key) or opened.on


async def _opened(engine: Engine) -> OpenDate:
    """The open business date; the first close opens the bank's first day."""
    outcome = await engine.commands.load(business_date, BUSINESS_DATE_ID)
    if isinstance(outcome.state, NotOpened):
        today = await engine.today()
        outcome = await engine.commands.handle(
            business_date, OpenBusinessDate(opened_on=today), engine.metadata(today), command_id=uuid4()
        )
    assert isinstance(outcome.state, OpenDate), "a business date was opened or refused"
    return outcome.state


async def _run(engine: Engine, caller: Principal, night: date, key: str | None, chunk_size: int) -> None:
    async with engine.pool.acquire() as db:
        await nightly_work.plan(db, night, chunk_size)
    if key is not None:
        await nightly_work.remember_key(engine.pool, night, caller.client, key)
    while await nightly_work.unfinished(engine.pool, night):
        chunk = await nightly_work.claim(engine.pool, night)
        if chunk is None:
            await asyncio.sleep(0.1)  # others work on what is left; what they drop can be claimed again
        else:
            await _work(engine, night, chunk)
    await _close(engine, caller, night)


async def _caught_up(engine: Engine, seconds: float) -> None:
    """Wait until the loans' read model, which says what there is to do, shows all that was appended."""
    try:
        async with asyncio.timeout(seconds):
            await engine.caught_up(READ_MODEL)
    except TimeoutError:
        why = engine.failing.get(READ_MODEL, "it is behind the log or another process holds it")
        raise Problem(
            503,
            "read-model-stopped",
            f"The read model '{READ_MODEL}' has not caught up in {seconds:g} seconds ({why}). No loan"
            " was worked on: set it right, then send the same request again.",
            headers={"Retry-After": "30"},
        ) from None


async def _work(engine: Engine, night: date, chunk: Chunk) -> None:
    accruing = await _accrue(engine, night, chunk)
    aged = await _age(engine, night, chunk)
    await nightly_work.done(engine.pool, night, chunk.no, accrued=accruing, aged=aged)
    _log.info("chunk_closed", night=night.isoformat(), chunk=chunk.no, loans=len(chunk.loan_ids), aged=aged)


async def _accrue(engine: Engine, night: date, chunk: Chunk) -> int:
    """Record the chunk's accrual for `night`, once. How many loans accrued something."""
    batch_id = accrual_batch_id(night, chunk.no)
    stored = await engine.commands.load(accrual_batch, batch_id)
    if stored.events:
        return len(stored.events[0].lines)
    async with engine.pool.acquire() as db:
        rows = await nightly_work.accrual_rows(db, chunk.loan_ids, night + ONE_DAY)
    lines: list[AccrualLine] = []
    for loan, installments in rows:
        try:
            line = accrual_line(Accruable.read(loan, installments), night)
        except BAD_LOAN as error:
            await _quarantine(engine, night, loan["loan_id"], "accrue", error)
        else:
            lines.extend([line] if line else [])
    command = AccrueInterest(
        batch_id=batch_id, accrued_on=night, chunk=chunk.no, currency=chunk.currency, lines=tuple(lines)
    )
    await engine.commands.handle(accrual_batch, command, _metadata(engine, night, chunk, night), command_id=batch_id)
    return len(lines)


def accrual_line(loan: Accruable, night: date) -> AccrualLine | None:
    """What the loan has yet to accrue up to and including `night`; None where its target is reached."""
    if loan.basis is None:
        interest, penalty = loan.charged
    else:
        target = accrued(loan.basis, night + ONE_DAY)
        interest, penalty = target.interest.minor, (target.penalty + target.compound).minor
    interest_minor, penalty_minor = interest - loan.interest_accrued, penalty - loan.penalty_accrued
    if not interest_minor and not penalty_minor:
        return None
    return AccrualLine(loan_id=loan.loan_id, interest_minor=interest_minor, penalty_minor=penalty_minor)


async def _age(engine: Engine, night: date, chunk: Chunk) -> int:
    """Bring the loans whose day it is to the beginning of the next date. How many there were."""
    as_of = night + ONE_DAY
    loan_ids: Sequence[UUID] = await nightly_work.to_age(engine.pool, chunk.loan_ids, as_of)
    meta, turn = _metadata(engine, night, chunk, as_of), asyncio.Semaphore(LOANS_AT_ONCE)
    lpr = (*shipped_lpr(), *(await engine.commands.load(lpr_table, LPR_TABLE_ID)).state.published)

    async def age(loan_id: UUID) -> None:
        async with turn:
            try:
                await engine.commands.handle(
                    loan_account, AgeLoan(loan_id=loan_id, as_of=as_of, lpr=lpr), meta, command_id=uuid4()
                )
            except BAD_LOAN as error:
                await _quarantine(engine, night, loan_id, "age", error)

    await asyncio.gather(*(age(loan_id) for loan_id in loan_ids))
    return len(loan_ids)


async def _quarantine(engine: Engine, night: date, loan_id: UUID, step: str, error: Exception) -> None:
    reason = f"{type(error).__name__}: {error}"[:1000]
    _log.error("loan_quarantined", night=night.isoformat(), loan_id=str(loan_id), step=step, reason=reason)
    await nightly_work.quarantine(engine.pool, night, loan_id, step, reason)


async def _close(engine: Engine, caller: Principal, night: date) -> None:
    """Close the date and move this service's own on in one transaction; the others hear of it."""
    meta = replace(
        engine.metadata(night, correlation_id=_correlation(night)), actor=caller.person, client=caller.client
    )
    with contextlib.suppress(VersionConflict):  # another process closed the same night at this moment
        async with engine.pool.acquire() as db, db.transaction():
            streams = TransactionStreams(engine.store, db)
            await CommandHandler(streams).handle(
                business_date, CloseBusinessDate(closed_on=night), meta, command_id=uuid4()
            )
            await kept_date.advance(db, night + ONE_DAY)
            await nightly_work.finish(db, night, night + ONE_DAY)
            await streams.flush()
    engine.store.appended.set()


def _metadata(engine: Engine, night: date, chunk: Chunk, on: date) -> Metadata:
    meta = engine.metadata(on, branch=chunk.branch, correlation_id=_correlation(night))
    return replace(meta, legal_entity=chunk.legal_entity)


def _correlation(night: date) -> UUID:
    """One correlation for all that a night does."""
    return uuid5(_NIGHTS, night.isoformat())
