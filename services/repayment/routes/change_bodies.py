"""The terms of a change as they are asked."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from services.repayment.domain.change_rules import INSTALMENTS_MAX, PERIOD_MONTHS_MAX
from services.repayment.domain.change_terms import (
    BorrowerSize,
    Capitalise,
    ExtensionTerms,
    PlanMethod,
    PlanTerms,
    RenewalTerms,
)
from services.repayment.domain.schedule import TERM_MONTHS_MAX
from shared.dates import Day
from shared.http import RequestBody
from shared.money import MoneyOrNil

Months = Annotated[int, Field(ge=1, le=TERM_MONTHS_MAX)]
Rate = Annotated[
    Decimal | None, Field(default=None, ge=0, max_digits=8, decimal_places=4, description="Percent a year, if it moves")
]


class ExtensionBody(RequestBody):
    """展期: within the law, asked and decided before the loan matures."""

    kind: Literal["extension"]
    months: Months
    annual_rate_percent: Rate
    guaranteed: bool
    operation_normal: bool
    financial_difficulty: bool

    def told(self) -> ExtensionTerms:
        return ExtensionTerms(**self.model_dump())


class RenewalBody(RequestBody):
    """无还本续贷: every condition is told, and has to hold."""

    kind: Literal["renewal"]
    months: Months
    annual_rate_percent: Rate
    guaranteed: bool
    borrower_size: BorrowerSize
    compliant: bool
    stable_operation: bool
    no_misuse: bool
    meets_standard: bool

    def told(self) -> RenewalTerms:
        return RenewalTerms(**self.model_dump())


class PlanBody(RequestBody):
    """调整还款计划, 重组: all that is owed, by another plan. Penalty interest stays due as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "restructuring",
                    "method": "equal_principal",
                    "first_due_on": "2026-05-20",
                    "instalments": 6,
                    "capitalise": "nothing",
                    "guaranteed": False,
                }
            ]
        }
    )
    kind: Literal["rescheduling", "restructuring"]
    method: PlanMethod
    first_due_on: Day
    instalments: Annotated[int, Field(ge=1, le=INSTALMENTS_MAX)]
    every_months: Annotated[int, Field(ge=1, le=PERIOD_MONTHS_MAX)] = 1
    annual_rate_percent: Rate
    principal: Annotated[tuple[MoneyOrNil, ...], Field(max_length=INSTALMENTS_MAX)] | None = None
    capitalise: Capitalise = "nothing"
    guaranteed: bool

    def told(self) -> PlanTerms:
        return PlanTerms(**{name: getattr(self, name) for name in PlanBody.model_fields})


TermsBody = ExtensionBody | RenewalBody | PlanBody
