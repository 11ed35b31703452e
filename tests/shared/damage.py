"""What goes wrong below a service: done to its database as a superuser, for the API cannot."""

from shared.database import connect
from tests.shared.running_service import RunningService


async def make_unreadable(bank: RunningService, stream_id: str) -> None:
    """Every fact of the stream is of a type that the service does not know."""
    database = await connect(bank.database_url, bank.service.name)
    try:
        await database.execute("set session_replication_role = replica")  # past the triggers that refuse any change
        await database.execute("update events set type = 'WrittenByALaterRelease' where stream_id = $1", stream_id)
    finally:
        await database.close()
