"""Everybody who asks the bank for something: again and again under the same key, until he is told."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any, Literal
from uuid import UUID, uuid5

from services.repayment.end_of_day import close_business_date
from shared.command_handler import Outcome
from shared.decider import Decider
from shared.engine import Engine
from shared.event_store import Answer, KeyUsed, Metadata, StoreUnavailable, VersionConflict
from shared.identity import Principal
from shared.messages import Command, Rejected
from shared.problem_details import Problem
from tests.simulation.core_banking import Ledger
from tests.simulation.processes import Process, ProcessDied

PERSONS = ("chen", "li", "wang", "zhao")
NO_ANSWER = (ProcessDied, StoreUnavailable, ConnectionError, VersionConflict, ValueError)


@dataclass(frozen=True)
class Asked:
    """What somebody asked, and what he was told in the end."""

    command: Command
    told: Literal["done", "refused"]


@dataclass
class People:
    """Everybody, with the services they talk to."""

    processes: Mapping[str, Process]
    ledger: Ledger
    chance: Random
    asked: list[Asked] = field(default_factory=list)

    def today(self, service: str) -> date:
        process = self.processes[service]
        return process.tables.opened_on or process.opening_date

    def anybody(self) -> str:
        return self.chance.choice(PERSONS)

    def new_id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    async def ask(self, service: str, decider: Decider[Any, Any, Any], command: Command) -> bool:
        """Ask under a key, as often as it takes to be told. Whether it was done."""
        key = self.new_id()
        place = ("people", type(command).__name__, str(key))
        meta = Metadata("people", "people", "LD01", "B1", self.today(service), uuid5(key, "correlation"))

        def answer(outcome: Outcome[Any, Any]) -> Answer:
            return Answer(*place, b"", 200, None, str(outcome.version), b"{}")

        async def handle(engine: Engine) -> bool:
            if await engine.store.answered(*place):
                return True
            try:
                await engine.commands.handle(decider, command, meta, command_id=key, answer=answer)
            except KeyUsed:
                return True
            except Rejected:
                return False
            return True

        while True:
            try:
                done = await self.processes[service].serve(handle)
            except NO_ANSWER:
                await asyncio.sleep(self.chance.uniform(0.05, 0.3))
            else:
                self.asked.append(Asked(command, "done" if done else "refused"))
                return bool(done)

    async def close_day(self) -> None:
        """Run the night of the open date, as often as it takes to be told that it was run."""
        night = self.today("repayment")
        operator = Principal("zhou", "operations", "zhou", frozenset(), "LD01", "HQ", frozenset({"*"}))

        async def close(engine: Engine) -> None:
            await close_business_date(engine, operator, closed_on=night, key=None)

        while True:
            try:
                return await self.processes["repayment"].serve(close)  # type: ignore[no-any-return]
            except (*NO_ANSWER, Problem):
                await asyncio.sleep(self.chance.uniform(0.05, 0.3))
