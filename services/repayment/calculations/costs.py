"""实际利率: the rate at which payments are worth what was received, and how a discount or fee is earned over them."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.repayment.calculations.grounds import Grounds, Lent, as_refusal, one_currency
from services.repayment.domain.effective_rate import effective_percent, nominal_percent, period_rate, spread
from services.repayment.domain.rounding import to_places
from shared.http import RequestBody
from shared.money import MoneyText
from shared.problem_details import refused

PAYMENTS_MAX = 3660
RATE_PLACES = 12


class EffectiveRateBody(RequestBody):
    """What was received, and what is paid at equal distances; `payments`, or `payment` a `count` of times."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "received": {"amount": "98000.00"},
                    "payment": {"amount": "8700.00"},
                    "count": 12,
                    "periods_a_year": 12,
                }
            ]
        }
    )
    received: Lent
    payments: Annotated[tuple[Lent, ...], Field(max_length=PAYMENTS_MAX)] = ()
    payment: Lent | None = None
    count: Annotated[int, Field(ge=1, le=PAYMENTS_MAX)] | None = None
    periods_a_year: Annotated[int, Field(ge=1, le=366)] = 12


class EarnedView(BaseModel):
    """One payment: what of the discount it earns, and what is left of the balance and of the discount after it."""

    no: int
    payment: MoneyText
    earned: MoneyText
    balance: MoneyText
    discount_left: MoneyText


class EffectiveRateView(BaseModel):
    """The rate of a period as a fraction to 12 places; a year's in percent, nominal (times) and effective (power)."""

    period_rate: Decimal
    nominal_rate_percent: Decimal
    effective_rate_percent: Decimal
    items: list[EarnedView]


def effective_rate(body: EffectiveRateBody, grounds: Grounds) -> EffectiveRateView:
    """Σ payment / (1 + i) ^ k = received, solved to better than the places shown."""
    del grounds
    payments = body.payments
    if body.payment is not None and body.count is not None and not payments:
        payments = (body.payment,) * body.count
    elif not payments or body.payment is not None or body.count is not None:
        raise refused("payments", "one_of", "tell payments, or payment and count: one of them")
    one_currency([("received", body.received), *((f"payments.{no}", one) for no, one in enumerate(payments))])
    with as_refusal("received"):
        rate = period_rate([body.received.amount, *(-one.amount for one in payments)])
    years = Decimal(body.periods_a_year)
    return EffectiveRateView(
        period_rate=_shown(rate),
        nominal_rate_percent=_shown(nominal_percent(rate, years)),
        effective_rate_percent=_shown(effective_percent(rate, years)),
        items=[EarnedView.model_validate(one, from_attributes=True) for one in spread(body.received, payments, rate)],
    )


def _shown(rate: Decimal) -> Decimal:
    return to_places(Fraction(rate), RATE_PLACES)
