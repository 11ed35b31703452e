"""预期信用损失: what is expected to be lost, discounted, over twelve months or a loan's life (IFRS 9, CAS 22)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.risk.domain.fractions import HUNDRED, NIL, ONE

Stage = Literal[1, 2, 3]
RISEN_AFTER_DAYS = 30
IMPAIRED_AFTER_DAYS = 90


@dataclass(frozen=True)
class ExpectedCreditLoss:
    """Loss by year, its first year, and all of it; in yuan, unrounded."""

    marginal: tuple[Decimal, ...]
    twelve_months: Decimal
    lifetime: Decimal


def expected_credit_loss(
    exposures: Sequence[Decimal],
    pd_by_year_percent: Sequence[Decimal],
    *,
    lgd_percent: Decimal,
    rate_percent: Decimal,
    survival_weighting: bool = False,
) -> ExpectedCreditLoss:
    """Sum of PD_t x LGD x EAD_t / (1 + effective rate)^t, t = 1, 2, … years.

    `survival_weighting` multiplies PD_t by the chance to have survived the years before; without it
    the PDs are taken as given. ValueError when the two sequences differ in length.
    """
    marginal, alive = [], ONE
    years = zip(exposures, pd_by_year_percent, strict=True)
    for year, (exposure, pd_percent) in enumerate(years, start=1):
        pd = pd_percent / HUNDRED
        discount = (ONE + rate_percent / HUNDRED) ** year
        marginal.append(alive * pd * lgd_percent / HUNDRED * exposure / discount)
        alive *= (ONE - pd) if survival_weighting else ONE
    return ExpectedCreditLoss(tuple(marginal), marginal[0] if marginal else NIL, sum(marginal, NIL))


def impairment_stage(
    days_past_due: int, *, risk_has_risen: bool = False, credit_impaired: bool = False, rebutted: bool = False
) -> Stage:
    """Stage 3 when impaired or more than 90 days past due, stage 2 after 30 days or a significant rise of risk.

    The 30 days are a rebuttable presumption (IFRS 9 5.5.11), so they count unless it was `rebutted`; the 90 days
    (B5.5.37) count always.
    """
    if credit_impaired or days_past_due > IMPAIRED_AFTER_DAYS:
        return 3
    return 2 if risk_has_risen or (days_past_due > RISEN_AFTER_DAYS and not rebutted) else 1


def amortised_cost_interest(
    exposures: Sequence[Decimal], payments: Sequence[Decimal | None]
) -> tuple[Decimal | None, ...]:
    """Interest of each year: what was paid less what it took off the amortised cost; None where no payment is told.

    After the last year nothing is owed.
    """
    after = [*exposures[1:], NIL][: len(exposures)]
    return tuple(
        None if paid is None else paid - (owed - left)
        for owed, left, paid in zip(exposures, after, payments, strict=True)
    )
