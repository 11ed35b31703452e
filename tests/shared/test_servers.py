"""The servers of the tests themselves: they answer, they die, they come back with what was confirmed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import aio_pika
import asyncpg
import pytest
import yaml
from aio_pika.abc import DeliveryMode

from tests.rabbitmq_nodes import IMAGE
from tests.servers import PostgresServer, RabbitMQServer

COMPOSE_FILE = Path(__file__).parents[2] / "docker-compose.yml"


def test_a_broker_in_a_container_is_the_one_that_compose_runs() -> None:
    services = yaml.safe_load(COMPOSE_FILE.read_text("utf-8"))["services"]
    assert services["rabbitmq"]["image"] == f"${{RABBITMQ_IMAGE:-{IMAGE}}}"


@pytest.mark.parametrize("crash", [PostgresServer.kill_immediate, PostgresServer.kill])
async def test_a_committed_row_survives_the_crash_of_postgres(
    postgres_server: PostgresServer, database_url: str, crash: Callable[[PostgresServer], None]
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE loans (loan_id int); INSERT INTO loans VALUES (1)")

    crash(postgres_server)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.execute("SELECT 1")
    connection.terminate()
    postgres_server.start()

    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT count(*) FROM loans") == 1
    await connection.close()


async def test_ending_the_sessions_of_postgres_leaves_the_server_up(
    postgres_server: PostgresServer, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    postgres_server.terminate_sessions()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.execute("SELECT 1")
    connection.terminate()

    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_a_confirmed_message_survives_kill_9_of_rabbitmq(rabbitmq_server: RabbitMQServer, amqp_url: str) -> None:
    connection = await aio_pika.connect(amqp_url)
    channel = await connection.channel(publisher_confirms=True)
    await channel.declare_queue("loans", durable=True, arguments={"x-queue-type": "quorum"})
    await asyncio.sleep(1.2)  # until the register of quorum queues is on disk: see RabbitMQServer.kill
    message = aio_pika.Message(b"disbursed", delivery_mode=DeliveryMode.PERSISTENT)
    await channel.default_exchange.publish(message, "loans")

    rabbitmq_server.kill()
    await connection.close()
    rabbitmq_server.start()

    connection = await aio_pika.connect(amqp_url)
    channel = await connection.channel()
    queue = await channel.get_queue("loans")
    received = await queue.get(timeout=10)
    assert received is not None
    assert received.body == b"disbursed"
    await received.ack()
    await connection.close()


async def test_closing_all_connections_ends_each_and_refuses_none(
    rabbitmq_server: RabbitMQServer, amqp_url: str
) -> None:
    connection = await aio_pika.connect(amqp_url)
    # `is_closed` and `closed()` of a plain connection know only our own closing, not the server's.
    closed = asyncio.Event()
    connection.close_callbacks.add(lambda *_: closed.set())
    await asyncio.to_thread(rabbitmq_server.close_all_connections)
    async with asyncio.timeout(10):
        await closed.wait()

    again = await aio_pika.connect(amqp_url)
    await again.close()
