"""Anything may come over the wire or out of a table: it is read, or it is parked with its reason; nothing else.

The inbox is the real one, on the simulation's database in memory and its virtual clock.
"""

import json
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.operations.deployment import load_services
from shared.bus import Announcement, Undecodable, parse, topic
from shared.event_store import METADATA
from shared.inbox import HANDLER, Inbox
from shared.personal_data import Vault
from shared.postgres_event_store import Codec, UnknownEvent
from shared.service import Service
from tests.shared.sample import META
from tests.simulation.memory_database import Connection, Tables
from tests.simulation.memory_store import Store
from tests.simulation.virtual_time import VirtualTimeLoop

GOLDEN = Path(__file__).parents[1] / "golden"
SERVICES = load_services()
UNREADABLE = (UnknownEvent, ValueError, LookupError, TypeError)
"""What a stored row may raise when it is not what was written: every reader of the log takes these as data gone bad."""

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "6b0f0a38-51b9-4c53-8b4a-5d40a07a1b11",
    "source": "/liudai/repayment",
    "type": "loan_settled.v1",
    "subject": "loan_account-6b0f0a38-51b9-4c53-8b4a-5d40a07a1b12",
    "time": "2026-03-02T08:00:00Z",
    "datacontenttype": "application/json",
    "streamversion": 7,
    "actor": "chen",
    "client": "console",
    "legalentity": "LD01",
    "branch": "B1",
    "businessdate": "2026-03-02",
    "correlationid": "6b0f0a38-51b9-4c53-8b4a-5d40a07a1b13",
    "data": {"loan_id": "6b0f0a38-51b9-4c53-8b4a-5d40a07a1b12", "settled_on": "2026-03-02", "early": False},
}
ANNOUNCED = sorted({(one.to.producer, topic(one.to)) for service in SERVICES for one in service.subscriptions})

_AWKWARD = ["", "0", "-1", "1e999", "2026-02-30", "a\x00", "’", "1" * 400, float("nan"), float("-inf"), 10**400]
leaves = st.sampled_from(_AWKWARD) | st.none() | st.booleans() | st.integers() | st.text(max_size=20)
anything = st.recursive(
    leaves, lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=9), part, max_size=3)
)


@st.composite
def mutated(draw: st.DrawFn, good: dict[str, Any]) -> dict[str, Any]:
    """A good message with some of it replaced, left out or added, at any depth."""
    copy = json.loads(json.dumps(good))
    for _ in range(draw(st.integers(0, 3))):
        part = copy
        while True:
            name = draw(st.sampled_from([*part, "added"]))
            if isinstance(part.get(name), dict) and part[name] and draw(st.booleans()):
                part = part[name]
                continue
            if draw(st.booleans()):
                part[name] = draw(anything)
            else:
                part.pop(name, None)
            break
        if not copy:
            break
    return copy  # type: ignore[no-any-return]


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Rubbish; or a message that is nearly good, of any kind that anybody hears; or one with bytes changed."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=60))
    producer, kind = draw(st.sampled_from(ANNOUNCED))
    fields = draw(mutated(GOOD | {"source": f"/liudai/{producer}", "type": kind}))
    body = bytearray(json.dumps(fields).encode("utf-8", errors="replace"))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    return bytes(body)


@given(messages())
@settings(max_examples=200, deadline=None)
def test_a_message_is_an_announcement_or_undecodable(body: bytes) -> None:
    try:
        announcement = parse(body)
    except Undecodable as undecodable:
        assert str(undecodable), "parked with a reason"  # noqa: PT017  (either way is right)
        return
    assert announcement.routing_key.startswith(announcement.topic)
    assert METADATA.validate_json(METADATA.dump_json(announcement.meta, exclude_none=True)) == announcement.meta
    assert orjson.loads(announcement.body.decode()) is not None, "PostgreSQL's json is as strict as that"
    assert "\x00" not in json.dumps(announcement.data, ensure_ascii=False), "and its text holds no NUL"


