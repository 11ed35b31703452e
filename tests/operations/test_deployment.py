"""Where the liudai command calls: what the environment names first, then what runs here, then compose's ports."""

import os
from pathlib import Path

import orjson
import psutil
import pytest

from services.operations.deployment import CATEGORIES, SERVICES, find, load_services, running, state_file


def running_here(home: Path, *, pid: int, started_at: float) -> None:
    state = {
        "supervisor": pid, "started_at": started_at, "url": "http://127.0.0.1:8123",
        "core_banking": "http://127.0.0.1:8124", "children": {"bank": pid},
    }  # fmt: skip
    state_file(home).write_bytes(orjson.dumps(state))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIUDAI_HOME", str(tmp_path))
    return tmp_path


def test_composes_ports_are_assumed_where_nothing_is_named(home: Path) -> None:
    found = find({})
    assert found.kind == "compose"
    assert found.services["application"] == "http://127.0.0.1:8001"
    assert found.services["collection"] == "http://127.0.0.1:8005"
    assert found.core_banking == "http://127.0.0.1:8006"
    assert found.issuer == "http://127.0.0.1:8007"
    assert found.sandbox == "http://127.0.0.1:8008/sandbox"


def test_a_url_names_an_all_in_one(home: Path) -> None:
    found = find({"LIUDAI_URL": "http://bank.example:9000/"})
    assert found.kind == "all-in-one"
    assert set(found.services) == set(SERVICES)
    assert found.services["risk"] == "http://bank.example:9000/risk"
    assert found.sandbox == "http://bank.example:9000/sandbox"


def test_what_runs_here_is_found(home: Path) -> None:
    running_here(home, pid=os.getpid(), started_at=psutil.Process().create_time())
    assert find({}).services["repayment"] == "http://127.0.0.1:8123/repayment"
    assert find({}).core_banking == "http://127.0.0.1:8124"


def test_a_process_number_that_was_given_to_another_is_not_taken_for_the_bank(home: Path) -> None:
    running_here(home, pid=os.getpid(), started_at=psutil.Process().create_time() - 100)
    assert find({}).kind == "compose"


def test_a_url_of_one_thing_goes_before_everything_else(home: Path) -> None:
    found = find(
        {"LIUDAI_URL": "http://bank.example", "LIUDAI_RISK_URL": "http://risk.example/", "LIUDAI_ISSUER_URL": "x"}
    )
    assert found.services["risk"] == "http://risk.example"
    assert found.services["repayment"] == "http://bank.example/repayment"
    assert found.issuer == "x"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"supervisor": 1}', b"{"])
def test_a_state_file_that_cannot_be_read_is_no_bank(home: Path, content: bytes) -> None:
    state_file(home).write_bytes(content)
    assert running(home) is None


def test_the_five_services_are_declared() -> None:
    assert tuple(service.name for service in load_services()) == SERVICES


def test_how_the_bank_was_found_is_told_and_a_guess_is_one(home: Path) -> None:
    assert find({}).told_by == ""
    assert find({"LIUDAI_URL": "http://bank.example"}).told_by == "LIUDAI_URL"
    assert find({"LIUDAI_RISK_URL": "http://risk.example"}).told_by == "LIUDAI_<SERVICE>_URL"
    running_here(home, pid=os.getpid(), started_at=psutil.Process().create_time())
    assert find({}).told_by == f"started here, {home}"


def test_the_streams_of_every_service_are_known() -> None:
    found = {one.name: tuple(sorted(decider.category for decider in one.deciders)) for one in load_services()}
    assert found == {name: tuple(sorted(of)) for name, of in CATEGORIES.items()}
