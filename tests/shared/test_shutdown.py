"""A loop that is told to stop while its database dies stops, whichever of the two it hears first."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import pytest

from shared.bus import Announcement
from shared.follower import restarting
from shared.inbox import Inbox


class _Work:
    """What is told to stop while its connection is lost: at first the error takes the cancellation's place."""

    def __init__(self) -> None:
        self._told = False

    async def __call__(self, *_: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            if not self._told:
                self._told = True
                raise asyncpg.InterfaceError("the underlying connection is closed")


class _InboxAtWork(Inbox):
    def __init__(self) -> None:
        self._service, self._work = "keeper", _Work()

    async def _handle(self, _batch: Sequence[Announcement | bytes]) -> None:
        await self._work()


@pytest.mark.parametrize(
    "loop",
    [lambda: restarting("follower", _Work()), lambda: _InboxAtWork().handle([])],
    ids=["a follower", "the inbox"],
)
async def test_it_stops_when_told_though_its_connection_is_lost_at_that_moment(
    loop: Callable[[], Awaitable[None]],
) -> None:
    task = asyncio.ensure_future(loop())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=1)
    assert task.cancelled()


async def test_a_follower_whose_task_group_lost_its_connection_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The leader's relay, effects and sweep are such a group: were it not started again, nothing would be announced."""
    started = asyncio.Semaphore(0)

    async def lose_connection() -> None:
        await asyncio.sleep(0)
        raise ConnectionError("the broker is away")

    async def lead() -> None:
        started.release()
        async with asyncio.TaskGroup() as group:
            group.create_task(lose_connection())
            group.create_task(asyncio.Event().wait())

    monkeypatch.setattr("random.uniform", lambda *_: 0)
    task = asyncio.ensure_future(restarting("leader", lead))
    for _ in range(3):
        await asyncio.wait_for(started.acquire(), timeout=10)
    task.cancel()
    await asyncio.wait([task], timeout=10)
    assert task.cancelled()
