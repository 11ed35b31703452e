"""The event store contract on memory and on PostgreSQL, and what only PostgreSQL can get wrong."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from services.operations.generations import Rebuild
from services.operations.local_bus import LocalBus
from shared import postgres_event_store
from shared.engine import Engine
from shared.event_store import EventStore, NewEvent, StoreUnavailable
from shared.internal import verify
from shared.messages import Personal
from shared.money import Money
from shared.personal_data import Vault
from shared.postgres_event_store import Codec, PostgresEventStore
from shared.projection import project_batch
from shared.service import open_engine
from tests.servers import PostgresServer
from tests.shared.event_store_contract import EventStoreContract
from tests.shared.memory_event_store import InMemoryEventStore
from tests.shared.sample import META, TillOpened, Withdrawn, balances, deposits, keeper, till
from tests.shared.services import migrated, role_url, settings


@pytest.fixture
async def migrated_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    async with migrated(postgres_server, keeper) as database_url:
        yield database_url


@pytest.fixture
async def engine(migrated_url: str) -> AsyncIterator[Engine]:
    async with open_engine(keeper, settings(migrated_url, keeper), LocalBus([])) as opened:
        yield opened


async def seal_all(engine: Engine) -> None:
    while await engine.pool.fetchval("select seal()"):
        pass


class TestInMemoryEventStore(EventStoreContract):
    @pytest.fixture
    def store(self) -> EventStore:
        return InMemoryEventStore()


class TestPostgresEventStore(EventStoreContract):
    @pytest.fixture
    def store(self, engine: Engine) -> EventStore:
        return engine.store

    @pytest.fixture(autouse=True)
    def remember(self, engine: Engine) -> None:
        self.engine = engine

    async def sealed(self, store: EventStore) -> None:
        await seal_all(self.engine)


async def test_a_transaction_that_commits_late_is_sealed_later_and_not_skipped(
    engine: Engine, migrated_url: str
) -> None:
    late = await asyncpg.connect(role_url(migrated_url, keeper), server_settings={"search_path": "keeper"})
    slow, quick = uuid4(), uuid4()
    transaction = late.transaction()
    await transaction.start()
    await late.execute("insert into inbox values ($1, 'payer', 'till_paid.v1')", uuid4())
    await engine.store.write_on(late, deposits(slow, [1]))
    await engine.store.append(deposits(quick, [1]))
    await seal_all(engine)
    assert [one.stream_id for one in await engine.store.log(0)] == [till.stream(quick)]
    await transaction.commit()
    await seal_all(engine)
    assert [one.stream_id for one in await engine.store.log(0)] == [till.stream(quick), till.stream(slow)]
    await late.close()


async def test_the_service_role_may_append_and_seal_and_nothing_else_to_the_log(engine: Engine) -> None:
    await engine.store.append(deposits(uuid4(), [1]))
    await seal_all(engine)
    for forbidden in (
        "update events set type = 'x'",
        "delete from events",
        "truncate events cascade",
        "insert into log values (99, 1, 'x')",
        "update log_head set pos = 0",
        (
            "insert into events(xid, stream_id, version, event_id, type, schema_v, data, meta)"
            " values ('3', 's', 1, gen_random_uuid(), 't', 1, '{}', '{}')"
        ),
        "select rebase()",
        "create table mine()",
        "select * from pg_authid",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await engine.pool.execute(forbidden)


async def test_nothing_is_said_to_the_whole_cluster_at_a_commit(migrated_url: str) -> None:
    """A notification in the transaction of an append makes all commits of the cluster wait for each other."""
    assert "notify" not in postgres_event_store._INSERT
    owner = await asyncpg.connect(migrated_url)
    assert await owner.fetchval("select count(*) from pg_proc where prosrc ilike '%notify%' and prolang <> 12") == 0
    assert await owner.fetchval("select cache_size from pg_sequences where schemaname = 'keeper'") == 1
    await owner.close()


async def test_even_the_owner_cannot_change_history_by_accident(engine: Engine, migrated_url: str) -> None:
    await engine.store.append(deposits(uuid4(), [1]))
    owner = await asyncpg.connect(migrated_url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.execute("update keeper.events set version = 7")
    await owner.close()


@pytest.mark.parametrize(
    "tampering",
    [
        "update keeper.events set data = '{\"amount\": 1}' where seq = 3",
        pytest.param(
            "update keeper.events set data = replace(data::text, ':', ': ')::json where seq = 3", id="other bytes"
        ),
        pytest.param(
            "update keeper.events set stream_id = stream_id || left(type, 1), type = substr(type, 2) where seq = 3",
            id="a letter moved",
        ),
        pytest.param("update keeper.events set meta = '{}' where seq = 3", id="who did it"),
        "update keeper.events set at = at + interval '1 microsecond' where seq = 3",
        "update keeper.log set seq = case pos when 3 then 4 else 3 end where pos in (3, 4)",
        "delete from keeper.log where pos = 3",
        "delete from keeper.log where pos = 5",
    ],
)
async def test_verify_names_the_first_bad_position(engine: Engine, migrated_url: str, tampering: str) -> None:
    for _ in range(5):
        await engine.store.append(deposits(uuid4(), [1]))
    await seal_all(engine)
    sound = await verify(engine, 0, 100)
    assert (sound["checked"], sound["bad_pos"], sound["tail_cut"]) == (5, None, False)
    owner = await asyncpg.connect(migrated_url)
    await owner.execute(
        "set session_replication_role = replica; alter table keeper.log drop constraint log_seq_key; " + tampering
    )
    await owner.close()
    bad = await verify(engine, 0, 100)
    if "pos = 5" in tampering:
        assert bad["tail_cut"]
    else:
        assert bad["bad_pos"] == (4 if "delete" in tampering else 3)


async def test_no_personal_value_stands_in_the_table(engine: Engine) -> None:
    stream = uuid4()
    opened = TillOpened(till_id=stream, keeper=Personal[str](subject_id=stream, value="不可见的名字"))
    await engine.store.append([NewEvent(till.stream(stream), 1, uuid4(), opened, META)])
    stored = await engine.pool.fetchval("select data::text from events")
    assert "不可见的名字" not in stored
    assert "$enc" in stored


async def test_a_stored_version_1_is_read_as_the_newest_and_its_bytes_stay(engine: Engine) -> None:
    stream = uuid4()
    await engine.pool.execute(
        "insert into events(stream_id, version, event_id, type, schema_v, data, meta)"
        " values ($1, 1, $2, 'Withdrawn', 1, $3, $4)",
        till.stream(stream),
        uuid4(),
        f'{{"till_id": "{stream}", "yuan": 7}}',
        '{"actor":"a","client":"c","legal_entity":"LD01","branch":"HQ","business_date":"2026-01-05",'
        '"correlation_id":"00000000-0000-0000-0000-000000000001"}',
    )
    assert (await engine.store.read(till.stream(stream)))[0].event == Withdrawn(till_id=stream, amount=Money(700))


async def test_a_killed_database_is_unavailable_and_then_the_same_store_goes_on(
    engine: Engine, postgres_server: PostgresServer
) -> None:
    stream = uuid4()
    await engine.store.append(deposits(stream, [1]))
    await asyncio.to_thread(postgres_server.kill_immediate)
    with pytest.raises(StoreUnavailable):
        await engine.store.append(deposits(stream, [2]))
    await asyncio.to_thread(postgres_server.start)
    await engine.store.append(deposits(stream, [2]))
    assert len(await engine.store.read(till.stream(stream))) == 2


async def test_an_erased_subjects_data_stays_erased_when_he_comes_back(engine: Engine, migrated_url: str) -> None:
    stream = uuid4()

    first = TillOpened(till_id=stream, keeper=Personal[str](subject_id=stream, value="张三"))
    await engine.store.append([NewEvent(till.stream(stream), 1, uuid4(), first, META)])
    owner = await asyncpg.connect(migrated_url)
    await owner.execute("delete from keeper.subject_keys")
    await owner.close()
    fresh = PostgresEventStore(engine.pool, Codec(keeper.events, Vault(engine.pool, bytes(32))))
    assert (await fresh.read(till.stream(stream)))[0].event.keeper.value is None
    opened = TillOpened(till_id=stream, keeper=Personal[str](subject_id=stream, value="又来"))
    await fresh.write_on(engine.pool, [NewEvent(till.stream(stream), 2, uuid4(), opened, META)])
    assert [one.event.keeper.value for one in await fresh.read(till.stream(stream))] == [None, "又来"]


async def test_a_rebuild_takes_over_from_a_projector_that_stood_still(engine: Engine, migrated_url: str) -> None:
    stream = uuid4()
    for version in (1, 2, 3):
        await engine.store.append(deposits(stream, [version]))
    await seal_all(engine)
    owner = await asyncpg.connect(migrated_url, server_settings={"search_path": "keeper"})
    rebuild = Rebuild(owner, engine.store, "keeper", keeper.role, balances)
    assert [page async for page in rebuild.replay()][-1] == (3, 3)
    [difference] = await rebuild.compare_and_switch(switch=True)
    assert (difference.only_live, difference.only_rebuilt) == (0, 0)
    await project_batch(engine.pool, engine.store, "keeper", balances)
    assert await engine.pool.fetchval("select minor from balances where till_id = $1", stream) == 300
    await owner.close()
