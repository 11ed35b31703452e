"""`liudai up`, `down`, `logs`, `reset`: the whole bank on this machine, with nothing installed but Python."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import psutil
from rich.markup import escape

from services.operations import embedded_postgres
from services.operations.demo_people import demo_holders
from services.operations.deployment import (
    CORE_BANKING_PORT,
    CREDIT_SOURCES_PORT,
    PORT,
    Running,
    all_in_one,
    load_services,
    running,
)
from services.operations.free_port import free_port, is_free
from services.operations.postgres_programs import PostgresUnavailableError
from services.operations.supervisor import Ports, end_leftovers, opened_log
from services.operations.terminal import Exit, Failure, Screen
from shared.dates import add_months

BANK_TIME = ZoneInfo("Asia/Shanghai")
READY_SECONDS = 90.0
STOP_SECONDS = 45.0


def port_of(name: str, default: int) -> int:
    """A port from the environment; a usage error where it is none."""
    given = os.environ.get(name, str(default))
    if not given.isdigit() or not 0 < int(given) < 65536:  # noqa: PLR2004 - TCP's own bound
        raise Failure(Exit.USAGE, f"{name} must be a port number, not {given!r}")
    return int(given)


def ports_of_bank() -> Ports:
    """Where everything is to listen: the environment's ports, which must be free, or the usual ones.

    The data gateway's stand-in, which people seldom call, gives way when nobody named its port and another bank of
    this machine has it.
    """
    named = {
        "LIUDAI_PORT": port_of("LIUDAI_PORT", PORT),
        "LIUDAI_CORE_BANKING_PORT": port_of("LIUDAI_CORE_BANKING_PORT", CORE_BANKING_PORT),
        "LIUDAI_CREDIT_SOURCES_PORT": port_of("LIUDAI_CREDIT_SOURCES_PORT", CREDIT_SOURCES_PORT),
    }
    if "LIUDAI_CREDIT_SOURCES_PORT" not in os.environ and not is_free(CREDIT_SOURCES_PORT):
        named["LIUDAI_CREDIT_SOURCES_PORT"] = free_port()
    for name, one in named.items():
        if not is_free(one):
            raise Failure(Exit.WRONG, f"port {one} is in use by another program: choose another with {name}=…")
    return Ports(*named.values())


def calendar_today() -> date:
    """Today where the bank is."""
    return datetime.now(BANK_TIME).date()  # noqa: TID251  (the command's own clock, at its edge)


def opening_date(home: Path) -> date:
    """The bank's first business date: a year ago, so that the seed has time to happen; the same at every start."""
    file = home / "opening-date"
    if not file.exists():
        given = os.environ.get("LIUDAI_OPENING_DATE")
        first = date.fromisoformat(given) if given else add_months(calendar_today(), -12)
        file.write_text(first.isoformat(), encoding="ascii")
    return date.fromisoformat(file.read_text(encoding="ascii").strip())


def start(screen: Screen, home: Path) -> Running:
    """Start everything, or do nothing where it runs; returns when every service is ready."""
    if (already := running(home)) is not None and already.is_alive:
        _await_ready(screen, home, already.url)
        return already
    home.mkdir(parents=True, exist_ok=True)
    end_leftovers(home)
    ports = ports_of_bank()
    embedded = "DATABASE_URL" not in os.environ
    os.environ["LIUDAI_OPENING_DATE"] = opening_date(home).isoformat()
    with screen.err.status("PostgreSQL…"):
        database_url = _database_url(home)
    from services.operations.migrate import migrate, target  # noqa: PLC0415  (slow, and for this command only)

    with screen.err.status("migrations…") as status:
        services = load_services()
        goal = target(database_url, services)
        asyncio.run(migrate(goal, services, lambda step: status.update(f"migrations: {step}")))
    with opened_log(home / "log/supervisor.log") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "services.operations.supervisor", "--home", str(home)),
                *("--port", str(ports.bank), "--core-banking-port", str(ports.core_banking)),
                *("--credit-sources-port", str(ports.credit_sources)),
                *(["--embedded"] if embedded else []),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _await_ready(screen, home, ports.url(ports.bank), process)
    started = running(home)
    assert started is not None, "it is ready, so its supervisor has written what it runs"
    return started


