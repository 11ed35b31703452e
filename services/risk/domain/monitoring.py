"""模型监测: whether those who apply now are like those the model knows, and whether it was right about them.

Alarms know their sample size: at a hundred applications a month an index above 0.10 is reached by chance in a third
of the months without any drift, so the border rises with what chance does, and few cases are "too few", never "good".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

from services.risk.domain.quantiles import beta_quantile, chi_square_quantile

INDEX_BORDER = 0.10
CONFIDENCE = 0.99
FEWEST = 300
"""Cases that make a verdict; months are taken together until there are so many."""
REFERENCE_DECISIONS = 300
"""The first decisions of a model version are what its later ones are compared with."""
EXPECTED_FEWEST = 5.0
INTERVAL = 0.95
OVERRIDE_BORDER = 0.10
HALF = 0.5

Counts = Mapping[str, int]
Drift = Literal["alarm", "stable", "too_few", "no_reference"]
Backtest = Literal["in_line", "under_predicted", "over_predicted", "too_few"]


@dataclass(frozen=True)
class Window:
    """Some months together: how many cases, their index against the reference, the border, and the verdict."""

    first_month: str
    last_month: str
    cases: int
    index: float
    border: float
    verdict: Drift


@dataclass(frozen=True)
class Outcome:
    """Loans of which a year is known: how many were expected to go bad, how many did, and the Jeffreys interval."""

    loans: int
    expected: float
    bad: int
    low: float
    high: float
    verdict: Backtest


def stability_index(reference: Counts, counts: Counts) -> float:
    """群体稳定性指标 (PSI, CSI): sum of (q - p) ln(q / p) over the bins, half a case added to each."""
    bins = sorted(set(reference) | set(counts))
    all_before = sum(reference.values()) + HALF * len(bins)
    all_now = sum(counts.values()) + HALF * len(bins)
    total = 0.0
    for one in bins:
        before, now = (reference.get(one, 0) + HALF) / all_before, (counts.get(one, 0) + HALF) / all_now
        total += (now - before) * log(now / before)
    return total


def index_border(reference: int, cases: int, bins: int) -> float:
    """max(0.10, chi-square 99 % of bins - 1 times (1/n + 1/N)): what chance alone passes once in a hundred times."""
    by_chance = chi_square_quantile(CONFIDENCE, max(1, bins - 1)) * (1 / cases + 1 / reference)
    return max(INDEX_BORDER, by_chance)


def windows(reference: Counts, months: Iterable[tuple[str, Counts]]) -> list[Window]:
    """The months in order, taken together until there are enough cases; the last ones as many as there are.

    An index beyond its border is an alarm however few the cases; below it few cases give no verdict.
    """
    found: list[Window] = []
    open_months: list[tuple[str, Counts]] = []
    for month, counts in months:
        open_months.append((month, counts))
        if sum(sum(one.values()) for _, one in open_months) >= FEWEST:
            found.append(_window(reference, open_months))
            open_months = []
    if open_months:
        found.append(_window(reference, open_months))
    return found


def _window(reference: Counts, months: Sequence[tuple[str, Counts]]) -> Window:
    together: dict[str, int] = {}
    for _, counts in months:
        for one, n in counts.items():
            together[one] = together.get(one, 0) + n
    cases, known = sum(together.values()), sum(reference.values())
    verdict: Drift
    if known < REFERENCE_DECISIONS or not cases:
        index, border, verdict = 0.0, 0.0, "no_reference"
    else:
        index = stability_index(reference, together)
        border = index_border(known, cases, len(set(reference) | set(together)))
        verdict = "alarm" if index > border else "stable" if cases >= FEWEST else "too_few"
    return Window(months[0][0], months[-1][0], cases, index, border, verdict)


def jeffreys(bad: int, loans: int) -> tuple[float, float]:
    """The 95 % Jeffreys interval of a rate: quantiles of beta(bad + 1/2, good + 1/2), with 0 and 1 at the ends."""
    tail = (1 - INTERVAL) / 2
    a, b = bad + HALF, loans - bad + HALF
    low = 0.0 if bad == 0 else beta_quantile(tail, a, b)
    high = 1.0 if bad == loans else beta_quantile(1 - tail, a, b)
    return low, high


def backtest(loans: int, expected: float, bad: int) -> Outcome:
    """Observed against expected. No verdict where fewer than five were expected."""
    low, high = jeffreys(bad, loans)
    mean = expected / loans if loans else 0.0
    verdict: Backtest
    if expected < EXPECTED_FEWEST:
        verdict = "too_few"
    elif mean < low:
        verdict = "under_predicted"
    else:
        verdict = "over_predicted" if mean > high else "in_line"
    return Outcome(loans, expected, bad, low, high, verdict)


def override_verdict(decided: int, overridden: int) -> Drift:
    """More than a tenth of people's decisions against the recommendation is an alarm; under fifty nothing is said."""
    if decided * OVERRIDE_BORDER < EXPECTED_FEWEST:
        return "too_few"
    return "alarm" if overridden > decided * OVERRIDE_BORDER else "stable"


def cumulative(by_month: Mapping[int, int], months: int) -> list[int]:
    """Bad loans until each month on book, 0 to `months`, both included."""
    total, found = 0, []
    for month in range(months + 1):
        total += by_month.get(month, 0)
        found.append(total)
    return found
