"""One night's accrual explained (计提说明): on which balance, at which rate and for how many days it has run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from services.repayment.domain.accrual import AccrualBasis, AccrualRow, elapsed_days
from services.repayment.domain.day_count import actual_days
from services.repayment.domain.installment import Stretch
from shared.money import Money

ChargeKind = Literal["interest", "penalty", "compound"]
"""利息; 罚息; 复利."""


@dataclass(frozen=True)
class Running:
    """What runs in a night: `balance` × `annual_rate_percent` × `days` / 36000 from `since` to the night's end.

    `days` are interest days in the loan's day count, `since` and the night itself included; `due_on` names the row.
    """

    kind: ChargeKind
    due_on: date
    balance: Money
    annual_rate_percent: Decimal
    since: date
    days: int


def running(basis: AccrualBasis, night: date) -> Iterator[Running]:
    """All that runs in `night`: the row of the schedule it lies in, stretch by stretch, then what is past due.

    The interest of a row is the sum of its stretches rounded half up once, with its adjustment, and never more than
    the row's own, which it has earned at the end of its last night. Penalty and compound interest are each rounded
    once over all rows since they were last settled.
    """
    until = night + timedelta(days=1)
    for row in basis.rows:
        if row.starts_on < until <= row.due_on:
            yield from _stretches(row, basis, until)
    for row in basis.rows:
        since = max(basis.settled_on, row.due_on)
        if since < until:
            late, rate = actual_days(since, until), basis.penalty_rate_percent
            if row.unpaid_principal:
                yield Running("penalty", row.due_on, row.unpaid_principal, rate, since, late)
            if row.unpaid_interest:
                yield Running("compound", row.due_on, row.unpaid_interest, rate, since, late)


def _stretches(row: AccrualRow, basis: AccrualBasis, until: date) -> Iterator[Running]:
    whole = Stretch(
        starts_on=row.starts_on,
        balance=basis.flat_on or row.balance,
        annual_rate_percent=basis.annual_rate_percent,
    )
    stretches = row.stretches or (whole,)
    ends = [*(one.starts_on for one in stretches[1:]), until]
    for one, end in zip(stretches, ends, strict=True):
        if one.starts_on < until:
            first, last = (
                elapsed_days(row.starts_on, row.due_on, basis.day_count, day)
                for day in (one.starts_on, min(end, until))
            )
            yield Running("interest", row.due_on, one.balance, one.annual_rate_percent, one.starts_on, last - first)
