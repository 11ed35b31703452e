"""要约: read and accept the bank's offer."""

from fastapi import APIRouter
from starlette.responses import Response

from services.application.domain.commands import AcceptOffer
from services.application.domain.loan_application import loan_application
from services.application.routes.answers import Loaded, live, offer_view
from services.application.routes.views import OfferView
from services.application.routes.visibility import VisibleApplication, not_found
from shared.http import AsOf, Caller, Commands, Today

router = APIRouter(prefix="/v1/applications/{application_id}/offer", tags=["offers"])


@router.get("", response_model=OfferView)
async def read_offer(application_id: VisibleApplication, commands: Commands, as_of: AsOf) -> Response:
    """The offer with its cost statement; 404 until there is one."""
    loaded = await commands.load(loan_application, application_id, as_of)
    view = offer_view(live(loaded))
    if view is None:
        raise not_found()
    return commands.read_answer(loaded, view)


@router.post("/accept", response_model=OfferView)
async def accept_offer(
    application_id: VisibleApplication, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Accept the offer, on its last day at the latest."""
    command = AcceptOffer(application_id=application_id, accepted_by=caller.person, accepted_on=today)
    return await commands.handle(loan_application, command, answer=_offer)


def _offer(loaded: Loaded) -> OfferView:
    view = offer_view(live(loaded))
    assert view, "an accepted offer has been made"
    return view
