"""The rows of a loan of which a part is repaid early (提前部分还款后的还款计划): shorter, or smaller.

What is repaid early is a row of its own, due on its day and without interest. The row that runs gains a stretch: its
interest runs on the larger balance until that day (民法典 677). The rows after it follow from the smaller balance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.repayment.domain.amortization import level_instalment
from services.repayment.domain.changed_schedule import method_of
from services.repayment.domain.events import Keeps
from services.repayment.domain.installment import Installment, Stretch
from services.repayment.domain.loan import OpenLoan
from services.repayment.domain.repricing import row_days, row_interest, stretches_of
from shared.money import Money

YEAR_PERCENT = 36000


@dataclass(frozen=True)
class _Row:
    """A row that is not due yet, its rate, and what it earns on one yuan over its whole period."""

    row: Installment
    percent: Decimal
    earns: Fraction

    def interest_on(self, balance: Money) -> Money:
        return Money(_half_up(balance.minor * self.earns.numerator, self.earns.denominator), balance.currency)


def not_due(loan: OpenLoan, on: date) -> list[Installment]:
    """The rows that fall due after `on`."""
    return [state.row for state in loan.installments if state.row.due_on > on]


def prepaid(loan: OpenLoan, principal: Money, keeps: Keeps, on: date) -> tuple[Installment, ...]:
    """All rows of a loan that has been brought to `on`, once so much of what is not due is repaid on that day.

    Equal instalments are solved for anew or kept; other methods give up principal from the last row back, or each row
    in proportion. The rows keep their due dates; those that have nothing left fall away. ValueError where the principal
    is not more than nothing and less than all that is not due.
    """
    rest = not_due(loan, on)
    before = Money.sum((row.principal for row in rest), principal.currency)
    if not 0 < principal.minor < before.minor:
        raise ValueError("a part of the principal that is not due yet")
    rows = [_row(loan, row) for row in rest]
    left = before - principal
    shares = _level(rows, left, keeps) if method_of(loan) == "equal_instalments" else _shared(rest, left, keeps)
    kept = [state.row for state in loan.installments if state.row.due_on <= on]
    early = Installment(
        no=rest[0].no, starts_on=on, due_on=on, balance=before, principal=principal, interest=principal - principal
    )
    later, balance = list[Installment](), left
    for one, share in zip(rows, shares, strict=False):  # rows beyond the shares fall away
        later.append(_planned(loan, one, balance, share, on))
        balance -= share
    return (*kept, early, *later)


def _row(loan: OpenLoan, row: Installment) -> _Row:
    percent = stretches_of(loan, row)[-1].annual_rate_percent
    days = row_days(row.starts_on, row.due_on, loan.terms.day_count)
    return _Row(row, percent, Fraction(percent) * days / YEAR_PERCENT)


def _level(rows: Sequence[_Row], left: Money, keeps: Keeps) -> list[Money]:
    """The principal of each row of equal instalments; rows without principal at the beginning are a grace that runs."""
    grace = next(n for n, one in enumerate(rows) if one.row.principal)
    repaying = rows[grace:]
    instalment = _kept_instalment(repaying) if keeps == "instalment" else _solved(repaying, left)
    shares, balance = [left - left] * grace, left
    for one in repaying[:-1]:
        share = min(max(instalment - one.interest_on(balance), left - left), balance)
        shares.append(share)
        balance -= share
        if not balance:
            return shares
    return [*shares, balance]


def _kept_instalment(rows: Sequence[_Row]) -> Money:
    """Of the first row that neither runs nor takes the residue; with no such row, of the first one."""
    return rows[1 if len(rows) > 2 else 0].row.total  # noqa: PLR2004  (the running row, a regular one and the last)


def _solved(rows: Sequence[_Row], left: Money) -> Money:
    growth, annuity = level_instalment([one.earns for one in rows], Fraction(left.amount))
    return Money.round(growth / annuity, left.currency)


def _shared(rest: Sequence[Installment], left: Money, keeps: Keeps) -> list[Money]:
    """What is left goes to the first rows as they were, or to all in proportion, the residue to the last."""
    before, shares, balance = sum(row.principal.minor for row in rest), list[Money](), left
    last = max(n for n, row in enumerate(rest) if row.principal)
    for n, row in enumerate(rest):
        share = Money(_half_up(row.principal.minor * left.minor, before), left.currency)
        share = balance if n == last else min(share if keeps == "term" else row.principal, balance)
        shares.append(share)
        balance -= share
        if keeps == "instalment" and not balance:
            break
    return shares


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _planned(loan: OpenLoan, one: _Row, balance: Money, share: Money, on: date) -> Installment:
    """The row, a number later, with what its interest runs on where that is not one balance at the booked rate."""
    row, terms = one.row, loan.terms
    now = Stretch(starts_on=max(row.starts_on, on), balance=balance, annual_rate_percent=one.percent)
    stretches = (*(past for past in stretches_of(loan, row) if past.starts_on < now.starts_on), now)
    interest = row_interest(row, stretches, terms.day_count)
    is_plain = len(stretches) == 1 and one.percent == terms.annual_rate_percent and terms.repayment_method != "flat"
    return row.model_copy(
        update={
            "no": row.no + 1,
            "balance": balance,
            "principal": share,
            "interest": interest + row.adjustment if row.adjustment else interest,
            "stretches": () if is_plain else stretches,
        }
    )
