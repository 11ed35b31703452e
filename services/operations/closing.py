"""`liudai end-of-day`: business dates closed one by one, with the progress of each."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import date

import httpx
from rich.progress import Progress

from services.operations.bank_client import OPERATOR, BankClient
from services.operations.sandbox import CLOSE_SECONDS, Advance, Clock, Stopped
from services.operations.settled import NotSettled
from services.operations.terminal import Exit, Failure, Screen

WATCH_SECONDS = 0.5


def close_until(screen: Screen, client: BankClient, to: str | None) -> None:
    """Close the open business date, or every one before `to`; returns when all services rest on the new date."""
    try:
        asked = Advance(to=date.fromisoformat(to)) if to else Advance(days=1)
    except ValueError as error:
        raise Failure(Exit.USAGE, f"--to {to}: give a date, e.g. 2026-12-31") from error
    last = asyncio.run(_close(screen, client, asked))
    screen.answer(last)
    screen.say(f"the bank works on [bold]{last['business_date']}[/bold], {last['days']} business dates closed")
    if last["parked"]:
        screen.say(f"[yellow]{last['parked']} parked:[/yellow] see `liudai parked`")


@asynccontextmanager
async def _watched(
    http: httpx.AsyncClient, url: str, headers: Mapping[str, str], progress: Progress
) -> AsyncIterator[None]:
    """A second bar with the loans of the night that runs; where it cannot be asked for, there is none."""
    task = progress.add_task("loans of the night", total=None)

    async def watch() -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            with suppress(httpx.HTTPError, ValueError, KeyError):
                answer = await http.get(f"{url}/v1/business-date/progress", headers=headers, timeout=5.0)
                if answer.is_success and (night := answer.json())["is_running"]:
                    said = f"loans of {night['closed_on']}"
                    progress.update(task, description=said, completed=night["loans_done"], total=night["loans"])

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


async def _close(screen: Screen, client: BankClient, asked: Advance) -> dict[str, object]:
    last: dict[str, object] = {}
    headers = client.headers(OPERATOR)
    with screen.progress() as progress:
        task = progress.add_task("business dates", total=None)
        async with httpx.AsyncClient(timeout=CLOSE_SECONDS) as http:
            try:
                async with _watched(http, client.deployment.services["repayment"], headers, progress):
                    async for step in Clock(client.deployment, http).advance(asked, headers):
                        last = step
                        progress.update(task, completed=step.get("day", step["days"]), total=step["days"])
            except Stopped as stopped:
                said = stopped.said.get("detail", stopped.said) if isinstance(stopped.said, dict) else stopped.said
                raise Failure(Exit.WRONG, f"end of day stopped: {said}") from stopped
            except NotSettled as moving:
                raise Failure(Exit.WRONG, f"closed, but not at rest: {moving}") from moving
            except httpx.HTTPError as error:
                raise Failure(Exit.AWAY, f"a service does not answer: {error}") from error
    return last
