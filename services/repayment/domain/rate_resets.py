"""Resets of a floating rate (重定价): the LPR known at the beginning of the reset day, plus the contract's spread."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_DOWN, Decimal

from services.repayment.domain.events import FloatingRate, LprRate, RateReset
from services.repayment.domain.loan import OpenLoan
from services.repayment.domain.penalty import penalty_rate_percent
from services.repayment.domain.rate_timeline import RateFrom, rate_on, reset_days
from services.repayment.domain.repricing import NewRate, repriced
from shared.money import Money

ALL_IN_CAP_PERCENT = Decimal(24)
"""No loan costs more a year, penalty included (民法典 680; the figure is general practice of the courts)."""


def rate_reset(loan: OpenLoan, on: date, lpr: Sequence[LprRate]) -> RateReset:
    """The reset of `on`; a rate never below nil nor, with its penalty, above the cap.

    ValueError where no LPR was published by then.
    """
    floating = loan.terms.floating
    assert floating is not None, "only a floating rate is reset"
    known = rate_on(_of_tenor(lpr, floating), on)
    percent = min(max(known + floating.spread_bps / 100, Decimal(0)), _highest(loan.penalty_uplift_percent))
    decided_on = max(on, loan.last_event_on)
    repricing = schedule = None
    credit = Money(0, loan.credit.currency)
    if percent != loan.rates[-1].percent:
        repricing, schedule, credit = repriced(loan, NewRate(percent, on, decided_on), "rate_reset")
    return RateReset(
        loan_id=loan.terms.loan_id,
        origin=loan.terms.origin,
        reset_on=on,
        lpr_percent=known,
        next_reset_on=next_reset(floating, loan.terms.disbursed_on, loan.installments[-1].row.due_on, on),
        decided_on=decided_on,
        repricing=repricing,
        schedule=schedule,
        credit_change=credit,
    )


def next_reset(floating: FloatingRate, priced_on: date, matures_on: date, after: date) -> date | None:
    """The first reset day after a day; None where there is none before maturity."""
    days = reset_days(floating.reset, priced_on, matures_on)
    return next((day for day in days if day > after), None)


def is_above_cap(percent: Decimal, uplift_percent: Decimal) -> bool:
    """Whether a rate would cost more than the cap once the loan is in default."""
    return penalty_rate_percent(percent, uplift_percent) > ALL_IN_CAP_PERCENT


def _highest(uplift_percent: Decimal) -> Decimal:
    """The highest rate whose penalty rate keeps to the cap, to 4 places down."""
    return (ALL_IN_CAP_PERCENT * 100 / (100 + uplift_percent)).quantize(Decimal("0.0001"), ROUND_DOWN)


def _of_tenor(lpr: Sequence[LprRate], floating: FloatingRate) -> list[RateFrom]:
    return [
        RateFrom(one.published_on, one.one_year_percent if floating.tenor == "1Y" else one.five_years_percent)
        for one in lpr
    ]
