"""Where the tests' RabbitMQ runs: a program of this machine, else a container of the image that compose runs.

Both keep their port and their data over a kill -9, and nothing of them is left when they are closed.
"""

import os
import secrets
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from services.operations.free_port import free_port

USER = PASSWORD = "tests"
IMAGE = "rabbitmq:4-management"
"""As in docker-compose.yml; RABBITMQ_IMAGE names another, there and here."""

CONTAINER_FILE = "container"
END_SECONDS = 60

# Idle schedulers sleep instead of spinning: the tests need the processors.
IDLE_SCHEDULERS = "+sbwt none +sbwtdcpu none +sbwtdio none"

CONFIG = f"""\
listeners.tcp.1 = 127.0.0.1:{{port}}
default_user = {USER}
default_pass = {PASSWORD}
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 67108864
log.file.level = info
"""


class Node(Protocol):
    """One RabbitMQ node that listens on `port` of this machine."""

    port: int

    def start(self) -> None:
        """Start, or do nothing where it runs; it may not answer yet."""

    def is_running(self) -> bool:
        """Whether it runs, answering or not."""

    def kill(self) -> None:
        """Kill -9; returns when it is gone."""

    def close(self) -> None:
        """The end of it and of all that belongs to it."""

    def ctl(self, *arguments: str) -> str:
        """What rabbitmqctl says of it; RuntimeError where it fails."""

    def output(self) -> str:
        """What it has said of itself."""


def open_node(home: Path) -> Node:
    """The program where it is installed, else the container. Raises FileNotFoundError where neither can be had."""
    if (programs := _programs()) is not None:
        return ProgramNode(home, programs)
    if _engine_answers():
        return ContainerNode(home)
    raise FileNotFoundError(
        "There is no rabbitmq-server on this machine, and no Docker engine answers. "
        "scripts/ensure-rabbitmq says how to get one. `make check` needs no server."
    )


class ProgramNode:
    """A node with its own name, ports, cookie and name daemon, blind to any other on this machine."""

    def __init__(self, home: Path, programs: Path) -> None:
        self._home, self._programs = home, programs
        self._epmd_port, self._distribution_port, self.port = (free_port() for _ in range(3))
        self._node: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None

    @property
    def _environment(self) -> dict[str, str]:
        home = str(self._home)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RABBITMQ_")}
        return inherited | {
            "HOME": home,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": f"liudai-tests-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,  # the machine's own settings are for its own node
            "RABBITMQ_CONFIG_FILE": f"{home}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{home}/mnesia",
            "RABBITMQ_LOG_BASE": f"{home}/log",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (f"{IDLE_SCHEDULERS} -kernel inet_dist_use_interface {{127,0,0,1}}"),
        }

    def start(self) -> None:
        if self.is_running():
            return
        cookie = self._home / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(secrets.token_hex(10))
            cookie.chmod(0o400)
            (self._home / "enabled_plugins").write_text("[].\n")
            (self._home / "rabbitmq.conf").write_text(CONFIG.format(port=self.port))
        if self._epmd is None:
            self._epmd = self._spawn("epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1")
        self._node = self._spawn(str(self._programs / "rabbitmq-server"))

    def is_running(self) -> bool:
        return self._node is not None and self._node.poll() is None

    def kill(self) -> None:
        if self._node is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._node.pid, signal.SIGKILL)
        self._node.wait(END_SECONDS)
        self._node = None

    def close(self) -> None:
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()
            self._epmd = None

    def ctl(self, *arguments: str) -> str:
        return _said([str(self._programs / "rabbitmqctl"), "--quiet", *arguments], self._environment)

    def output(self) -> str:
        return (self._home / "output").read_text()

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        with (self._home / "output").open("ab") as output:
            return subprocess.Popen(
                command,
                env=self._environment,
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


class ContainerNode:
    """A container that the engine does not start again by itself; its id stands in a file of `home`."""

    def __init__(self, home: Path) -> None:
        self._home, self._file, self.port = home, home / CONTAINER_FILE, free_port()

    @property
    def _id(self) -> str:
        return self._file.read_text()

    def start(self) -> None:
        if not self._file.exists():
            settings = {
                "RABBITMQ_DEFAULT_USER": USER,
                "RABBITMQ_DEFAULT_PASS": PASSWORD,
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": IDLE_SCHEDULERS,
            }
            given = [f"--env={name}={value}" for name, value in settings.items()]
            at = f"--publish=127.0.0.1:{self.port}:5672"
            image = os.environ.get("RABBITMQ_IMAGE", IMAGE)
            name = f"--name={self._home.name}"
            # The host's name is part of the node's, under which its data lies.
            _docker("create", f"--cidfile={self._file}", name, "--hostname=rabbitmq", at, *given, image)
        _docker("start", self._id)

    def is_running(self) -> bool:
        return _docker("inspect", "--format={{.State.Running}}", self._id).strip() == "true"

    def kill(self) -> None:
        if self.is_running():
            _docker("kill", "--signal=KILL", self._id)
            _docker("wait", self._id)

    def close(self) -> None:
        remove_container(self._home)

    def ctl(self, *arguments: str) -> str:
        return _docker("exec", self._id, "rabbitmqctl", "--quiet", *arguments)

    def output(self) -> str:
        return _docker("logs", self._id)


def remove_container(home: Path) -> None:
    """Remove the container whose node had this home, with its data; nothing where there was none, or is no more."""
    file = home / CONTAINER_FILE
    if file.exists():
        command = ["docker", "rm", "--force", "--volumes", file.read_text()]
        subprocess.run(command, capture_output=True, check=False)
        file.unlink(missing_ok=True)


def _programs() -> Path | None:
    """The folder of the server's own scripts: Debian's wrappers on the path become another user."""
    debian = Path("/usr/lib/rabbitmq/bin")
    if (debian / "rabbitmq-server").exists():
        return debian
    found = shutil.which("rabbitmq-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return Path(found).resolve().parent if found and shutil.which("epmd") else None


def _engine_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def _docker(*arguments: str) -> str:
    return _said(["docker", *arguments])


def _said(command: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout
