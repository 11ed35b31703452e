"""The night's one statement against the pure functions, on portfolios drawn at random, and a rebuilt read model."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.repayment.domain.ageing import band
from services.repayment.domain.commands import (
    AgeLoan,
    ApproveAccountChange,
    LoanAccountCommand,
    ProposeAccountChange,
)
from services.repayment.domain.correction_commands import ProposeRefund, ProposeReversal, RefundCredit, ReverseReceipt
from services.repayment.domain.events import (
    AccrualLine,
    AccrualLines,
    FloatingRate,
    InstallmentsBilled,
    InterestAccrued,
    LoanBooked,
    LprRate,
    RateTerms,
    WaiverTerms,
)
from services.repayment.domain.installment import RepaymentMethod, Stretch
from services.repayment.domain.loan import (
    LoanAccount,
    OpenLoan,
    SettledLoan,
    accrued_before,
    days_past_due,
    past_due,
)
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.repayments import payoff_amount
from services.repayment.end_of_day.chunks import accrual_line
from services.repayment.main import service
from services.repayment.projections.loans import project_loans
from services.repayment.queries.accrual_bases import Accruable, accrual_rows
from services.repayment.queries.chunk_lines import NightDays, chunk_lines
from shared.event_store import Metadata, Recorded
from shared.messages import Rejected
from shared.money import Money
from tests.repayment.builders import DRAWN_ON, book, pay_off, repay, write_off
from tests.repayment.changing import decide, extension, plan, propose, renewal
from tests.servers import PostgresServer
from tests.shared.services import migrated

ONE_DAY = timedelta(days=1)


@dataclass
class Portfolio:
    """Loans as their facts leave them, each fact given to the read model at once."""

    db: Any
    today: date = DRAWN_ON
    loans: dict[UUID, LoanAccount] = field(default_factory=dict)
    past: dict[UUID, list[Any]] = field(default_factory=lambda: defaultdict(list))
    pos: int = 0
    receipts: int = 0

    async def tell(self, loan_id: UUID, events: Any, on: date) -> None:
        for event in events:
            self.pos += 1
            meta = Metadata("t", "t", "LD01", "SH", on, uuid4())
            at = datetime(2026, 1, 1, tzinfo=UTC)
            stream = loan_account.stream(loan_id)
            await project_loans(self.db, Recorded(self.pos, stream, self.pos, uuid4(), event, meta, at))
        if loan_id in self.loans:
            self.past[loan_id] += events
            self.loans[loan_id] = loan_account.fold(events, self.loans[loan_id])

    async def ask(self, loan_id: UUID, command: LoanAccountCommand, on: date) -> None:
        try:
            happened = loan_account.decide(command, self.loans[loan_id])
        except Rejected:
            return
        await self.tell(loan_id, happened, on)

    async def close_day(self) -> int:
        """A night as the product runs it; every line is held against the fold. How many lines were plain."""
        until = self.today + ONE_DAY
        found = await chunk_lines(self.db, 1, await NightDays.read(self.db, self.today))
        rows = await accrual_rows(self.db, found.others, self.today)
        others = [accrual_line(Accruable.read(loan, installments), self.today) for loan, installments in rows]
        lines = {line.loan_id: line for line in (*found.lines.each(), *others)}
        for loan_id, line in lines.items():
            self.hold(line, self.loans[loan_id], until)
        said = set(found.to_age) | set(map(UUID, filter(None, found.billed_loan_ids.split(","))))
        for loan_id, loan in self.loans.items():
            if isinstance(loan, OpenLoan):
                assert loan_id in lines, "every open loan is accrued"
                assert loan_id in said or not has_something_to_say(loan, until)
        packed = found.lines + AccrualLines.of(others)
        batch = InterestAccrued(accrued_on=self.today, chunk=1, currency="CNY", lines=packed)
        await self.tell(UUID(int=0), [batch], self.today)
        for loan_id in found.to_age:
            await self.ask(loan_id, AgeLoan(loan_id=loan_id, as_of=until, lpr=LPR), until)
        if found.billed:
            await self.bill(found.billed_loan_ids, found.billed_nos, until)
        self.today = until
        return found.lines.count

    async def bill(self, loan_ids: str, nos: str, on: date) -> None:
        count = loan_ids.count(",") + 1
        fact = InstallmentsBilled(billed_on=on, chunk=1, count=count, loan_ids=loan_ids, installment_nos=nos)
        await self.tell(UUID(int=0), [fact], on)

    def hold(self, line: AccrualLine, loan: LoanAccount, until: date) -> None:
        target = accrued_before(loan, until)
        assert line.interest_so_far == target.interest.minor, (loan, until)
        assert line.penalty_so_far == (target.penalty + target.compound).minor, (loan, until)


def has_something_to_say(loan: OpenLoan, as_of: date) -> bool:
    """Whether ageing it would record more than that an instalment falls due that was not billed."""
    late = any(s.row.due_on < as_of and not s.is_paid and not s.fell_overdue for s in loan.installments)
    return late or band(days_past_due(loan, as_of)) > band(loan.days_past_due)


LPR = tuple(
    LprRate(published_on=on, one_year_percent=Decimal(rate), five_years_percent=Decimal(4))
    for on, rate in ((date(2025, 12, 22), "3.1"), (date(2026, 1, 20), "3.35"), (date(2026, 2, 24), "2.9875"))
)
FLOATING = FloatingRate(tenor="1Y", spread_bps=Decimal(125), reset="calendar_month")
rates = st.sampled_from(["0", "4.35", "7.2", "3.4567", "23.99", "5.123456"])
lent = st.tuples(
    st.sampled_from(get_args(RepaymentMethod)),
    st.sampled_from(["30/360", "ACT/360"]),
    rates,
    st.integers(10, 5_000_000),
    st.lists(st.tuples(st.integers(1, 27), rates), max_size=2),
    st.booleans(),
)
RATES, METHODS = (None, "6", "9.125", None, "3.6"), ("equal_instalments", "equal_principal", "interest_only")
CAPITALISED = ("nothing", "interest", "interest_and_penalty")
CHANGES = ("rate", "waive", "extend", "renew", "plan", "reverse", "reverse", "refund")
"""What two people do: it is proposed by one and decided by another on the same day."""
steps = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.sampled_from(["nothing", "repay", "repay", "repay", "pay off", "write off", *CHANGES]),
        st.integers(0, 3),
        st.integers(1, 3_000_000),
        st.integers(0, 4),
    ),
    max_size=7,
)


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer) -> Iterator[tuple[asyncio.Runner, Any]]:
    with asyncio.Runner() as runner:
        opened = migrated(postgres_server, service)
        url = runner.run(opened.__aenter__())
        tables = {"search_path": "repayment_loans_g1, repayment"}
        connection = runner.run(asyncpg.connect(url, server_settings=tables))
        yield runner, connection
        runner.run(connection.close())
        runner.run(opened.__aexit__(None, None, None))


PLAIN: Any = ("interest_only", "ACT/360", "7.2", 900_000, [], False)
WAIT = (1, "nothing", 0, 1, 0)


@example(
    [PLAIN], [(5, "repay", 0, 50_000, 0), (9, "reverse", 0, 1, 0), (25, "repay", 0, 90_000, 1), (3, "refund", 0, 1, 0)]
)
@example([PLAIN], [(20, "pay off", 0, 1, 0), WAIT, (3, "reverse", 0, 1, 0), (30, "nothing", 0, 1, 0)])
@example([PLAIN], [(20, "pay off", 0, 1, 0), (1, "reverse", 0, 1, 0), (30, "nothing", 0, 1, 0)])
@example([PLAIN], [(40, "nothing", 0, 1, 0), (5, "repay", 0, 6_000, 0), WAIT, (2, "reverse", 0, 1, 0), WAIT])
@example([PLAIN], [(40, "nothing", 0, 1, 0), (1, "waive", 0, 1, 0), (30, "repay", 0, 6_000, 0), WAIT])
@example([PLAIN], [(50, "extend", 0, 1, 0), (40, "extend", 0, 2, 1), (40, "repay", 0, 70_000, 0), WAIT])
@example([PLAIN], [(50, "plan", 0, 1, 0), (20, "rate", 0, 5, 2), (40, "repay", 0, 70_000, 0), WAIT])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(loans=st.lists(lent, min_size=1, max_size=4), steps=steps)
def test_the_set_based_night_accrues_what_the_fold_has_earned(
    database: tuple[asyncio.Runner, Any], loans: list[Any], steps: list[Any]
) -> None:
    runner, connection = database
    runner.run(live(connection, loans, steps))


async def live(connection: Any, loans: list[Any], steps: list[Any]) -> None:
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    try:
        portfolio = Portfolio(connection)
        for n, one in enumerate(loans, start=1):
            await lend(portfolio, UUID(int=n), *one)
        await portfolio.close_day()
        for days, action, which, minor, back in steps:
            portfolio.today += (days - 1) * ONE_DAY  # nights that were missed are caught up by the next
            await act(portfolio, UUID(int=which % len(loans) + 1), action, minor, back)
            await portfolio.close_day()
            open_and_plain = await connection.fetchval("select count(*) from accruing where plain")
            assert await portfolio.close_day() <= open_and_plain
    finally:
        await transaction.rollback()


async def lend(
    portfolio: Portfolio, loan_id: UUID, method: Any, day_count: Any, rate: str, minor: int, changes: list[Any],
    floats: bool,
) -> None:  # fmt: skip
    """A loan of three months; where the rate changes in its first row, the row has stretches."""
    principal = str(Decimal(minor).scaleb(-2) + 100)
    asked = book(principal=principal, method=method, day_count=day_count, rate=rate, loan_id=loan_id,
                 floating=FLOATING if floats else None)  # fmt: skip
    [booked] = loan_account.decide(asked, loan_account.initial)
    assert isinstance(booked, LoanBooked)
    row = booked.installments[0]
    parts = {row.starts_on: Decimal(rate)} | {row.starts_on + timedelta(days=n): Decimal(new) for n, new in changes}
    if len(parts) > 1:
        stretches = tuple(
            Stretch(starts_on=on, balance=row.balance, annual_rate_percent=new) for on, new in sorted(parts.items())
        )
        new_row = row.model_copy(update={"stretches": stretches, "adjustment": Money(minor % 700 - 350)})
        booked = booked.model_copy(update={"installments": (new_row, *booked.installments[1:])})
    portfolio.loans[loan_id] = loan_account.initial
    await portfolio.tell(loan_id, [booked], DRAWN_ON)


async def act(portfolio: Portfolio, loan_id: UUID, action: str, minor: int, back: int) -> None:
    loan, today = portfolio.loans[loan_id], portfolio.today
    portfolio.receipts += 1
    receipt = UUID(int=portfolio.receipts)
    match action:
        case "repay":
            asked: Any = repay(Money(minor), today - back * ONE_DAY, today=today, receipt=receipt, loan_id=loan_id)
        case "pay off" if isinstance(loan, OpenLoan):
            asked = pay_off(payoff_amount(loan, today), today, receipt=receipt, loan_id=loan_id)
        case "write off":
            asked = write_off(today).model_copy(update={"loan_id": loan_id})
        case _:
            for told in decided_by_two(portfolio, loan_id, action, minor, back):
                await portfolio.ask(loan_id, told(), today)
            return
    await portfolio.ask(loan_id, asked, today)


def decided_by_two(
    portfolio: Portfolio, loan_id: UUID, action: str, minor: int, back: int
) -> tuple[Callable[[], LoanAccountCommand], ...]:
    """A proposal and its approval, to be asked one after the other."""
    loan, today, proposal = portfolio.loans[loan_id], portfolio.today, UUID(int=10_000 + portfolio.receipts)
    first: dict[str, Any] = {"loan_id": loan_id, "proposal_id": proposal, "today": today}
    who: dict[str, Any] = first | {"because": "an error", "proposed_by": "li"}
    match action, loan:
        case (("rate" | "waive"), OpenLoan()):
            due = past_due(loan, today)
            change: Any = RateTerms(annual_rate_percent=Decimal(minor % 16), from_on=today - 9 * back * ONE_DAY)
            if action == "waive":
                change = WaiverTerms(interest=due.interest, penalty=due.penalty, compound=due.compound)
            proposed = ProposeAccountChange(**first, change=change, reason="agreed", proposed_by="li")
            return lambda: proposed, lambda: ApproveAccountChange(**first, approved_by="wang")
        case "reverse", OpenLoan() | SettledLoan() if loan.receipts:
            wrong = list(loan.receipts)[-1 - back % len(loan.receipts)]
            return lambda: ProposeReversal(**who, receipt_id=wrong), lambda: ReverseReceipt(
                **first, approved_by="wang", past=tuple(portfolio.past[loan_id])
            )
        case "refund", OpenLoan() | SettledLoan():
            back_to = ProposeRefund(**who, amount=loan.credit)
            return lambda: back_to, lambda: RefundCredit(**first, approved_by="wang")
        case (("extend" | "renew" | "plan"), OpenLoan()):
            terms: Any = renewal(1 + minor % 3) if action == "renew" else extension(1 + minor % 2, rate=RATES[back])
            if action == "plan":
                terms = plan(today + (1 + minor % 40) * ONE_DAY, 1 + minor % 4, method=METHODS[back % 3],
                             rate=RATES[back], capitalise=CAPITALISED[minor % 3])  # fmt: skip
            told = {"loan_id": loan_id}
            return (
                lambda: propose(terms, today, change=proposal).model_copy(update=told),
                lambda: decide(today, change=proposal).model_copy(update=told),
            )
        case _:
            return ()
