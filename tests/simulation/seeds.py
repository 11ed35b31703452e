"""Many seeds at once, on every core: what failed, and what happened in all of them.

`python -m tests.simulation.seeds 2000 50000` looks further than CI does.
"""

import gc
import os
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from tests.simulation import deliveries, reference_model
from tests.simulation.bank import History, simulate

REGRESSIONS = Path(__file__).with_name("regression_seeds.txt")


@dataclass
class Report:
    """The seeds under which something did not hold, and how often everything happened."""

    failed: dict[int, str] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)


def regression_seeds() -> list[int]:
    """The seeds that once failed."""
    lines = REGRESSIONS.read_text("utf-8").splitlines()
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


def run(seeds: Iterable[int]) -> Report:
    """Simulate and check every seed, in as many processes as there are cores."""
    report = Report()
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"), initializer=gc.disable) as pool:
        for seed, failed, happened in pool.map(one, seeds, chunksize=25):
            report.happened += happened
            if failed:
                report.failed[seed] = failed
    return report


def one(seed: int) -> tuple[int, str | None, Counter[str]]:
    """Simulate and check one seed: the reason why it failed, if it did, and what happened."""
    try:
        history = simulate(seed)
        reference_model.check(history)
        deliveries.check(history)
    except Exception as error:  # noqa: BLE001  (whatever it is, the seed is worth a line)
        return seed, f"{type(error).__name__}: {error}"[:500], Counter()
    finally:
        if seed % 20 == 0:
            gc.collect()
    return seed, None, what_happened(history)


def what_happened(history: History) -> Counter[str]:
    """Every kind of fact and of fault, counted."""
    happened: Counter[str] = Counter()
    for process in history.processes.values():
        happened.update(f"{process.name}.{type(recorded.event).__name__}" for recorded in process.tables.events)
        happened["death"] += process.deaths
        happened["redrive"] += process.redriven
    happened.update(
        {
            "rubbish": history.network.rubbish,
            "redelivery": history.network.redelivered,
            "late payment": history.ledger.paid_late,
        }
    )
    return happened


if __name__ == "__main__":
    first, last = map(int, sys.argv[1:3])
    found = run(range(first, last))
    sys.stdout.writelines(f"{count:8} {name}\n" for name, count in sorted(found.happened.items()))
    sys.exit("\n".join(f"{seed}  {why}" for seed, why in found.failed.items()))
