"""What the log of risk remembers of decisions: rows to learn from, and applications to try other rules on."""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.operations.lifecycle import calendar_today
from services.operations.replay import migrator_url
from services.operations.terminal import Exit, Failure
from services.risk import queries, registry
from services.risk.calculations.simulations import Simulation, SimulationBody, SimulationView, line_of
from services.risk.main import service
from services.risk.registry import Library
from services.risk.scoring import ModelShelf
from shared import business_date
from shared.database import UNAVAILABLE, connect
from shared.personal_data import Vault
from shared.postgres_event_store import Codec, PostgresEventStore

if TYPE_CHECKING:
    from services.risk.training.own_history import HistorySchema

Line = dict[str, Any]


@asynccontextmanager
async def open_log() -> AsyncIterator[tuple[Any, Library, date]]:
    """A connection to the schema of risk, the library as its log has moved it, and the bank's business date."""
    try:
        connection = await connect(migrator_url(), service.name)
        try:
            today = await business_date.current(connection) or calendar_today()
            # No key is needed: nothing that risk keeps is personal.
            reading: Any = connection
            store = PostgresEventStore(reading, Codec(service.events, Vault(reading, bytes(32))))
            yield connection, await ModelShelf(store, {}).library(), today
        finally:
            await connection.close()
    except UNAVAILABLE as error:
        raise Failure(Exit.AWAY, f"the database does not answer: {error}") from error


async def simulate(
    body: SimulationBody, files: Sequence[Path], tell: Callable[[int, int], None], take: Callable[[Line], None] | None
) -> SimulationView:
    """Try the rules on every past application; `tell` hears how far, `take` gets a line for each."""
    async with open_log() as (connection, library, today):
        try:
            simulation = Simulation(body, library, today, [registry.read(path) for path in files])
        except (LookupError, OSError, ValueError) as error:
            raise Failure(Exit.WRONG, str(error)) from None
        total, done = await queries.count_past_applications(connection, body.first, body.last), 0
        async for page in queries.past_applications(connection, body.first, body.last, today=today):
            for past in page:
                difference = simulation.take(past)
                if take is not None and difference is not None:
                    take(line_of(difference))
            done += len(page)
            tell(done, total)
        return simulation.shown()


async def history_of(segment: str) -> tuple[list[tuple[dict[str, str | None], bool]], date]:
    """Features of past decisions with what became of their loans, as of the business date."""
    async with open_log() as (connection, _, today):
        return await queries.history(connection, segment, today=today), today


def written_history(segment: str, folder: Path) -> "tuple[Path, HistorySchema, Any]":
    """Write the rows that the log can teach with as a CSV; its path, what its columns are, and the 5C table."""
    from services.risk.training.own_history import schema_like  # noqa: PLC0415  (loads what training needs)

    rows, today = asyncio.run(history_of(segment))
    rules = registry.library().in_force(segment, today)  # type: ignore[arg-type]  # it was asked to be one
    schema = schema_like(rules, f"log.{today:%Y%m%d}", f"the bank's decisions and loans as of {today}", "default")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"history_{segment}_{today:%Y%m%d}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        names = [*schema.signs, *schema.categories]
        writer = csv.writer(file)
        writer.writerow([*names, schema.label])
        writer.writerows([*(features.get(name) for name in names), int(bad)] for features, bad in rows)
    return path, schema, rules.five_c
