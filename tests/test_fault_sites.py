"""Where a process commits or publishes, it can be made to die: a site without a fault point is named here with why."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from shared.fault_points import POINTS

ROOT = Path(__file__).resolve().parents[1]
SHARED = sorted(ROOT.glob("shared/*.py"))
WRITES = re.compile(r"\s*(insert|update|delete|with \w+ as \(update|select (pos, )?seal)\b", re.IGNORECASE)
SENDS = {"execute", "fetch", "fetchrow", "fetchval", "executemany"}

EXEMPT = {
    "shared/command_handler.py:handle": "the store it appends to has the points, or the transaction that it is part of",
    "shared/request_commands.py:once": "the store it appends to has the points",
    "shared/postgres_event_store.py:_commit": "append's points stand before and after it; no caller hears in between",
    "shared/postgres_event_store.py:write_on": "part of its caller's commit",
    "shared/personal_data.py:_subject_key": "a key that nothing is encrypted with yet; the next try finds it",
    "shared/rabbitmq.py:_publish": "the relay's points stand before and after the batch that it is part of",
    "shared/parking.py:count_attempts": "one statement: dying at either side of it costs an attempt",
    "shared/inbox.py:_handle_one": "parking behind what is parked; done again, it changes nothing",
    "shared/effect.py:_parked_behind": "likewise",
    "shared/inbox.py:_park": "one statement and a look; parking twice changes nothing (tests/shared/test_inbox.py)",
    "shared/parking.py:redrive": "an operator's act, each event with its removal; he sees how far it came",
    "shared/effect.py:_perform_or_park": "parking twice changes nothing; it is acted on again until it is parked",
    "shared/effect.py:_put_off": "one statement between effect.after_reactions and effect.after_checkpoint",
}
"""`file:function` and the reason. Every statement of the followers is died at in tests/shared/test_crash_points.py."""


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _constants(tree: ast.Module) -> dict[str, str]:
    """SQL that a module has given a name."""
    return {
        target.id: ast.unparse(node.value).strip("f'\"\\n ")
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _commits(call: ast.Call, constants: dict[str, str], awaited: set[ast.expr]) -> bool:
    """Whether the call opens a transaction, publishes, appends, or sends a writing statement of its own."""
    if not isinstance(call.func, ast.Attribute):
        return isinstance(call.func, ast.Name) and call.func.id == "insert" and call in awaited
    name, of = call.func.attr, ast.unparse(call.func.value)
    if name in {"transaction", "publish", "basic_publish"}:
        return True
    if name == "append":  # a list's is not awaited
        return call in awaited
    if name not in SENDS or not of.endswith("pool") or not call.args:
        return False
    sql = call.args[0]
    text = constants.get(sql.id, "") if isinstance(sql, ast.Name) else ast.unparse(sql).strip("f'\"(\\n ")
    return WRITES.match(text) is not None


def _sites() -> dict[str, bool]:
    """`file:function` that commits or publishes, and whether a fault point is in it."""
    found = {}
    for path in SHARED:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = _constants(tree)
        for function in _functions(tree):
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            awaited = {node.value for node in ast.walk(function) if isinstance(node, ast.Await)}
            if any(_commits(call, constants, awaited) for call in calls):
                has_point = any(isinstance(call.func, ast.Name) and call.func.id == "fault_point" for call in calls)
                found[f"{path.relative_to(ROOT).as_posix()}:{function.name}"] = has_point
    return found


def test_where_something_is_committed_or_published_a_process_can_die() -> None:
    without = {site for site, has_point in _sites().items() if not has_point}
    assert without - set(EXEMPT) == set(), "a fault point, or a reason"


def test_no_exemption_outlives_its_site() -> None:
    without = {site for site, has_point in _sites().items() if not has_point}
    assert set(EXEMPT) - without == set()


def test_every_fault_point_is_somewhere() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in SHARED)
    assert [point for point in POINTS if f'fault_point("{point}")' not in texts] == []


def test_a_new_site_is_seen() -> None:
    tree = ast.parse(
        "async def f(pool, events, names):\n    names.append(1)\n    await pool.fetchval('select 1')\n"
        "    await pool.execute('update x set y = 1')\n    await events.append([])\n    connection.transaction()\n"
        "    await publisher.publish([])\n"
    )
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    awaited = {node.value for node in ast.walk(tree) if isinstance(node, ast.Await)}
    seen = sorted(ast.unparse(call.func) for call in calls if _commits(call, {}, awaited))
    assert seen == ["connection.transaction", "events.append", "pool.execute", "publisher.publish"]
