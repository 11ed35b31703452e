"""Quantiles of the chi-square and the beta distribution, in plain Python: what serves imports no scipy.

Incomplete gamma: series and continued fraction, DLMF 8.7.1 and 8.9.2. Incomplete beta: continued fraction,
DLMF 8.17.22. Both by Lentz's method, and inverted by bisection; the tests hold them to scipy within 1e-9.
"""

from collections.abc import Callable, Iterator
from itertools import count
from math import exp, lgamma, log

EXACT = 1e-15
TINY = 1e-300
STEPS_MAX = 10_000
HALVINGS = 200


def chi_square_quantile(probability: float, freedom: int) -> float:
    """The value below which a chi-square with `freedom` degrees lies with that probability (0 < p < 1)."""
    high = float(freedom)
    while chi_square_below(high, freedom) < probability:
        high *= 2
    return _inverted(lambda x: chi_square_below(x, freedom), probability, high)


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The value in [0, 1] below which a beta(a, b) lies with that probability (0 < p < 1; a, b > 0)."""
    return _inverted(lambda x: beta_below(x, a, b), probability, 1.0)


def chi_square_below(x: float, freedom: int) -> float:
    """P(X <= x): the regularised lower incomplete gamma at half of both."""
    a, half = freedom / 2, x / 2
    if half <= 0:
        return 0.0
    front = exp(a * log(half) - half - lgamma(a))
    if half < a + 1:
        term = total = 1 / a
        for n in range(1, STEPS_MAX):
            term *= half / (a + n)
            total += term
            if term < total * EXACT:
                break
        return front * total
    terms = ((-n * (n - a), half + 2 * n + 1 - a) for n in count(1))
    return 1 - front / _continued(half + 1 - a, terms)


def beta_below(x: float, a: float, b: float) -> float:
    """P(X <= x): the regularised incomplete beta."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1 - beta_below(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a

    def terms() -> Iterator[tuple[float, float]]:
        yield -(a + b) * x / (a + 1), 1.0
        for m in count(1):
            yield m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1.0
            yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0

    return front / _continued(1.0, terms())


def _continued(first: float, terms: Iterator[tuple[float, float]]) -> float:
    """b0 + a1 / (b1 + a2 / (b2 + …)) for the pairs (a, b), by the modified Lentz method."""
    value, c, d = first or TINY, first or TINY, 0.0
    for (a, b), _ in zip(terms, range(STEPS_MAX), strict=False):
        d = 1 / (b + a * d or TINY)
        c = b + a / c or TINY
        value *= c * d
        if abs(c * d - 1) < EXACT:
            break
    return value


def _inverted(below: Callable[[float], float], probability: float, high: float) -> float:
    low = 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < probability else (low, middle)
    return (low + high) / 2
