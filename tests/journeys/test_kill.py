"""Kill -9 of every process in turn, of RabbitMQ and of PostgreSQL, while twenty clients drive loans of every kind.

Afterwards the bank comes to rest by itself, what was acknowledged is there, what was refused is not, what was
never answered is there or not but the same everywhere, and nothing was done twice. Core banking pays as often as
it is asked, so that only a bank which never asks twice keeps its books.
"""

import logging
import os
import random
import time
from pathlib import Path

import httpx

from services.operations.deployment import SERVICES
from tests.journeys.history import History
from tests.journeys.invariants import check_invariants
from tests.journeys.load import Load, running
from tests.journeys.own_bank import OwnBank
from tests.journeys.replaying import check_read_models

CLIENTS = 20
SEED = int(os.environ.get("LIUDAI_TEST_SEED", "20260105"))
"""What the clients choose and when things are killed; another number is another storm."""
ANSWERS_AGAIN_SECONDS = 15.0
REST_SECONDS = 120.0
_log = logging.getLogger(__name__)


def test_nothing_is_lost_or_done_twice_when_everything_is_killed(doomed_bank: OwnBank, tmp_path: Path) -> None:
    bank, chance = doomed_bank, random.Random(SEED)
    bank.script_core_banking(pays_again=True)
    with (
        History(bank, tmp_path / "history.jsonl") as history,
        running(Load(history, impatient_share=0.4), CLIENTS, SEED) as load,
    ):
        time.sleep(5)
        for name in SERVICES:
            _kill(bank, name)
            time.sleep(chance.uniform(2, 5))
        _kill_rabbitmq(bank)
        time.sleep(chance.uniform(2, 5))
        _crash_postgres(bank)
        time.sleep(chance.uniform(2, 5))
        for name in ("core-banking", "issuer", "disbursement", "repayment"):
            _kill(bank, name)
            time.sleep(chance.uniform(0.5, 2))
        bank.script_core_banking(pays_again=True)  # it forgot when it was killed
        time.sleep(5)

    stopped = time.monotonic()
    bank.drained(seconds=REST_SECONDS)
    outcomes = {outcome: history.count(outcome) for outcome in ("ok", "fail", "info")}
    retried = sum(operation.attempts > 1 for operation in history.operations)
    _log.info("at rest in %.1f s: %s, %d retried, %s", time.monotonic() - stopped, outcomes, retried, load.ends)
    assert not load.surprises, "\n".join(load.surprises[:20])
    assert history.count("ok") > 10 * CLIENTS, f"too little happened: {load.ends}"
    history.check()
    history.check_answers()
    check_invariants(bank)
    check_read_models(bank)


def _kill(bank: OwnBank, name: str) -> None:
    kept = bank.processes[name]
    bank.kill(name)
    killed = time.monotonic()
    while not kept.is_ready():
        assert time.monotonic() < killed + ANSWERS_AGAIN_SECONDS, f"{name} does not come back:\n{kept.tail()}"
        time.sleep(0.1)


def _kill_rabbitmq(bank: OwnBank) -> None:
    """The broker is away for seconds; the services go on answering, and their facts wait in their logs."""
    bank.rabbitmq.kill()
    time.sleep(3)
    for name in SERVICES:
        assert bank.processes[name].is_ready(), f"{name} does not answer without the broker"
    bank.rabbitmq.start()


def _crash_postgres(bank: OwnBank) -> None:
    """The database crashes; the services stay up, say 503, and go on by themselves when it is back."""
    ends = {name: list(bank.processes[name].exits) for name in SERVICES}
    bank.postgres.kill_immediate()
    time.sleep(2)
    for name in SERVICES:
        answer = httpx.get(f"{bank.processes[name].url}/health/ready", timeout=15)
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, f"{name} says {answer.status_code}"
        assert "retry-after" in answer.headers
    bank.postgres.start()
    for name in SERVICES:
        bank.processes[name].await_ready()
    assert {name: bank.processes[name].exits for name in SERVICES} == ends, "nobody had to be started again"
