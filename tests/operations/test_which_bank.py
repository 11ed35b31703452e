"""Which bank the command means, and what it says where there is none."""

from dataclasses import replace

import pytest

from services.operations.bank_client import BankClient
from services.operations.cli_options import say_which
from services.operations.deployment import all_in_one
from services.operations.terminal import Exit, Failure, Screen

NOBODY = all_in_one("http://127.0.0.1:9", "http://127.0.0.1:9")


def test_a_guess_is_always_said(capsys: pytest.CaptureFixture[str]) -> None:
    say_which(Screen(as_json=True), NOBODY)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("bank: http://127.0.0.1:9/application … http://127.0.0.1:9/collection")


def test_what_was_named_is_said_only_where_somebody_watches(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = replace(NOBODY, told_by="LIUDAI_URL")
    say_which(Screen(), named)
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    say_which(Screen(), named)
    assert "bank: http://127.0.0.1:9 (LIUDAI_URL)" in capsys.readouterr().err


def test_where_there_is_no_bank_it_says_how_to_have_one() -> None:
    with pytest.raises(Failure) as failure:
        BankClient(NOBODY, {}).require()
    assert failure.value.code == Exit.AWAY
    for way in ("make up", "docker compose up --build --wait", "LIUDAI_URL="):
        assert way in failure.value.message
    with pytest.raises(Failure, match="LIUDAI_URL") as failure:
        BankClient(replace(NOBODY, told_by="LIUDAI_URL"), {}).require()
    assert failure.value.code == Exit.AWAY
