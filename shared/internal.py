"""What operations and other services ask of any service: its log, a stream, where it stands, what is parked."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
import structlog
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from pydantic_core import to_jsonable_python

from shared.bus import Undecodable, announce, parse
from shared.database import fetch_one
from shared.engine import Engine
from shared.event_store import Recorded
from shared.http import AsOf, Page, RequestBody, ServiceEngine, whole_bank
from shared.inbox import HANDLER
from shared.parking import redrive
from shared.problem_details import FieldProblem, Problem, invalid
from shared.rabbitmq import BATCH
from shared.request_commands import until
from shared.telemetry import RECONCILED

router = APIRouter(prefix="/internal", tags=["operations"], dependencies=[Depends(whole_bank)])

_log = structlog.get_logger()
_READERS = frozenset({"operator", "auditor"})
INTERNAL_ACCESS = {
    **dict.fromkeys(("read_log", "read_events", "read_stream", "read_status", "read_parked", "verify_log"), _READERS),
    "redrive_parked": frozenset({"operator"}), "reconcile_inbox": frozenset({"operator"}),
}  # fmt: skip
"""The same in every service, so not in its access.yaml."""


class RecordedEvent(BaseModel):
    """A stored fact as operators see it: personal values are not shown."""

    pos: int
    stream_id: str
    version: int
    event_id: UUID
    type: str
    data: dict[str, Any]
    actor: str
    branch: str
    business_date: str
    correlation_id: UUID
    causation_id: UUID | None
    at: datetime


class ShownStream(BaseModel):
    """One stream's facts and what they fold to; personal values are not shown in either."""

    stream_id: str
    version: int
    state_type: str
    state: Any
    events: list[RecordedEvent]


@router.get("/log")
async def read_log(
    engine: ServiceEngine, after: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    types: Annotated[str | None, Query(max_length=2000, description="Comma-separated topics")] = None,
) -> dict[str, Any]:  # fmt: skip
    """The announcements behind a position, as CloudEvents: what a subscriber bootstraps and reconciles from."""
    page = await engine.store.log(after, limit)
    wanted = set(types.split(",")) if types else None
    items = []
    for recorded in page:
        event = engine.service.announce(recorded)
        if event is not None:
            announced = announce(recorded, event)
            if wanted is None or announced.topic in wanted:
                items.append({"pos": recorded.pos, "event": orjson.loads(announced.body)})
    return {"items": items, "next": page[-1].pos if page else after, "more": len(page) == limit}


