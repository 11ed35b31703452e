"""End of day (日终): accrue every open loan, bill and age those whose day it is, then close the business date.

Loans are shared out once a night in chunks that any process may claim; `chunks` says what is done with one. Whoever is
killed, the next run ends the night. A loan that cannot be worked on is put in quarantine with its reason, and the night
still ends.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from services.repayment.domain.business_date import BUSINESS_DATE_ID, NotOpened, OpenDate, business_date
from services.repayment.domain.commands import CloseBusinessDate, OpenBusinessDate
from services.repayment.end_of_day import chunks
from services.repayment.end_of_day.chunks import Night
from services.repayment.queries import nightly_work
from services.repayment.queries.chunk_lines import NightDays
from shared import business_date as kept_date
from shared.command_handler import CommandHandler
from shared.engine import Engine
from shared.event_store import VersionConflict
from shared.identity import Principal
from shared.inbox import TransactionStreams
from shared.messages import Rejected
from shared.problem_details import FieldProblem, Problem

WORKERS = 3
"""Chunks that one process works on at once: PostgreSQL reckons one while another is written."""
CATCH_UP_SECONDS = 30.0
READ_MODEL = "loans"
ONE_DAY = timedelta(days=1)


async def close_business_date(
    engine: Engine,
    caller: Principal,
    *,
    closed_on: date | None,
    key: str | None,
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
        await _run(engine, caller, night, None if closed_on else key)
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


async def _run(engine: Engine, caller: Principal, night: date, key: str | None) -> None:
    async with engine.pool.acquire() as db:
        await nightly_work.plan(db, night)
        await _caught_up(engine, CATCH_UP_SECONDS)  # with what was done for single loans until it was planned
        days = await NightDays.read(db, night)
    lpr = await chunks.published_lpr(engine)
    if key is not None:
        await nightly_work.remember_key(engine.pool, night, caller.client, key)
    while await nightly_work.unfinished(engine.pool, night):
        await _together([chunks.work(Night(engine, night, days, lpr)) for _ in range(WORKERS)])
        if await nightly_work.unfinished(engine.pool, night):
            await asyncio.sleep(0.1)  # others work on what is left; what they drop can be claimed again
    await _close(engine, caller, night)


async def _together(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """All of it, or the first failure as soon as the others have stopped too."""
    tasks = [asyncio.create_task(one) for one in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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


async def _close(engine: Engine, caller: Principal, night: date) -> None:
    """Close the date and move this service's own on in one transaction; the others hear of it."""
    meta = replace(
        engine.metadata(night, correlation_id=chunks.correlation(night)), actor=caller.person, client=caller.client
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
