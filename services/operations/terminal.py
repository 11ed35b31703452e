"""How the liudai command speaks: tables and progress for people, JSON for programs, exit codes for scripts."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

WIDTH_IN_FILES = 200
"""Where nobody's window limits it, a row stays on one line."""


class Exit(IntEnum):
    """What the command's status says."""

    OK = 0
    WRONG = 1
    USAGE = 2
    AWAY = 3


class Failure(Exception):  # noqa: N818  (it ends the command with its code and a sentence)
    """The command cannot go on; the message says why and what to do."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", style="dim")


class Screen:
    """Where a command writes. In JSON mode standard output carries JSON alone; progress goes to standard error."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_IN_FILES)
        self.err = Console(stderr=True, highlight=False)

    def say(self, text: str = "") -> None:
        """A line for people, in rich's markup: what others wrote must be escaped; nothing in JSON mode."""
        if not self.as_json:
            self.out.print(text)

    def answer(self, data: Any) -> None:
        """The answer in JSON mode; nothing for people."""
        if self.as_json:
            sys.stdout.write(orjson.dumps(data, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")

    def fail(self, failure: Failure) -> None:
        """Why the command ends, on standard error."""
        self.err.print(f"[red]liudai:[/red] {escape(failure.message)}", soft_wrap=True)

    def line(self, data: Any) -> None:
        """One JSON line of a stream of them."""
        sys.stdout.write(orjson.dumps(data, default=str).decode() + "\n")
        sys.stdout.flush()

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
        """A table for people; `right` names the columns of numbers."""
        if self.as_json:
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, justify="right" if column in right else "left", overflow="fold")
        for row in rows:
            # Plain text is shown as it is: what others wrote may hold what would be markup.
            table.add_row(
                *(cell if isinstance(cell, Text) else Text("" if cell is None else str(cell)) for cell in row)
            )
        self.out.print(table)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Progress with rate and remaining time, on standard error and only where somebody watches."""
        shown = self.err.is_terminal and not self.as_json
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TextColumn("[dim]left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.err, disable=not shown, transient=True) as progress:
            yield progress


def _cell(value: Any) -> Text:
    """Plain text is shown as it is: what others wrote may hold what would be markup."""
    return value if isinstance(value, Text) else Text("" if value is None else str(value))
