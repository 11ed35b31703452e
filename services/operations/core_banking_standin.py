"""A stand-in for the bank's core system: a process with a ledger of its own, that can misbehave when told to.

It keeps its promises as a core system does: a payment is committed to disk before it is answered, the same
Idempotency-Key gets the same answer, a second payment under one reference is refused, and a voided reference
is never paid. What it does on the way is scripted with `PUT /faults`, or by the account the money goes to:

    …0001  refused
    …0002  pays, then does not answer in time
    …0003  does not pay and does not answer in time
    …0004  pays late, long after the caller has gone

Environment: LIUDAI_CORE_BANKING_LEDGER, the SQLite file (default core-banking-ledger.sqlite3 in LIUDAI_HOME,
else in the temporary folder); LIUDAI_CORE_BANKING_HANG_SECONDS, how long a caller waits in vain (default 20).
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Header, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from services.operations.core_banking_ledger import Ledger, Order, Said
from shared.money import MoneyText, PositiveMoney


class Behaviour(StrEnum):
    """What one request to pay meets."""

    PAY = "pay"
    FAIL = "fail"
    PAY_THEN_TIMEOUT = "pay_then_timeout"
    TIMEOUT_WITHOUT_PAYING = "timeout_without_paying"
    SLOW = "slow"
    CONFLICT = "conflict"
    WRONG_STATUS = "wrong_status"
    PAY_THEN_ERROR = "pay_then_error"
    ERROR_WITHOUT_PAYING = "error_without_paying"
    GARBAGE = "garbage"


BY_ACCOUNT_ENDING = {
    "0001": Behaviour.FAIL,
    "0002": Behaviour.PAY_THEN_TIMEOUT,
    "0003": Behaviour.TIMEOUT_WITHOUT_PAYING,
    "0004": Behaviour.SLOW,
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PayeeBody(_Body):
    name: str
    account: str
    bank: str


class PaymentBody(_Body):
    """Without a payee the money stays on the borrower's account."""

    reference: UUID
    amount: PositiveMoney
    borrower_account: str
    payee: PayeeBody | None
    value_on: date

    @property
    def account(self) -> str:
        return self.payee.account if self.payee else self.borrower_account


class Script(_Body):
    """`behaviour` for a request to pay. `seconds` is how long it hangs or is late; None: the default."""

    behaviour: Behaviour
    seconds: float | None = Field(default=None, ge=0, le=3600)


class Rule(Script):
    """A script for every payment to `account`, of `amount`, or both."""

    account: str | None = None
    amount: MoneyText | None = None

    def concerns(self, payment: PaymentBody) -> bool:
        return self.account in (None, payment.account) and self.amount in (None, payment.amount)


class Faults(_Body):
    """`next` is used up one by one, then the first rule that concerns the payment, then the account's ending.

    `pays_again` takes the deduplication away: every request that arrives is paid, whatever its key and
    reference. Only a caller that never asks twice survives that.
    """

    next: tuple[Script, ...] = ()
    rules: tuple[Rule, ...] = ()
    pays_again: bool = False


class CoreBankingStandIn:
    """The ledger and the scripts. One process, one thread: each step on the ledger is a transaction."""

    def __init__(self, ledger: Ledger, hang_seconds: float) -> None:
        self.ledger, self.hang_seconds = ledger, hang_seconds
        self.faults = Faults()

    def script(self, payment: PaymentBody) -> Script:
        if self.faults.next:
            first, *rest = self.faults.next
            self.faults = self.faults.model_copy(update={"next": tuple(rest)})
            return first
        for rule in self.faults.rules:
            if rule.concerns(payment):
                return rule
        return Script(behaviour=BY_ACCOUNT_ENDING.get(payment.account[-4:], Behaviour.PAY))

    async def pay(self, payment: PaymentBody, key: str, request: Request) -> Response:
        script = self.script(payment)
        hang = self.hang_seconds if script.seconds is None else script.seconds
        match script.behaviour:
            case Behaviour.PAY:
                return self._paid(payment, key)
            case Behaviour.FAIL:
                return _said(self.ledger.refuse(_order(payment), key, "refused_by_core_banking"))
            case Behaviour.PAY_THEN_TIMEOUT:
                answer = self._paid(payment, key)
                await _hang(request, hang)
                return answer
            case Behaviour.TIMEOUT_WITHOUT_PAYING:
                await _hang(request, hang)
                return PlainTextResponse("gateway time-out", status_code=504)
            case Behaviour.SLOW:
                await asyncio.sleep(hang)  # whether or not anybody still waits: the request has arrived
                return self._paid(payment, key)
            case Behaviour.CONFLICT:
                other = payment.model_copy(update={"amount": payment.amount + payment.amount})
                self.ledger.pay(_order(other), f"another caller before {key}")
                return self._paid(payment, key)
            case Behaviour.WRONG_STATUS:
                self._paid(payment, key)
                return JSONResponse({"reference": str(payment.reference), "status": "accepted"})
            case Behaviour.PAY_THEN_ERROR:
                self._paid(payment, key)
                return PlainTextResponse("internal error", status_code=500)
            case Behaviour.ERROR_WITHOUT_PAYING:
                return PlainTextResponse("internal error", status_code=503)
            case Behaviour.GARBAGE:
                self._paid(payment, key)
                return PlainTextResponse("<html>maintenance</html>")

    def _paid(self, payment: PaymentBody, key: str) -> Response:
        return _said(self.ledger.pay(_order(payment), key, again=self.faults.pays_again))


