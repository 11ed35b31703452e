"""受理: whose record an application is made under, and what else he has with the bank at that moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID
from weakref import WeakValueDictionary

from services.application import queries
from services.application.domain.borrower import company_borrower_id, person_borrower_id
from services.application.domain.commands import SubmitApplication
from services.application.domain.loan_application import loan_application
from shared.engine import Engine
from shared.identity import Principal
from shared.messages import Rejected
from shared.money import Money
from shared.problem_details import Problem

CATCH_UP_SECONDS = 5.0

_turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()


def own_borrower_id(
    engine: Engine, caller: Principal, *, company_code: str | None = None, resident_id: str | None = None
) -> UUID:
    """The one id of a company or a person with the caller's legal entity: exactly one of the numbers is given."""
    if company_code:
        return company_borrower_id(caller.legal_entity, company_code)
    assert resident_id, "one of company and person is set"
    master_key = bytes.fromhex(engine.settings.master_key.get_secret_value())
    return person_borrower_id(master_key, caller.legal_entity, resident_id)


@asynccontextmanager
async def other_exposure(engine: Engine, borrower_id: UUID, currency: str) -> AsyncIterator[Money]:
    """What else the borrower has been granted or has asked for, held still until his application is recorded.

    Everything that was recorded before is counted: the list is waited for, up to 5 seconds, and then refused with
    503, for an exposure that is not known would void the cap. One borrower's applications are taken in one after
    the other within this process. Of two that reach two replicas of the service in the same instant, neither
    counts the other.
    """
    async with _turns.setdefault(borrower_id, asyncio.Lock()):
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                await engine.caught_up("applications")
        except TimeoutError:
            detail = "What the borrower has with the bank already is not known yet: ask again with the same key."
            raise Problem(503, "exposure-not-known", detail, headers={"Retry-After": "5"}) from None
        yield await queries.exposure(engine.pool, borrower_id, currency)


def require_submittable(submit: SubmitApplication) -> None:
    """Raises Rejected for what no state would take, naming the field as /loan/apply calls it."""
    try:
        loan_application.decide(submit, loan_application.initial)
    except Rejected as refused:
        if refused.field == "requested_amount":
            raise Rejected(refused.code, refused.detail, field="amount") from None  # as it is called here
        raise
