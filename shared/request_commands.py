"""The commands of one request: idempotent by key, decided on what the caller saw, durable before the answer."""

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import date, datetime
from hashlib import sha256
from itertools import takewhile
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from shared.command_handler import Outcome, StaleVersion
from shared.decider import Decider, Memory
from shared.engine import Engine
from shared.event_store import Answer, KeyUsed, Metadata, Recorded, VersionConflict
from shared.identity import Principal
from shared.messages import Command, Event, Rejected
from shared.problem_details import FieldProblem, Problem, invalid

S = TypeVar("S")
C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)

_COMMANDS = UUID("0b6f3a52-9d8f-5c1e-8a77-2f5f7c9b1d10")


class AlreadyAnswered(Exception):  # noqa: N818
    """The request was handled before: its answer."""

    def __init__(self, response: Response) -> None:
        super().__init__("answered before")
        self.response = response


class RequestCommands:
    """The commands of one request: idempotent by key, decided on what the caller saw, durable before the answer."""

    def __init__(self, request: Request, engine: Engine, caller: Principal, key: str | None, if_match: str | None,
                 *, dry_run: bool) -> None:  # fmt: skip
        self._request, self._engine, self._caller = request, engine, caller
        self._key, self._if_match, self._dry_run = key, if_match, dry_run
        self._operation: str = request.scope["endpoint"].__name__
        scope = f"{caller.client}/{self._operation}/{key}" if key else str(uuid4())
        self._command_id = uuid5(_COMMANDS, scope)

    @property
    def new_id(self) -> UUID:
        """An id for what this request creates: a retry with the same key gets the same one."""
        return uuid5(self._command_id, "id")

    @property
    def _place(self) -> tuple[str, str, str]:
        return self._caller.client, self._operation, self._key or ""

    def require_key(self) -> None:
        """Refuse a POST that acts without its key; a route that does anything before `handle` asks first."""
        if self._key is None and self._request.method == "POST" and not self._dry_run:
            detail = "Send an Idempotency-Key header, a new one for each new intent."
            error = FieldProblem(field="Idempotency-Key", rule="missing", detail="a new one for each new intent")
            raise Problem(400, "idempotency-key-required", detail, errors=[error])

    async def handle(self, decider: Decider[S, C, E], command: C, *, answer: Callable[[Outcome[S, E]], BaseModel],
                     status: int = 200, location: str | None = None) -> Response:  # fmt: skip
        """Handle one command and answer; the answer is stored with the events, so a retry gets the same bytes."""
        self.require_key()
        if self._key is None or self._dry_run:
            return _response(await self._decide(decider, command, answer, status, location), dry_run=self._dry_run)
        request_hash = await self._request_hash()
        with self._alone():
            try:
                return _response(await self._decide(decider, command, answer, status, location, request_hash))
            except (KeyUsed, VersionConflict, Rejected, StaleVersion):
                # Another replica may have handled this very request since we looked: a repetition is no refusal.
                if (told := await self.told()) is not None:
                    return told
                raise

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One request at a time with a key; another meanwhile is told to come back."""
        place = self._place
        if place in self._engine.in_flight:
            raise Problem(409, "request-in-flight", "A request with this Idempotency-Key is being handled.",
                          headers={"Retry-After": "1"})  # fmt: skip
        self._engine.in_flight.add(place)
        try:
            yield
        finally:
            self._engine.in_flight.discard(place)

    async def _decide(
        self,
        decider: Decider[S, C, E],
        command: C,
        answer: Callable[[Outcome[S, E]], BaseModel],
        status: int,
        location: str | None,
        request_hash: bytes | None = None,
    ) -> Answer:
        told: Answer | None = None

        def tell(outcome: Outcome[S, E]) -> Answer | None:
            nonlocal told
            told = Answer(
                self._caller.client, self._operation, self._key or "", request_hash or b"", status, location,
                f'"{outcome.version}"', answer(outcome).model_dump_json().encode(),
            )  # fmt: skip
            return told if request_hash else None

        await self._engine.commands.handle(
            decider,
            command,
            await self.metadata(),
            command_id=self._command_id,
            expected_version=self._expected_version(),
            answer=tell,
            dry_run=self._dry_run,
            admit=lambda past: self._admit(decider, past),
        )
        assert told is not None
        return told

    async def once(self, act: Callable[[], Awaitable[BaseModel]]) -> Response:
        """Do what may safely be done again, and keep the answer under the key: a retry gets the same bytes.

        Cut off before its answer is kept, it is done again. For what has no one stream; anything else is a command.
        """
        request_hash = await self._request_hash()
        with self._alone() if self._key else nullcontext():
            if (told := await self.told()) is not None:
                return told
            body = (await act()).model_dump_json().encode()
            answer = Answer(*self._place, request_hash, 200, None, None, body)
            if self._key is not None:
                try:
                    await self._engine.store.append([], answer)
                except KeyUsed:  # another replica was faster with this very request
                    return await self.told() or _response(answer)
            return _response(answer)

    async def load(
        self, decider: Decider[S, C, E], aggregate_id: UUID, as_of: date | datetime | None = None
    ) -> Outcome[S, E]:
        """The aggregate now, or as of a business date or an instant; 404 when it is not there or not the caller's."""
        past = await self.history(decider, aggregate_id, as_of, None if as_of else decider.memory)
        if not past:
            raise _not_found()
        events: tuple[E, ...] = tuple(recorded.event for recorded in past)
        return Outcome(aggregate_id, past[-1].version, decider.fold(events), events)

    async def history(
        self,
        decider: Decider[S, C, E],
        aggregate_id: UUID,
        as_of: date | datetime | None = None,
        memory: Memory[S] | None = None,
    ) -> list[Recorded[E]]:
        """The recorded events of an aggregate, up to `as_of`; 404 when it is not there or not the caller's."""
        past: list[Recorded[E]] = await self._engine.store.read(decider.stream(aggregate_id), memory=memory)
        self._admit(decider, past)
        if not past:
            raise _not_found()
        return until(past, as_of)

    def read_answer(self, outcome: Outcome[S, E], body: BaseModel) -> Response:
        """The answer of a GET of one aggregate, with its version as ETag."""
        return Response(body.model_dump_json(), headers={"ETag": f'"{outcome.version}"'}, media_type="application/json")

    async def metadata(self) -> Metadata:
        """Who is acting, where, when, and in which correlation."""
        state = self._request.state
        return Metadata(
            actor=self._caller.person,
            client=self._caller.client,
            legal_entity=self._caller.legal_entity,
            branch=self._caller.branch,
            business_date=await self._engine.today(),
            correlation_id=state.correlation_id,
            traceparent=state.traceparent,
        )

    def _admit(self, decider: Decider[Any, Any, Any], past: Sequence[Recorded[Any]]) -> None:
        for meta in (first.meta for first in past[:1]):
            own = meta.legal_entity == self._caller.legal_entity
            if not (own if decider.of_bank else self._caller.may_see(meta.branch)):
                raise _not_found()

    async def told(self) -> Response | None:
        """The answer once given for this key; looked up before anything of the request is read or decided."""
        if self._key is None or self._dry_run:
            return None
        told = await self._engine.store.answered(*self._place)
        if told is None:
            return None
        if told.request_hash != await self._request_hash():
            detail = "This Idempotency-Key was used for another request: use a new one."
            error = FieldProblem(field="Idempotency-Key", rule="reused", detail="use a new one")
            raise Problem(422, "idempotency-key-reused", detail, errors=[error])
        return _response(told, replayed=True)

    async def _request_hash(self) -> bytes:
        """Of what was asked, whatever the order of its fields and the space between them."""
        body = await self._request.body()
        with suppress(ValueError):
            body = json.dumps(json.loads(body), sort_keys=True).encode()
        asked = f"{self._caller.person}\n{self._request.url.path}?{self._request.url.query}\n"
        return sha256(asked.encode() + body).digest()

    def _expected_version(self) -> int | None:
        if self._if_match is None:
            return None
        try:
            return int(self._if_match.removeprefix("W/").strip('"'))
        except ValueError:
            error = FieldProblem(field="If-Match", rule="etag", detail="send the ETag of your last read unchanged")
            raise invalid(error) from None


def until(past: Sequence[Recorded[E]], as_of: date | datetime | None) -> list[Recorded[E]]:
    """The beginning of a stream up to a business date or an instant: never with a hole, so it can be folded."""
    if as_of is None:
        return list(past)
    if isinstance(as_of, datetime):
        return list(takewhile(lambda recorded: recorded.at <= as_of, past))
    return list(takewhile(lambda recorded: recorded.meta.business_date <= as_of, past))


def _response(told: Answer, *, replayed: bool = False, dry_run: bool = False) -> Response:
    headers = {"ETag": told.etag} if told.etag else {}
    if told.location:
        headers["Location"] = told.location
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    if dry_run:
        headers["Dry-Run"] = "true"
    return Response(told.body, 200 if dry_run else told.status, headers=headers, media_type="application/json")


def _not_found() -> Problem:
    return Problem(404, "not-found", "There is no such thing, or it is not yours to see.")
