"""The relay as it is often written: it forgets before it is confirmed, or sends in no order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pamqp.commands import Basic

from shared import outbox, rabbitmq, service
from shared.bus import Announcement, Publisher, announce
from shared.database import connect

_MOVE = "update checkpoints set pos = $1 where name = 'relay'"


def cursor_before_publish(patch: pytest.MonkeyPatch) -> None:
    honest = outbox.relay_page

    async def relay_page(pool: Any, store: Any, publisher: Publisher, to_integration_event: Any) -> int:
        at = await pool.fetchval("select pos from checkpoints where name = 'relay'")
        page = await store.log(at, outbox.PAGE)
        if page:
            await pool.execute(_MOVE, page[-1].pos)

            class From:
                """The page that was read."""

                async def next_page(self, _after: int, _limit: int) -> Any:
                    return page

            await honest(pool, From(), publisher, to_integration_event)  # type: ignore[arg-type]
        return page[-1].pos if page else int(at)

    _patch_relay_page(patch, relay_page)


def counts_apart_from_the_cursor(patch: pytest.MonkeyPatch) -> None:
    """The cursor in one transaction, what was announced in the next, whoever else moved the cursor meanwhile."""

    async def relay_page(pool: Any, store: Any, publisher: Publisher, to_integration_event: Any) -> int:
        at = await pool.fetchval("select pos from checkpoints where name = 'relay'")
        page = await store.log(at, outbox.PAGE)
        sent = [announce(one, event) for one in page if (event := to_integration_event(one)) is not None]
        await publisher.publish(sent)
        if page:
            await pool.execute(_MOVE, page[-1].pos)
        for one in sent:
            await pool.execute(
                "insert into relay_counts values ($1, 1) on conflict (type) do update set n = relay_counts.n + 1",
                one.topic,
            )
        return page[-1].pos if page else int(at)

    _patch_relay_page(patch, relay_page)


OUTBOX_TABLE = """
create table {schema}.outbox(pos bigint primary key);
grant select, delete on {schema}.outbox to public; grant update on {schema}.outbox to public;
create function {schema}.fill_outbox() returns trigger language plpgsql as $$
begin insert into {schema}.outbox values (new.pos); return null; end $$;
create trigger fill_outbox after insert on {schema}.log for each row execute function {schema}.fill_outbox()"""


def rows_claimed_and_deleted(patch: pytest.MonkeyPatch) -> None:
    """An outbox table from which each relay takes what no other has locked."""

    async def relay_page(pool: Any, store: Any, publisher: Publisher, to_integration_event: Any) -> int:
        async with pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(
                "delete from outbox where pos in"
                " (select pos from outbox order by pos limit $1 for update skip locked) returning pos",
                outbox.PAGE,
            )
            taken = sorted(row["pos"] for row in rows)
            page = [one for pos in taken for one in await store.log(pos - 1, 1)]
            sent = [announce(one, event) for one in page if (event := to_integration_event(one)) is not None]
            await publisher.publish(sent)
        return taken[-1] if taken else int(await pool.fetchval("select max(pos) from log"))

    _patch_relay_page(patch, relay_page)


def _patch_relay_page(patch: pytest.MonkeyPatch, relay_page: Any) -> None:
    patch.setattr(outbox, "relay_page", relay_page)
    for module in ("test_relay", "test_crash_points"):  # the suites call it themselves
        patch.setattr(f"tests.shared.{module}.relay_page", relay_page)


def every_replica_leads(patch: pytest.MonkeyPatch) -> None:
    class Unlocked:
        """A connection that takes no lock."""

        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

        async def execute(self, *_: Any, **__: Any) -> None:
            return None

    async def connect_and_lock_nothing(*arguments: Any) -> Unlocked:
        return Unlocked(await connect(*arguments))

    patch.setattr(service, "connect", connect_and_lock_nothing)


def _publish_with(patch: pytest.MonkeyPatch, *, mandatory: bool = True, persistent: bool = True) -> None:
    async def publish(self: rabbitmq.RabbitPublisher, announcements: Sequence[Announcement]) -> None:
        for one in announcements:
            properties = Basic.Properties(
                message_id=str(one.event_id),
                content_type="application/cloudevents+json",
                delivery_mode=rabbitmq.PERSISTENT if persistent else 1,
            )
            await self._channel.basic_publish(
                one.body,
                exchange=self._exchange,
                routing_key=one.routing_key,
                properties=properties,
                mandatory=mandatory,
                timeout=10,
            )

    patch.setattr(rabbitmq.RabbitPublisher, "publish", publish)


def not_mandatory(patch: pytest.MonkeyPatch) -> None:
    _publish_with(patch, mandatory=False)


def not_persistent(patch: pytest.MonkeyPatch) -> None:
    _publish_with(patch, persistent=False)


def _channel_with(patch: pytest.MonkeyPatch, **options: bool) -> None:
    @asynccontextmanager
    async def publishing(self: rabbitmq.RabbitBus, producer: str) -> AsyncIterator[rabbitmq.RabbitPublisher]:
        async with rabbitmq.connected(self._url) as connection:
            channel = await connection.channel(**options)
            yield rabbitmq.RabbitPublisher(await channel.get_underlay_channel(), rabbitmq.exchange_name(producer))

    patch.setattr(rabbitmq.RabbitBus, "publishing", publishing)


def no_confirms(patch: pytest.MonkeyPatch) -> None:
    _channel_with(patch, publisher_confirms=False)


def returned_messages_are_no_error(patch: pytest.MonkeyPatch) -> None:
    """The library's default channel."""
    _channel_with(patch)


def one_task_per_announcement(patch: pytest.MonkeyPatch) -> None:
    """A page is published by tasks that each take their time: one channel, and no order."""
    honest = outbox.relay_page

    async def relay_page(pool: Any, store: Any, publisher: Publisher, to_integration_event: Any) -> int:
        class Scattering:
            """Publishes each by itself."""

            async def publish(self, announcements: Sequence[Announcement]) -> None:
                await asyncio.gather(*(publisher.publish([one]) for one in announcements))

        return await honest(pool, store, Scattering(), to_integration_event)

    _patch_relay_page(patch, relay_page)
