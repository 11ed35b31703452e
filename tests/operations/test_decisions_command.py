"""`liudai risk replay`, `simulate` and `train --from-log` on a running bank."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.operations.terminal import Exit
from services.risk.registry import POLICIES
from tests.operations.command import Liudai, bank_up
from tests.servers import PostgresServer

UNKNOWN = "10000000-0000-0000-0000-000000000009"


@pytest.fixture(scope="module")
def liudai(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Liudai]:
    with bank_up(postgres_server, tmp_path_factory.mktemp("liudai")) as command:
        command("demo", "--months", "1", "--json")
        yield command


@pytest.fixture(scope="module")
def application_id(liudai: Liudai) -> str:
    [row] = liudai.sql("select stream_id from risk.events where type = 'CreditAssessed'")
    return str(row["stream_id"]).removeprefix("credit_assessment-")


def test_every_decision_comes_out_byte_for_byte(liudai: Liudai, application_id: str) -> None:
    assert liudai("risk", "replay", "--all", "--json").data == {"replayed": 1, "equal": 1, "unlike": []}
    assert "sha256" in liudai("risk", "replay", application_id).out


def test_what_cannot_be_replayed_says_why(liudai: Liudai, application_id: str) -> None:
    assert "404" in liudai("risk", "replay", UNKNOWN, status=Exit.WRONG).err
    liudai("risk", "replay", status=Exit.USAGE)
    liudai("risk", "replay", application_id, "--all", status=Exit.USAGE)


def test_other_prices_are_tried_on_the_log(liudai: Liudai, tmp_path: Path) -> None:
    days = ("--from", "2026-01-01", "--to", "2026-12-31")
    same = liudai(
        "risk", "simulate", *days, "--json", "--csv", str(tmp_path / "a.csv"), "--plot", str(tmp_path / "a.png")
    )
    assert same.data["applications"] == 1
    assert same.data["recorded"] == same.data["simulated"]
    [line] = csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines())
    assert line["recorded_outcome"] == line["simulated_outcome"]
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    book = json.loads((POLICIES / "price_book_2026_1.json").read_bytes())
    dear = tmp_path / "dear.json"
    dear.write_text(json.dumps(book | {"version": "dear.1", "floor_percent": "9"}))
    ended = liudai("risk", "simulate", *days, "--prices", str(dear))
    assert "price_book dear.1" in ended.out
    assert "1 up" in ended.out


def test_what_cannot_be_simulated_or_learnt_says_why(liudai: Liudai, tmp_path: Path) -> None:
    days = ("--from", "2026-01-01", "--to", "2026-12-31")
    assert (
        "no one score_model is called unicorn"
        in liudai("risk", "simulate", *days, "--model", "unicorn", status=Exit.WRONG).err
    )
    liudai("risk", "simulate", "--from", "yesterday", "--to", "2026-01-01", status=Exit.USAGE)
    told = liudai("risk", "train", "company", "--from-log", "--out", str(tmp_path), status=Exit.WRONG).err
    assert "needs both" in told or "are the least" in told
    liudai("risk", "train", "unicorn", status=Exit.USAGE)
    liudai("risk", "train", "--data", "x.csv", status=Exit.USAGE)


def test_a_decision_that_was_altered_is_found_with_the_parts_that_differ(liudai: Liudai, application_id: str) -> None:
    alter = "update risk.events set data = replace(data::text, %s, %s)::json where type = 'CreditAssessed'"
    liudai.sql("alter table risk.events disable trigger user")
    liudai.sql(alter, '"model_version":"', '"model_version":"un')
    ended = liudai("risk", "replay", application_id, "--json", status=Exit.WRONG)
    assert [one["differing"] for one in ended.data["unlike"]] == [["model_version"]]
    assert "model_version" in ended.err