@router.get("/events")
async def read_events(
    engine: ServiceEngine, after: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> list[RecordedEvent]:
    """The sealed log behind a position, as facts."""
    return [shown(recorded) for recorded in await engine.store.log(after, limit)]


@router.get("/streams/{stream_id}")
async def read_stream(engine: ServiceEngine, stream_id: str, as_of: AsOf = None) -> ShownStream:
    """One stream's facts and the state they fold to, now or as of a date or an instant."""
    past = until(await engine.store.read(stream_id), as_of)
    if not past:
        raise Problem(404, "not-found", f"No events of {stream_id} at that time.")
    category = stream_id[: -len("-00000000-0000-0000-0000-000000000000")]
    decider = next(one for one in engine.service.deciders if one.category == category)
    state = decider.fold(recorded.event for recorded in past)
    said = _masked(to_jsonable_python(state, fallback=dict))  # of a mapping that is only a view
    return ShownStream(
        stream_id=stream_id, version=past[-1].version, state_type=type(state).__name__, state=said,
        events=[shown(one) for one in past],
    )  # fmt: skip


@router.get("/status")
async def read_status(engine: ServiceEngine) -> dict[str, Any]:
    """Log head, followers, what was announced and heard, what is parked, the business date."""
    return await engine.status()


class ParkedEvent(BaseModel):
    """An event that waits, and why."""

    handler: str
    event_id: UUID
    stream_id: str
    version: int
    error: str
    attempts: int
    at: datetime


@router.get("/parked")
async def read_parked(engine: ServiceEngine, page: Page) -> dict[str, Any]:
    """What is parked, in the order in which it was."""
    at, event_id = page.place(datetime.fromisoformat, UUID) or (datetime.min.replace(tzinfo=UTC), UUID(int=0))
    rows = await engine.pool.fetch(
        "select handler, event_id, stream_id, version, error, attempts, at from parked"
        " where (at, event_id) > ($1, $2) order by at, event_id limit $3",
        at, event_id, page.limit + 1,
    )  # fmt: skip
    return page.answer([ParkedEvent(**dict(row)) for row in rows], key=lambda one: (one.at.isoformat(), one.event_id))


class Redrive(RequestBody):
    """Which stream of which handler to try again."""

    handler: str
    stream_id: str


class Redriven(BaseModel):
    """How many went through, and what stopped the next one."""

    handled: int
    stopped_by: str | None


@router.post("/parked/redrive")
async def redrive_parked(engine: ServiceEngine, body: Redrive) -> Redriven:
    """Handle a stream's parked events in order until one fails again. Repeating it is harmless."""
    if body.handler == HANDLER:
        handled, error = await redrive(engine.pool, HANDLER, body.stream_id, engine.inbox.redrive)
    else:
        effects = {effect.handler: effect for effect in engine.service.effects}
        if body.handler not in effects:
            raise Problem(404, "not-found", f"No handler {body.handler}; there are {HANDLER}, {', '.join(effects)}.")
        performer = engine.performer(effects[body.handler])
        handled, error = await redrive(engine.pool, body.handler, body.stream_id, performer.redrive)
    engine.store.appended.set()
    return Redriven(handled=handled, stopped_by=error)


class Feed(RequestBody):
    """Announcements as their producer's `GET /internal/log` gives them, in its order."""

    events: Annotated[list[dict[str, Any]], Field(max_length=1000)]


class Reconciled(BaseModel):
    """How many of them had neither been handled nor parked; they are one of both now."""

    missing: int


@router.post("/reconcile")
async def reconcile_inbox(engine: ServiceEngine, feed: Feed) -> Reconciled:
    """Handle what was announced and never arrived: the same inbox, so holes are filled and nothing is done twice."""
    try:
        announced = [parse(orjson.dumps(event)) for event in feed.events]
    except Undecodable as error:
        field = FieldProblem(field="events", rule="cloud_event", detail=str(error))
        raise invalid(field) from error
    missed = await engine.inbox.unheard(announced)
    if missed:
        _log.warning("announcements_were_missing", ids=[str(one.event_id) for one in missed][:20], n=len(missed))
        RECONCILED.labels(engine.name).inc(len(missed))
        for start in range(0, len(missed), BATCH):
            await engine.inbox.handle(missed[start : start + BATCH])
    return Reconciled(missing=len(missed))


@router.get("/verify")
async def verify_log(
    engine: ServiceEngine, after: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=20_000)] = 5000
) -> dict[str, Any]:
    """Recompute a stretch of the hash chain; the first bad position is named, and whether the tail was cut."""
    return await verify(engine, after, limit)


_VERIFY = """
with stretch as (
  select l.pos, l.hash, e, coalesce(lag(l.hash) over w, case l.pos when 1 then sha256(convert_to($3, 'UTF8')) end) prev,
         coalesce(lag(l.pos) over w, case when l.pos = 1 then 0 end) before
  from (select * from log where pos >= $1 order by pos limit $2) l left join events e using (seq)
  window w as (order by l.pos))
select count(*) filter (where pos > $1) checked, max(pos) last, (select pos from log_head) head,
  min(pos) filter (where pos > $1
    and (e is null or prev is null or hash <> link(prev, pos, e) or pos <> before + 1)) bad_pos,
  (select hd.pos <> coalesce(l.pos, 0) or hd.hash <> coalesce(l.hash, hd.hash) from log_head hd
    left join (select * from log order by pos desc limit 1) l on true) tail_cut
from stretch"""


async def verify(engine: Engine, after: int, limit: int) -> dict[str, Any]:
    """The chain from `after` (exclusive): every hash recomputed from the stored bytes, every position present."""
    row = await fetch_one(engine.pool, _VERIFY, after, limit + 1, engine.name)
    return {**dict(row), "last": row["last"] or after}


def shown(recorded: Recorded[Any]) -> RecordedEvent:
    """The fact for an operator's eyes."""
    data = recorded.event.model_dump(mode="json")
    meta = recorded.meta
    return RecordedEvent(
        pos=recorded.pos, stream_id=recorded.stream_id, version=recorded.version, event_id=recorded.event_id,
        type=type(recorded.event).__name__, data=_masked(data), actor=meta.actor, branch=meta.branch,
        business_date=meta.business_date.isoformat(), correlation_id=meta.correlation_id,
        causation_id=meta.causation_id, at=recorded.at,
    )  # fmt: skip


def _masked(node: Any) -> Any:
    if isinstance(node, dict):
        if set(node) == {"subject_id", "value"}:
            return {"subject_id": node["subject_id"], "value": "•••" if node["value"] is not None else "[erased]"}
        return {name: _masked(value) for name, value in node.items()}
    return [_masked(one) for one in node] if isinstance(node, list) else node
