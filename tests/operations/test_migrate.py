"""Migration: a role, a schema and tables for each service, the bus's topology, and nothing more when repeated."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.operations.deployment import SERVICES, load_services
from services.operations.local_bus import LocalBus
from services.operations.migrate import as_role, database_password, migrate, target
from shared.event_store import Recorded
from tests.servers import PostgresServer, RabbitMQServer
from tests.shared.sample import balances, deposits, keeper
from tests.shared.services import migrated, running

ENVIRONMENT = {"LIUDAI_RISK_DB_PASSWORD": "a-secret's-own"}


async def test_every_service_logs_in_as_its_own_role_and_sees_its_own_schema_only(database_url: str) -> None:
    services, done = load_services(), list[str]()
    for _ in range(2):
        await migrate(target(database_url, services, ENVIRONMENT), services, done.append)
    assert done == 2 * [f"schema {name}" for name in SERVICES]
    for name in SERVICES:
        url = as_role(database_url, f"liudai_{name}", database_password(name, ENVIRONMENT))
        connection = await asyncpg.connect(url)
        try:
            assert await connection.fetchval(f"select count(*) from {name}.log") == 0
            other = "risk" if name != "risk" else "repayment"
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetchval(f"select count(*) from {other}.log")
        finally:
            await connection.close()


async def test_a_brokers_topology_is_declared_for_every_interest(
    database_url: str, amqp_url: str, rabbitmq_server: RabbitMQServer
) -> None:
    services = load_services()
    environment = {"AMQP_URL": amqp_url, "LIUDAI_QUEUES_PER_SUBSCRIBER": "2"}
    await migrate(target(database_url, services, environment), services, lambda step: None)
    listed = rabbitmq_server.ctl("list_queues", "-p", amqp_url.rpartition("/")[2], "name", "--no-table-headers").split()
    expected = {
        f"{one.subscriber}.{one.producer}.{n}" for service in services for one in service.interests for n in range(2)
    }
    assert expected | {f"{name}.dead" for name in SERVICES} | {"unrouted"} == set(listed)


async def test_a_read_model_in_a_new_shape_is_rebuilt_from_the_log(postgres_server: PostgresServer) -> None:
    async def project_totals(connection: Any, recorded: Recorded[Any]) -> None:
        await balances.project(connection, recorded)
        await connection.execute("update balances set facts = facts + 1 where till_id = $1", recorded.event.till_id)

    tables = "create table balances(till_id uuid primary key, minor bigint not null, facts int not null default 0);"
    newer = replace(keeper, projections=(replace(balances, tables=tables, project=project_totals),))
    till_id, steps = uuid4(), list[str]()
    async with migrated(postgres_server, keeper) as url:
        async with running(url, LocalBus([]), keeper) as [old]:
            await old.store.append(deposits(till_id, [1, 2]))
            await old.caught_up()
            for _ in range(2):
                await migrate(target(url, [newer], {}), [newer], steps.append)
            assert steps == ["schema keeper", "read model keeper balances in its new shape", "schema keeper"]
            rows = "select minor, facts from balances where till_id = $1"
            assert tuple(await old.pool.fetchrow(rows, till_id) or ()) == (200, 2)
            await old.store.append(deposits(till_id, [3]))
            while not old.failing:  # its SQL would fit, and would leave the new column as it is
                await asyncio.sleep(0.01)
        async with running(url, LocalBus([]), newer) as [new]:
            await new.caught_up()
            assert tuple(await new.pool.fetchrow(rows, till_id) or ()) == (300, 3)


async def test_two_migrators_at_once_rebuild_a_read_model_once(postgres_server: PostgresServer) -> None:
    newer = replace(keeper, projections=(replace(balances, tables=balances.tables + " /* another */"),))
    async with migrated(postgres_server, keeper) as url:
        await asyncio.gather(*(migrate(target(url, [newer], {}), [newer], lambda step: None) for _ in range(2)))
        connection = await asyncpg.connect(url)
        generation = await connection.fetchval("select generation from keeper.checkpoints where name = 'balances'")
        await connection.close()
        assert generation == 2


async def test_production_without_its_key_is_told_that_a_read_model_waits(postgres_server: PostgresServer) -> None:
    newer = replace(keeper, projections=(replace(balances, tables=balances.tables + " /* another */"),))
    async with migrated(postgres_server, keeper) as url:
        keyless = {"LIUDAI_ENV": "production", "LIUDAI_KEEPER_DB_PASSWORD": "given"}
        with pytest.raises(SystemExit, match="set LIUDAI_MASTER_KEY: the read model keeper balances has a new shape"):
            await migrate(target(url, [newer], keyless), [newer], lambda step: None)


@pytest.mark.parametrize("queues", ["0", "3", "32", "many"])
def test_a_number_of_queues_that_cannot_be_is_refused(queues: str) -> None:
    with pytest.raises(SystemExit, match="LIUDAI_QUEUES_PER_SUBSCRIBER"):
        target("postgresql://nowhere/", (), {"LIUDAI_QUEUES_PER_SUBSCRIBER": queues})


def test_a_password_is_derived_where_none_is_given() -> None:
    derived = database_password("risk", {})
    assert derived == database_password("risk", {})
    assert derived != database_password("repayment", {})
    assert database_password("risk", ENVIRONMENT) == "a-secret's-own"
