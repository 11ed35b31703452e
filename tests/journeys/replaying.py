"""Read models rebuilt from the facts beside the live ones, and compared row for row."""

import asyncio

import asyncpg

from services.operations.deployment import load_services
from services.operations.generations import Difference, Rebuild
from shared.database import open_pool
from shared.personal_data import Vault
from shared.postgres_event_store import Codec, PostgresEventStore
from shared.projection import Projection
from shared.service import Service
from shared.settings import DEMO_MASTER_KEY
from tests.journeys.bank import Bank


def every_projection() -> list[tuple[Service, Projection]]:
    return [(service, projection) for service in load_services() for projection in service.projections]


def rebuild(bank: Bank, service: Service, projection: Projection, *, switch: bool) -> list[Difference]:
    """Replay one projection into its next generation and compare; readers are led to it where asked."""
    return asyncio.run(_rebuild(bank.database_url, service, projection, switch=switch))


async def _rebuild(url: str, service: Service, projection: Projection, *, switch: bool) -> list[Difference]:
    async with open_pool(url, service.name, 2) as pool:
        store = PostgresEventStore(pool, Codec(service.events, Vault(pool, bytes.fromhex(DEMO_MASTER_KEY))))
        connection = await asyncpg.connect(url, server_settings={"search_path": service.name})
        try:
            rebuilding = Rebuild(connection, store, service.name, service.role, projection)
            async for _position, _head in rebuilding.replay():
                pass
            return await rebuilding.compare_and_switch(switch=switch)
        finally:
            await connection.close()


def check_read_models(bank: Bank) -> None:
    """I6: every read model of every service holds the very rows that its facts make."""
    differences = [
        f"{service.name}.{difference.table}: {difference}"
        for service, projection in every_projection()
        for difference in rebuild(bank, service, projection, switch=False)
        if difference.only_live or difference.only_rebuilt
    ]
    assert not differences, "\n".join(differences)
