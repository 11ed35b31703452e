"""Running tests of the normal suites with a mutant in place, each time in a process of its own.

In one process after another's mutant a test fails for what that left behind, and a kill would prove nothing. The
servers are shared: a process gets a database and a virtual host that nobody else sees. So are the imports, which
would cost more than the tests: each process is a fork of one that has done nothing but import.
"""

import multiprocessing
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.mutants import inside
from tests.mutants.inside import PASSED, Order
from tests.mutants.mutants import MUTANTS, RABBIT, Mutant
from tests.servers import PostgresServer, RabbitMQServer

SECONDS_MAX = 180
"""For one process. The honest code runs all the tests in less, else nothing is said of any mutant."""

_FORKING = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Run:
    """`failed` are also those that were in the middle of something when the time was up."""

    ran: set[str]
    failed: set[str]
    said: str


def run_tests(tests: Sequence[str], mutant: Mutant | None, postgres: PostgresServer, rabbitmq: RabbitMQServer) -> Run:
    """Run these tests with the mutant in place, or with the code as it is."""
    with ExitStack() as stack:
        vhosts = [stack.enter_context(rabbitmq.vhost()) for test in tests if test.startswith(RABBIT)]
        output = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "output"
        order = Order(mutant.name if mutant else None, list(tests), postgres.home, vhosts)
        became = _became(order, output)
        said = output.read_text("utf-8", errors="replace")
    return Run(set(became), {test for test, what in became.items() if what != PASSED}, said)


def _became(order: Order, output: Path) -> dict[str, str]:
    """What became of each test that was begun."""
    files = {test.partition("::")[0] for one in MUTANTS for test in one.killed_by}
    modules = [file.removesuffix(".py").replace("/", ".") for file in sorted(files)]
    _FORKING.set_forkserver_preload([inside.__name__, *modules])
    heard, told = _FORKING.Pipe(duplex=False)
    process = _FORKING.Process(target=inside.live, args=(order, told, output))
    process.start()
    told.close()
    process.join(SECONDS_MAX)
    process.kill()
    process.join()
    became = dict[str, str]()
    with suppress(EOFError):  # nobody is left who could say more
        while True:
            test, what = heard.recv()
            became[test] = what
    return became
