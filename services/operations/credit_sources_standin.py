"""A stand-in for the bank's data gateway to credit bureau, company registry, courts and tax, all four in one process.

`GET /{source}/{borrower_id}` answers as the gateway does. Of a subject that nobody has scripted it knows nothing bad.
What it says of one subject is set with `PUT /subjects/{borrower_id}/{source}`, what it says of all others with
`PUT /sources/{source}`; whom it was asked about is read from `GET /enquiries`. All of it is kept in memory: a restart
forgets it. Environment: LIUDAI_CREDIT_SOURCES_HANG_SECONDS, how long a caller waits in vain (default 20).
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Header, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

ENQUIRIES_MAX = 10_000
DRIP_SECONDS = 0.2
LARGE_BYTES = 100_000_000


class Source(StrEnum):
    BUREAU = "bureau"
    REGISTRY = "registry"
    COURTS = "courts"
    TAX = "tax"


NOTHING_BAD: Mapping[Source, Mapping[str, Any]] = {
    Source.BUREAU: {"overdue_count_24_months": 0, "worst_days_past_due": 0, "has_unpaid_default": False},
    Source.REGISTRY: {"registration": "active", "established_on": "1990-01-01"},
    Source.COURTS: {"cases_open": 0, "is_dishonest": False},
    Source.TAX: {"in_arrears": False},
}
"""No amounts: whoever was not scripted has declared the right ones."""


class Behaviour(StrEnum):
    """What an enquiry meets. `late` answers after `seconds`, `timeout` not at all, `drip` byte by byte."""

    ANSWER = "answer"
    NOT_FOUND = "not_found"
    NO_CONSENT = "no_consent"
    LATE = "late"
    TIMEOUT = "timeout"
    FAIL = "fail"
    GARBAGE = "garbage"
    ERROR_BODY = "error_body"
    WRONG_TYPES = "wrong_types"
    TWICE = "twice"
    OTHER_SUBJECT = "other_subject"
    LARGE = "large"
    DRIP = "drip"


class Script(BaseModel):
    """`record` takes the place of the parts of the answer that it names; `next` enquiries meet it, None: all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    behaviour: Behaviour = Behaviour.ANSWER
    record: dict[str, Any] = {}
    seconds: float | None = Field(default=None, ge=0, le=3600)
    next: int | None = Field(default=None, ge=1)


class Enquiry(BaseModel):
    source: Source
    borrower_id: UUID
    as_of: date
    currency: str
    consent: str | None
    key: str


class CreditSourcesStandIn:
    """The scripts, and what was asked."""

    def __init__(self, hang_seconds: float) -> None:
        self.hang_seconds = hang_seconds
        self.subjects: dict[tuple[UUID, Source], Script] = {}
        self.sources: dict[Source, Script] = {}
        self.enquiries: deque[Enquiry] = deque(maxlen=ENQUIRIES_MAX)

    def script(self, source: Source, borrower_id: UUID) -> Script:
        """What this enquiry meets; a script for so many of them is used up."""
        scripts: dict[Any, Script] = self.subjects
        key: Any = (borrower_id, source)
        if key not in scripts:
            scripts, key = self.sources, source
        found = scripts.get(key, Script())
        if found.next == 1:
            del scripts[key]
        elif found.next:
            scripts[key] = found.model_copy(update={"next": found.next - 1})
        return found

    async def answer(self, asked: Enquiry, request: Request) -> Response:
        """Say what the script says, when it says so."""
        script = self.script(asked.source, asked.borrower_id)
        hang = self.hang_seconds if script.seconds is None else script.seconds
        if script.behaviour is Behaviour.LATE:
            await asyncio.sleep(hang)
        if script.behaviour is Behaviour.TIMEOUT:
            await _hang(request, hang)
        return _said(asked, script)


