"""Read models are rebuilt from the facts while the bank works, are equal row for row, and take over at once."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.journeys.bank import Bank
from tests.journeys.history import History
from tests.journeys.invariants import check_invariants
from tests.journeys.load import Load, running
from tests.journeys.replaying import check_read_models, every_projection

CLIENTS = 6
SEED = 7


def test_every_read_model_is_rebuilt_equal_under_traffic_and_takes_over(bank: Bank, tmp_path: Path) -> None:
    bank.drained()
    before = {name: status["generations"] for name, status in bank.statuses().items()}
    with History(bank, tmp_path / "history.jsonl") as history, running(Load(history), CLIENTS, SEED) as load:
        time.sleep(2)
        rebuilt = _replay_everything(bank)
        time.sleep(2)

    assert {(one["service"], one["projection"]) for one in rebuilt} == {
        (service.name, projection.name) for service, projection in every_projection()
    }
    assert [one for one in rebuilt if not one["is_equal"]] == []
    assert all(one["switched"] for one in rebuilt)
    statuses = bank.drained()
    for service, projection in every_projection():
        generation = statuses[service.name]["generations"][projection.name]
        assert generation == before[service.name][projection.name] + 1, "readers and projector use the new tables"
    assert not load.surprises, "\n".join(load.surprises)
    history.check()
    check_invariants(bank)
    check_read_models(bank)
    _check_reads(bank)


def _replay_everything(bank: Bank) -> list[dict[str, object]]:
    """`liudai replay --all --json`, as an operator runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "services.operations", "replay", "--all", "--json"],
        env={**os.environ, "DATABASE_URL": bank.database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def _check_reads(bank: Bank) -> None:
    """What a list shows is what the single read, which folds the facts, says."""
    rows = bank.items("repayment", "/v1/loans")
    assert rows
    for row in rows:
        loan = bank.get("repayment", f"/v1/loans/{row['loan_id']}")
        for name in ("principal", "outstanding", "status", "credit", "days_past_due", "next_due_on"):
            assert row[name] == loan[name], f"{name} of {row['loan_id']}"
    for row in bank.items("application", "/v1/applications"):
        application = bank.get("application", f"/v1/applications/{row['application_id']}")
        assert row["status"] == application["status"], row["application_id"]
    for row in bank.items("disbursement", "/v1/drawdowns"):
        facility = bank.get("disbursement", f"/v1/facilities/{row['contract_id']}")
        [drawdown] = [one for one in facility["drawdowns"] if one["drawdown_id"] == row["drawdown_id"]]
        assert row["status"] == drawdown["status"], row["drawdown_id"]
