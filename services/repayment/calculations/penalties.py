"""罚息与复利: what overdue or misused principal and unpaid interest cost until a day, payment by payment."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.repayment.calculations.grounds import (
    NO_MONEY,
    Day,
    DayCountName,
    FloatingBody,
    Grounds,
    Lent,
    Owing,
    RatePercent,
    UpliftPercent,
    as_refusal,
    in_currency,
    one_currency,
)
from services.repayment.domain.breach import (
    Breach,
    Charge,
    CompoundRate,
    Paid,
    charges,
    compound_charges,
    settled_total,
    settlement_amount,
)
from services.repayment.domain.penalty import UPLIFT_PERCENT_RANGES, is_lawful_uplift
from services.repayment.domain.rate_timeline import RateFrom
from shared.http import RequestBody
from shared.money import MoneyText
from shared.problem_details import refused

EVER = date(1900, 1, 1)


class PaymentBody(RequestBody):
    """What is paid of the amount in breach; it bears nothing from that day."""

    on: Day
    amount: Lent


class UnpaidInterestBody(RequestBody):
    """Interest that was due and is not paid: it bears compound interest (复利) from its due date."""

    amount: Lent
    due_on: Day
    payments: Annotated[tuple[PaymentBody, ...], Field(max_length=1000)] = ()


class PenaltyBody(RequestBody):
    """Principal in breach: `overdue_from` a day, `misused_from` a day, or both, which bears the heavier uplift only.

    The rate is the contract's (fixed or floating) with its lawful uplift, or a `penalty_rate_percent` as it stands.
    Compound interest bears the penalty rate, or `contract`: the contract rate until `matures_on`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "amount": {"amount": "1000000.00"},
                    "overdue_from": "2026-07-15",
                    "annual_rate_percent": "4.80",
                    "overdue_uplift_percent": "50",
                    "payments": [{"on": "2026-07-25", "amount": {"amount": "400000.00"}}],
                    "until": "2026-08-04",
                }
            ]
        }
    )
    amount: Owing = NO_MONEY
    overdue_from: Day | None = None
    misused_from: Day | None = None
    annual_rate_percent: RatePercent | None = None
    floating: FloatingBody | None = None
    penalty_rate_percent: RatePercent | None = None
    overdue_uplift_percent: UpliftPercent = Decimal(50)
    misuse_uplift_percent: UpliftPercent = Decimal(100)
    grace_days: Annotated[int, Field(ge=0, le=366)] = 0
    payments: Annotated[tuple[PaymentBody, ...], Field(max_length=1000)] = ()
    unpaid_interest: Annotated[tuple[UnpaidInterestBody, ...], Field(max_length=400)] = ()
    compound_bears: CompoundRate = "penalty"
    matures_on: Day | None = None
    until: Day
    day_count: DayCountName = "ACT/360"


class ChargeView(BaseModel):
    """A settlement: what was unpaid, at which rate, for how long; `interest` is rounded once."""

    of: Literal["principal", "interest"]
    starts_on: date
    ends_on: date
    days: int
    amount: MoneyText
    rate_percent: Decimal
    uplift_percent: Decimal
    interest: MoneyText


class PenaltyView(BaseModel):
    """The settlements and their sums; `rate_percent` is the last that was charged."""

    items: list[ChargeView]
    rate_percent: Decimal | None
    penalty_interest: MoneyText
    compound_interest: MoneyText
    total: MoneyText


def penalty(body: PenaltyBody, grounds: Grounds) -> PenaltyView:
    """Amount × days × penalty rate, a settlement at each payment. Nothing runs on penalty interest itself."""
    del grounds
    currency = one_currency(
        [
            ("amount", body.amount),
            *((f"payments.{no}.amount", one.amount) for no, one in enumerate(body.payments)),
            *((f"unpaid_interest.{no}.amount", one.amount) for no, one in enumerate(body.unpaid_interest)),
        ]
    )
    rates, uplifts = _rates(body)
    breach = Breach(
        amount=in_currency(body.amount, currency),
        overdue_from=body.overdue_from,
        misused_from=body.misused_from,
        overdue_uplift_percent=uplifts["overdue"],
        misuse_uplift_percent=uplifts["misuse"],
        grace_days=body.grace_days,
    )
    with as_refusal("payments"):
        on_principal = charges(breach, rates, _paid(body.payments), body.until, body.day_count)
    with as_refusal("unpaid_interest"):
        on_interest = [
            one
            for unpaid in body.unpaid_interest
            for one in compound_charges(
                unpaid.amount,
                unpaid.due_on,
                rates,
                body.until,
                paid=_paid(unpaid.payments),
                uplift_percent=uplifts["overdue"],
                bears=body.compound_bears,
                matures_on=body.matures_on,
                day_count=body.day_count,
            )
        ]
    charged = settled_total(on_principal, currency)
    compounded = settled_total(on_interest, currency)
    items = [*(_view("principal", one) for one in on_principal), *(_view("interest", one) for one in on_interest)]
    return PenaltyView(
        items=items,
        rate_percent=items[-1].rate_percent if items else None,
        penalty_interest=charged,
        compound_interest=compounded,
        total=charged + compounded,
    )


def _rates(body: PenaltyBody) -> tuple[list[RateFrom], dict[str, Decimal]]:
    """The contract's rates with their lawful uplifts; a penalty rate as it stands has none to add."""
    told = [body.annual_rate_percent, body.floating, body.penalty_rate_percent]
    if sum(one is not None for one in told) != 1:
        raise refused(
            "annual_rate_percent", "one_of", "tell annual_rate_percent, floating or penalty_rate_percent: one of them"
        )
    if body.penalty_rate_percent is not None:
        return [RateFrom(EVER, body.penalty_rate_percent)], {"overdue": Decimal(0), "misuse": Decimal(0)}
    uplifts = {"overdue": body.overdue_uplift_percent, "misuse": body.misuse_uplift_percent}
    for kind, field in (("overdue", "overdue_uplift_percent"), ("misuse", "misuse_uplift_percent")):
        if not is_lawful_uplift(kind, uplifts[kind]):  # type: ignore[arg-type]
            lowest, highest = UPLIFT_PERCENT_RANGES[kind]
            raise refused(field, "lawful_uplift", f"between {lowest} and {highest} percent (银发〔2003〕251号)")
    if body.floating is not None:
        return body.floating.rates(body.until), uplifts
    return [RateFrom(EVER, body.annual_rate_percent or Decimal(0))], uplifts


def _paid(payments: Sequence[PaymentBody]) -> list[Paid]:
    return [Paid(one.on, one.amount) for one in payments]


def _view(of: Literal["principal", "interest"], parts: Sequence[Charge]) -> ChargeView:
    last: Charge = parts[-1]
    return ChargeView(
        of=of,
        starts_on=parts[0].since,
        ends_on=last.until,
        days=sum(part.days for part in parts),
        amount=last.amount,
        rate_percent=last.rate_percent,
        uplift_percent=last.uplift_percent,
        interest=settlement_amount(parts),
    )
