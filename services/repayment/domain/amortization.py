"""Amortization (分期计划的核心): the rows of any repayment method over given periods, to the fen, in exact fractions.

Each row's interest is rounded once; the principal of all rows is what was drawn. The instalment is worked out anew in
the period of each further drawdown, for the periods that are left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Literal

from services.repayment.domain.installment import Installment
from services.repayment.domain.periods import PartRule, Period, years_from
from services.repayment.domain.rounding import CHINESE_ROUNDING, Rounding
from shared.money import Money

Shape = Literal["equal_instalments", "equal_principal", "flat", "principal_last", "capitalised", "given"]
"""等额本息; 等额本金; 等本等息; 到期还本, interest in every period; 到期还本付息, compound interest; 自由还款计划."""

HeldInterest = Literal["beside_instalment", "instalment_repays"]
"""Where interest is held back: the row repays what it would anyway, or the whole instalment repays principal."""

SMOOTHING_ROUNDS = 3
SHARES_PRINCIPAL = frozenset({"equal_instalments", "equal_principal", "flat"})


@dataclass(frozen=True)
class Drawdown:
    """Money lent on a day: interest runs from that day."""

    on: date
    amount: Money


@dataclass(frozen=True)
class Grace:
    """宽限: in the first periods no principal, interest put off until the grace ends, or no interest at all (免息)."""

    principal_periods: int = 0
    interest_periods: int = 0
    interest_free_periods: int = 0
    held_interest: HeldInterest = "beside_instalment"


NO_GRACE = Grace()


@dataclass(frozen=True)
class Plan:
    """All that rows follow from. `given` is the principal by period number, from 1, for the shape of that name.

    `instalment` sets equal instalments instead of solving for them.
    """

    shape: Shape
    periods: Sequence[Period]
    drawdowns: Sequence[Drawdown]
    annual_rate_percent: Decimal
    day_count: str
    rounding: Rounding = CHINESE_ROUNDING
    grace: Grace = NO_GRACE
    part_rule: PartRule = "odd_days"
    given: Mapping[int, Money] | None = None
    instalment: Money | None = None

    @cached_property
    def drawn_in(self) -> Mapping[int, Sequence[Drawdown]]:
        """The drawdowns by their period, looked up once: each row of each trial asks."""
        found: dict[int, list[Drawdown]] = {}
        for one in self.drawdowns:
            found.setdefault(_period_of(self.periods, one.on), []).append(one)
        return found


@dataclass(frozen=True)
class _Account:
    """Where the account stands between two rows, in minor units; `exact` is the balance had nothing been rounded."""

    balance: int = 0
    exact: Fraction = Fraction(0)
    drawn: int = 0
    held: int = 0
    carried: Fraction = Fraction(0)


def amortize(plan: Plan) -> tuple[Installment, ...]:
    """The rows of the plan. They repay exactly what was drawn, the residue in the last row unless told otherwise.

    ValueError for a plan that cannot be: nothing drawn in the first period, a drawdown outside the periods, a grace as
    long as the loan, given principal that differs from what was drawn.
    """
    _check(plan)
    account, rows = _Account(), list[Installment]()
    begins = sorted({_period_of(plan.periods, one.on) for one in plan.drawdowns})
    for begin, end in pairwise([*begins, len(plan.periods)]):
        known = replace(plan, drawdowns=[one for one in plan.drawdowns if one.on < plan.periods[begin].ends_on])
        portion = _smoothed(known, begin, account) if plan.instalment is None else Fraction(plan.instalment.minor)
        for index in range(begin, end):
            account, row = _row(known, index, account, portion)
            rows.append(row)
    return tuple(rows)


def level_instalment(
    rates: Sequence[Fraction], opening: int | Fraction, drawn: Sequence[Fraction] = ()
) -> tuple[Decimal, Decimal]:
    """(growth, annuity) of E = growth / annuity, the instalment that repays everything over periods at `rates`.

    growth = P × Π(1 + f_k) and annuity = F_n with F_1 = 1, F_k = F_(k-1) × (1 + f_k) + 1; `drawn` is what comes
    in each period with its interest until that period's end.
    """
    growth, annuity = _decimal(Fraction(opening)), Decimal(0)
    for number, rate in enumerate(rates):
        factor = 1 + _decimal(rate)
        growth = growth * factor + (_decimal(drawn[number]) if drawn else 0)
        annuity = annuity * factor + 1
    return growth, annuity


def _smoothed(plan: Plan, begin: int, account: _Account) -> Fraction:
    """The portion, moved towards the last instalment where smoothing is on (Apache Fineract's rule).

    d = last instalment - E; where 100 × |d| exceeds half the rows, E + d / n is kept if it makes |d| smaller.
    """
    portion, count = _portion(plan, begin, account), _sharing(plan, begin)
    if plan.shape != "equal_instalments" or not plan.rounding.smoothing:
        return portion
    off = _last_total(plan, begin, account, portion) - portion
    for _ in range(SMOOTHING_ROUNDS):
        if count < 2 or abs(off) <= count // 2:  # noqa: PLR2004  (half of one row is none)
            break
        tried = portion + plan.rounding.instalment(off / count)
        tried_off = _last_total(plan, begin, account, tried) - tried
        if abs(tried_off) >= abs(off):
            break
        portion, off = tried, tried_off
    return portion


def _last_total(plan: Plan, begin: int, account: _Account, portion: Fraction) -> int:
    for index in range(begin, len(plan.periods)):
        account, row = _row(plan, index, account, portion)
    return row.total.minor


def _portion(plan: Plan, begin: int, account: _Account) -> Fraction:
    """The equal instalment, or the equal portion of principal, of the periods from `begin` on."""
    if plan.shape not in SHARES_PRINCIPAL:
        return Fraction(0)
    first = max(begin, plan.grace.principal_periods)
    if plan.shape != "equal_instalments":
        shared = Fraction(account.balance + _drawn_in(plan, begin), _sharing(plan, begin))
        return Fraction(plan.rounding.instalment(shared)) if plan.shape == "equal_principal" else shared
    opening: Fraction | int = account.exact if plan.rounding.carry else account.balance
    drawn = Fraction(0)
    if first == begin:
        drawn = sum((amount * (1 + rate) for amount, rate in _drawn_rates(plan, begin)), Fraction(0))
    else:
        opening += _drawn_in(plan, begin)
    rates = [_rate(plan, index) for index in range(first, len(plan.periods))]
    growth, annuity = level_instalment(rates, opening, [drawn] + [Fraction(0)] * (len(rates) - 1))
    exact = Fraction(growth / annuity)
    return exact if plan.rounding.carry else Fraction(plan.rounding.instalment(exact))


def _row(plan: Plan, index: int, account: _Account, portion: Fraction) -> tuple[_Account, Installment]:
    period, currency = plan.periods[index], plan.drawdowns[0].amount.currency
    came = _drawn_in(plan, index)
    accrued = _interest(plan, index, account)
    charged, carried = _rounded(plan.rounding, accrued, account.carried)
    balance, last = account.balance + came, index == len(plan.periods) - 1
    held = account.held + charged
    holds = plan.shape == "capitalised" or index < plan.grace.interest_periods
    due = 0 if holds and not last else held
    instead = plan.grace.held_interest == "instalment_repays"
    exact = _repaid(plan, index, balance, portion, _taken(plan, due, charged, accrued, instead=instead))
    repaid = balance if last else max(0, min(plan.rounding.interest(exact), balance))
    row = Installment(
        no=index + 1,
        starts_on=period.starts_on,
        due_on=period.due_on,
        balance=Money(balance, currency),
        principal=Money(repaid, currency),
        interest=Money(due, currency),
    )
    after = _Account(
        balance=balance - repaid,
        exact=max(Fraction(0), account.exact + came - max(Fraction(0), exact)),
        drawn=account.drawn + came,
        held=held - due,
        carried=carried,
    )
    return after, row


def _taken(plan: Plan, due: int, charged: int, accrued: Fraction, *, instead: bool) -> Fraction:
    """The interest that an instalment pays before it repays principal."""
    if plan.rounding.carry:
        return accrued
    return Fraction(due if instead else charged)


def _repaid(plan: Plan, index: int, balance: int, portion: Fraction, taken: Fraction) -> Fraction:
    """The principal of the row, before it is rounded and kept between nil and the balance."""
    if plan.given is not None:
        one = plan.given.get(index + 1)
        return Fraction(one.minor if one else 0)
    if index < plan.grace.principal_periods:
        return Fraction(0)
    match plan.shape:
        case "equal_instalments":
            return portion - taken
        case "flat":
            return plan.rounding.instalment(portion + taken) - taken
        case "equal_principal":
            if plan.rounding.residue_in == "first" and index == plan.grace.principal_periods:
                return balance - portion * (_sharing(plan, index) - 1)
            return portion
        case _:
            return Fraction(0)


def _interest(plan: Plan, index: int, account: _Account) -> Fraction:
    """What the period earns, in minor units, unrounded."""
    came = sum((amount * rate for amount, rate in _drawn_rates(plan, index)), Fraction(0))
    if plan.shape == "flat":
        return account.drawn * _rate(plan, index) + came
    if plan.shape == "capitalised":
        return (account.balance + account.held) * _rate(plan, index) + came
    return (account.exact if plan.rounding.carry else account.balance) * _rate(plan, index) + came


def _rounded(rounding: Rounding, exact: Fraction, carried: Fraction) -> tuple[int, Fraction]:
    """The row's interest, and what rounding has left over so far: a whole minor unit of it goes into the row."""
    charged = rounding.interest(exact)
    if not rounding.carry:
        return charged, carried
    left = carried + exact - charged
    whole = int(left)
    return charged + whole, left - whole


def _rate(plan: Plan, index: int, start_on: date | None = None) -> Fraction:
    """The rate of a period, or of its part from `start_on`; nil while no interest is charged."""
    if index < plan.grace.interest_free_periods:
        return Fraction(0)
    period = plan.periods[index]
    years = years_from(period, start_on or period.starts_on, period.ends_on, plan.day_count, plan.part_rule)
    return plan.rounding.period_rate(Fraction(plan.annual_rate_percent) / 100 * years)


def _drawn_rates(plan: Plan, index: int) -> list[tuple[int, Fraction]]:
    """What is drawn in a period, with the rate of its part of the period."""
    return [(one.amount.minor, _rate(plan, index, one.on)) for one in plan.drawn_in.get(index, ())]


def _drawn_in(plan: Plan, index: int) -> int:
    return sum(one.amount.minor for one in plan.drawn_in.get(index, ()))


def _sharing(plan: Plan, begin: int) -> int:
    """How many rows from `begin` on repay principal."""
    return len(plan.periods) - max(begin, plan.grace.principal_periods)


def _period_of(periods: Sequence[Period], on: date) -> int:
    """The period of a drawdown: one on a due date belongs to the next period."""
    for index, period in enumerate(periods):
        if period.starts_on <= on < period.ends_on:
            return index
    raise ValueError(f"{on} lies in no period of the schedule")


def _check(plan: Plan) -> None:
    if not plan.drawdowns or min(_period_of(plan.periods, one.on) for one in plan.drawdowns):
        raise ValueError("the first drawdown lies in the first period")
    grace, count = plan.grace, len(plan.periods)
    if max(grace.principal_periods, grace.interest_periods) >= count:
        raise ValueError("a grace must be shorter than the loan")
    if plan.rounding.residue_in == "first" and plan.shape != "equal_principal":
        raise ValueError("only equal portions of principal can leave their residue in the first row")
    if plan.given is not None:
        drawn = Money.sum((one.amount for one in plan.drawdowns), plan.drawdowns[0].amount.currency)
        if Money.sum(plan.given.values(), drawn.currency) != drawn:
            raise ValueError("the principal of a free plan must be what is drawn")


def _decimal(exact: Fraction) -> Decimal:
    return Decimal(exact.numerator) / exact.denominator
