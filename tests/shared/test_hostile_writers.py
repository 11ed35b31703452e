"""Whatever writers and killers do: every committed event is seen once, at a position without gap, in stream order."""

import asyncio
import os
from collections import Counter

import pytest

from tests.servers import PostgresServer
from tests.shared.hostile import Storm, storm
from tests.shared.sample import keeper
from tests.shared.services import migrated

SECONDS = float(os.environ.get("LIUDAI_STORM_SECONDS", "5"))
"""How long they write; a night's run may take 600."""
SEED = int(os.environ.get("LIUDAI_TEST_SEED", "20260105"))


@pytest.fixture(scope="module")
def blown(postgres_server: PostgresServer) -> Storm:
    async def blow() -> Storm:
        async with migrated(postgres_server, keeper) as database_url:
            return await storm(database_url, seconds=SECONDS, seed=SEED)

    return asyncio.run(blow())


def test_the_storm_was_one(blown: Storm) -> None:
    for what in ("committed", "rolled back", "lost the race", "killed a sealer", "killed somebody"):
        assert blown.did[what] > 0, f"nobody {what}: {blown.did}"
    assert blown.out_of_insert_order > 0, "no transaction overtook another"


def test_what_was_acknowledged_is_stored(blown: Storm) -> None:
    assert blown.told <= set(blown.stored)


def test_each_stored_event_was_seen_exactly_once_by_each_follower(blown: Storm) -> None:
    for seen in blown.followed:
        times = Counter(one.event_id for one in seen)
        assert set(times) == set(blown.stored), f"{len(set(blown.stored) - set(times))} were never seen"
        assert set(times.values()) == {1}


def test_each_follower_saw_each_stream_in_its_order(blown: Storm) -> None:
    for seen in blown.followed:
        for stream in {one.stream_id for one in seen}:
            versions = [one.version for one in seen if one.stream_id == stream]
            assert versions == sorted(versions), stream


def test_each_stream_counts_from_one_without_a_gap(blown: Storm) -> None:
    for stream in {stream for stream, _ in blown.stored.values()}:
        versions = sorted(version for one, version in blown.stored.values() if one == stream)
        assert versions == list(range(1, len(versions) + 1))


def test_positions_count_from_one_without_a_gap(blown: Storm) -> None:
    for seen in blown.followed:
        assert [one.pos for one in seen] == list(range(1, len(blown.stored) + 1))


def test_the_read_model_has_each_deposit_once(blown: Storm) -> None:
    assert blown.balances == blown.deposited


def test_the_chain_is_unbroken(blown: Storm) -> None:
    said = blown.verified
    assert (said["checked"], said["bad_pos"], said["tail_cut"]) == (len(blown.stored), None, False)
