"""What may still be drawn under a contract stands off balance, in whatever order its story is heard."""

from datetime import date
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.repayment.domain.commitment import (
    Commitment,
    DrawCommitment,
    EndCommitment,
    UndertakeCommitment,
    commitment,
)
from services.repayment.registry import books, entries
from shared.contracts import disbursement
from shared.money import Money
from tests.repayment.bank import ONE_DAY, Bank, disbursed
from tests.repayment.builders import APPLICATION, CONTRACT, DRAWN_ON

LIMIT = Money(150_000_00)
SIGNED = UndertakeCommitment(contract_id=CONTRACT, limit=LIMIT, signed_on=DRAWN_ON, application_id=APPLICATION)
ENDED = EndCommitment(contract_id=CONTRACT, ended_on=date(2026, 6, 30))


def drawn(yuan: int, n: int = 1, limit: Money | None = LIMIT) -> DrawCommitment:
    return DrawCommitment(
        contract_id=CONTRACT,
        application_id=APPLICATION,
        drawdown_id=UUID(int=n),
        amount=Money(yuan * 100),
        limit=limit,
        drawn_on=DRAWN_ON,
    )


def after(*commands: Any) -> tuple[Commitment | None, list[Any]]:
    state, events = None, list[Any]()
    for command in commands:
        new = commitment.decide(command, state)
        state = commitment.fold(new, state)
        events += new
    return state, events


@pytest.mark.parametrize("told", list(permutations([SIGNED, drawn(100_000), drawn(20_000, 2)])))
def test_drawdowns_and_contract_come_to_the_same_in_any_order(told: tuple[Any, ...]) -> None:
    state, events = after(*told, *told)
    assert state is not None
    assert state.undrawn == Money(30_000_00)
    code = books().accounts["commitments"].code
    lines = [line for event in events for line in entries(event) if line.account == code]
    assert sum(line.debit - line.credit for line in lines) == 30_000_00


def test_the_end_releases_what_was_left_and_nothing_begins_after_it() -> None:
    state, events = after(SIGNED, drawn(100_000), ENDED, ENDED, SIGNED)
    assert [(one.cause, one.change.minor) for one in events] == [
        ("signed", 150_000_00), ("drawn", -100_000_00), ("ended", -50_000_00),
    ]  # fmt: skip
    assert state is not None
    assert not state.undrawn
    early, _ = after(ENDED, SIGNED)
    assert early is not None
    assert not early.undrawn


def test_a_drawdown_of_an_untold_limit_says_nothing_of_a_commitment() -> None:
    assert after(drawn(100_000, limit=None)) == (None, [])


async def test_it_stands_off_balance_until_the_facility_closes(bank: Bank) -> None:
    await bank.hear(disbursed().model_copy(update={"limit": LIMIT}))
    await bank.close_until(DRAWN_ON + ONE_DAY)

    async def off_balance() -> dict[str, str]:
        [shown] = (await bank.get("/v1/trial-balance")).json()["currencies"]
        return {one["account"]: one["balance"]["amount"] for one in shown["accounts"] if one["type"] == "memo"}

    assert await off_balance() == {"9101": "50000.00", "9199": "-50000.00"}
    await bank.hear(disbursement.FacilityClosed(contract_id=CONTRACT, closed_on=DRAWN_ON + ONE_DAY))
    await bank.engine.caught_up()
    assert await off_balance() == {"9101": "0.00", "9199": "0.00"}
