"""外部数据网关: the adapter of the bank's data gateway, which knows whom a `borrower_id` stands for; risk never does.

It takes for an answer only what a source has said for certain of this subject. Everything else has a name of its own
(`timed_out`, `unavailable`, `malformed`), so that people can be told why nothing is known. Asking is reading: it may
be repeated, and the gateway counts repetitions under one Idempotency-Key as one enquiry.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from http import HTTPStatus
from typing import Literal
from uuid import UUID, uuid5

import httpx
import stamina
from pydantic import Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.risk.domain.facts import ApplicationFacts
from services.risk.domain.source_answers import (
    BureauAnswer,
    CourtsAnswer,
    RegistryAnswer,
    Source,
    SourceAnswer,
    Status,
    TaxAnswer,
    sources_of,
)
from shared.messages import Value
from shared.money import Money, MoneyOrNil

ANSWER_BYTES_MAX = 65_536
ATTEMPTS_MAX = 2
"""Of one source that does not answer; what it said instead is then recorded, so that no application waits for ever."""


class _Bureau(BureauAnswer):
    working_capital_loans: MoneyOrNil | None = None


class _Tax(TaxAnswer):
    taxed_revenue: MoneyOrNil | None = None
    invoiced_revenue: MoneyOrNil | None = None


class _Reply(Value):
    """What the gateway says of one subject; the part named like the source is there where it has `answered`."""

    source: Source
    borrower_id: UUID
    status: Literal["answered", "not_found", "no_consent"]
    bureau: _Bureau | None = None
    registry: RegistryAnswer | None = None
    courts: CourtsAnswer | None = None
    tax: _Tax | None = None


class _Silent(Exception):  # noqa: N818  (an outcome, not an error)
    """No answer came; `status` says why."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


class CreditSourcesSettings(BaseSettings):
    """`url` is where all sources are asked, `<source>_url` one that lies elsewhere; a source without is not asked.

    `timeout_seconds` bounds one call.
    """

    model_config = SettingsConfigDict(env_prefix="LIUDAI_CREDIT_SOURCES_", extra="ignore", env_ignore_empty=True)

    url: HttpUrl | None = None
    bureau_url: HttpUrl | None = None
    registry_url: HttpUrl | None = None
    courts_url: HttpUrl | None = None
    tax_url: HttpUrl | None = None
    timeout_seconds: float = Field(default=2.0, gt=0, le=60)

    @classmethod
    def load(cls) -> "CreditSourcesSettings":
        """Read the environment, or exit saying which variable is wrong."""
        try:
            return cls()
        except ValidationError as error:
            names = [f"  LIUDAI_CREDIT_SOURCES_{e['loc'][0]}".upper() + f": {e['msg']}" for e in error.errors()]
            raise SystemExit("\n".join(["risk cannot start, the environment is not right:", *names])) from None

    def url_of(self, source: Source) -> str | None:
        """Where a source is asked; None where it is not."""
        own: HttpUrl | None = getattr(self, f"{source}_url")
        found = own or self.url
        return str(found).rstrip("/") if found else None


class CreditSources:
    """Asks all sources of a borrower side by side, each call bounded in time and size and on a connection of its own.

    A shared pool of httpx loses a place with many a call that is cut off in time.
    """

    def __init__(self, settings: CreditSourcesSettings) -> None:
        self._settings = settings
        self._tls = httpx.create_ssl_context()

    async def ask(self, facts: ApplicationFacts, on: date) -> tuple[SourceAnswer, ...]:
        """What every source of the borrower's segment says on a business date, in a fixed order."""
        asking = (self._ask_one(source, facts, on) for source in sources_of(facts.segment))
        return tuple(await asyncio.gather(*asking))

    async def _ask_one(self, source: Source, facts: ApplicationFacts, on: date) -> SourceAnswer:
        url, consent = self._settings.url_of(source), facts.bureau_consent
        if url is None:
            return SourceAnswer(source=source, status="not_configured")
        query = {"as_of": on.isoformat(), "currency": facts.currency}
        if source == "bureau":
            if consent is None or not consent.is_valid_on(on):
                return SourceAnswer(source=source, status="no_consent")
            query["consent"] = consent.reference
        request = httpx.Request(
            "GET",
            f"{url}/{source}/{facts.borrower_id}",
            params=query,
            headers={
                "Accept-Encoding": "identity",  # a small answer could unpack to a large one
                "Idempotency-Key": str(uuid5(facts.application_id, source)),
            },
        )
        try:
            async for attempt in stamina.retry_context(on=_Silent, attempts=ATTEMPTS_MAX, timeout=None, wait_max=0.5):
                with attempt:
                    status, body = await self._call(request)
        except _Silent as silent:
            return SourceAnswer(source=source, status=silent.status)
        return _understood(status, body, source, facts, on)

    async def _call(self, request: httpx.Request) -> tuple[int, bytes]:
        """The status and body of an answer that came whole, in time and not too large."""
        try:
            async with (
                asyncio.timeout(self._settings.timeout_seconds),
                httpx.AsyncHTTPTransport(verify=self._tls) as transport,
                httpx.AsyncClient(transport=transport, timeout=self._settings.timeout_seconds) as http,
            ):
                response = await http.send(request, stream=True)
                received = b""
                async for part in response.aiter_raw():
                    received += part
                    if len(received) > ANSWER_BYTES_MAX:
                        return response.status_code, b""
        except (TimeoutError, httpx.TimeoutException):
            raise _Silent("timed_out") from None
        except httpx.HTTPError:
            raise _Silent("unavailable") from None
        if response.status_code not in (HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
            raise _Silent("unavailable")
        return response.status_code, received


@asynccontextmanager
async def open_credit_sources() -> AsyncIterator[CreditSources]:
    """The adapter to what the environment names."""
    yield CreditSources(CreditSourcesSettings.load())


def _understood(status: int, body: bytes, source: Source, facts: ApplicationFacts, on: date) -> SourceAnswer:
    """What an answer says for certain of this subject; `malformed` where it says anything else."""
    try:
        reply = _Reply.model_validate_json(body, strict=True)
        json.loads(body, object_pairs_hook=_each_once)
    except ValueError:
        return SourceAnswer(source=source, status="malformed")
    told = {part: getattr(reply, part) for part in ("bureau", "registry", "courts", "tax")}
    has_answered = reply.status == "answered"
    is_of_this = (reply.source, reply.borrower_id) == (source, facts.borrower_id)
    if not is_of_this or [part for part, said in told.items() if said is not None] != [source] * has_answered:
        return SourceAnswer(source=source, status="malformed")
    if has_answered != (status == HTTPStatus.OK) or not _is_possible(told[source], facts.currency, on):
        return SourceAnswer(source=source, status="malformed")
    return SourceAnswer.model_validate(
        {"source": source, "status": reply.status, source: told[source] and dict(told[source])}
    )


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object whose names are unique: of two values nobody knows which one is meant."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field stands twice")
    return fields


def _is_possible(part: Value | None, currency: str, on: date) -> bool:
    """Whether amounts are in the currency that was asked for, and nothing was established after the day of asking."""
    if isinstance(part, RegistryAnswer) and part.established_on > on:
        return False
    return all(value.currency == currency for _, value in part or () if isinstance(value, Money))
