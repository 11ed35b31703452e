"""`liudai calculate`: JSON in, JSON out, with no bank anywhere."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from services.operations.terminal import Exit

pytestmark = pytest.mark.slow  # every command is a process


def calculate(*arguments: str, given: Any = None, status: int = Exit.OK) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "services.operations", "calculate", *arguments, "--on", "2026-03-02"],
        input=given if isinstance(given, str) else json.dumps(given),
        env={**os.environ, "DATABASE_URL": "postgresql://nowhere:1/none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def test_an_example_may_be_asked_of_a_segment() -> None:
    assert calculate("score", "--example", "--segment", "person")["applicant"]["person"]["age"] == 38


@pytest.mark.parametrize(
    "name",
    ["working-capital-need", "sales-limit", "collateral-limit", "limit", "score", "price", "raroc", "classification",
     "provision", "ecl", "schedule", "interest", "penalty", "payoff", "allocation", "day-count", "effective-rate"],
)  # fmt: skip
def test_each_calculator_answers_the_example_that_it_prints(name: str) -> None:
    assert isinstance(calculate(name, given=calculate(name, "--example")), dict)


def test_a_batch_has_an_answer_or_a_problem_for_every_item() -> None:
    answers = calculate("score", "--batch", given=[{"logit": "2"}, {"logit": "x"}, {"logit": 0.0}], status=Exit.WRONG)
    assert [one.get("probability") for one in answers] == ["0.880797", None, "0.500000"]
    assert answers[1]["errors"][0]["field"] == "logit"


def test_what_is_no_json_no_batch_and_no_calculator_ends_with_its_code() -> None:
    assert "no JSON" in calculate("price", given="{", status=Exit.WRONG)
    assert "array" in calculate("price", "--batch", given={}, status=Exit.WRONG)
    assert "there is no calculator" in calculate("unicorns", given={}, status=Exit.USAGE)
