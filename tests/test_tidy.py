"""The house rules that no linter knows: sizes, names, a golden file per stored shape, no clock in a domain."""

import ast
import importlib
import inspect
import io
import json
import re
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from shared.messages import Event, IntegrationEvent

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("application", "risk", "disbursement", "repayment", "collection")
CODE = sorted([*ROOT.glob("services/**/*.py"), *ROOT.glob("shared/**/*.py")])
TESTS = sorted(ROOT.glob("tests/**/*.py"))
GOLDEN = ROOT / "tests/golden"

FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 300
SHARED_CODE_LINES_MAX = 2_752  # docs/adr/0011, 0024; it may be lowered in any change

# A name that says nothing about lending or events hides what is in the file.
BANNED_MODULES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "impl", "constants"}
BANNED_IN_A_SERVICE = {"models", "service", "handlers"}  # words with another meaning here
BANNED_CLASSES = re.compile(r"^(Base|Abstract)[A-Z]|^I[A-Z][a-z]|(Manager|Helper|Helpers|Utils|Impl)$")
BANNED_EVENTS = re.compile(r"(Updated|StatusSet|StatusChanged)$")  # says that something happened, not what

CLOCKS_AND_CHANCE = re.compile(
    r"\b(datetime\.(now|utcnow|today)|date\.today|time\.(time|monotonic)|uuid[14]|uuid7|random\.|secrets\.)\b"
)
SQL = re.compile(
    r"^\s*(select\s.+\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s)", re.IGNORECASE | re.DOTALL
)

# Written in two parts each, so that this file may be searched like any other.
OUTSIDE = {
    "a machine's path": ("/" + "work/", "/" + "root/", "/" + "home/runner", "/" + "opt/pypi"),
    "a package registry": ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org"),
    "a neighbour of this repository": ("offline" + "-docker", "../" + "shared"),
    "a tool that wrote it": ("anth" + "ropic", "clau" + "de", "chat" + "gpt", "co" + "pilot"),
}
MAY_NAME = {"a neighbour of this repository": {".ci/run"}}  # where it finds a Docker engine, and data too large to ship


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _read(path: Path) -> tuple[str, str, ast.Module]:
    text = path.read_text(encoding="utf-8")
    return _name(path), text, ast.parse(text)


def _parsed(paths: list[Path]) -> Iterator[tuple[str, str, ast.Module]]:
    return map(_read, paths)


def _events(service: str) -> list[type[Event]]:
    module = importlib.import_module(f"services.{service}.domain.events")
    return [
        kind
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Event) and kind.__module__.startswith(module.__name__) and not name.startswith("_")
    ]


def test_no_module_outgrows_a_few_screens() -> None:
    long = {name: text.count("\n") for name, text, _ in _parsed(CODE) if text.count("\n") > MODULE_LINES_MAX}
    assert not long, f"split by subject, modules end at {MODULE_LINES_MAX} lines"


def test_shared_keeps_to_its_budget() -> None:
    mechanisms = [path for path in CODE if path.is_relative_to(ROOT / "shared") and path.parent.name != "contracts"]
    lines = {name: _code_lines(text, tree) for name, text, tree in _parsed(mechanisms)}
    assert sum(lines.values()) <= SHARED_CODE_LINES_MAX, "docs/adr/0011: what is in the wrong place?"


def _code_lines(text: str, tree: ast.Module) -> int:
    """Lines that hold code: no blank ones, no comments, no docstrings."""
    layout = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = {n for one in tokens if one.type not in layout for n in range(one.start[0], one.end[0] + 1)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return len(lines - {n for one in texts for n in range(one.lineno, (one.end_lineno or one.lineno) + 1)})


def test_no_function_outgrows_a_screen() -> None:
    long = [
        f"{name}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for name, _, tree in _parsed([*CODE, *TESTS])
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
        if node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert not long


def test_every_module_opens_with_what_lives_in_it() -> None:
    silent = [name for name, text, tree in _parsed([*CODE, *TESTS]) if text.strip() and not ast.get_docstring(tree)]
    assert not silent


def test_no_name_hides_what_it_names() -> None:
    modules = [
        _name(path)
        for path in CODE
        if path.stem in BANNED_MODULES or ("services" in path.parts and path.stem in BANNED_IN_A_SERVICE)
    ]
    classes = [
        f"{name}:{node.lineno} {node.name}"
        for name, _, tree in _parsed(CODE)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and BANNED_CLASSES.search(node.name)
    ]
    assert not modules + classes


@pytest.mark.parametrize("service", SERVICES)
def test_an_event_says_what_happened(service: str) -> None:
    assert not [kind.__name__ for kind in _events(service) if BANNED_EVENTS.search(kind.__name__)]


@pytest.mark.parametrize("service", SERVICES)
def test_every_shape_ever_stored_is_kept_as_a_golden_file(service: str) -> None:
    """`tests/golden/<service>/<Event>.json`: samples of each version, `[{"schema_v": 1, "data": {…}}, …]`."""
    missing = []
    for kind in _events(service):
        file = GOLDEN / service / f"{kind.__name__}.json"
        stored = {sample["schema_v"] for sample in json.loads(file.read_text("utf-8"))} if file.exists() else set()
        wanted = set(range(1, len(kind.upcasters) + 2))
        if stored != wanted:
            missing.append(f"{_name(file)}: has versions {sorted(stored)}, stored were {sorted(wanted)}")
    assert not missing


@pytest.mark.parametrize("service", SERVICES)
def test_an_announcement_belongs_to_the_service_that_makes_it(service: str) -> None:
    module = importlib.import_module(f"shared.contracts.{service}")
    announced = [
        kind
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, IntegrationEvent) and kind.__module__ == module.__name__ and not name.startswith("_")
    ]
    assert announced, "a service that announces nothing does not belong here"
    assert not [kind.__name__ for kind in announced if kind.producer != service]


def test_a_domain_knows_no_clock_and_no_chance() -> None:
    found = [
        f"{name}:{number} {line.strip()}"
        for name, text, _ in _parsed([path for path in CODE if "domain" in path.parts])
        for number, line in enumerate(text.splitlines(), start=1)
        if CLOCKS_AND_CHANCE.search(line)
    ]
    assert not found, "business dates and ids come in with the command"


def test_routes_and_domains_speak_no_sql() -> None:
    rooms = [
        path for path in CODE if {"domain", "routes"} & set(path.parts) or path.stem in {"routes", "subscriptions"}
    ]
    found = [
        f"{name}:{node.lineno}"
        for name, _, tree in _parsed(rooms)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]
    assert not found, "queries.py and projections.py hold the SQL"


def test_nothing_here_names_a_machine_or_a_neighbour() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    found = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore").lower()
        found += [
            f"{name}: names {what} ({word})"
            for what, words in OUTSIDE.items()
            for word in words
            if word in text and name not in MAY_NAME.get(what, set())
        ]
    assert not found
