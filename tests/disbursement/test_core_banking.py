"""What the adapter takes for certain, and what it does not: a real server that answers anything at all."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.disbursement.core_banking import (
    Account,
    Answer,
    Conflict,
    CoreBanking,
    NotFound,
    Paid,
    PaymentOrder,
    Refused,
    Unknown,
    open_core_banking,
)
from services.operations.free_port import free_port
from tests.disbursement.builders import BORROWER_ACCOUNT, DRAWDOWN, PAYEE_ACCOUNT, TODAY, yuan

AMOUNT = yuan(400_000)
ORDER = PaymentOrder(
    reference=DRAWDOWN,
    amount=AMOUNT,
    borrower_account=BORROWER_ACCOUNT,
    payee=Account(name="苏州精密钢材有限公司", number=PAYEE_ACCOUNT, bank="中国银行"),
    value_on=TODAY,
)
TIMEOUT_SECONDS = 10.0
"""Where an answer comes: long, for a busy machine."""
SILENCE_SECONDS = 0.3
"""Where none does."""

Say = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


def http(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (status, len(body), body)


def fields(**changes: Any) -> dict[str, Any]:
    dull: dict[str, Any] = {
        "reference": str(DRAWDOWN),
        "status": "paid",
        "core_reference": "CB1",
        "amount": {"currency": "CNY", "amount": "400000.00"},
        "account": PAYEE_ACCOUNT,
    }
    return dull | changes


def payment(**changes: Any) -> bytes:
    return json.dumps(fields(**changes)).encode()


REFUSED: dict[str, Any] = {"status": "refused", "core_reference": None, "reason": "account closed"}


@asynccontextmanager
async def core_banking_saying(
    answer: bytes | Say, monkeypatch: pytest.MonkeyPatch, *, seconds: float = TIMEOUT_SECONDS
) -> AsyncIterator[CoreBanking]:
    """The adapter, connected to a server that gives `answer` to whatever it is asked."""

    serving: list[asyncio.Task[Any] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        try:
            await reader.readuntil(b"\r\n\r\n")
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    environment(monkeypatch, port, seconds)
    async with server, open_core_banking() as core:
        yield core
    await asyncio.gather(*filter(None, serving), return_exceptions=True)


def environment(monkeypatch: pytest.MonkeyPatch, port: int, seconds: float = TIMEOUT_SECONDS) -> None:
    monkeypatch.setenv("LIUDAI_CORE_BANKING_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("LIUDAI_CORE_BANKING_TIMEOUT_SECONDS", str(seconds))


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        (http(201, payment()), Paid("CB1")),
        (http(200, payment()), Paid("CB1")),
        (http(409, payment()), Paid("CB1")),  # another key, the same payment: ours has been made
        (http(422, payment(**REFUSED)), Refused("account closed")),
        (http(422, payment(**REFUSED | {"reason": None})), Refused("refused")),
        (http(422, payment(status="voided", core_reference=None)), Refused("voided")),
        (
            http(409, payment(amount={"amount": "800000.00"})),
            Conflict("core banking paid CNY 800000.00 instead of CNY 400000.00"),
        ),
        (
            http(200, payment(amount={"amount": "400000.00", "currency": "USD"})),
            Conflict("core banking paid USD 400000.00 instead of CNY 400000.00"),
        ),
        (http(200, payment(amount=None)), Conflict("core banking paid None instead of CNY 400000.00")),
        (http(200, payment(account="6217000019999999")), Conflict("core banking paid to another account")),
        (http(200, payment(status="in_progress")), Unknown("core banking is still working on it")),
        (http(200, payment(core_reference=None)), Unknown("paid, but without a reference")),
        (http(200, payment(status="refused")), Unknown("refused, but with a reference of payment")),
        (http(200, payment(reference=str(UUID(int=9)))), Unknown("answer about another reference")),
        (http(200, payment(status="accepted")), Unknown("answer not understood (status 200)")),
        (http(200, payment(amount={"amount": 400000.0})), Unknown("answer not understood (status 200)")),
        (http(200, b"<html>maintenance</html>"), Unknown("answer not understood (status 200)")),
        (http(200, b""), Unknown("answer not understood (status 200)")),
        (http(200, b"null"), Unknown("answer not understood (status 200)")),
        (http(200, b"\xff\xfe"), Unknown("answer not understood (status 200)")),
        (http(200, b"[" * 60_000), Unknown("answer not understood (status 200)")),
        (http(200, payment(**REFUSED)[:-1] + b',"status":"paid"}'), Unknown("answer not understood (status 200)")),
        (http(302, b""), Unknown("answer not understood (status 302)")),
        (http(401, b"{}"), Unknown("answer not understood (status 401)")),
        (http(500, payment()), Unknown("core banking is in trouble (status 500)")),
        (http(503, payment(**REFUSED)), Unknown("core banking is in trouble (status 503)")),
        (http(404, b"not found"), Unknown("answer not understood (status 404)")),  # a proxy's, perhaps
        (http(200, b" " * 100_000), Unknown("answer too large")),
        (b"HTTP/1.1 200 X\r\nContent-Length: 900\r\n\r\n" + payment(), Unknown("no answer: RemoteProtocolError")),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Unknown("no answer: RemoteProtocolError")),
        (b"", Unknown("no answer: RemoteProtocolError")),
    ],
)
async def test_an_answer_is_taken_for_no_more_than_it_says(
    said: bytes, understood: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with core_banking_saying(said, monkeypatch) as core:
        assert await core.pay(ORDER, uuid4()) == understood
        assert await core.enquire(DRAWDOWN, AMOUNT, PAYEE_ACCOUNT) == understood
        assert await core.void(DRAWDOWN, AMOUNT, PAYEE_ACCOUNT) == understood


async def test_a_reference_that_core_banking_does_not_know_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    said = http(404, json.dumps({"reference": str(DRAWDOWN), "status": "unknown_reference"}).encode())
    async with core_banking_saying(said, monkeypatch) as core:
        assert await core.enquire(DRAWDOWN, AMOUNT, PAYEE_ACCOUNT) == NotFound()
        assert await core.pay(ORDER, uuid4()) == Unknown("unknown_reference answered to a payment")


async def test_an_account_that_was_erased_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    async with core_banking_saying(http(200, payment()), monkeypatch) as core:
        assert await core.enquire(DRAWDOWN, AMOUNT, None) == Paid("CB1")


async def test_silence_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with core_banking_saying(say_nothing, monkeypatch, seconds=SILENCE_SECONDS) as core:
        await within_time(core)


async def test_an_answer_that_drips_ends_in_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 900\r\n\r\n")
        for _ in range(20):
            writer.write(b" ")
            await asyncio.sleep(SILENCE_SECONDS / 5)

    async with core_banking_saying(drip, monkeypatch, seconds=SILENCE_SECONDS) as core:
        await within_time(core)


async def within_time(core: CoreBanking) -> None:
    async with asyncio.timeout(30):  # of a test that hangs, not of the product
        answer = await core.enquire(DRAWDOWN, AMOUNT, PAYEE_ACCOUNT)
    assert answer in (Unknown("no answer in time"), Unknown("no answer: ReadTimeout"))


async def test_nobody_there_is_an_unknown_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, free_port())
    async with open_core_banking() as core:
        answer = await core.pay(ORDER, uuid4())
        assert isinstance(answer, Unknown)


async def test_the_order_says_all_that_core_banking_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65_536))
        writer.write(http(201, payment()))

    async with core_banking_saying(listen, monkeypatch) as core:
        await core.pay(ORDER, uuid4())
    assert json.loads(heard[0]) == {
        "reference": str(DRAWDOWN),
        "amount": {"currency": "CNY", "amount": "400000.00"},
        "borrower_account": BORROWER_ACCOUNT,
        "payee": {"name": "苏州精密钢材有限公司", "account": PAYEE_ACCOUNT, "bank": "中国银行"},
        "value_on": "2026-03-04",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIUDAI_CORE_BANKING_URL", None),
        ("LIUDAI_CORE_BANKING_URL", "not a url"),
        ("LIUDAI_CORE_BANKING_TIMEOUT_SECONDS", "0"),
        ("LIUDAI_CORE_BANKING_SETTLE_SECONDS", "soon"),
    ],
)
async def test_a_wrong_setting_stops_the_start_and_is_named(
    name: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, 1)
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=name):
        async with open_core_banking():
            pass
