"""Loading a loan account on its first day and after 700 days: what a command on an old loan costs.

The histories are made by the product's own rules, night by night. In the ordinary one each instalment is paid
in two parts, the second five days late; in the busiest the borrower pays a little every day. Both are left on the night
when the most facts lie behind what is kept of them. The three take turns load by load, so a round is of many turns.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from uuid import UUID, uuid4

from benchmarks.repayment_log import META, sealed, sealed_store
from benchmarks.rounds import Found, Line, Plan, at_most, interleave, ratios
from services.repayment.domain.commands import AgeLoan, BookLoan, LoanAccountCommand, ReceiveRepayment
from services.repayment.domain.loan import OpenLoan, past_due
from services.repayment.domain.loan_account import loan_account
from shared.command_handler import REMEMBERED_AFTER
from shared.engine import Engine
from shared.money import Money
from tests.servers import PostgresServer

FIRST_DAY = date(2026, 1, 5)
DAYS, PATIENT_UNTIL, LAST_DAY, TERM_MONTHS, LATE_DAYS = 690, 715, 729, 24, 5
LOADS = 100
GOAL = 2.0


async def measure(postgres: PostgresServer, plan: Plan) -> Found:
    """Loads one after another by one caller, of accounts that differ in their age alone."""
    async with sealed_store(postgres) as (_, engine):
        young = await _live(engine, 1, _in_two_parts)
        old = await _live(engine, DAYS, _in_two_parts)
        busy = await _live(engine, DAYS, _every_day)
        tails = [await _behind(engine, one) for one in (old, busy)]
        samples: dict[str, list[float]] = {}
        for _ in range(plan.rounds):
            turns = await interleave(
                {
                    "day 1": lambda: loaded(engine, young),
                    "day 700": lambda: loaded(engine, old),
                    "busy": lambda: loaded(engine, busy),
                },
                plan.count(LOADS),
            )
            for name, each in turns.items():
                samples.setdefault(name, []).append(median(each))
        events = {loan_id: len(await engine.store.read(loan_account.stream(loan_id))) for loan_id in (young, old, busy)}
    against = ratios(samples, "day 700", "day 1")
    busiest = ratios(samples, "busy", "day 1")
    lines = [
        Line(f"load: day 1, {events[young]} events", "ms", samples["day 1"]),
        at_most(
            GOAL,
            Line(f"load: day {DAYS}, {events[old]} events, {tails[0]} behind", "ms", samples["day 700"], against),
        ),
        Line(f"load:   paid every day, {events[busy]} events, {tails[1]} behind", "ms", samples["busy"], busiest),
    ]
    return Found(lines, {"load_day700_vs_day1": median(against)})


async def loaded(engine: Engine, loan_id: UUID) -> float:
    """Milliseconds to read and fold the account."""
    started = time.perf_counter()
    await engine.commands.load(loan_account, loan_id)
    return 1000 * (time.perf_counter() - started)


Payments = Callable[[OpenLoan, date], Iterator[Money]]


async def _live(engine: Engine, days: int, payments: Payments) -> UUID:
    """A loan that has gone through so many nights."""
    loan_id = uuid4()
    book = BookLoan(
        loan_id=loan_id,
        contract_id=uuid4(),
        application_id=uuid4(),
        borrower_id=uuid4(),
        principal=Money.of(240_000),
        annual_rate_percent=Decimal("4.35"),
        penalty_uplift_percent=Decimal(50),
        term_months=TERM_MONTHS,
        repayment_method="equal_instalments",
        day_count="ACT/360",
        disbursed_on=FIRST_DAY,
        core_reference="CBBENCH",
    )

    async def ask(command: LoanAccountCommand) -> OpenLoan:
        outcome = await engine.commands.handle(loan_account, command, META, command_id=uuid4())
        assert isinstance(outcome.state, OpenLoan)
        return outcome.state

    loan = await ask(book)
    for day in range(1, LAST_DAY if days > 1 else 1):
        if day >= days and await _behind(engine, loan_id) >= REMEMBERED_AFTER - (1 if day < PATIENT_UNTIL else 2):
            break  # a night may add two facts, and so pass over the worst
        today = FIRST_DAY + timedelta(days=day)
        loan = await ask(AgeLoan(loan_id=loan_id, as_of=today))
        for amount in payments(loan, today):
            receipt = ReceiveRepayment(
                loan_id=loan_id, receipt_id=uuid4(), amount=amount, received_on=today, today=today
            )
            loan = await ask(receipt)
    await sealed(engine.pool)
    return loan_id


async def _behind(engine: Engine, loan_id: UUID) -> int:
    return len(await engine.store.read(loan_account.stream(loan_id), loan_account.memory)) - 1


def _in_two_parts(loan: OpenLoan, today: date) -> Iterator[Money]:
    for state in loan.installments:
        if state.row.due_on == today:
            yield Money.round((state.unpaid_principal + state.unpaid_interest).amount / 2)
        elif state.row.due_on == today - timedelta(days=LATE_DAYS):
            yield past_due(loan, today).total


def _every_day(loan: OpenLoan, today: date) -> Iterator[Money]:
    """The instalment in about thirty parts."""
    del today
    first = loan.installments[0].row
    yield Money.round((first.principal + first.interest).amount / 30)
