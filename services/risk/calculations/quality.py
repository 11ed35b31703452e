"""五级分类: the class of a claim by every rule that demands one, contagion and observation with it."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.risk.calculations.grounds import Grounds, in_currency_of
from services.risk.domain.asset_class import (
    RESTRUCTURED_MONTHS_MIN,
    RETURNED_MONTHS_MIN,
    SPECIFIC_RATE_PERCENT,
    AssetClass,
    Signs,
    contaminates,
    floors,
    may_be_set,
    observation_ends_on,
    worst,
)
from services.risk.domain.classified_loan import stage_of
from services.risk.domain.expected_credit_loss import Stage
from shared.dates import Day
from shared.http import RequestBody
from shared.money import MoneyOrNil, PositiveMoney
from shared.problem_details import refused


class DebtorBody(RequestBody):
    """All claims of the bank on one debtor. Recognised credit enhancement exempts from contagion."""

    retail: bool
    non_performing: MoneyOrNil
    claims: PositiveMoney
    enhanced: bool = False


class ObservationBody(RequestBody):
    """A restructured loan is observed for at least twelve months, one back from non-performing for six.

    Both for two repayment periods at least, from the first due date of the new plan, or from the day on which
    everything overdue was paid.
    """

    of: Annotated[str, Field(pattern="^(restructured|non_performing)$")]
    started_on: Day
    repayment_period_months: Annotated[int, Field(ge=1, le=120)]


class ClassificationBody(Signs, RequestBody):
    """What is known of a loan and its debtor, and what a person would set."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "days_past_due": 95,
                    "credit_impaired": True,
                    "expected_loss_percent": "55",
                    "proposed_class": "substandard",
                }
            ]
        }
    )
    debtor: DebtorBody | None = None
    observation: ObservationBody | None = None
    proposed_class: AssetClass | None = None


class ClassificationView(BaseModel):
    """The class that the worst floor demands, every rule that demands something, and what goes with the class."""

    classification: AssetClass
    floors: dict[str, AssetClass]
    contaminated: bool | None
    observation_ends_on: date | None
    stage: Stage
    specific_rate_percent: Decimal
    proposed_needs_approval: bool | None


def classification(body: ClassificationBody, grounds: Grounds) -> ClassificationView:
    """The worst floor wins; a person may set a worse class alone, a better one with approval."""
    del grounds
    demands, contaminated = floors(body), None
    if (debtor := body.debtor) is not None:
        in_currency_of(debtor.claims.currency, debtor, "debtor.")
        if debtor.non_performing > debtor.claims:
            raise refused("debtor.non_performing", "part_of_claims", "no more can be non-performing than all claims")
        bad, claims = debtor.non_performing.amount, debtor.claims.amount
        contaminated = contaminates(bad, claims, retail=debtor.retail, enhanced=debtor.enhanced)
    if contaminated:
        demands["contagion"] = AssetClass.SUBSTANDARD
    found = worst(*demands.values())
    return ClassificationView(
        classification=found,
        floors=demands,
        contaminated=contaminated,
        observation_ends_on=None if body.observation is None else _observed_until(body.observation),
        stage=stage_of(found, body.days_past_due),
        specific_rate_percent=SPECIFIC_RATE_PERCENT[found],
        proposed_needs_approval=None if body.proposed_class is None else not may_be_set(body.proposed_class, found),
    )


def _observed_until(observation: ObservationBody) -> date:
    months_min = RESTRUCTURED_MONTHS_MIN if observation.of == "restructured" else RETURNED_MONTHS_MIN
    try:
        return observation_ends_on(observation.started_on, observation.repayment_period_months, months_min)
    except (ValueError, OverflowError) as error:
        raise refused("observation.started_on", "calendar", "the observation would end beyond the calendar") from error
