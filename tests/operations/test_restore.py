"""A dump loaded into another cluster: refused until it is rebased, and the log goes on without a gap."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import psycopg
import pytest

from services.operations.local_bus import LocalBus
from services.operations.postgres_programs import programs_for
from services.operations.restore import Rebased, rebase
from services.operations.terminal import Failure
from shared.engine import Engine
from shared.internal import verify
from shared.service import open_engine
from tests.servers import PostgresServer, folder
from tests.shared.sample import balances, deposits, keeper, till
from tests.shared.services import migrated, role_url, running, settings

REFUSED = "restored into another cluster"


@pytest.fixture(scope="module")
def other_cluster() -> Iterator[PostgresServer]:
    with folder("restored") as home:
        server = PostgresServer(home)
        server.start()
        yield server
        server.stop()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Engine]:
    async with open_engine(keeper, settings(url, keeper), LocalBus([])) as engine:
        yield engine


async def seal_all(engine: Engine) -> None:
    while await engine.pool.fetchval("select seal()"):
        pass


def restore(source: str, target: str) -> None:
    """What docs/restore.md says: roles first, then the dump."""
    password = urlsplit(role_url(target, keeper)).password
    with psycopg.connect(target, autocommit=True) as owner:
        owner.execute(f"create role {keeper.role} login password '{password}'".encode())
    programs = programs_for(None, Path(gettempdir()))
    dump = subprocess.run([programs / "pg_dump", "--dbname", source], capture_output=True, check=True).stdout
    load: list[str | Path] = [programs / "psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", target]
    subprocess.run(load, input=dump, capture_output=True, check=True)


async def test_a_restored_log_is_refused_until_rebased_and_then_goes_on(
    postgres_server: PostgresServer, other_cluster: PostgresServer
) -> None:
    sealed, unsealed, later = uuid4(), uuid4(), uuid4()
    async with migrated(postgres_server, keeper) as source:
        async with opened(source) as engine:
            await engine.store.append(deposits(sealed, [1, 2]))
            await seal_all(engine)
            # An overlap as the sealer must bear it: later written, earlier committed, and nothing of it sealed.
            late = await asyncpg.connect(role_url(source, keeper), server_settings={"search_path": "keeper"})
            async with late.transaction():
                await engine.store.write_on(late, deposits(unsealed, [1]))
                await engine.store.append(deposits(later, [1]))
            await late.close()
            hashes = await engine.pool.fetch("select pos, hash from log order by pos")
        with other_cluster.database() as target:
            await asyncio.to_thread(restore, source, target)
            async with opened(target) as engine:
                with pytest.raises(asyncpg.PostgresError, match=REFUSED):
                    await engine.pool.fetchval("select seal()")
                # Written before anyone rebased: kept, and sealed by the rebasing.
                await engine.store.append(deposits(later, [2]))
            assert await rebase(target, ["keeper"]) == [Rebased("keeper", was_due=True, sealed=3, head=5)]
            assert await rebase(target, ["keeper"]) == [Rebased("keeper", was_due=False, sealed=0, head=5)]
            async with running(target, LocalBus([]), keeper) as [engine]:
                for _ in range(20):  # their transaction ids are lower than those of the cluster that was left
                    await engine.store.append(deposits(uuid4(), [1]))
                await engine.caught_up(balances.name)
                log = await engine.store.log(0)
                assert [one.pos for one in log] == list(range(1, 26))
                assert [(one.stream_id, one.version) for one in log[2:5]] == [
                    (till.stream(unsealed), 1), (till.stream(later), 1), (till.stream(later), 2),
                ]  # fmt: skip
                assert await engine.pool.fetch("select pos, hash from log order by pos limit 2") == hashes
                checked = await verify(engine, 0, 1000)
                assert (checked["checked"], checked["bad_pos"], checked["tail_cut"]) == (25, None, False)


async def test_a_database_without_a_bank_cannot_be_rebased(other_cluster: PostgresServer) -> None:
    with other_cluster.database() as empty, pytest.raises(Failure, match="holds no bank"):
        await rebase(empty, ["keeper"])