@pytest.mark.parametrize(
    ("place", "text"),
    [('"early": false', '"early": NaN'), ('"early": false', '"early": -Infinity'), ('"chen"', '"\\u0000"'),
     ('"early": false', '"early": "a\\u0000"'), ('"specversion"', '"added": NaN, "specversion"')],
)  # fmt: skip
def test_what_postgresql_could_not_keep_is_undecodable(place: str, text: str) -> None:
    body = json.dumps(GOOD)
    parse(body.encode())
    with pytest.raises(Undecodable):
        parse(body.replace(place, text, 1).encode())


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
@given(bodies=st.lists(messages(), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_the_inbox_handles_or_parks_whatever_comes(service: Service, bodies: list[bytes]) -> None:
    tables, loop = Tables([]), VirtualTimeLoop()
    try:
        loop.run_until_complete(_hear(service, tables, bodies))
    finally:
        loop.close()
    for row in tables.parked.values():
        assert row["error"], "with its reason"
    parked = {event_id for _, event_id in tables.parked}
    for body in bodies:
        message = _read(body)
        if isinstance(message, Announcement):
            assert message.event_id in parked or message.event_id in tables.inbox
    unreadable = {body for body in bodies if isinstance(_read(body), bytes)}
    assert len([row for row in tables.parked.values() if row["stream_id"] == "undecodable"]) == len(unreadable)
    assert all(of == HANDLER for of, _ in tables.parked)


async def _hear(service: Service, tables: Tables, bodies: list[bytes]) -> None:
    async def step() -> None:
        return None

    pool, store = Connection(tables, step), Store(tables, step, lambda _stream_id: None)
    inbox = Inbox(service.name, cast("Any", pool), cast("Any", store), service.subscriptions)
    await inbox.handle([_read(body) for body in bodies])


def _read(body: bytes) -> Announcement | bytes:
    try:
        return parse(body)
    except Undecodable:
        return body


class _OpenVault(Vault):
    """Golden files hold personal data as they are inside: nothing is encrypted."""

    def __init__(self) -> None:
        """No keys."""

    async def decrypt(self, _event_id: UUID, data: dict[str, Any]) -> dict[str, Any]:
        return data


STORED = [(service, event) for service in SERVICES for event in service.events]


@given(data=st.data(), stored=st.sampled_from(STORED))
@settings(max_examples=150, deadline=None)
async def test_a_stored_row_is_read_or_said_to_be_unreadable(data: st.DataObject, stored: tuple[Service, Any]) -> None:
    service, event = stored
    samples = json.loads((GOLDEN / service.name / f"{event.__name__}.json").read_text("utf-8"))
    sample = data.draw(st.sampled_from(samples))
    meta = METADATA.dump_python(META, mode="json", exclude_none=True)
    row = (
        *(1, "stream-1", 1, UUID(int=1)),
        data.draw(st.sampled_from([event.__name__, event.__name__, event.__name__, "Unheard"])),
        data.draw(st.sampled_from([sample["schema_v"], sample["schema_v"], 1, 99])),
        json.dumps(data.draw(mutated(sample["data"]))),
        json.dumps(data.draw(mutated(meta))),
        None,
    )
    names = ("pos", "stream_id", "version", "event_id", "type", "schema_v", "data", "meta", "at")
    codec = Codec(service.events, _OpenVault())
    try:
        [recorded] = await codec.decode([cast("Any", _Row(zip(names, row, strict=True)))])
    except UNREADABLE:
        return
    assert type(recorded.event) is event
    assert event.model_validate_json(recorded.event.model_dump_json()) == recorded.event, "and written back the same"


class _Row(dict[str, Any]):
    """A row by name and, when it is taken apart, by place: as asyncpg's."""

    def __iter__(self) -> Any:
        return iter(self.values())
