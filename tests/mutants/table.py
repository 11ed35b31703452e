"""Writes the table of mutants: `python -m tests.mutants.table`."""

from pathlib import Path

from tests.mutants.mutants import CONSUMERS, EFFECTS, RELAYS, STORE, Mutant

TABLE = Path(__file__).parent / "README.md"
HEAD = """\
# Mutants

Each row is a way in which such a system is often built. It is put in place of the real component, and the tests
named beside it, which belong to the normal suites, must fail (`test_mutants.py`; written by
`python -m tests.mutants.table`).

Not in the table: an await for each confirm (slow, not wrong); messages that are not persistent on *our* queues and a
quorum queue without a delivery limit (RabbitMQ 3.10 keeps the first, and we never put a message back); a chain
without an anchor outside the database (there is none yet, ADR 0001).
"""


def table() -> str:
    """The whole document."""
    parts = [HEAD]
    groups = (("Store", STORE), ("Relay", RELAYS), ("Consumer", CONSUMERS), ("Effects and projections", EFFECTS))
    for title, mutants in groups:
        rows = [_row(one) for one in mutants]
        parts.append(
            "\n".join([f"## {title}", "", "| Naive variant | What goes wrong | Killed by |", "|---|---|---|", *rows])
        )
    return "\n".join(f"{part}\n" for part in parts)


def _row(mutant: Mutant) -> str:
    tests = "<br>".join(f"`{_short(one)}`" for one in mutant.killed_by)
    return f"| {mutant.name} | {mutant.harm} | {tests} |"


def _short(test: str) -> str:
    file, _, name = test.partition("::")
    return f"{Path(file).stem}::{name}".replace("|", "\\|")


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
