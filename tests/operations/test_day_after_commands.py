"""The commands for the day after, and those that end a bank: what they say, what they change, and how they end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.operations.deployment import SERVICES
from services.operations.terminal import Exit
from shared.business_date import TOPIC
from tests.operations.command import Liudai, bank_up
from tests.servers import PostgresServer


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("liudai")


@pytest.fixture(scope="module")
def liudai(postgres_server: PostgresServer, home: Path) -> Iterator[Liudai]:
    """A bank with one business date closed, which the four others have heard of."""
    with bank_up(postgres_server, home) as command:
        command("end-of-day")
        yield command


def test_what_was_missed_is_handed_over_and_told_by_the_status(liudai: Liudai) -> None:
    everything = ("reconcile", "--all", "--unsettled", "--json")
    before = liudai(*everything).data
    assert {one["missing"] for one in before} == {0}
    assert sum(one["compared"] for one in before) >= len(SERVICES) - 1

    [lost] = liudai.sql("delete from risk.inbox where type = %s returning event_id", TOPIC)
    found = liudai(*everything, status=Exit.WRONG).data
    assert [(one["producer"], one["subscriber"], one["missing"]) for one in found if one["missing"]] == [
        ("repayment", "risk", 1)
    ]
    assert lost in liudai.sql("select event_id from risk.inbox")
    assert liudai(*everything).data == before


def test_looking_back_so_far_and_to_the_beginning_is_asked_wrongly(liudai: Liudai) -> None:
    assert "--days" in liudai("reconcile", "--all", "--days", "2", status=Exit.USAGE).err


def test_a_bank_that_is_not_there_cannot_be_reconciled(liudai: Liudai) -> None:
    elsewhere = Liudai({**liudai.environment, "LIUDAI_URL": "http://127.0.0.1:9"})
    assert "liudai up" in elsewhere("reconcile", status=Exit.AWAY).err


def test_a_log_at_home_is_left_as_it_is_by_rebase(liudai: Liudai) -> None:
    heads = {name: one["head"] for name, one in liudai("status", "--json").data["services"].items()}
    done = liudai("rebase", "--json").data
    assert [one["service"] for one in done] == list(SERVICES)
    assert not any(one["was_due"] for one in done)
    assert {one["service"]: one["head"] for one in done} == heads
    assert [one["service"] for one in liudai("rebase", "-s", "risk", "--json").data] == ["risk"]


def test_a_database_that_is_not_there_cannot_be_rebased(liudai: Liudai) -> None:
    away = Liudai({**liudai.environment, "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"})
    assert "does not answer" in away("rebase", status=Exit.AWAY).err


def test_the_logs_end_with_so_many_lines(liudai: Liudai, home: Path) -> None:
    shown = liudai("logs", "--no-follow", "-n", "1").out
    last = [path.read_text().splitlines()[-1:] for path in sorted((home / "log").glob("*.log"))]
    assert [line for [line] in filter(None, last) if line not in shown] == []
    assert str(home / "log") in shown or len(last) == 1


def test_where_nothing_was_started_there_are_no_logs(liudai: Liudai, tmp_path: Path) -> None:
    elsewhere = Liudai({**liudai.environment, "LIUDAI_HOME": str(tmp_path)})
    assert "liudai up" in elsewhere("logs", "--no-follow", status=Exit.WRONG).err


def test_nothing_is_deleted_where_nobody_can_be_asked_and_all_of_it_when_told(liudai: Liudai, home: Path) -> None:
    (home / "kept.txt").write_text("of somebody else")
    assert "--yes" in liudai("reset", status=Exit.USAGE).err
    assert liudai("status", "--json").data["services"]

    assert liudai("reset", "--yes", "--json").data == {"deleted": str(home)}
    assert [path.name for path in home.iterdir()] == ["kept.txt"]
    assert liudai("status", status=Exit.AWAY).err
