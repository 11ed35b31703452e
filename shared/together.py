"""What many ask for at once is asked for together: one statement instead of one each, and nobody waits for company."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from shared.database import UNAVAILABLE

K = TypeVar("K")
V = TypeVar("V")


class Together(Generic[K, V]):
    """Answers one key at a time; those that come while a question is under way are the next question.

    A question always begins after its keys have come, so no answer is older than who asked. `ask` answers keys in their
    order, the same one as often as it is there. Where it fails, each key is asked alone, and raises its own error.
    """

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Sequence[V]]]) -> None:
        self._ask = ask
        self._wanted: list[tuple[K, asyncio.Future[V]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V:
        """The answer to one key; raises what `ask` raises."""
        answer: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._wanted.append((key, answer))
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask_on())
        return await answer

    async def _ask_on(self) -> None:
        while self._wanted:
            wanted, self._wanted = self._wanted, []
            await self._answer(wanted)
        self._asking = None

    async def _answer(self, wanted: Sequence[tuple[K, "asyncio.Future[V]"]]) -> None:
        try:
            values: Sequence[V | BaseException] = await self._ask([key for key, _ in wanted])
        except BaseException as error:  # noqa: BLE001  (whatever it is, who asked gets it; the next question is asked)
            if len(wanted) > 1 and not isinstance(error, UNAVAILABLE):
                for one in wanted:
                    await self._answer([one])
                return
            values = [error] * len(wanted)
        for (_, answer), value in zip(wanted, values, strict=True):
            if not answer.done():  # or nobody waits any more
                answer.set_exception(value) if isinstance(value, BaseException) else answer.set_result(value)