def is_seeded(home: Path) -> bool:
    """Whether the demo portfolio was made here to its end."""
    return (home / "seeded").exists()


def note_seeded(home: Path) -> None:
    """Remember that it was."""
    (home / "seeded").touch()


def _database_url(home: Path) -> str:
    if given := os.environ.get("DATABASE_URL"):
        return given
    try:
        return embedded_postgres.start(home)
    except PostgresUnavailableError as error:
        raise Failure(Exit.AWAY, str(error)) from error


def _await_ready(screen: Screen, home: Path, url: str, process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + READY_SECONDS
    with screen.err.status("services…"), httpx.Client(timeout=5.0) as http:
        while True:
            with suppress(httpx.HTTPError):
                if http.get(f"{url}/health/ready").is_success:
                    return
            if process is not None and process.poll() is not None:
                raise Failure(Exit.WRONG, f"the bank does not start:\n{_tail(home / 'log/supervisor.log')}")
            if time.monotonic() > deadline:
                raise Failure(Exit.AWAY, f"not ready after {READY_SECONDS:.0f} s:\n{_tail(home / 'log/bank.log')}")
            time.sleep(0.1)


def _tail(file: Path, characters: int = 3000) -> str:
    return file.read_text(encoding="utf-8", errors="replace")[-characters:] if file.exists() else f"{file} is not there"


def stop(home: Path) -> bool:
    """Stop what `start` started; whether anything ran."""
    left = running(home)
    if left is None or not left.is_alive:
        end_leftovers(home)
        was_running = embedded_postgres.is_running(home)
        embedded_postgres.stop(home)
        return was_running
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(left.supervisor)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
            end_leftovers(home)
            embedded_postgres.stop(home, mode="immediate")
    return True


def delete(home: Path) -> None:
    """Stop and delete what was made in the home folder, and nothing else that may lie there."""
    stop(home)
    for folder in ("postgres", "postgres.unfinished", "log"):
        shutil.rmtree(home / folder, ignore_errors=True)
    files = ("postgres.json", "opening-date", "issuer-key.pem", "running.json", "seeded")
    for file in (*(home / name for name in files), *home.glob("core-banking-ledger.sqlite3*")):
        file.unlink(missing_ok=True)


def follow_logs(home: Path, lines: int, *, follow: bool) -> int:
    """Show the end of every log, and what is added to them until interrupted; tail's own status."""
    logs = sorted((home / "log").glob("*.log"))
    if not logs:
        raise Failure(Exit.WRONG, f"there are no logs in {home / 'log'}: start the bank with `liudai up`")
    command = ["tail", "-n", str(lines), *(["-F"] if follow else []), *map(str, logs)]
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0


def welcome(screen: Screen, started: Running, home: Path) -> None:
    """URLs, logins and a next step."""
    deployment, holders = all_in_one(started.url, started.core_banking), demo_holders()
    screen.answer(
        {
            "url": started.url,
            "services": deployment.services,
            "core_banking": started.core_banking,
            "credit_sources": started.credit_sources,
            "home": str(home),
            "logins": sorted(holders.people),
            "password": holders.password,
        }
    )
    screen.say(f"\n[bold]流贷 liudai[/bold] 就绪 is ready: [bold]{started.url}[/bold]")
    screen.say(f"数据与日志 data and logs: {escape(str(home))}\n")
    screen.table(["服务 service", "接口文档 API"], [(name, f"{url}/docs") for name, url in deployment.services.items()])
    screen.say(f"\n演示登录 Demo logins, password [bold]{escape(holders.password)}[/bold]:")
    screen.table(["login", "name", "roles"], [(k, p.name, ", ".join(p.roles)) for k, p in holders.people.items()])
    screen.say(
        "\n下一步 Next:\n"
        "  [bold].venv/bin/liudai demo[/bold]     一笔贷款，从申请到结清 · one loan from application to settlement\n"
        "  [bold].venv/bin/liudai status[/bold]   各服务的位置 · where each service stands\n"
        "  [bold].venv/bin/liudai --help[/bold]   一切命令 · every command\n"
        "  [bold]make down[/bold]                 停止，保留数据 · stop; the data stays"
    )
