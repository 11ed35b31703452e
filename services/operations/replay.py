"""`liudai replay`: a read model rebuilt from the log beside the live one, compared row for row, then switched to."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.text import Text

from services.operations import embedded_postgres
from services.operations.deployment import default_home
from services.operations.generations import Difference, rebuilding
from services.operations.terminal import Exit, Failure, Screen
from shared.database import UNAVAILABLE
from shared.projection import Projection
from shared.service import Service
from shared.settings import DEMO_MASTER_KEY


def migrator_url() -> str:
    """The database as its migrator: DATABASE_URL, else the embedded server where it runs."""
    if given := os.environ.get("DATABASE_URL"):
        return given
    home = default_home()
    if not embedded_postgres.is_running(home):
        raise Failure(Exit.AWAY, "no database: set DATABASE_URL to the migrator's, or start the bank with `liudai up`")
    return embedded_postgres.start(home)


@dataclass(frozen=True)
class Rebuilt:
    """One projection after its replay."""

    service: str
    projection: str
    facts: int
    generation: int
    switched: bool
    differences: list[Difference]

    @property
    def is_equal(self) -> bool:
        """Whether the rebuilt tables hold the very rows that the live ones held."""
        return not any(one.only_live or one.only_rebuilt for one in self.differences)


def chosen(
    services: Sequence[Service], service: str | None, projection: str | None
) -> list[tuple[Service, Projection]]:
    """The projections to rebuild; a usage error where there is no such one."""
    every = [(one, projected) for one in services for projected in one.projections]
    found = [(s, p) for s, p in every if service in (None, s.name) and projection in (None, p.name)]
    if not found:
        known = "".join(f"\n  {s.name} {p.name}" for s, p in every)
        asked = " ".join(filter(None, (service, projection)))
        raise Failure(Exit.USAGE, f"there is no read model {asked}; there are:{known}")
    return found


async def replay(screen: Screen, picked: Sequence[tuple[Service, Projection]], *, dry_run: bool) -> list[Rebuilt]:
    """Rebuild each in turn with a progress bar, while the bank goes on."""
    url, results = migrator_url(), []
    key = bytes.fromhex(os.environ.get("LIUDAI_MASTER_KEY", DEMO_MASTER_KEY))
    with screen.progress() as progress:
        for service, projection in picked:
            task = progress.add_task(f"{service.name} {projection.name}", total=None)
            try:
                async with rebuilding(url, service, projection, key) as rebuild:
                    facts = 0
                    async for position, head in rebuild.replay():
                        facts = position
                        progress.update(task, completed=position, total=head)
                    differences = await rebuild.compare_and_switch(switch=not dry_run)
                    generation = rebuild.live if dry_run else rebuild.next
            except UNAVAILABLE as error:
                raise Failure(Exit.AWAY, f"the database does not answer: {error}") from error
            results.append(Rebuilt(service.name, projection.name, facts, generation, not dry_run, differences))
    return results


def show(screen: Screen, results: Sequence[Rebuilt]) -> Exit:
    """One row a table; WRONG where a rebuilt table differed from the live one."""
    screen.answer([{**asdict(one), "is_equal": one.is_equal} for one in results])
    columns = ("read model", "facts", "live rows", "rebuilt", "")
    rows = [
        (f"{one.service} {one.projection}.{d.table}", f"{one.facts:,}", d.live_rows, d.rebuilt_rows, _verdict(one, d))
        for one in results
        for d in one.differences
    ]
    screen.table(columns, rows, right=columns[1:4])
    return Exit.OK if all(one.is_equal for one in results) else Exit.WRONG


def _verdict(rebuilt: Rebuilt, found: Difference) -> Text:
    if found.only_live or found.only_rebuilt:
        return Text(f"differs: {found.only_live} only live, {found.only_rebuilt} only rebuilt", "red")
    return Text(f"equal, now generation {rebuilt.generation}" if rebuilt.switched else "equal", "green")
