"""`liudai show`: one stream's facts and the state that they fold to, now or as it was."""

from typing import Any
from uuid import UUID

import httpx
from rich.text import Text

from services.operations.bank_client import BankClient, Refused
from services.operations.deployment import CATEGORIES
from services.operations.readable import block, plain, sentence
from services.operations.terminal import Exit, Failure, Screen


def show_stream(screen: Screen, client: BankClient, stream: str, as_of: str | None, *, full: bool) -> None:
    """One stream, as of a business date or an instant where one is given; by its id alone, all streams of that id."""
    names = _streams_of(UUID(stream)) if _is_uuid(stream) else [(name, stream) for name in client.deployment.services]
    found = [one for name, of in names if (one := _stream(client, name, of, as_of)) is not None]
    if not found:
        when = f" as of {as_of}" if as_of else ""
        raise Failure(Exit.WRONG, f"no service has facts of {stream}{when}: `liudai events --stream …` finds streams")
    screen.answer(found)
    for one in [] if screen.as_json else found:
        _show(screen, one, full=full)


def _show(screen: Screen, one: dict[str, Any], *, full: bool) -> None:
    screen.out.print(Text.assemble((one["stream_id"], "bold"), f"  {one['service']}, version {one['version']}"))
    for fact in one["events"]:
        head = f"{fact['version']:>4}  {fact['business_date']}  "
        line = Text.assemble((head, "dim"), (fact["type"], "bold"), (f"  {fact['actor']}", "dim"))
        if not full:
            line.append(f"  {sentence(fact['data'])}")
        screen.one_line(line)
        for field in block(plain(fact["data"]), screen.room, 3) if full else ():
            screen.one_line(Text(field))
    screen.out.print(Text.assemble(("state  ", "bold"), (one["state_type"], "bold cyan")))
    for field in block(plain(one["state"]), screen.room):
        screen.one_line(Text(field))
    screen.say()


def _streams_of(aggregate_id: UUID) -> list[tuple[str, str]]:
    """Every stream that something of that id could have, with its service."""
    return [(service, f"{category}-{aggregate_id}") for service, of in CATEGORIES.items() for category in of]


def _stream(client: BankClient, service: str, stream: str, as_of: str | None) -> dict[str, Any] | None:
    answer = client.try_get(service, f"/internal/streams/{stream}", as_of=as_of)
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    if answer.is_error:
        raise Refused(answer)
    return {"service": service, **answer.json()}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
