"""`python -m benchmarks`: a table for people, then one line of JSON. Exit status 0 whatever was found."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Annotated, Any

import psycopg
import typer
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks import append, bus, decisions, end_of_day, loan_history, pipeline, replay, schedules, statements
from benchmarks.rounds import Found, Line, Plan
from services.operations.deployment import SERVICES
from tests.servers import PostgresServer, RabbitMQServer, folder

KEYS = (
    "append_vs_row", "append_vs_pgbench", "append_vs_eventsourcing", "replay_vs_fetch", "verify_events_per_s",
    "publish_vs_bare", "consume_vs_bare", "handle_per_s",
    "pipeline_vs_simple", "pipeline_cpu_ms", "pipeline_p99_ms", *(f"rss_mb_{name}" for name in SERVICES),
    "load_day700_vs_day1",
    "eod_vs_insert_select", "eod_loans_per_s", "eod_peak_mb", "eod_growth", "eod_day700_vs_day1",
    "schedules_vs_decimal", "schedules_vs_mortgagemath", "statement_pdf_s",
    "decisions_per_s_in_process", "assessment_p50_us", "simulate_per_s", "sklearn_absent",
)  # fmt: skip
DURABLE = {"max_connections": "300"}
"""Everything else as PostgreSQL has it: fsync, full_page_writes and synchronous_commit on."""

MEASUREMENTS: dict[str, Callable[[Any, Plan], Any]] = {
    "append": lambda servers, plan: append.measure(servers.postgres, plan),
    "replay": lambda servers, plan: replay.measure(servers.postgres, plan),
    "bus": lambda servers, plan: bus.measure(servers.postgres, servers.rabbitmq, plan),
    "pipeline": lambda servers, plan: pipeline.measure(servers.postgres, servers.rabbitmq, plan),
    "load": lambda servers, plan: loan_history.measure(servers.postgres, plan),
    "schedules": lambda _, plan: schedules.measure(plan),
    "statements": lambda _, plan: statements.measure(plan),
    "eod": lambda servers, plan: end_of_day.measure(servers.postgres, plan),
    "decisions": lambda servers, plan: decisions.measure(servers.postgres, plan),
}


class Servers:
    """A PostgreSQL and a RabbitMQ of this run alone, started when first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._postgres: PostgresServer | None = None
        self._rabbitmq: RabbitMQServer | None = None

    @property
    def postgres(self) -> PostgresServer:
        if self._postgres is None:
            self._postgres = PostgresServer(self._stack.enter_context(folder("bench-postgres")), DURABLE)
            self._postgres.start()
            self._stack.callback(self._postgres.kill_immediate)
            with psycopg.connect(self._postgres.url) as connection:
                for name in ("fsync", "synchronous_commit", "full_page_writes"):
                    found = connection.execute(f"show {name}".encode()).fetchone()
                    assert found == ("on",), f"{name} is {found}"
        return self._postgres

    @property
    def rabbitmq(self) -> RabbitMQServer:
        if self._rabbitmq is None:
            self._rabbitmq = RabbitMQServer(self._stack.enter_context(folder("bench-rabbitmq")))
            self._rabbitmq.start()
            self._stack.callback(self._rabbitmq.close)
        return self._rabbitmq


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"one of {', '.join(MEASUREMENTS)}; may be repeated")] = None,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    seconds: Annotated[float, typer.Option(min=0.1, help="of one variant in one round")] = 2.0,
    scale: Annotated[float, typer.Option(help="of what is counted instead of timed; less for a trial")] = 1.0,
    hour: Annotated[bool, typer.Option("--hour", help="only watch the services' memory at a steady rate")] = False,
    minutes: Annotated[float, typer.Option(help="of --hour")] = 60.0,
) -> None:
    """Measure, in interleaved rounds, what this system costs beside the bare tools it stands on."""
    console = Console(stderr=False, width=150)
    names = only or list(MEASUREMENTS)
    if unknown := sorted(set(names) - set(MEASUREMENTS)):
        raise typer.BadParameter(f"no measurement {', '.join(unknown)}")
    plan = Plan(rounds, seconds, scale)
    found: list[Found] = []
    with ExitStack() as stack:
        servers = Servers(stack)
        if hour:
            names = []
            found.append(uvloop.run(pipeline.hour(servers.postgres, servers.rabbitmq, minutes)))
        for name in names:
            found.append(uvloop.run(MEASUREMENTS[name](servers, plan)))  # the loop that uvicorn takes
            console.print(f"{name} done", style="dim")
    console.print(_table([line for one in found for line in one.lines]))
    figures = {key: value for one in found for key, value in one.figures.items()}
    print(json.dumps({key: _rounded(figures.get(key)) for key in KEYS}))


def _table(lines: Sequence[Line]) -> Table:
    table = Table("what", "unit", box=None)
    for name in ("median", "min–max", "ratio", "min–max", "goal"):
        table.add_column(name, justify="right")
    for line in lines:
        verdict = {True: "[green]✓[/]", False: "[red]✗[/]", None: ""}[line.is_met]
        table.add_row(
            line.name, line.unit, *_spread(line.samples), *_spread(line.ratios),
            f"{line.goal} {verdict}".strip(),
        )  # fmt: skip
    return table


def _spread(samples: Sequence[float]) -> tuple[str, str]:
    if not samples:
        return "", ""
    digits = 0 if median(samples) >= 100 else 2
    return f"{median(samples):,.{digits}f}", f"{min(samples):,.{digits}f}–{max(samples):,.{digits}f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3 if value < 100 else 0)


if __name__ == "__main__":
    program = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    program.command()(main)
    program()
