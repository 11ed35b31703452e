"""Core banking at its worst, and crashes on our side at every step: nothing is paid twice and nothing is lost.

The ledger of the stand-in, a process of its own, is the judge.
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from services.disbursement.core_banking import CoreBanking, open_core_banking
from services.disbursement.domain.drawdown import Disbursed, Drawdown, Failed, OutcomeUnknown
from services.disbursement.domain.events import PaymentInstructed
from services.disbursement.domain.facility import Facility, facility
from services.disbursement.effects import delay_seconds, effects, pay, waited_seconds
from shared.command_handler import CommandHandler
from shared.effect import Do, Effect, Later, Reaction
from shared.event_store import Metadata, Recorded
from shared.messages import Personal
from shared.money import Money
from tests.disbursement.builders import (
    TODAY,
    confirm_resolution,
    open_facility,
    payee,
    propose,
    release,
    request,
    yuan,
)
from tests.operations.core_banking_server import CoreBankingServer, core_banking_server
from tests.shared.memory_event_store import InMemoryEventStore

TIMEOUT_SECONDS = 0.3
SETTLE_SECONDS = 3.0
WAIT_SCALE = 0.1
"""What is to happen after a second happens after a tenth of it here, and at most a second later."""
HANG_SECONDS_MAX = 1.0
ATTEMPTS_MAX = 200
PAYMENTS = int(os.environ.get("LIUDAI_TEST_PAYMENTS", "500"))
"""How many meet core banking at its worst; a night's run may take 10000."""
AT_ONCE = int(os.environ.get("LIUDAI_TEST_PAYMENTS_AT_ONCE", "40"))
META = Metadata("system:disbursement", "test", "LD01", "BJ01", TODAY, UUID(int=7))

Act = Callable[[Recorded[Any], Any, int], Awaitable[Sequence[Reaction]]]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CoreBankingServer]:
    with core_banking_server(tmp_path, hang_seconds=HANG_SECONDS_MAX) as running:
        monkeypatch.setenv("LIUDAI_CORE_BANKING_URL", running.url)
        monkeypatch.setenv("LIUDAI_CORE_BANKING_TIMEOUT_SECONDS", str(TIMEOUT_SECONDS))
        monkeypatch.setenv("LIUDAI_CORE_BANKING_SETTLE_SECONDS", str(SETTLE_SECONDS))
        yield running


@dataclass
class Bank:
    """The facilities in memory, the effects by hand: a crash may follow each step, and the next attempt begins."""

    core: CoreBanking
    dice: random.Random
    crash_probability: float = 0.12
    acts: dict[str, Act] = field(default_factory=lambda: {effect.name: effect.act for effect in effects})
    store: InMemoryEventStore = field(default_factory=InMemoryEventStore)

    def __post_init__(self) -> None:
        self.commands = CommandHandler(self.store)

    async def do(self, command: Any, command_id: UUID | None = None) -> None:
        await self.commands.handle(facility, command, META, command_id=command_id or uuid4())

    async def facility(self, contract_id: UUID) -> Facility:
        state = (await self.commands.load(facility, contract_id)).state
        assert isinstance(state, Facility)
        return state

    async def disburse(self, contract_id: UUID, drawdown_id: UUID, amount: Money, account: str) -> None:
        """Request, release, and whatever the two effects make of it."""
        to = payee(account, drawdown_id=drawdown_id)
        asked = request(drawdown_id=drawdown_id, amount=amount, payee=to)
        await self.do(asked.model_copy(update={"contract_id": contract_id}))
        await self.do(release(drawdown_id=drawdown_id).model_copy(update={"contract_id": contract_id}))
        for effect in effects:
            await self.perform_on(effect, contract_id, drawdown_id)

    async def perform_on(self, effect: Effect, contract_id: UUID, drawdown_id: UUID) -> None:
        for recorded in await self.store.read(facility.stream(contract_id)):
            event: Any = recorded.event
            if type(event) in effect.on and event.drawdown_id == drawdown_id:
                await self.perform(effect, recorded)

    async def perform(self, effect: Effect, recorded: Recorded[Any]) -> None:
        for attempt in range(1, ATTEMPTS_MAX + 1):  # counted before anything is done
            if self.crashes():
                continue
            reactions = await self.acts[effect.name](recorded, self.core, attempt)
            if self.crashes():
                continue
            for n, reaction in enumerate(reactions):
                if isinstance(reaction, Do):
                    await self.do(reaction.command, uuid5(recorded.event_id, f"{effect.name}/{attempt}/{n}"))
            if self.crashes():
                continue
            later = [reaction for reaction in reactions if isinstance(reaction, Later)]
            if not later:
                return
            await asyncio.sleep(min(later[0].seconds * WAIT_SCALE, 1.0))
        pytest.fail(f"no answer for certain after {ATTEMPTS_MAX} attempts: {later[0].reason}")

    def crashes(self) -> bool:
        return self.dice.random() < self.crash_probability


