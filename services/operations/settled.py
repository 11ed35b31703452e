"""Whether the bank has come to rest: every fact sealed, followed and heard by whom it concerns."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

PAUSE_SECONDS = 0.1

Statuses = Mapping[str, Mapping[str, Any]]
"""Each service's answer to `GET /internal/status`."""


class NotSettled(Exception):  # noqa: N818  (it says what is still under way)
    """It did not come to rest in time; the message names what still moves."""


def unsettled(statuses: Statuses) -> list[str]:
    """What is still under way, in words; empty when everything rests.

    What was announced has been heard, once each, or is parked with a reason: the counts must agree.
    """
    found = []
    for name, status in statuses.items():
        if status["unsealed"]:
            found.append(f"{name}: {status['unsealed']} facts to seal")
        behind = {who: status["head"] - pos for who, pos in status["followers"].items() if pos < status["head"]}
        found += [f"{name}: {who} is {lag} facts behind" for who, lag in behind.items() if "@" not in who]
        on_the_way = announced_to(name, statuses) - sum(status["heard"].values()) - status["parked"].get("inbox", 0)
        if on_the_way:
            found.append(f"{name}: {on_the_way} announcements on their way")
        if status["sweeping"]:
            found.append(f"{name}: still doing what the new business date asks for")
    return found


def announced_to(subscriber: str, statuses: Statuses) -> int:
    """How many announcements concern a subscriber so far."""
    interests: Mapping[str, list[str]] = statuses[subscriber]["interests"]
    return sum(
        statuses[producer]["announced"].get(topic, 0)
        for producer, topics in interests.items()
        if producer in statuses
        for topic in topics
    )


async def read_statuses(http: httpx.AsyncClient, services: Mapping[str, str], headers: Mapping[str, str]) -> Statuses:
    """Every service's status, asked for side by side. Raises httpx.HTTPError."""
    answers = await asyncio.gather(*(http.get(f"{url}/internal/status", headers=headers) for url in services.values()))
    return {name: answer.raise_for_status().json() for name, answer in zip(services, answers, strict=True)}


async def settle(
    http: httpx.AsyncClient, services: Mapping[str, str], headers: Mapping[str, str], *, seconds: float
) -> Statuses:
    """Wait until two looks in a row find everything at rest and nothing new; NotSettled after `seconds`."""
    before: Statuses | None = None
    statuses: Statuses = {}
    try:
        async with asyncio.timeout(seconds):
            while True:
                statuses = await read_statuses(http, services, headers)
                if not unsettled(statuses):
                    if before == statuses:
                        return statuses
                    before = statuses
                else:
                    before = None
                await asyncio.sleep(PAUSE_SECONDS)
    except TimeoutError:
        raise NotSettled("; ".join(unsettled(statuses)) or "it does not rest") from None
