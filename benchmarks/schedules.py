"""Schedules of instalments a second: in batches and one by one, beside a plain loop in Decimal and a package of others.

All are asked for the same loans, equal instalments over months of 30/360, and answer interest and principal of each row
to the fen. Timed in this process's processor seconds, one core.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from statistics import median

import numpy as np
from mortgagemath import LoanParams, PaymentRounding, amortization_schedule

from benchmarks.rounds import Found, Line, Plan, at_least, interleave, ratios
from services.repayment.domain.plain_schedule import YEAR_DAYS, Terms, figures
from services.repayment.domain.schedule import repayment_schedule
from services.repayment.domain.schedule_batch import RATE_SCALE, LoanColumns, schedules
from shared.money import Money

BATCH = 4096
ONE_BY_ONE = 400
BATCH_GOAL, ONE_GOAL = 10, 5
FEN = Decimal("0.01")
DRAWN_ON = date(2026, 1, 15)
Rows = list[tuple[int, int]]


@dataclass(frozen=True)
class Loan:
    """What is lent, in fen; the rate in percent to four places."""

    principal: int
    rate: Decimal
    months: int

    @property
    def terms(self) -> Terms:
        rate, part = self.rate.as_integer_ratio()
        return Terms("equal_instalments", self.principal, rate, part * 100 * YEAR_DAYS["30/360"], [30] * self.months)


async def measure(plan: Plan) -> Found:
    """They take turns; first all are held against one another."""
    loans = _loans(BATCH)
    few = loans[: plan.count(ONE_BY_ONE)]
    columns = _columns(loans)
    _agree(few[:50])
    samples = await interleave(
        {
            "batch": _timed(len(loans), lambda: schedules(columns, "equal_instalments", "30/360")),
            "one": _timed(len(few), lambda: [figures(one.terms) for one in few]),
            "rows": _timed(len(few) // 8 or 1, lambda: [_rows(one) for one in few[: len(few) // 8 or 1]]),
            "decimal": _timed(len(few), lambda: [in_decimal(one) for one in few]),
            "mortgagemath": _timed(len(few), lambda: [in_mortgagemath(one) for one in few]),
        },
        plan.rounds,
    )
    batch, one = ratios(samples, "batch", "decimal"), ratios(samples, "one", "mortgagemath")
    lines = [
        at_least(
            BATCH_GOAL, Line(f"schedules: batches of {BATCH:,}", "per s", samples["batch"], batch, "this / Decimal")
        ),
        at_least(ONE_GOAL, Line("schedules: one, figures", "per s", samples["one"], one, "this / mortgagemath")),
        Line("schedules: one, dated rows as booked", "per s", samples["rows"]),
        Line("schedules: a loop in Decimal", "per s", samples["decimal"]),
        Line("schedules: mortgagemath", "per s", samples["mortgagemath"]),
    ]
    return Found(lines, {"schedules_vs_decimal": median(batch), "schedules_vs_mortgagemath": median(one)})


def in_decimal(loan: Loan) -> Rows:
    """The obvious way: every row in Decimal, rounded half up to the fen."""
    balance, rate = Decimal(loan.principal) / 100, loan.rate / 1200
    level = (balance * rate / (1 - (1 + rate) ** -loan.months)).quantize(FEN, ROUND_HALF_UP)
    rows = []
    for number in range(loan.months):
        interest = (balance * rate).quantize(FEN, ROUND_HALF_UP)
        repaid = balance if number == loan.months - 1 else level - interest
        balance -= repaid
        rows.append((int(repaid * 100), int(interest * 100)))
    return rows


def in_mortgagemath(loan: Loan) -> Rows:
    """The package as it is: its rows have a running total of interest and the balance too."""
    asked = LoanParams(
        Decimal(loan.principal) / 100, loan.rate, loan.months, payment_rounding=PaymentRounding.ROUND_HALF_UP
    )
    return [(int(row.principal * 100), int(row.interest * 100)) for row in amortization_schedule(asked)[1:]]


def _rows(loan: Loan) -> object:
    return repayment_schedule(
        principal=Money(loan.principal),
        annual_rate_percent=loan.rate,
        term_months=loan.months,
        method="equal_instalments",
        day_count="30/360",
        disbursed_on=DRAWN_ON,
    )


def _agree(loans: Sequence[Loan]) -> None:
    batch = schedules(_columns(loans), "equal_instalments", "30/360")
    for place, loan in enumerate(loans):
        ours = list(zip(*figures(loan.terms), strict=True))
        assert ours == in_decimal(loan) == in_mortgagemath(loan), loan
        both = (column[: loan.months, place].tolist() for column in (batch.principal, batch.interest))
        assert ours == list(zip(*both, strict=True)), loan


def _loans(count: int) -> list[Loan]:
    chance = Random(1)  # noqa: S311
    return [
        Loan(chance.randrange(10**6, 10**9), Decimal(chance.randrange(30_000, 240_000)).scaleb(-4), months)
        for months in (chance.choice((12, 18, 24, 36)) for _ in range(count))
    ]


def _columns(loans: Sequence[Loan]) -> LoanColumns:
    return LoanColumns(
        principal=np.array([one.principal for one in loans], np.int64),
        rate=np.array([int(one.rate * RATE_SCALE) for one in loans], np.int64),
        months=np.array([one.months for one in loans], np.int64),
    )


def _timed(count: int, work: Callable[[], object]) -> Callable[[], Awaitable[float]]:
    async def run() -> float:
        started, done = time.process_time(), 0
        while (spent := time.process_time() - started) < 0.2 or not done:
            work()
            done += count
        return done / spent

    return run
