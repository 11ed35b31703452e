"""定价: the published price: benchmark of the day plus spreads by grade, term and security, between floor and cap.

LPR (贷款市场报价利率) is published on the 20th of a month or the next working day, for one year and
for more than five years. All rates in percent a year, spreads in basis points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from services.risk.domain.fractions import HUNDRED, NIL
from shared.messages import Value


class BenchmarkQuote(Value):
    published_on: date
    one_year_percent: Decimal
    five_year_percent: Decimal


class Step(Value):
    """A value of a step table from `from_value` (included) up to the next step's."""

    from_value: Decimal
    bps: int


@dataclass(frozen=True)
class PublishedPrice:
    """`spread_bps` is what is left after floor and cap; `bound` says which of them moved the rate."""

    benchmark_percent: Decimal
    benchmark_published_on: date
    grade_spread_bps: int
    term_spread_bps: int
    collateral_spread_bps: int
    spread_bps: int
    annual_rate_percent: Decimal
    bound: str | None


def benchmark(
    quotes: Sequence[BenchmarkQuote], on: date, term_months: int, five_year_above_months: int
) -> tuple[Decimal, date]:
    """The LPR known on `on`, in percent, and its day of publication.

    One-year LPR up to and including `five_year_above_months`, the five-year one beyond: for terms of one
    to five years the contract chooses, so the border is data. ValueError before the first quote.
    """
    known = [quote for quote in quotes if quote.published_on <= on]
    if not known:
        raise ValueError(f"no benchmark rate was known on {on}")
    latest = max(known, key=lambda quote: quote.published_on)
    is_long = term_months > five_year_above_months
    return (latest.five_year_percent if is_long else latest.one_year_percent), latest.published_on


def step_bps(steps: Sequence[Step], value: Decimal) -> int:
    """The basis points of the step that holds `value`; 0 below the first step."""
    return next((step.bps for step in reversed(steps) if value >= step.from_value), 0)


def published_price(
    quote: tuple[Decimal, date],
    *,
    grade_bps: int,
    term_bps: int,
    collateral_bps: int,
    floor_percent: Decimal,
    cap_percent: Decimal,
) -> PublishedPrice:
    """Rate = benchmark + (grade + term + collateral) / 100, not below the floor, not above the cap.

    A rate below the floor would need the next approval level, so no price is published there.
    """
    benchmark_percent, published_on = quote
    wanted = benchmark_percent + percent_of_bps(grade_bps + term_bps + collateral_bps)
    rate = min(max(wanted, floor_percent), cap_percent)
    return PublishedPrice(
        benchmark_percent=benchmark_percent,
        benchmark_published_on=published_on,
        grade_spread_bps=grade_bps,
        term_spread_bps=term_bps,
        collateral_spread_bps=collateral_bps,
        spread_bps=bps_of_percent(rate - benchmark_percent),
        annual_rate_percent=rate,
        bound="floor" if rate > wanted else "cap" if rate < wanted else None,
    )


def below_floor(rate_percent: Decimal, floor_percent: Decimal, risk_based_percent: Decimal) -> bool:
    """Whether a rate needs the next level of authority: below the book's floor, or below what the risk costs."""
    return rate_percent < max(floor_percent, risk_based_percent)


def percent_of_bps(bps: int) -> Decimal:
    return Decimal(bps) / HUNDRED


def bps_of_percent(percent: Decimal) -> int:
    """Whole basis points, half up (away from nil)."""
    return int((percent * HUNDRED).quantize(Decimal(1), ROUND_HALF_UP)) if percent else int(NIL)
