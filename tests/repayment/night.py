"""Close the open business date in a process of its own, so that a test can kill it.

Argument: a superuser's database URL.
"""

import asyncio
import sys

from services.operations.local_bus import LocalBus
from services.repayment.end_of_day import close_business_date
from services.repayment.main import service
from shared.identity import Principal
from tests.repayment.builders import DRAWN_ON
from tests.shared.services import running

OPERATOR = Principal("zhou", "tests", "zhou", frozenset({"operator"}), "LD01", "HQ", frozenset({"*"}))


async def main(database_url: str) -> None:
    async with running(database_url, LocalBus([]), service) as [engine]:
        await close_business_date(engine, OPERATOR, closed_on=DRAWN_ON, key=None)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
