"""What `liudai --help` says: all of it, within the window, and how each command ends."""

import os
import re
import subprocess
import sys
from importlib.metadata import version

import pytest

from services.operations.cli import app, dead_letters, parked
from services.operations.cli_help import columns, folded
from services.operations.cli_ledger import ledger
from services.operations.cli_risk import risk

COMMANDS = [
    (),
    *((one.name,) for one in app.registered_commands),
    ("ledger",), *(("ledger", one.name) for one in ledger.registered_commands),
    ("risk",), *(("risk", one.name) for one in risk.registered_commands),
    ("parked",), *(("parked", one.name) for one in parked.registered_commands),
    ("dead-letters",), *(("dead-letters", one.name) for one in dead_letters.registered_commands),
]  # fmt: skip


def helped(*arguments: str, width: int) -> str:
    environment = {**os.environ, "COLUMNS": str(width)}
    command = [sys.executable, "-m", "services.operations", *arguments, "--help"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_no_help_is_cut_or_wider_than_the_window(command: tuple[str, ...]) -> None:
    narrow, wide = helped(*command, width=80), helped(*command, width=140)
    for text, width in ((narrow, 80), (wide, 140)):
        assert "…" not in text
        assert [line for line in text.splitlines() if columns(line) > width] == []
    assert _words(narrow) == _words(wide)


def _words(text: str) -> list[str]:
    return text.split()


def test_help_lists_every_command_under_its_heading_and_every_exit_status() -> None:
    text = helped(width=80)
    for name, *_ in filter(None, COMMANDS):
        assert re.search(rf"^  {name} ", text, re.MULTILINE), name
    for heading in ("运行 Run", "查看 Look", "核对 Check", "运维 Operate", "总账 Ledger", "风险 Risk", "选项 Options"):
        assert heading in text
    for status in ("0  ", "1  ", "2  ", "3  ", "130"):
        assert re.search(rf"^  {status}", text, re.MULTILINE), status


def test_help_and_version_load_nothing_that_takes_long() -> None:
    heavy = {"rich", "httpx", "pydantic", "psycopg", "fastapi", "asyncpg", "aio_pika", "yaml", "psutil", "orjson"}
    loaded = "import sys, services.operations.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert heavy & set(done.stdout.split()) == set()


def test_the_version_is_that_of_the_package() -> None:
    command = [sys.executable, "-m", "services.operations", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"liudai {version('liudai')}\n"


def test_a_chinese_character_takes_two_columns() -> None:
    assert columns("流贷 ok") == 7
    assert folded("贷款 申请 结清", 9) == ["贷款 申请", "结清"]
    assert folded("one two three", 7) == ["one two", "three"]
    assert folded("indivisible", 4) == ["indivisible"]
