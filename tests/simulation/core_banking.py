"""Core banking for a simulation: the product's adapter with the wire cut out, and behind it a ledger that misbehaves.

It pays whatever arrives, twice if it is asked twice; only a voided or refused reference is never paid. Answers get
lost, come as errors or rubbish, and a request may arrive long after its caller has given up.
"""

import asyncio
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from services.disbursement.core_banking import CoreBanking, Unknown

TIMEOUT_SECONDS = 0.5
SETTLE_SECONDS = 3.0
LATE_SECONDS_MAX = 2.5
"""Less than the window after which a payment is voided: what core banking promises."""

LOST_ANSWERS: tuple[tuple[int, bytes] | Unknown, ...] = (
    *((200, b"{}"), (500, b"trouble"), (200, b"\xff")),
    Unknown("no answer in time"),
)


@dataclass
class Ledger:
    """What core banking did, in order; it outlives every process that asks it."""

    chance: Random
    trouble: float
    payments: list[dict[str, Any]] = field(default_factory=list)
    closed: dict[str, dict[str, Any]] = field(default_factory=dict)
    late: set["asyncio.Task[None]"] = field(default_factory=set)
    paid_late: int = 0

    def pay(self, request: dict[str, Any]) -> dict[str, Any]:
        reference = request["reference"]
        if reference in self.closed:
            return self.closed[reference]
        if self.chance.random() < self.trouble / 2:
            self.closed[reference] = {"reference": reference, "status": "refused", "reason": "account_closed"}
            return self.closed[reference]
        account = request["payee"]["account"] if request["payee"] else request["borrower_account"]
        paid = {
            "reference": reference,
            "status": "paid",
            "core_reference": f"CB{len(self.payments) + 1:04d}",
            "amount": request["amount"],
            "account": account,
        }
        self.payments.append(paid)
        return paid

    def find(self, reference: str) -> dict[str, Any]:
        paid = next((one for one in self.payments if one["reference"] == reference), None)
        return paid or self.closed.get(reference) or {"reference": reference, "status": "unknown_reference"}

    def void(self, reference: str) -> dict[str, Any]:
        if self.find(reference)["status"] == "unknown_reference":
            self.closed[reference] = {"reference": reference, "status": "voided"}
        return self.find(reference)


class SimulatedCoreBanking(CoreBanking):
    """The real adapter, reading of answers included; `_call` is the only thing replaced."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self.settle_seconds = ledger, SETTLE_SECONDS

    async def _call(
        self,
        method: str,
        path: str,
        body: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes] | Unknown:
        ledger, chance = self._ledger, self._ledger.chance
        await asyncio.sleep(chance.uniform(0, 0.05))
        fate = chance.random() / ledger.trouble if ledger.trouble else 1.0
        if method == "POST" and body is not None and fate < 0.6:
            return await self._pay_in_trouble(json.loads(json.dumps(body)), fate)
        answer = ledger.pay(json.loads(json.dumps(body))) if body is not None else self._about(method, path)
        await asyncio.sleep(chance.uniform(0, 0.05))
        if fate < 0.8:
            return chance.choice(LOST_ANSWERS)
        return (404 if answer["status"] == "unknown_reference" else 200), json.dumps(answer).encode()

    def _about(self, method: str, path: str) -> dict[str, Any]:
        reference = path.split("/")[2]
        return self._ledger.void(reference) if method == "POST" else self._ledger.find(reference)

    async def _pay_in_trouble(self, body: dict[str, Any], fate: float) -> Unknown:
        """Pays at once, late, or never; the caller hears nothing in any case."""
        if fate < 0.2:
            self._ledger.pay(body)
        elif fate < 0.4:
            task = asyncio.create_task(self._pay_late(body))
            self._ledger.late.add(task)
            task.add_done_callback(self._ledger.late.discard)
        await asyncio.sleep(TIMEOUT_SECONDS)
        return Unknown("no answer in time")

    async def _pay_late(self, body: dict[str, Any]) -> None:
        await asyncio.sleep(self._ledger.chance.uniform(TIMEOUT_SECONDS, LATE_SECONDS_MAX))
        self._ledger.paid_late += self._ledger.pay(body)["status"] == "paid"
