"""`liudai risk monitor` on a running bank: a line per verdict, and few cases are never called good."""

import pytest

from tests.operations.command import bank_up
from tests.servers import PostgresServer


def test_a_young_model_is_monitored_and_never_called_good(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with bank_up(postgres_server, tmp_path_factory.mktemp("liudai")) as liudai:
        liudai("demo", "--months", "1", "--json")
        for _ in range(30):  # the counters follow the facts; each question takes a second or more
            models = liudai("risk", "monitor", "--json").data["models"]
            if models and models[0]["vintages"]:
                break
        [model] = models
        assert (model["decisions"], model["overrides"]["verdict"], model["backtest"]) == (1, "too_few", [])
        assert [one["loans"] for one in model["vintages"]] == [1]
        shown = liudai("risk", "monitor", "--segment", model["segment"]).out
        assert model["model_version"] in shown
        assert "too_few" in shown
        assert liudai("risk", "monitor", "--model", "nobody", "--json").data["models"] == []
