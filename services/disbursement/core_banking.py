"""核心系统: the adapter of the bank's core system, which alone moves money.

It answers only what core banking has said for certain. Anything else, an interrupted connection, a status
not agreed upon, a body that cannot be read, is `Unknown`: a payment of unknown outcome is asked about by its
reference and never sent again.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Literal, assert_never
from uuid import UUID

import httpx
from pydantic import Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.messages import Value
from shared.money import Money, MoneyText

ANSWER_BYTES_MAX = 65_536
CONNECTION_ATTEMPTS_MORE = 2
"""Only where no connection came about, so that nothing can have been sent."""


@dataclass(frozen=True)
class Paid:
    """The money has moved, under core banking's own `core_reference`."""

    core_reference: str


@dataclass(frozen=True)
class Refused:
    """Not paid, and under this reference it never will be."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """It may have been paid, or may still be."""

    reason: str


@dataclass(frozen=True)
class NotFound:
    """Core banking knows no such reference now; a request may still be on its way to it."""


@dataclass(frozen=True)
class Conflict:
    """Core banking has something else under this reference: another amount, another account."""

    reason: str


Answer = Paid | Refused | Unknown | NotFound | Conflict


@dataclass(frozen=True)
class Account:
    name: str
    number: str
    bank: str


@dataclass(frozen=True)
class PaymentOrder:
    """`payee` None: the payment ends on the borrower's account. `value_on` is the day it counts from."""

    reference: UUID
    amount: Money
    borrower_account: str
    payee: Account | None
    value_on: date


class _Payment(Value):
    """What core banking says of one reference. `in_progress`: it does not know itself yet."""

    reference: UUID
    status: Literal["paid", "refused", "voided", "in_progress"]
    core_reference: str | None = None
    reason: str | None = None
    amount: MoneyText | None = None
    account: str | None = None


class _UnknownReference(Value):
    reference: UUID
    status: Literal["unknown_reference"]


class CoreBankingSettings(BaseSettings):
    """`timeout_seconds` bounds a whole call; `settle_seconds` is how long a late payment may still arrive."""

    model_config = SettingsConfigDict(env_prefix="LIUDAI_CORE_BANKING_", extra="ignore")

    url: HttpUrl
    timeout_seconds: float = Field(default=5.0, gt=0, le=60)
    settle_seconds: float = Field(default=30.0, ge=0, le=86_400)

    @classmethod
    def load(cls) -> "CoreBankingSettings":
        """Read the environment, or exit saying which variable is missing or wrong."""
        try:
            return cls()
        except ValidationError as error:
            names = [f"  LIUDAI_CORE_BANKING_{e['loc'][0]}".upper() + f": {e['msg']}" for e in error.errors()]
            raise SystemExit("\n".join(["disbursement cannot start, the environment is not right:", *names])) from None


class CoreBanking:
    """Calls core banking, each call bounded in time and size, and on a connection of its own.

    A shared pool of httpx loses a place with many a call that is cut off in time (measured with
    httpcore 1.0.9: 70 of 100 places after 400 calls), until none is left and no payment goes out.
    """

    def __init__(self, settings: CoreBankingSettings) -> None:
        self._url, self._timeout_seconds = str(settings.url), settings.timeout_seconds
        self._tls = httpx.create_ssl_context()
        self.settle_seconds = settings.settle_seconds

    async def pay(self, order: PaymentOrder, idempotency_key: UUID) -> Answer:
        """Ask once to pay. Never NotFound."""
        payee = order.payee
        request: dict[str, object] = {
            "reference": str(order.reference),
            "amount": {"currency": order.amount.currency, "amount": str(order.amount.amount)},
            "borrower_account": order.borrower_account,
            "payee": payee and {"name": payee.name, "account": payee.number, "bank": payee.bank},
            "value_on": order.value_on.isoformat(),
        }
        account = payee.number if payee else order.borrower_account
        headers = {"Idempotency-Key": str(idempotency_key)}
        said = await self._call("POST", "/payments", request, headers)
        answer = _understood(said, order.reference, order.amount, account)
        return Unknown("unknown_reference answered to a payment") if isinstance(answer, NotFound) else answer

    async def enquire(self, reference: UUID, amount: Money, account: str | None) -> Answer:
        """What became of a payment of `amount` to `account` (None: erased, so not compared)."""
        said = await self._call("GET", f"/payments/{reference}")
        return _understood(said, reference, amount, account)

    async def void(self, reference: UUID, amount: Money, account: str | None) -> Answer:
        """Make sure that nothing will be paid under `reference` any more; what has been paid stays paid."""
        said = await self._call("POST", f"/payments/{reference}/void")
        return _understood(said, reference, amount, account)

    async def _call(
        self,
        method: str,
        path: str,
        body: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes] | Unknown:
        """The status and body of an answer that came whole, in time and not too large."""
        try:
            async with (
                self._connection() as http,
                asyncio.timeout(self._timeout_seconds),
                http.stream(method, path, json=body, headers=headers) as response,
            ):
                received = b""
                async for part in response.aiter_raw():
                    received += part
                    if len(received) > ANSWER_BYTES_MAX:
                        return Unknown("answer too large")
                return response.status_code, received
        except TimeoutError:
            return Unknown("no answer in time")
        except httpx.HTTPError as error:
            return Unknown(f"no answer: {type(error).__name__}")

    def _connection(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self._url,
            headers={"Accept-Encoding": "identity"},  # a small answer could unpack to a large one
            transport=httpx.AsyncHTTPTransport(verify=self._tls, retries=CONNECTION_ATTEMPTS_MORE),
            timeout=self._timeout_seconds,
        )


@asynccontextmanager
async def open_core_banking() -> AsyncIterator[CoreBanking]:
    """The adapter to what the environment names."""
    yield CoreBanking(CoreBankingSettings.load())


def _understood(said: tuple[int, bytes] | Unknown, reference: UUID, amount: Money, account: str | None) -> Answer:
    """What an answer says for certain of this payment."""
    if isinstance(said, Unknown):
        return said
    status, body = said
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown(f"core banking is in trouble (status {status})")
    try:
        fields = json.loads(body, object_pairs_hook=_each_once)
        known = _UnknownReference if status == HTTPStatus.NOT_FOUND else _Payment
        answer = known.model_validate(fields)
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return Unknown(f"answer not understood (status {status})")
    if answer.reference != reference:
        return Unknown("answer about another reference")
    return _of_payment(answer, amount, account) if isinstance(answer, _Payment) else NotFound()


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object whose names are unique: of two values nobody knows which one is meant."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field stands twice")
    return fields


def _of_payment(payment: _Payment, amount: Money, account: str | None) -> Answer:
    match payment.status:
        case "paid":
            if payment.amount != amount:
                return Conflict(f"core banking paid {payment.amount} instead of {amount}")
            if account is not None and payment.account != account:
                return Conflict("core banking paid to another account")
            if not payment.core_reference:
                return Unknown("paid, but without a reference")
            return Paid(payment.core_reference)
        case "refused" | "voided":
            if payment.core_reference:
                return Unknown(f"{payment.status}, but with a reference of payment")
            return Refused(payment.reason or payment.status)
        case "in_progress":
            return Unknown("core banking is still working on it")
        case _:
            assert_never(payment.status)