@dataclass(frozen=True)
class Payment:
    contract_id: UUID
    drawdown_id: UUID
    amount: Money
    account: str
    behaviour: str

    def rule(self, dice: random.Random) -> dict[str, Any]:
        seconds = round(dice.uniform(0, HANG_SECONDS_MAX), 2)
        return {"account": self.account, "behaviour": self.behaviour, "seconds": seconds}


BEHAVIOURS = (
    *("pay", "fail", "pay_then_timeout", "timeout_without_paying", "slow", "slow", "wrong_status"),
    *("pay_then_error", "error_without_paying", "garbage"),
)
PER_FACILITY = 3


def payments(count: int, dice: random.Random, behaviours: Sequence[str] = BEHAVIOURS) -> list[Payment]:
    contracts = [UUID(int=dice.getrandbits(128)) for _ in range(-(-count // PER_FACILITY))]
    return [
        Payment(
            contract_id=contracts[n // PER_FACILITY],
            drawdown_id=UUID(int=dice.getrandbits(128)),
            amount=Money(dice.randrange(1, 10_000_000)),
            account=f"62170000{n:08d}9",
            behaviour=dice.choice(behaviours),
        )
        for n in range(count)
    ]


async def run(bank: Bank, chosen: Sequence[Payment], *, at_once: int = AT_ONCE) -> None:
    for contract_id in dict.fromkeys(one.contract_id for one in chosen):
        opening = open_facility(limit=yuan(400_000))
        await bank.do(opening.model_copy(update={"contract_id": contract_id}))
    gate = asyncio.Semaphore(at_once)

    async def one(payment: Payment) -> None:
        async with gate:
            await bank.disburse(payment.contract_id, payment.drawdown_id, payment.amount, payment.account)

    async with asyncio.TaskGroup() as group:
        for payment in chosen:
            group.create_task(one(payment))
    await asyncio.sleep(HANG_SECONDS_MAX)  # what is late has arrived by now


async def judge(bank: Bank, server: CoreBankingServer, chosen: Sequence[Payment]) -> dict[str, int]:
    """Hold every drawdown against core banking's ledger; answers how many ended in which state."""
    by_reference: dict[UUID, list[dict[str, Any]]] = {one.drawdown_id: [] for one in chosen}
    for entry in server.payments():
        if entry["status"] == "paid":
            by_reference[UUID(entry["reference"])].append(entry)  # KeyError: paid what nobody drew
    ended: dict[str, int] = {}
    for payment in chosen:
        state = await bank.facility(payment.contract_id)
        drawdown = state.drawdowns[payment.drawdown_id]
        check(payment, drawdown, by_reference[payment.drawdown_id])
        ended[drawdown.status] = ended.get(drawdown.status, 0) + 1
        assert not state.contradicted
        assert state.reserved + state.drawn <= state.terms.limit
    return ended


def check(payment: Payment, drawdown: Drawdown, paid: list[dict[str, Any]]) -> None:
    match drawdown:
        case Disbursed():
            assert len(paid) == 1, f"{payment.behaviour}: paid {len(paid)} times"
            assert paid[0]["amount"] == {"currency": "CNY", "amount": str(payment.amount.amount)}
            assert paid[0]["account"] == payment.account
            assert paid[0]["core_reference"] == drawdown.core_reference
            assert paid[0]["value_on"] == TODAY.isoformat()
        case Failed():
            assert not paid, f"{payment.behaviour}: paid after it had failed"
        case _:
            pytest.fail(f"{payment.behaviour}: still {drawdown.status}")


@pytest.mark.integration
@pytest.mark.parametrize("pays_again", [False, True])
async def test_whatever_core_banking_does_each_drawdown_is_paid_once_or_not_at_all(
    server: CoreBankingServer, pays_again: bool
) -> None:
    seed = 20260304 + pays_again
    dice = random.Random(seed)
    chosen = payments(PAYMENTS, dice)
    server.script(rules=[one.rule(dice) for one in chosen], pays_again=pays_again)
    async with open_core_banking() as core:
        bank = Bank(core, dice)
        await run(bank, chosen)
        ended = await judge(bank, server, chosen)
    assert set(ended) == {"disbursed", "failed"}, "both ends must have been met"


@pytest.mark.integration
async def test_a_core_banking_that_is_killed_again_and_again_pays_once_or_not_at_all(
    server: CoreBankingServer,
) -> None:
    dice = random.Random(20260305)
    chosen = payments(120, dice)
    rules = [one.rule(dice) for one in chosen]
    server.script(rules=rules)

    async def kill_again_and_again() -> None:
        for _ in range(2):
            await asyncio.sleep(0.5)
            server.kill()
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(server.script, rules=rules)

    async with open_core_banking() as core:
        bank = Bank(core, dice)
        killing = asyncio.create_task(kill_again_and_again())
        await run(bank, chosen, at_once=15)
        await killing
        await judge(bank, server, chosen)


@pytest.mark.integration
async def test_the_judge_sees_a_payment_that_is_sent_again(server: CoreBankingServer) -> None:
    async def send_at_every_attempt(
        recorded: Recorded[PaymentInstructed], core: CoreBanking, attempt: int
    ) -> Sequence[Reaction]:
        return await pay(recorded, core, 1)

    dice = random.Random(20260306)
    chosen = payments(60, dice, ["pay"])
    server.script(pays_again=True)
    async with open_core_banking() as core:
        bank = Bank(core, dice)
        bank.acts["pay"] = send_at_every_attempt
        await run(bank, chosen)
        with pytest.raises(AssertionError, match=r"paid [2-9] times"):
            await judge(bank, server, chosen)


@pytest.mark.integration
async def test_another_amount_under_our_reference_stays_unknown_until_two_people_decide(
    server: CoreBankingServer,
) -> None:
    dice = random.Random(20260307)
    [payment] = payments(1, dice, ["conflict"])
    server.script(rules=[payment.rule(dice)])
    async with open_core_banking() as core:
        bank = Bank(core, dice)
        bank.acts["enquire"] = _giving_up_after(3, bank.acts["enquire"])
        await run(bank, [payment])
        doubted = (await bank.facility(payment.contract_id)).drawdowns[payment.drawdown_id]
        assert isinstance(doubted, OutcomeUnknown)
        assert "core banking paid" in doubted.reason or "interrupted" in doubted.reason
        where = {"contract_id": payment.contract_id, "drawdown_id": payment.drawdown_id}
        await bank.do(propose("not_paid").model_copy(update=where))
        await bank.do(confirm_resolution().model_copy(update=where))
        state = await bank.facility(payment.contract_id)
        assert isinstance(state.drawdowns[payment.drawdown_id], Failed)
        assert state.reserved == yuan(0)


def _giving_up_after(attempts: int, act: Act) -> Act:
    async def act_at_first(recorded: Recorded[Any], outside: Any, attempt: int) -> Sequence[Reaction]:
        return await act(recorded, outside, attempt) if attempt <= attempts else []

    return act_at_first


async def test_a_payment_to_someone_who_was_erased_fails_without_being_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUDAI_CORE_BANKING_URL", "http://127.0.0.1:9")
    async with open_core_banking() as core:
        bank = Bank(core, random.Random(1), crash_probability=0)
        await bank.do(open_facility())
        erased = payee().model_copy(update={"name": Personal[str](subject_id=uuid4(), value=None)})
        command = request(payee=erased)
        await bank.do(command)
        await bank.do(release())
        [recorded] = [r for r in await bank.store.log(0) if isinstance(r.event, PaymentInstructed)]
        await bank.perform(effects[0], recorded)
        drawdown = (await bank.facility(command.contract_id)).drawdowns[command.drawdown_id]
        assert isinstance(drawdown, Failed)
        assert drawdown.reason == "personal_data_erased"


@pytest.mark.parametrize(
    ("attempt", "delay", "waited"),
    [(1, 1.0, 0.0), (2, 2.0, 1.0), (6, 32.0, 31.0), (7, 60.0, 63.0), (8, 60.0, 123.0), (5000, 60.0, 63.0 + 4993 * 60)],
)
def test_enquiries_become_ever_rarer_down_to_one_a_minute(attempt: int, delay: float, waited: float) -> None:
    assert delay_seconds(attempt) == delay
    assert waited_seconds(attempt) == waited
