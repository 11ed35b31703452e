"""`liudai risk replay` on a running bank: a decision comes out as it was recorded, or its changed parts are named."""

from collections.abc import Iterator

import pytest

from services.operations.terminal import Exit
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


def test_a_decision_that_was_altered_is_found_with_the_parts_that_differ(liudai: Liudai, application_id: str) -> None:
    alter = "update risk.events set data = replace(data::text, %s, %s)::json where type = 'CreditAssessed'"
    liudai.sql("alter table risk.events disable trigger user")
    liudai.sql(alter, '"model_version":"', '"model_version":"un')
    ended = liudai("risk", "replay", application_id, "--json", status=Exit.WRONG)
    assert [one["differing"] for one in ended.data["unlike"]] == [["model_version"]]
    assert "model_version" in ended.err
