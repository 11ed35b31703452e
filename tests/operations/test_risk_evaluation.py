"""`liudai risk evaluate` on files of one's own: what is measured, what is refused, and how it says so."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.operations.measures_shown import lines
from services.operations.terminal import Exit
from services.risk.registry import MODELS

pytestmark = pytest.mark.slow  # every command is a process
KAZAKH = MODELS.parent / "data" / "kz_common.csv"


def evaluate(*arguments: str, status: int = Exit.OK) -> Any:
    command = [sys.executable, "-m", "services.operations", "risk", "evaluate", *arguments, "--json"]
    done = subprocess.run(command, env={**os.environ}, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def test_a_file_of_the_documented_columns_is_measured() -> None:
    found = evaluate("--data", str(KAZAKH))
    assert (found["segment"], found["n"], found["bad"], found["absent"]) == ("company", 391, 197, [])
    assert found["auc"] >= 0.72
    assert found["auc_95"][0] < found["auc"] < found["auc_95"][1]
    assert {"ks", "brier", "log_loss", "ece", "slope"} <= set(found)


def test_columns_may_be_absent_and_cells_empty_and_the_file_gzipped(tmp_path: Path) -> None:
    rows = ["debt_to_assets,roa,bad", "0.9,-0.1,1", "0.2,,0", ",0.2,0", "0.8,0.01,1", "0.3,0.1,0"]
    file = tmp_path / "rows.csv.gz"
    file.write_bytes(gzip.compress("\n".join(rows).encode()))
    found = evaluate("--data", str(file))
    assert (found["segment"], found["n"], found["auc"]) == ("company", 5, 1.0)
    assert "quick_ratio" in found["absent"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("roa\n0.1\n", "no column of outcomes"),
        ("roa,bad\n0.1,1\nx,0\n", "line 3: roa must be a finite number"),
        ("roa,bad\n0.1,1\ninf,0\n", "line 3: roa must be a finite number"),
        ("roa,bad\n0.1,1\n0.2,maybe\n", "line 3: bad must be 1 or 0"),
        ("roa,bad\n0.1,1\n0.2,1\n", "both bad and good"),
        ("colour,bad\nred,1\nblue,0\n", "columns are those of no segment"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_its_line_and_rule(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(content)
    assert told in evaluate("--data", str(file), status=Exit.WRONG)


def test_an_unknown_segment_is_a_usage_error() -> None:
    assert "there is no segment" in evaluate("--segment", "unicorns", status=Exit.USAGE)


def test_views_are_read_side_by_side_and_what_approving_everybody_costs_below() -> None:
    views = {
        "blend": {"auc": 0.8248, "auc_95": [0.7993, 0.8503], "ks": 0.4963, "slope": 0.9892, "slope_95": [0.889, 1.149]},
        "tree": {"auc": 0.7487, "auc_95": [0.7187, 0.7783], "ks": 0.3759},
    }
    safest = {f"bad_rate_of_safest_{part}_percent": part / 1000 for part in (90, 80, 70)}
    told = list(lines({"credit_data.csv.gz": {"n": 9, **views, "approve_all": {"bad_rate": 0.25, **safest}}}))
    assert told[:2] == ["credit_data.csv.gz", "  n: 9"]
    assert [line.split() for line in told[3:5]] == [
        ["blend", "0.825", "0.799", "–", "0.850", "0.496"],
        ["tree", "0.749", "0.719", "–", "0.778", "0.376"],
    ]
    assert told[5].endswith("slope 0.989 [0.889, 1.149]")
    assert told[6].endswith("0.250 bad; 0.090 of the safest 90 %, 0.080 of the safest 80 %, 0.070 of the safest 70 %")
