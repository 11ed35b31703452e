"""What is asked together: nobody gets an answer older than his question, and one that fails fails alone."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.together import Together


class Asked:
    """Answers a number with its double; keeps the questions, holds them while it is closed, fails where it is told."""

    def __init__(self, *bad: int, away: bool = False) -> None:
        self.questions: list[list[int]] = []
        self.open = asyncio.Event()
        self._bad, self._away = bad, away

    async def __call__(self, keys: Sequence[int]) -> list[int]:
        self.questions.append(list(keys))
        await self.open.wait()
        if self._away:
            raise ConnectionError("the database went away")
        if found := [key for key in keys if key in self._bad]:
            raise ValueError(f"{found[0]} is bad")
        return [2 * key for key in keys]


async def asked_by(together: Together[int, int], *keys: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.ensure_future(together.get(key)) for key in keys]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_who_comes_while_a_question_is_under_way_is_in_the_next_one() -> None:
    asked = Asked()
    together: Together[int, int] = Together(asked)
    first = await asked_by(together, 1)
    later = await asked_by(together, 2, 1, 3)
    asked.open.set()
    assert await asyncio.gather(*first, *later) == [2, 4, 2, 6]
    assert asked.questions == [[1], [2, 1, 3]], "nobody is answered by a question that began before he asked"


async def test_it_asks_again_after_a_pause() -> None:
    asked = Asked()
    asked.open.set()
    together: Together[int, int] = Together(asked)
    assert [await together.get(1), await together.get(1)] == [2, 2]
    assert asked.questions == [[1], [1]], "nothing is remembered"


async def test_a_key_that_fails_fails_alone() -> None:
    asked = Asked(2)
    together: Together[int, int] = Together(asked)
    tasks = [*await asked_by(together, 1), *await asked_by(together, 2, 3)]
    asked.open.set()
    one, two, three = await asyncio.gather(*tasks, return_exceptions=True)
    assert (one, three) == (2, 6)
    assert isinstance(two, ValueError)
    assert asked.questions == [[1], [2, 3], [2], [3]]


async def test_a_database_that_is_away_is_not_asked_once_for_each() -> None:
    asked = Asked(away=True)
    together: Together[int, int] = Together(asked)
    tasks = [*await asked_by(together, 1), *await asked_by(together, 2, 3)]
    asked.open.set()
    said = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in said] == [ConnectionError] * 3
    assert asked.questions == [[1], [2, 3]]
    with pytest.raises(ConnectionError):
        await together.get(4)
    assert asked.questions[-1] == [4], "and asked again by who comes next"


async def test_who_goes_away_takes_nobody_with_him() -> None:
    asked = Asked()
    together: Together[int, int] = Together(asked)
    leaves, stays = await asked_by(together, 1, 2)
    leaves.cancel()
    await asyncio.sleep(0)
    asked.open.set()
    assert await stays == 4
    assert leaves.cancelled()
