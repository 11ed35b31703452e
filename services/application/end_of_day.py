"""What a new business date means for applications: offers whose last day has passed expire."""

import asyncio
from datetime import date
from uuid import uuid5

import structlog
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from services.application.domain.commands import ExpireOffer
from services.application.domain.loan_application import loan_application
from services.application.queries import PastOffer, offers_past
from shared.engine import Engine
from shared.event_store import VersionConflict
from shared.http import Keyed, ServiceEngine, Today
from shared.messages import Rejected
from shared.postgres_event_store import UnknownEvent

router = APIRouter(prefix="/v1", tags=["offers"])

OFFERS_AT_ONCE = 200
CATCH_UP_SECONDS = 30.0
BAD_APPLICATION = (
    Rejected, AssertionError, ValueError, ArithmeticError, LookupError, TypeError, UnknownEvent, VersionConflict,
)  # fmt: skip
"""What one application's data can raise. A database that is away is none of it: that ends the sweep, to run again."""
_log = structlog.get_logger()


class Expired(BaseModel):
    """How many offers expired now; those that had expired before are not counted again."""

    business_date: date
    expired: int


@router.post("/offers/expire", response_model=Expired)
async def expire_past_offers(engine: ServiceEngine, today: Today, commands: Keyed) -> Response:
    """Expire every offer whose last day has passed, as each new business date does by itself. Harmless to repeat."""
    commands.require_key()

    async def expire() -> Expired:
        return Expired(business_date=today, expired=await expire_offers(engine, today))

    return await commands.once(expire)


async def on_business_date(engine: Engine, business_date: date) -> None:
    """What the service does when the bank's business date moves."""
    await expire_offers(engine, business_date)


async def expire_offers(engine: Engine, business_date: date) -> int:
    """Expire every offer whose last day lies before `business_date`; how many did. Repeating it changes nothing.

    The list comes from the read model, so it waits until that shows all that was appended; raises TimeoutError
    when it does not within half a minute, to be run again. An application that cannot be decided is logged and
    left behind: its offer stays open on the list, so the next business date tries again.
    """
    async with asyncio.timeout(CATCH_UP_SECONDS):
        await engine.caught_up("applications")
    expired, after = 0, None
    while past := await offers_past(engine.pool, business_date, after=after, limit=OFFERS_AT_ONCE):
        for offer in past:
            expired += await _expire(engine, offer, business_date)
        after = past[-1].application_id
    return expired


async def _expire(engine: Engine, offer: PastOffer, business_date: date) -> bool:
    try:
        outcome = await engine.commands.handle(
            loan_application,
            ExpireOffer(application_id=offer.application_id, business_date=business_date),
            engine.metadata(business_date, branch=offer.branch),
            command_id=uuid5(offer.application_id, f"expire offer on {business_date}"),
        )
    except BAD_APPLICATION as error:
        _log.error(
            "offer_not_expired",
            application_id=str(offer.application_id),
            business_date=business_date.isoformat(),
            reason=f"{type(error).__name__}: {error}"[:1000],
        )
        return False
    return bool(outcome.events)
