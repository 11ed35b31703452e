"""What the set-based night says of a bank's loans, for tests that hold it against the fold."""

from datetime import date

from services.repayment.queries.chunk_lines import ChunkLines, NightDays, chunk_lines
from tests.repayment.bank import Bank


async def worked_out(bank: Bank, night: date) -> ChunkLines:
    """The first part of the portfolio in the night of that date."""
    async with bank.engine.pool.acquire() as db:
        return await chunk_lines(db, 1, await NightDays.read(db, night))
