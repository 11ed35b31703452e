"""Each place where a process can die, died at: exactly there, again and again, while loans go through it.

At last the process is started without the fault, and everything must be as if nothing had happened. Core banking
pays as often as it is asked meanwhile: a bank that asks twice would pay twice.
"""

import threading
from pathlib import Path

import pytest

from shared.fault_points import POINTS
from tests.journeys.applicants import Record
from tests.journeys.history import History
from tests.journeys.invariants import check_invariants
from tests.journeys.keeping import eventually
from tests.journeys.load import Client, Load
from tests.journeys.own_bank import OwnBank
from tests.journeys.replaying import check_read_models

DIED_THERE = 137
OCCURRENCES = 3
LOANS: tuple[Record, ...] = ("clean", "clean", "unknown")

SWEEP = (
    # (point, service that dies there, at which passing in each of its next lives)
    ("append.before_insert", "application", (1, 2, 3)),
    ("append.after_commit", "application", (1, 2, 3)),
    ("append.before_insert", "repayment", (1, 2, 1)),
    ("append.after_commit", "repayment", (1, 2, 1)),
    ("seal.before", "disbursement", (30, 10, 20)),  # sealing goes on all the time
    ("seal.after", "disbursement", (30, 10, 20)),
    ("relay.before_publish", "application", (1, 1, 2)),
    ("relay.after_confirm", "disbursement", (1, 1, 1)),
    ("relay.after_cursor", "application", (1, 2, 3)),
    ("consume.before_transaction", "repayment", (1, 1, 1)),
    ("consume.before_commit", "repayment", (1, 1, 1)),
    ("consume.after_commit", "repayment", (1, 1, 1)),
    ("consume.after_ack", "risk", (1, 1, 1)),
    ("effect.before_act", "risk", (1, 1, 1)),
    ("effect.after_act", "risk", (1, 1, 1)),
    ("effect.before_act", "disbursement", (1, 2, 1)),
    ("effect.after_act", "disbursement", (1, 2, 1)),
    ("effect.after_reactions", "disbursement", (1, 1, 1)),
    ("effect.after_checkpoint", "disbursement", (1, 2, 3)),
    ("projection.before_commit", "repayment", (1, 2, 3)),
    ("projection.after_commit", "repayment", (1, 2, 3)),
    ("projection.after_commit", "disbursement", (2, 3, 4)),
)


def test_the_sweep_leaves_no_point_out() -> None:
    assert {point for point, _, _ in SWEEP} == set(POINTS)
    assert {len(passings) for _, _, passings in SWEEP} == {OCCURRENCES}


@pytest.mark.parametrize(
    ("point", "service", "passings"), SWEEP, ids=[f"{point}-{service}" for point, service, _ in SWEEP]
)
def test_a_process_that_dies_there_loses_nothing_and_repeats_nothing(
    doomed_bank: OwnBank, tmp_path: Path, point: str, service: str, passings: tuple[int, ...]
) -> None:
    bank, process = doomed_bank, doomed_bank.processes[service]
    lived = len(process.exits)
    bank.script_core_banking(pays_again=True)
    bank.kill(service, *({"LIUDAI_FAULT_POINT": f"{point}:{passing}"} for passing in passings))

    with History(bank, tmp_path / "history.jsonl") as history:
        load = Load(history, impatient_share=0.0)
        _live(load, seed=100 * SWEEP.index((point, service, passings)))

    eventually(
        lambda: process.exits[lived:].count(DIED_THERE) == len(passings),
        seconds=10,
        saying=lambda: f"{service} should have died {len(passings)} times at {point}: {process.exits[lived:]}",
    )
    process.await_ready()
    bank.drained()
    assert not load.surprises, "\n".join(load.surprises)
    history.check()
    history.check_answers()
    check_invariants(bank)
    check_read_models(bank)


def _live(load: Load, *, seed: int) -> None:
    """A few loans side by side, each to its end."""
    threads = [
        threading.Thread(target=Client(load, seed + number, pause_seconds_max=0.05).live, args=(record,))
        for number, record in enumerate(LOANS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
