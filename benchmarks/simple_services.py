"""The application and risk services on plain parts, to be measured beside: row by row, with an outbox table.

Routes, validation, tokens and deciders are those of the product. What is plain: an append is a transaction of
one INSERT per event, per row of a read model and per announcement; a relay publishes the outbox table in
batches and deletes them; a message is one transaction and one acknowledgement, sixteen of them at once. There
is no sealed log, no chain, and no order of announcements to rely on.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from aio_pika.abc import AbstractIncomingMessage
from fastapi import FastAPI

from services.application.main import service as application_service
from services.risk.domain.commands import RecordAssessment, RecordSources
from services.risk.domain.credit_assessment import credit_assessment
from services.risk.domain.events import AssessmentRequested, SourcesAnswered
from services.risk.main import service as risk_service
from services.risk.scoring import assess
from shared.bus import Announcement, announce, parse, topic
from shared.command_handler import CommandHandler
from shared.database import UNAVAILABLE
from shared.event_store import Answer, Metadata, NewEvent, Recorded
from shared.identity import access_matrix
from shared.inbox import TransactionStreams
from shared.internal import INTERNAL_ACCESS
from shared.postgres_event_store import PostgresEventStore, _Append, insert
from shared.projection import generation_schema
from shared.rabbitmq import RabbitBus, connected, queue_names
from shared.service import Service, calm_collector, create_app, open_engine
from shared.settings import Settings
from shared.telemetry import configure_logging

OUTBOX = "create table {0}.outbox(id bigint generated always as identity primary key, body bytea not null);"
PREFETCH, RELAYED, BUSY_SECONDS, IDLE_SECONDS = 16, 200, 0.004, 0.25


class RowStore(PostgresEventStore):
    """A transaction of its own for every append, a statement for every row."""

    service: Service

    async def append(self, events: Sequence[NewEvent], answer: Answer | None = None) -> None:
        """See `EventStore.append`."""
        rows = [await self._codec.encode(new) for new in events]  # before: a subject's key needs a connection too
        async with self._pool.acquire() as connection, connection.transaction():
            await self._write_rows(connection, events, rows)
            if answer:
                await insert(connection, [_Append([], answer)])

    async def write_on(self, connection: Any, events: Sequence[NewEvent]) -> None:
        """See `PostgresEventStore.write_on`."""
        await self._write_rows(connection, events, [await self._codec.encode(new) for new in events])

    async def _write_rows(self, connection: Any, events: Sequence[NewEvent], rows: Sequence[tuple[Any, ...]]) -> None:
        """Each event, what it changes in the read models, and its announcement."""
        for new, row in zip(events, rows, strict=True):
            await insert(connection, [_Append([row], None)])
            at = datetime.now(UTC)  # noqa: TID251
            recorded = Recorded(0, new.stream_id, new.version, new.event_id, new.event, new.meta, at)
            for projection in self.service.projections:
                await projection.project(connection, recorded)
            if (announced := self.service.announce(recorded)) is not None:
                body = announce(recorded, announced).body
                await connection.execute("insert into outbox(body) values ($1)", body)


def application() -> FastAPI:
    """For `uvicorn --factory`."""
    return _plain(application_service)


def risk() -> FastAPI:
    """For `uvicorn --factory`."""
    return _plain(risk_service)


def _plain(service: Service) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        given = Settings.load()
        configure_logging(given.log_level)
        calm_collector()
        assert given.amqp_url
        async with open_engine(service, given, RabbitBus(given.amqp_url, 1)) as engine:
            schemas = [generation_schema(service.name, one, 1) for one in service.projections]
            found = ", ".join([*schemas, service.name])
            pool: Any = engine.pool
            pool._connect_kwargs["server_settings"]["search_path"] = found
            await pool.expire_connections()
            store = engine.store = RowStore(engine.pool, engine.store._codec)
            store.service = service
            engine.commands = CommandHandler(store)
            engine.access = access_matrix(service.name) | INTERNAL_ACCESS
            engine.caught_up = _at_once  # type: ignore[method-assign]  # read models are in the transaction
            app.state.engine = engine
            consumers = [_consume(given.amqp_url, queue_names(one, 1)[0], engine) for one in service.interests]
            tasks = [asyncio.create_task(one) for one in (*consumers, _relay(given.amqp_url, engine))]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()

    app = create_app(service)
    app.router.lifespan_context = lifespan
    return app


async def _at_once(*_projections: str) -> None:
    return


async def _relay(url: str, engine: Any) -> None:
    async with RabbitBus(url, 1).publishing(engine.name) as publisher:
        pause = BUSY_SECONDS
        while True:
            try:
                rows = await engine.pool.fetch("select id, body from outbox order by id limit $1", RELAYED)
                if rows:
                    await publisher.publish([parse(row["body"]) for row in rows])
                    await engine.pool.execute("delete from outbox where id = any($1)", [row["id"] for row in rows])
            except UNAVAILABLE:
                rows = []
            pause = BUSY_SECONDS if rows else min(1.1 * pause, IDLE_SECONDS)  # a second until it dozes
            if not rows:
                await asyncio.sleep(pause)


async def _consume(url: str, name: str, engine: Any) -> None:
    async with connected(url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)

        async def take(message: AbstractIncomingMessage) -> None:
            async with message.process(requeue=True):
                await _handle(engine, parse(message.body))

        await (await channel.get_queue(name)).consume(take)
        await asyncio.Future()


async def _handle(engine: Any, one: Announcement) -> None:
    """One message, one transaction; then risk's decision in another."""
    async with engine.pool.acquire() as connection, connection.transaction():
        row = (one.event_id, one.producer, one.topic)
        if not await connection.fetchval(
            "insert into inbox values ($1, $2, $3) on conflict do nothing returning true", *row
        ):
            return
        streams = TransactionStreams(engine.store, connection)
        for subscription in engine.service.subscriptions:
            if topic(subscription.to) == one.topic:
                command = subscription.then(subscription.to.model_validate(one.data))
                if command is not None:
                    outcome = await CommandHandler(streams).handle(
                        subscription.decider, command, one.meta, command_id=one.event_id
                    )
        await streams.flush()
    for requested in outcome.events:
        if isinstance(requested, AssessmentRequested):
            await _assess(engine, requested, one.meta)


async def _assess(engine: Any, requested: AssessmentRequested, meta: Metadata) -> None:
    """Both steps of an assessment at once: what the sources say, of which there are none here, and the decision."""
    on, id_ = requested.requested_on, requested.assessment_id
    answers = await engine.outside.sources.ask(requested.facts, on)
    sources = RecordSources(application_id=requested.application_id, answers=answers, asked_on=on)
    answered = await engine.commands.handle(credit_assessment, sources, meta, command_id=uuid5(id_, "sources"))
    for checked in answered.events:
        if isinstance(checked, SourcesAnswered):
            library = await engine.outside.shelf.library([checked.facts.segment])
            record = assess(checked.facts, library, assessment_id=id_, assessed_on=on)
            command = RecordAssessment(application_id=requested.application_id, record=record)
            await engine.commands.handle(credit_assessment, command, meta, command_id=id_)
