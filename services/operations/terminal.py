"""How the liudai command speaks: tables and progress for people, JSON for programs, exit codes for scripts.

rich is loaded when something is shown: `liudai --help` does without.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
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


class Screen:
    """Where a command writes. In JSON mode standard output carries JSON alone; progress goes to standard error."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json

    @cached_property
    def out(self) -> "Console":
        """Standard output."""
        from rich.console import Console  # noqa: PLC0415

        return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_IN_FILES)

    @cached_property
    def err(self) -> "Console":
        """Standard error."""
        from rich.console import Console  # noqa: PLC0415

        return Console(stderr=True, highlight=False)

    @property
    def room(self) -> int | None:
        """How many columns a line may have; None in a file or a pipe, where nobody's window limits it."""
        return self.out.width if sys.stdout.isatty() else None

    def say(self, text: str = "") -> None:
        """A line for people, in rich's markup: what others wrote must be escaped; nothing in JSON mode."""
        if not self.as_json:
            self.out.print(text)

    def note(self, text: str) -> None:
        """A dim line beside the answer, on standard error."""
        from rich.text import Text  # noqa: PLC0415

        self.err.print(Text(text, "dim"), soft_wrap=True)

    def one_line(self, text: "Text") -> None:
        """A line for people that is cut where the window ends, and whole in a file."""
        if self.room is None:
            self.out.print(text, soft_wrap=True)
        else:
            self.out.print(text, no_wrap=True, overflow="ellipsis")

    def answer(self, data: Any) -> None:
        """The answer in JSON mode; nothing for people."""
        if self.as_json:
            sys.stdout.write(_json(data, indent=True) + "\n")

    def fail(self, failure: Failure) -> None:
        """Why the command ends, on standard error."""
        from rich.text import Text  # noqa: PLC0415

        self.err.print(Text.assemble(("liudai: ", "red"), failure.message), soft_wrap=True)

    def line(self, data: Any) -> None:
        """One JSON line of a stream of them."""
        sys.stdout.write(_json(data) + "\n")
        sys.stdout.flush()

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
        """A table for people; `right` names the columns of numbers."""
        if self.as_json:
            return
        from rich.table import Table  # noqa: PLC0415

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, justify="right" if column in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*map(_cell, row))
        self.out.print(table)

    @contextmanager
    def progress(self) -> "Iterator[Progress]":
        """Progress with rate and remaining time, on standard error and only where somebody watches."""
        from services.operations.progress_bar import progress_bar  # noqa: PLC0415

        with progress_bar(self.err, shown=self.err.is_terminal and not self.as_json) as progress:
            yield progress


def _cell(value: Any) -> "Text":
    """Plain text is shown as it is: what others wrote may hold what would be markup."""
    from rich.text import Text  # noqa: PLC0415

    return value if isinstance(value, Text) else Text("" if value is None else str(value))


def _json(data: Any, *, indent: bool = False) -> str:
    import orjson  # noqa: PLC0415

    return orjson.dumps(data, default=str, option=orjson.OPT_INDENT_2 if indent else None).decode()