def _said(asked: Enquiry, script: Script) -> Response:
    said = {"source": asked.source, "borrower_id": str(asked.borrower_id), "status": "answered"}
    part = {**NOTHING_BAD[asked.source], **script.record}
    whole = JSONResponse({**said, asked.source: part})
    text = bytes(whole.body)
    json = "application/json"
    match script.behaviour:
        case Behaviour.ANSWER | Behaviour.LATE:
            return whole
        case Behaviour.NOT_FOUND:
            return JSONResponse({**said, "status": "not_found"}, status_code=404)
        case Behaviour.NO_CONSENT:
            return JSONResponse({**said, "status": "no_consent"}, status_code=403)
        case Behaviour.TIMEOUT | Behaviour.FAIL:
            return PlainTextResponse("out of order", status_code=503)
        case Behaviour.GARBAGE:
            return PlainTextResponse("<html>maintenance</html>")
        case Behaviour.ERROR_BODY:
            return JSONResponse({"error": {"code": 500, "message": "internal error"}})
        case Behaviour.WRONG_TYPES:
            return JSONResponse({**said, asked.source: {name: str(value) for name, value in part.items()}})
        case Behaviour.TWICE:
            return Response(text[:-1] + b',"status":"answered"}', media_type=json)
        case Behaviour.OTHER_SUBJECT:
            return JSONResponse({**said, "borrower_id": str(UUID(int=1)), asked.source: part})
        case Behaviour.LARGE | Behaviour.DRIP:
            odd = _padded if script.behaviour is Behaviour.LARGE else _dripping
            return StreamingResponse(odd(text), media_type=json)


async def _padded(body: bytes) -> AsyncIterator[bytes]:
    yield body
    for _ in range(LARGE_BYTES // 65_536):
        yield b" " * 65_536


async def _dripping(body: bytes) -> AsyncIterator[bytes]:
    for byte in body:
        yield bytes([byte])
        await asyncio.sleep(DRIP_SECONDS)


async def _hang(request: Request, seconds: float) -> None:
    """No answer for `seconds`, or until the caller has gone."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass


app = FastAPI(title="credit sources stand-in")
app.state.gateway = CreditSourcesStandIn(float(os.environ.get("LIUDAI_CREDIT_SOURCES_HANG_SECONDS", "20")))


@app.get("/health/live")
@app.get("/health/ready")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.put("/subjects/{borrower_id}/{source}")
async def script_subject(borrower_id: UUID, source: Source, script: Script, request: Request) -> Script:
    """What one source says of one subject from now on."""
    request.app.state.gateway.subjects[borrower_id, source] = script
    return script


@app.put("/sources/{source}")
async def script_source(source: Source, script: Script, request: Request) -> Script:
    """What one source says of every subject that has no script of its own."""
    request.app.state.gateway.sources[source] = script
    return script


@app.delete("/scripts", status_code=204)
async def forget_scripts(request: Request) -> None:
    """Know nothing bad of anybody again."""
    request.app.state.gateway.subjects.clear()
    request.app.state.gateway.sources.clear()


@app.get("/enquiries")
async def list_enquiries(request: Request, borrower_id: UUID | None = None) -> list[Enquiry]:
    """What was asked, oldest first, of one subject or of all; the last ten thousand."""
    gateway: CreditSourcesStandIn = request.app.state.gateway
    return [one for one in gateway.enquiries if borrower_id in (None, one.borrower_id)]


@app.get("/{source}/{borrower_id}")
async def enquire(
    source: Source,
    borrower_id: UUID,
    request: Request,
    as_of: date,
    currency: Annotated[str, Query(pattern="^[A-Z]{3}$")],
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255)],
    consent: str | None = None,
) -> Response:
    """What the source says of a subject: 200 answered, 404 not known there, 403 not without consent."""
    gateway: CreditSourcesStandIn = request.app.state.gateway
    asked = Enquiry(
        source=source, borrower_id=borrower_id, as_of=as_of, currency=currency, consent=consent, key=idempotency_key
    )
    gateway.enquiries.append(asked)
    if source is Source.BUREAU and not consent:
        said = {"source": source, "borrower_id": str(borrower_id), "status": "no_consent"}
        return JSONResponse(said, status_code=403)
    return await gateway.answer(asked, request)
