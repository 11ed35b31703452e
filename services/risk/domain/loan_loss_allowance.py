"""贷款损失准备: what the supervisor wants a whole book to hold, and when interest is still income.

Source: 商业银行贷款损失准备管理办法 (贷款拨备率 2.5 %, 拨备覆盖率 150 %; since 2018 the supervisor sets them within
1.5–2.5 % and 120–150 %). The rule on interest is from general knowledge of 金融企业会计制度 and CAS 22.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.risk.domain.expected_credit_loss import Stage
from services.risk.domain.fractions import HUNDRED, NIL

LOAN_PROVISION_PERCENT = Decimal("2.5")
COVERAGE_PERCENT = Decimal(150)
NON_ACCRUAL_ABOVE_DAYS = 90
IMPAIRED: Stage = 3

IncomeRegime = Literal["cas_22", "non_accrual"]
"""`cas_22`: a loan of stage 3 earns on its net carrying amount. `non_accrual`: the older rule of 90 days."""


@dataclass(frozen=True)
class SupervisoryAllowance:
    """What is required, in yuan, and the ratios of what is held; a ratio is None where nothing stands below it."""

    required: Decimal
    by_loans: Decimal
    by_non_performing: Decimal
    shortfall: Decimal
    loan_provision_percent: Decimal | None
    coverage_percent: Decimal | None


def supervisory_allowance(
    loans: Decimal,
    non_performing: Decimal,
    held: Decimal,
    *,
    loan_provision_percent: Decimal = LOAN_PROVISION_PERCENT,
    coverage_percent: Decimal = COVERAGE_PERCENT,
) -> SupervisoryAllowance:
    """The higher of both measures binds: a share of all loans, and a multiple of the non-performing ones."""
    by_loans = loans * loan_provision_percent / HUNDRED
    by_non_performing = non_performing * coverage_percent / HUNDRED
    required = max(by_loans, by_non_performing)
    return SupervisoryAllowance(
        required=required,
        by_loans=by_loans,
        by_non_performing=by_non_performing,
        shortfall=max(required - held, NIL),
        loan_provision_percent=held * HUNDRED / loans if loans else None,
        coverage_percent=held * HUNDRED / non_performing if non_performing else None,
    )


@dataclass(frozen=True)
class Accrual:
    """What becomes of interest that was booked but not paid, in yuan, and what interest runs on."""

    accrues: bool
    reversed_income: Decimal
    off_balance: Decimal
    earning_base: Decimal


def accrual(
    regime: IncomeRegime,
    *,
    days_past_due: int,
    stage: Stage,
    accrued_interest: Decimal,
    carrying_amount: Decimal,
    allowance: Decimal,
) -> Accrual:
    """By the older rule interest unpaid for more than 90 days is taken back out of income and kept as a memo.

    By CAS 22 it goes on, for a loan of stage 3 on the amount net of its allowance.
    """
    if regime == "non_accrual" and days_past_due > NON_ACCRUAL_ABOVE_DAYS:
        return Accrual(False, accrued_interest, accrued_interest, NIL)
    net = carrying_amount - allowance if regime == "cas_22" and stage == IMPAIRED else carrying_amount
    return Accrual(True, NIL, NIL, net)
