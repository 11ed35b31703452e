"""The command's help: plain lines, whole words, as wide as the window and never cut.

Written without rich, which takes longer to load than all else that help needs; widths are counted in columns, of
which a Chinese character takes two.
"""

import shutil
from collections.abc import Iterable, Iterator
from typing import Any
from unicodedata import east_asian_width

import typer
from typer.core import TyperCommand, TyperGroup

WIDTH_MAX, NAMES_MAX = 100, 26
_WIDE = frozenset("WF")
Rows = Iterable[tuple[str, str]]


class HelpCommand(TyperCommand):
    """A command with help in our own lines."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write("\n".join(_page(self, ctx, ())) + "\n")


class HelpGroup(TyperGroup):
    """A group of commands with help in our own lines; commands stand under the headings of their panels."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            panel = getattr(command, "rich_help_panel", None)
            heading = panel if isinstance(panel, str) else "命令 Commands"
            panels.setdefault(heading, []).append((name, " ".join(_paragraphs(command.help)[0].split())))
        formatter.write("\n".join(_page(self, ctx, panels.items())) + "\n")


def _page(command: TyperCommand | TyperGroup, ctx: Any, panels: Iterable[tuple[str, Rows]]) -> Iterator[str]:
    width = min(shutil.get_terminal_size().columns, WIDTH_MAX)
    yield command.get_usage(ctx)
    for paragraph in _paragraphs(command.help):
        yield ""
        yield from folded(" ".join(paragraph.split()), width)
    parameters = command.get_params(ctx)
    arguments = [_parameter(one) for one in parameters if one.param_type_name == "argument"]
    options = [_parameter(one) for one in parameters if one.param_type_name == "option"]
    for heading, rows in (("参数 Arguments", arguments), *panels, ("选项 Options", options)):
        if listed := list(rows):
            yield ""
            yield typer.style(heading, bold=True)
            yield from _listed(listed, width)
    for paragraph in _paragraphs(command.epilog) if command.epilog else ():
        yield ""
        for line in paragraph.splitlines():
            yield from folded(line, width)


def _paragraphs(text: str | None) -> list[str]:
    return (text or "").strip().split("\n\n")


def _parameter(one: Any) -> tuple[str, str]:
    """How it is written, and what it is for."""
    if one.param_type_name == "argument":
        name = one.metavar or one.name.upper()
        return (name if one.required else f"[{name}]"), one.help or ""
    written = ", ".join([*one.opts, *one.secondary_opts])
    if not one.is_flag:
        written += f" {one.metavar or one.name.upper()}"
    shown = one.show_default if isinstance(one.show_default, str) else one.default
    default = f" [{shown}]" if one.show_default and shown not in (None, False, True) else ""
    return written, (one.help or "") + default


def _listed(rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    """Two columns; a name that is too long for the first has a line of its own."""
    first = min(max(columns(name) for name, _ in rows), NAMES_MAX) + 4
    for name, text in rows:
        lines = folded(text, width - first) or [""]
        if columns(name) > first - 4:
            yield f"  {name}"
        else:
            yield f"  {name}{' ' * (first - 2 - columns(name))}{lines.pop(0)}"
        yield from (f"{' ' * first}{line}" for line in lines)


def columns(text: str) -> int:
    """How wide a text is in a terminal."""
    return sum(2 if east_asian_width(one) in _WIDE else 1 for one in text)


def folded(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, broken between words; a longer word keeps a line of its own."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and columns(lines[-1]) + 1 + columns(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
