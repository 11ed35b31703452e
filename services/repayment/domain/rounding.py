"""Rounding (舍入): where a fraction of a fen goes. Every choice is a named parameter; the defaults are China's."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

RoundingMode = Literal["half_up", "half_even", "up", "down"]
ResidueIn = Literal["last", "first"]


@dataclass(frozen=True)
class Rounding:
    """How a schedule rounds. The defaults: half up to the fen in each row, the residue (尾差) in the last row.

    `mode` rounds interest; `instalment_mode` the instalment, or the portion of principal, to `instalment_unit` minor
    units. `residue_in` says which row takes what equal portions of principal leave. `smoothing` moves an instalment
    towards the last one where the last differs much. `carry` keeps what rounding of interest left and adds a minor
    unit where it makes one. `period_rate_places` rounds the rate of a period, as a fraction, half up.
    """

    mode: RoundingMode = "half_up"
    instalment_mode: RoundingMode = "half_up"
    instalment_unit: int = 1
    residue_in: ResidueIn = "last"
    smoothing: bool = False
    carry: bool = False
    period_rate_places: int | None = None

    def interest(self, exact: Fraction) -> int:
        return rounded(exact, self.mode)

    def instalment(self, exact: Fraction) -> int:
        return rounded(exact / self.instalment_unit, self.instalment_mode) * self.instalment_unit

    def period_rate(self, exact: Fraction) -> Fraction:
        """The rate of one period, as a fraction, to its places where the contract rounds it."""
        if self.period_rate_places is None:
            return exact
        scale = 10**self.period_rate_places
        return Fraction(rounded(exact * scale), scale)


CHINESE_ROUNDING = Rounding()


def rounded(exact: Fraction, mode: RoundingMode = "half_up") -> int:
    """A whole number by `mode`; `up` and `down` are away from and towards nil. Exact: no digit is lost before."""
    sign, size = (-1, -exact) if exact < 0 else (1, exact)
    whole, rest = divmod(size.numerator, size.denominator)
    twice = 2 * rest - size.denominator
    more = {
        "half_up": twice >= 0, "half_even": twice > 0 or (twice == 0 and whole % 2 == 1), "up": rest > 0, "down": False,
    }[mode]  # fmt: skip
    return sign * (whole + more)


def to_places(exact: Fraction, places: int, mode: RoundingMode = "half_up") -> Decimal:
    """A decimal of `places` digits behind the point."""
    return Decimal(rounded(exact * 10**places, mode)).scaleb(-places)
