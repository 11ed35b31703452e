"""What may be agreed on a live loan (合同变更的条款): an extension, a renewal, another plan for what is owed."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.messages import Value
from shared.money import Money

ChangeKind = Literal["extension", "renewal", "rescheduling", "restructuring"]
"""展期; 无还本续贷; 调整还款计划; 重组."""

PlanMethod = Literal["equal_instalments", "equal_principal", "interest_only", "free"]
"""等额本息; 等额本金; 按期付息到期还本; 自由还款计划, whose principal is told row by row."""

Capitalise = Literal["nothing", "interest", "interest_and_penalty"]
"""What of the unpaid interest becomes principal (转本); what does not stays due as it is."""

BorrowerSize = Literal["micro", "small", "medium", "large"]


class ExtensionTerms(Value):
    """展期 by whole months. A rate that is not told stays; told, it is paid from the first day of the new rows."""

    kind: Literal["extension"] = "extension"
    months: int
    annual_rate_percent: Decimal | None = None
    guaranteed: bool
    operation_normal: bool
    financial_difficulty: bool


class RenewalTerms(Value):
    """无还本续贷: the money stays for `months` more. What was found out of the borrower, condition by condition."""

    kind: Literal["renewal"] = "renewal"
    months: int
    annual_rate_percent: Decimal | None = None
    guaranteed: bool
    borrower_size: BorrowerSize
    compliant: bool
    stable_operation: bool
    no_misuse: bool
    meets_standard: bool


class PlanTerms(Value):
    """Another plan for all that is owed: so many instalments, the first on `first_due_on`.

    `restructuring`: because the debtor is in difficulty. `principal` is told where the plan is free.
    """

    kind: Literal["rescheduling", "restructuring"]
    method: PlanMethod
    first_due_on: date
    instalments: int
    every_months: int
    annual_rate_percent: Decimal | None = None
    principal: tuple[Money, ...] | None = None
    capitalise: Capitalise = "nothing"
    guaranteed: bool


ChangeTerms = Annotated[ExtensionTerms | RenewalTerms | PlanTerms, Field(discriminator="kind")]
