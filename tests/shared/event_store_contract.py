"""What every event store must do; run on PostgreSQL and on memory."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.command_handler import CommandHandler
from shared.event_store import Answer, EventStore, KeyUsed, NewEvent, Recorded, VersionConflict
from shared.messages import Personal
from shared.money import Money
from tests.shared.sample import META, Deposit, Deposited, TillOpened, deposits, till


def answer(key: str, body: bytes = b"{}") -> Answer:
    return Answer("client", "deposit", key, b"hash", 201, "/tills/1", '"1"', body)


class EventStoreContract:
    """Subclasses give the fixture `store`."""

    async def test_a_stream_is_read_back_in_order_and_typed(self, store: EventStore) -> None:
        stream = uuid4()
        await store.append(deposits(stream, [1, 2, 3]))
        read = await store.read(till.stream(stream))
        assert [one.version for one in read] == [1, 2, 3]
        assert read[0].event == Deposited(till_id=stream, amount=Money(100))
        assert read[0].meta == META

    async def test_a_taken_version_is_refused_and_nothing_of_the_append_is_kept(self, store: EventStore) -> None:
        stream, other = uuid4(), uuid4()
        await store.append(deposits(stream, [1]))
        with pytest.raises(VersionConflict):
            await store.append([*deposits(other, [1]), *deposits(stream, [1])])
        assert await store.read(till.stream(other)) == []

    async def test_an_event_id_is_written_once(self, store: EventStore) -> None:
        [first] = deposits(uuid4(), [1])
        await store.append([first])
        with pytest.raises(VersionConflict):
            await store.append([NewEvent(till.stream(uuid4()), 1, first.event_id, first.event, META)])

    async def test_of_twenty_parallel_appends_of_one_version_exactly_one_wins(self, store: EventStore) -> None:
        stream = uuid4()
        done = await asyncio.gather(*(store.append(deposits(stream, [1])) for _ in range(20)), return_exceptions=True)
        assert done.count(None) == 1
        assert all(isinstance(one, VersionConflict) for one in done if one is not None)
        assert len(await store.read(till.stream(stream))) == 1

    async def test_one_guilty_caller_does_not_fail_its_neighbours(self, store: EventStore) -> None:
        taken, streams = uuid4(), [uuid4() for _ in range(30)]
        await store.append(deposits(taken, [1]))
        done = await asyncio.gather(
            *(store.append(deposits(stream, [1, 2])) for stream in streams),
            store.append(deposits(taken, [1])),
            return_exceptions=True,
        )
        assert [type(one) for one in done if one is not None] == [VersionConflict]
        assert all([len(await store.read(till.stream(stream))) == 2 for stream in streams])

    async def test_the_answer_is_kept_with_the_events_and_a_key_is_used_once(self, store: EventStore) -> None:
        stream = uuid4()
        await store.append(deposits(stream, [1]), answer("k", b'{"a":1}'))
        assert await store.answered("client", "deposit", "k") == answer("k", b'{"a":1}')
        assert await store.answered("other", "deposit", "k") is None
        with pytest.raises(KeyUsed):
            await store.append(deposits(stream, [2]), answer("k"))
        assert len(await store.read(till.stream(stream))) == 1

    async def test_the_log_is_gapless_and_keeps_each_streams_order(self, store: EventStore) -> None:
        streams = [uuid4() for _ in range(10)]

        async def write(stream: UUID) -> None:
            for version in range(1, 11):
                await store.append(deposits(stream, [version]))

        await asyncio.gather(*(write(stream) for stream in streams))
        await self.sealed(store)
        log: list[Recorded[Any]] = []
        while page := await store.log(len(log), 7):
            log += page
        assert [one.pos for one in log] == list(range(1, 101))
        for stream in streams:
            assert [one.version for one in log if one.stream_id == till.stream(stream)] == list(range(1, 11))

    async def test_a_lost_race_is_decided_again_on_the_new_state(self, store: EventStore) -> None:
        stream, commands = uuid4(), CommandHandler(store)
        await asyncio.gather(
            *(
                commands.handle(till, Deposit(till_id=stream, amount=Money(1)), META, command_id=uuid4())
                for _ in range(5)
            )
        )
        assert (await commands.load(till, stream)).state.balance == Money(5)

    async def test_personal_data_comes_back_to_its_reader(self, store: EventStore) -> None:
        stream = uuid4()
        opened = TillOpened(till_id=stream, keeper=Personal[str](subject_id=stream, value="张三"))
        await store.append([NewEvent(till.stream(stream), 1, uuid4(), opened, META)])
        assert (await store.read(till.stream(stream)))[0].event == opened

    async def sealed(self, store: EventStore) -> None:
        """Wait until everything appended has its position."""
