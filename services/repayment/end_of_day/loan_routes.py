"""单笔日终: the end of day of one loan, as the API offers it."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from services.repayment.domain.loan import NoLoan
from services.repayment.domain.loan_account import loan_account
from services.repayment.end_of_day import inline
from shared.http import Keyed, ServiceEngine
from shared.money import Money, MoneyText

router = APIRouter(prefix="/v1/loans", tags=["loans"])


class ClosedLoan(BaseModel):
    """What was made up for: nil and no facts where the last night had left nothing out."""

    loan_id: UUID
    on: date
    interest: MoneyText
    penalty: MoneyText
    facts: int


@router.post("/{loan_id}/end-of-day", response_model=ClosedLoan, openapi_extra={"x-key": "optional"})
async def close_loan(loan_id: UUID, commands: Keyed, engine: ServiceEngine) -> Response:
    """单笔日终: accrue and age one loan up to the business date, after a night has left it out (quarantine)."""
    loan = (await commands.load(loan_account, loan_id)).state
    assert not isinstance(loan, NoLoan), "a stream with events is a booked loan"
    currency = loan.terms.principal.currency

    async def close() -> ClosedLoan:
        meta = await commands.metadata()
        line, facts = await inline.close_loan(engine, loan_id, meta)
        return ClosedLoan(
            loan_id=loan_id,
            on=meta.business_date,
            interest=Money(line.interest_minor if line else 0, currency),
            penalty=Money(line.penalty_minor if line else 0, currency),
            facts=facts,
        )

    return await commands.once(close)
