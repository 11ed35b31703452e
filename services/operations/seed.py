"""`liudai seed`: the demo portfolio, lived through the public APIs and the sandbox clock, and nothing else.

Everything follows from the seed: the borrowers, their figures, the keys of every request. So a seed that was
interrupted goes on where it stopped, and a second one finds nothing to do.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rich.progress import Progress, TaskID

from services.operations.bank_client import BankClient, Refused
from services.operations.portfolio import PLANS, NotLent, Tale, Teller, days_between
from services.operations.terminal import Screen
from shared.dates import add_months

MONTHS = 12


@dataclass(frozen=True)
class Seeded:
    """What a seed did. `ended_early` are the stories that a rule of the bank stopped, with its reason."""

    outcome: Literal["made", "was there", "too late"]
    start: date
    end: date
    borrowers: int
    stops: int = 0
    ended_early: tuple[tuple[str, str], ...] = ()


def seed(screen: Screen, client: BankClient, number: int) -> Seeded:
    """Live the portfolio from the bank's first business date, twelve months long; nothing where that was done."""
    today = business_date(client)
    start = first_business_date(client) or today
    end = add_months(start, MONTHS)
    days = days_between(start, end)
    tellers = [Teller(client, plan, no, number, days) for no, plan in enumerate(PLANS, start=1)]
    begun = _is_known(client, tellers[0])
    if today >= end:
        return Seeded("was there" if begun else "too late", start, end, len(PLANS))
    living = _Living(client, today, end)
    with screen.progress() as progress:
        living.live(tellers, progress)
    return Seeded("made", start, end, len(PLANS), living.stops, tuple(living.ended_early))


def business_date(client: BankClient) -> date:
    """The date that the bank works on."""
    return date.fromisoformat(client.get("repayment", "/v1/business-date")["on"])


def first_business_date(client: BankClient) -> date | None:
    """The bank's first business date, or None while it has not been opened: the first fact of repayment's log."""
    first = client.get("repayment", "/internal/events", after=0, limit=1)
    opened = [fact["data"]["opened_on"] for fact in first if fact["type"] == "BusinessDateOpened"]
    return date.fromisoformat(opened[0]) if opened else None


def _is_known(client: BankClient, teller: Teller) -> bool:
    code = teller.life.wish.borrower.particulars["unified_social_credit_code"]
    return bool(client.get("application", "/v1/borrowers", unified_social_credit_code=code)["items"])


class _Living:
    """The portfolio's clock: wakes each story on the day it waits for, and stops only on such days."""

    def __init__(self, client: BankClient, today: date, end: date) -> None:
        self._client, self._begun, self._today, self._end = client, today, today, end
        self.stops = 0
        self.ended_early: list[tuple[str, str]] = []

    def live(self, tellers: Sequence[Teller], progress: Progress) -> None:
        task = progress.add_task("business dates", total=(self._end - self._begun).days)
        waiting: list[tuple[date, int, Tale]] = []
        for no, teller in enumerate(tellers):
            tale = teller.plan.story(teller)
            heapq.heappush(waiting, (next(tale), no, tale))
        while waiting and waiting[0][0] <= self._end:
            self._advance(waiting[0][0], progress, task)
            _, no, tale = heapq.heappop(waiting)
            name = tellers[no].life.wish.borrower.name
            progress.update(task, description=f"{self._today} {name}")
            if (then := self._go_on(tale, name)) is not None:
                heapq.heappush(waiting, (then, no, tale))
        self._advance(self._end, progress, task)

    def _go_on(self, tale: Tale, name: str) -> date | None:
        try:
            return next(tale, None)
        except (Refused, NotLent) as stopped:
            self.ended_early.append((name, str(stopped)))
            return None

    def _advance(self, to: date, progress: Progress, task: TaskID) -> None:
        """Move the sandbox clock to `to`, showing each closed date; nothing where the bank is there or beyond."""
        if to <= self._today:
            return
        done = (self._today - self._begun).days
        for step in self._client.stream(f"{self._client.deployment.sandbox}/clock/advance", {"to": to.isoformat()}):
            progress.update(task, completed=done + step.get("day", step["days"]))
        self._today, self.stops = to, self.stops + 1
