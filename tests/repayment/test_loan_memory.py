"""What is kept of a loan beside its facts: never more than they say, and never believed against them.

The golden file holds a history and what is kept of it. When this test fails, what facts mean or how it is written has
changed: give the memory a new version, so that what older releases kept is left aside, and write the file anew.
"""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings

from services.repayment.domain import events
from services.repayment.domain.loan import LoanAccount, NoLoan, OpenLoan
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.loan_memory import loan_memory
from shared.command_handler import REMEMBERED_AFTER
from shared.decider import Remembered
from shared.event_store import Recorded
from shared.money import Money
from tests.repayment import test_loan_properties
from tests.repayment.bank import Bank
from tests.repayment.builders import DRAWN_ON, LOAN, book, repay
from tests.shared.sample import META

GOLDEN = Path(__file__).parents[1] / "golden/memory/loan_account.json"
STREAM = loan_account.stream(LOAN)


class Life(test_loan_properties.Bank):
    """A loan and all that happened to it."""

    def __init__(self) -> None:
        super().__init__(loan_account.initial)
        self.past: list[Any] = []

    def post(self, event: Any) -> None:
        super().post(event)
        if isinstance(event, loan_account.events):
            self.past.append(event)


@settings(max_examples=60, deadline=None)
@given(steps=test_loan_properties.steps)
def test_what_is_kept_at_any_moment_leads_to_where_the_facts_lead(steps: list[tuple[str, int, int, int]]) -> None:
    life = Life()
    life.ask(book(rate="23.99", on=DRAWN_ON))
    for step in steps:
        test_loan_properties.act(life, *step)
    state: LoanAccount = loan_account.initial
    for n, event in enumerate(life.past, start=1):
        state = loan_account.evolve(state, event)
        text = loan_memory.write(state)
        assert (text is not None) == isinstance(state, OpenLoan), "an open loan alone is worth it"
        if text is not None:
            kept = loan_memory.read(text.decode(), life.past[0])
            assert kept == state
            assert loan_memory.write(kept) == text, "and again"
            assert loan_account.fold([Remembered(kept), *life.past[n:]]) == life.loan


def test_the_golden_history_is_kept_as_it_always_was() -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    past = [getattr(events, name).model_validate_json(json.dumps(data)) for name, data in golden["facts"]]
    assert {type(one) for one in past} >= {events.LoanBooked, events.RepaymentReceived, events.DelinquencyAged}
    state = loan_account.fold(past)
    text = loan_memory.write(state)
    assert text is not None
    assert (loan_memory.version, json.loads(text)) == (golden["version"], golden["kept"])
    assert loan_memory.read(json.dumps(golden["kept"]), past[0]) == state


def test_nothing_is_kept_of_what_is_no_open_loan() -> None:
    assert loan_memory.write(NoLoan()) is None


# --- in the database -------------------------------------------------------------------------------------


@pytest.fixture
async def paid(bank: Bank) -> Bank:
    """A loan with so many receipts that what it came to is kept, and a few more behind it."""
    handle = bank.engine.commands.handle
    await handle(loan_account, book(), META, command_id=uuid4())
    for n in range(REMEMBERED_AFTER + 3):
        command = repay(Money(100 + n), DRAWN_ON + timedelta(days=n), receipt=UUID(int=n + 1))
        await handle(loan_account, command, META, command_id=uuid4())
    return bank


async def written(bank: Bank) -> None:
    """What is kept is written while nobody waits."""
    for queue in bank.engine.store._queues:
        await queue.join()


async def read(bank: Bank) -> list[Recorded[Any]]:
    await written(bank)
    return await bank.engine.store.read(STREAM, loan_account.memory)


async def is_remembered(bank: Bank) -> bool:
    """Whether what is kept is used; what is read must lead to where the whole stream leads in any case."""
    whole, found = await bank.engine.store.read(STREAM), await read(bank)
    assert loan_account.fold(one.event for one in found) == loan_account.fold(one.event for one in whole)
    assert found[-1].version == whole[-1].version
    assert found[0].meta == whole[0].meta, "whose branch it is"
    return isinstance(found[0].event, Remembered)


async def test_an_old_loan_is_read_from_what_it_came_to(paid: Bank) -> None:
    assert await is_remembered(paid)
    assert len(await read(paid)) <= REMEMBERED_AFTER


async def test_a_command_on_a_remembered_loan_writes_the_version_that_follows(paid: Bank) -> None:
    last = (await paid.engine.store.read(STREAM))[-1].version
    again = repay(Money(100), DRAWN_ON, receipt=UUID(int=1))
    outcome = await paid.engine.commands.handle(loan_account, again, META, command_id=uuid4())
    assert (outcome.version, outcome.events) == (last, ()), "an old receipt is known"
    new = repay(Money(7), DRAWN_ON + timedelta(days=30), receipt=uuid4())
    outcome = await paid.engine.commands.handle(loan_account, new, META, command_id=uuid4())
    assert outcome.version == last + 1
    assert await is_remembered(paid)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("state_v = 0", id="of another version"),
        pytest.param("version = version + 1000", id="of a longer log, as before a restore"),
        pytest.param("event_id = gen_random_uuid()", id="of another history"),
        pytest.param("version = version - 1", id="of another place"),
        pytest.param("state = '{}'", id="of nothing"),
        pytest.param("state = '[1]'", id="of something else"),
        pytest.param("stream_id = 'loan_account-another'", id="of another loan"),
    ],
)
async def test_what_is_kept_is_not_believed_against_the_log(paid: Bank, damage: str) -> None:
    await written(paid)
    await paid.engine.pool.execute(f"update snapshots set {damage}")
    assert not await is_remembered(paid)


async def test_what_was_lost_is_kept_again_with_the_next_fact(paid: Bank) -> None:
    await written(paid)
    await paid.engine.pool.execute("update snapshots set state_v = 0")
    new = repay(Money(7), DRAWN_ON + timedelta(days=30), receipt=uuid4())
    await paid.engine.commands.handle(loan_account, new, META, command_id=uuid4())
    assert await is_remembered(paid)


async def test_a_failure_to_keep_it_is_nobodys_failure(bank: Bank) -> None:
    memory = replace(loan_memory, write=lambda _loan: b"{")
    handle, decider = bank.engine.commands.handle, replace(loan_account, memory=memory)
    await handle(decider, book(), META, command_id=uuid4())
    for n in range(REMEMBERED_AFTER + 3):
        await handle(decider, repay(Money(100), DRAWN_ON, receipt=UUID(int=n + 1)), META, command_id=uuid4())
    assert not await is_remembered(bank)
