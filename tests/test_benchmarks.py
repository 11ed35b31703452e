"""`make bench` works: every measurement runs through, however small, and says what it found. No time is asserted."""

import json
import subprocess
import sys

import pytest

from benchmarks.__main__ import KEYS, MEASUREMENTS

NOT_INSTALLED_FOR_TESTS = {"append_vs_eventsourcing"}


@pytest.mark.slow
@pytest.mark.integration
def test_every_measurement_fills_its_keys_of_the_last_line() -> None:
    small = ["--rounds", "1", "--seconds", "1", "--scale", "0.02"]
    done = subprocess.run([sys.executable, "-m", "benchmarks", *small], capture_output=True, text=True, check=True)
    assert all(f"{name} done" in done.stdout for name in MEASUREMENTS)
    last = json.loads(done.stdout.splitlines()[-1])
    assert tuple(last) == KEYS
    assert {key for key, figure in last.items() if figure is None} <= NOT_INSTALLED_FOR_TESTS
    assert all(figure > 0 for figure in last.values() if figure is not None)
