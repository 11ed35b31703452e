"""What the risk service announces."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from shared.messages import IntegrationEvent, Value
from shared.money import MoneyText


class _Announced(IntegrationEvent):
    producer: ClassVar[str] = "risk"


class LimitCandidate(Value):
    """One measure of how much may be lent; None where it gives no result and a person must measure."""

    method: str
    amount: MoneyText | None


class Reason(Value):
    """Why the score is not better, or why the outcome is what it is: stable code, in both languages."""

    code: str
    zh: str
    en: str


class CreditAssessed(_Announced):
    """评估: scored, measured and priced. `outcome` is a decision only where the policy decides alone.

    A rate below `floor_percent` or below the risk-based one needs the next authority.
    """

    application_id: UUID
    assessment_id: UUID
    outcome: Literal["approve", "refer", "decline"]
    score: int
    grade: str
    pd_percent: Decimal
    five_c_score: Decimal
    limit: MoneyText
    binding_limit: str
    limit_candidates: tuple[LimitCandidate, ...]
    annual_rate_percent: Decimal
    benchmark_percent: Decimal
    spread_bps: int
    risk_based_rate_percent: Decimal
    floor_percent: Decimal | None = None
    reasons: tuple[Reason, ...]
    model_version: str
    policy_version: str
    assessed_on: date


class LoanClassified(_Announced):
    """五级分类: the class of a loan changed. The rate is that of the specific provision (R6)."""

    loan_id: UUID
    classification: Literal["normal", "special_mention", "substandard", "doubtful", "loss"]
    previous: Literal["normal", "special_mention", "substandard", "doubtful", "loss"]
    provision_rate_percent: Decimal
    days_past_due: int
    classified_on: date


class StageLoss(Value):
    """The loans of one stage of impairment together."""

    stage: Literal[1, 2, 3]
    loans: int
    outstanding: MoneyText
    expected_loss: MoneyText


class ProvisionMeasured(_Announced):
    """减值计量: expected loss of a branch's loans in one currency on a day.

    `top_up` is what is to be held above (negative: below) the specific provisions of the loans' classes. `undrawn_loss`
    is expected to be lost of the limits that may still be drawn, `undrawn` in all; None where that was not measured.
    """

    branch: str
    stages: tuple[StageLoss, ...]
    specific: MoneyText
    top_up: MoneyText
    measured_on: date
    undrawn: MoneyText | None = None
    undrawn_loss: MoneyText | None = None
