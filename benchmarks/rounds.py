"""Interleaved rounds: variants take turns, so that what else the machine does meets all of them alike.

A ratio is the median of the ratios within each round, never that of two medians. Every other round runs in
the opposite order.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

Variant = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Plan:
    """How often, and how long each variant has in one round; `scale` shrinks what is counted instead."""

    rounds: int = 5
    seconds: float = 2.0
    scale: float = 1.0

    def count(self, full: int) -> int:
        """So many of a thing that a whole run wants `full` of."""
        return max(1, round(full * self.scale))


@dataclass(frozen=True)
class Line:
    """One row of the table: the samples of a variant, and of its ratio to another where there is one."""

    name: str
    unit: str
    samples: Sequence[float]
    ratios: Sequence[float] = ()
    against: str = ""
    goal: str = ""
    is_met: bool | None = None


@dataclass(frozen=True)
class Found:
    """What one measurement has found: rows for people, and the figures of the last line of JSON."""

    lines: Sequence[Line]
    figures: Mapping[str, float | None]


async def interleave(variants: Mapping[str, Variant], rounds: int) -> dict[str, list[float]]:
    """Run each variant once a round. Its samples, by name, in the order of the rounds."""
    samples: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds):
        names = list(variants)
        for name in names if number % 2 == 0 else reversed(names):
            samples[name].append(await variants[name]())
    return samples


def ratios(samples: Mapping[str, Sequence[float]], name: str, base: str) -> list[float]:
    """`name` over `base`, round by round."""
    return [one / other for one, other in zip(samples[name], samples[base], strict=True)]


def at_least(goal: float, line: Line) -> Line:
    """The line with its goal: a ratio to another variant that must be reached."""
    return replace(line, goal=f"≥ {goal:g}", is_met=median(line.ratios) >= goal)


def at_most(goal: float, line: Line) -> Line:
    """The line with its goal: its ratio, or where it has none its own figure, may not be more."""
    return replace(line, goal=f"≤ {goal:g}", is_met=median(line.ratios or line.samples) <= goal)