async def _hang(request: Request, seconds: float) -> None:
    """No answer for `seconds`, or until the caller has gone."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass


def _order(payment: PaymentBody) -> Order:
    return Order(
        reference=str(payment.reference),
        amount=payment.amount,
        borrower_account=payment.borrower_account,
        payee_account=payment.payee.account if payment.payee else None,
        value_on=payment.value_on.isoformat(),
    )


def _said(said: Said) -> Response:
    """201 paid, 422 refused or void, 409 with what the reference was used for before."""
    status_code = 409 if said.is_other else 201 if said.payment["status"] == "paid" else 422
    return JSONResponse(said.payment, status_code=status_code)


def _ledger_file() -> Path:
    if chosen := os.environ.get("LIUDAI_CORE_BANKING_LEDGER"):
        return Path(chosen)
    return Path(os.environ.get("LIUDAI_HOME") or tempfile.gettempdir()) / "core-banking-ledger.sqlite3"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with Ledger.open(_ledger_file()) as ledger:
        hang_seconds = float(os.environ.get("LIUDAI_CORE_BANKING_HANG_SECONDS", "20"))
        app.state.core = CoreBankingStandIn(ledger, hang_seconds)
        yield


app = FastAPI(title="core banking stand-in", lifespan=lifespan)


@app.get("/health/live")
@app.get("/health/ready")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.put("/faults")
async def script_faults(faults: Faults, request: Request) -> Faults:
    """Script the next payments. Kept in memory: a restart forgets it."""
    request.app.state.core.faults = faults
    return faults


@app.get("/faults")
async def read_faults(request: Request) -> Faults:
    faults: Faults = request.app.state.core.faults
    return faults


@app.post("/payments")
async def pay(
    payment: PaymentBody,
    request: Request,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255)],
) -> Response:
    """Pay once: 201 paid, 422 refused, 409 where the reference was used for something else."""
    core: CoreBankingStandIn = request.app.state.core
    return await core.pay(payment, idempotency_key, request)


@app.get("/payments")
async def list_payments(
    request: Request, after: int = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 1000
) -> dict[str, Any]:
    """What is known of every reference, oldest first; `next` is None at the end, else the next `after`."""
    core: CoreBankingStandIn = request.app.state.core
    return core.ledger.page(after, limit)


@app.get("/payments/{reference}")
async def read_payment(reference: UUID, request: Request) -> Response:
    core: CoreBankingStandIn = request.app.state.core
    payment = core.ledger.find(str(reference))
    return JSONResponse(payment, status_code=404 if payment["status"] == "unknown_reference" else 200)


@app.post("/payments/{reference}/void")
async def void_payment(reference: UUID, request: Request) -> dict[str, Any]:
    """Make sure that nothing will be paid under `reference` any more. What has been paid stays paid."""
    core: CoreBankingStandIn = request.app.state.core
    return core.ledger.void(str(reference))


@app.get("/ledger")
async def read_ledger(request: Request) -> dict[str, Any]:
    """Every leg of every payment, and the balance of every account; the balances sum to nil."""
    core: CoreBankingStandIn = request.app.state.core
    return core.ledger.book()
