"""一笔贷款的减值: provision by class and expected loss by stage of one loan as it stands on a day.

Named parameters: a loan whose assessment is not known here is given the PD and LGD of the cautious side, never none.
What may still be drawn is lost like a loan that is drawn before the default, to a share that the policy names.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.risk.domain.asset_class import SPECIFIC_RATE_PERCENT, AssetClass, general_provision
from services.risk.domain.expected_credit_loss import Stage, expected_credit_loss
from services.risk.domain.fractions import HUNDRED, NIL, ONE
from shared.dates import add_months
from shared.money import Money

PD_UNKNOWN_PERCENT = Decimal(20)
"""The border of the worst grade."""
LGD_UNKNOWN_PERCENT = Decimal(60)
"""Of a loan without security."""
IMPAIRED: Stage = 3
MONTHS_OF_YEAR = 12


@dataclass(frozen=True)
class StandingLoan:
    """A loan on a day. `pd_percent` is of one year, as decided; `matures_on` None where the payout is not known yet."""

    asset_class: AssetClass
    stage: Stage
    outstanding: Money
    pd_percent: Decimal | None = None
    lgd_percent: Decimal | None = None
    annual_rate_percent: Decimal | None = None
    repayment_method: str | None = None
    matures_on: date | None = None


@dataclass(frozen=True)
class LoanLoss:
    """What is to be provided for a loan; each amount rounded once, half up."""

    specific: Money
    general: Money
    twelve_months: Money
    lifetime: Money
    booked: Money
    is_assumed: bool
    """PD or LGD was not known."""


def loan_loss(loan: StandingLoan, on: date) -> LoanLoss:
    """Specific and general provision, and the loss of twelve months and of the whole life, as of `on`."""
    owed, currency = loan.outstanding.amount, loan.outstanding.currency
    lgd = LGD_UNKNOWN_PERCENT if loan.lgd_percent is None else loan.lgd_percent
    if loan.stage == IMPAIRED:  # it has happened: what is lost of what is owed, by an LGD that is a present value
        twelve_months = lifetime = owed * lgd / HUNDRED
    else:
        pd = PD_UNKNOWN_PERCENT if loan.pd_percent is None else loan.pd_percent
        months = months_left(on, loan.matures_on)
        years = -(-months // MONTHS_OF_YEAR)
        loss = expected_credit_loss(
            [owed * share_owed(loan, months, year * MONTHS_OF_YEAR) for year in range(years)],
            [pd * min(months - year * MONTHS_OF_YEAR, MONTHS_OF_YEAR) / MONTHS_OF_YEAR for year in range(years)],
            lgd_percent=lgd,
            rate_percent=loan.annual_rate_percent or NIL,
            survival_weighting=True,
        )
        twelve_months, lifetime = loss.twelve_months, loss.lifetime
    return LoanLoss(
        specific=Money.round(owed * SPECIFIC_RATE_PERCENT[loan.asset_class] / HUNDRED, currency),
        general=Money.round(general_provision(owed), currency),
        twelve_months=Money.round(twelve_months, currency),
        lifetime=Money.round(lifetime, currency),
        booked=Money.round(twelve_months if loan.stage == 1 else lifetime, currency),
        is_assumed=loan.lgd_percent is None or (loan.pd_percent is None and loan.stage != IMPAIRED),
    )


@dataclass(frozen=True)
class UndrawnLimit:
    """What may still be drawn on a day; `stage` is the worst of what was drawn, PD and LGD those of its decision.

    A draw would run for `term_months`; a year where that is not known.
    """

    undrawn: Money
    stage: Stage = 1
    pd_percent: Decimal | None = None
    lgd_percent: Decimal | None = None
    annual_rate_percent: Decimal | None = None
    term_months: int | None = None


def undrawn_loss(limit: UndrawnLimit, on: date, conversion_percent: Decimal) -> LoanLoss:
    """The loss of what `conversion_percent` says will be drawn, as if it were drawn `on` that day (IFRS 9 B5.5.31)."""
    drawn = Money.round(limit.undrawn.amount * conversion_percent / HUNDRED, limit.undrawn.currency)
    as_loan = StandingLoan(
        asset_class=AssetClass.NORMAL,
        stage=limit.stage,
        outstanding=drawn,
        pd_percent=limit.pd_percent,
        lgd_percent=limit.lgd_percent,
        annual_rate_percent=limit.annual_rate_percent,
        matures_on=add_months(on, limit.term_months or MONTHS_OF_YEAR),
    )
    return loan_loss(as_loan, on)


def months_left(on: date, matures_on: date | None) -> int:
    """Months until maturity, begun ones counted; a year where it has passed or is not known: somebody still owes."""
    if matures_on is None or matures_on <= on:
        return MONTHS_OF_YEAR
    months = (matures_on.year - on.year) * MONTHS_OF_YEAR + matures_on.month - on.month
    return months + (1 if matures_on.day > on.day else 0) or 1


def share_owed(loan: StandingLoan, months: int, after: int) -> Decimal:
    """The share of today's debt that is owed `after` months, of `months`: all of it, or what an annuity leaves."""
    if loan.repayment_method != "equal_instalments" or not after:
        return ONE
    rate = (loan.annual_rate_percent or NIL) / HUNDRED / MONTHS_OF_YEAR
    if not rate:
        return ONE - Decimal(after) / months
    grown = (ONE + rate) ** months
    return (grown - (ONE + rate) ** after) / (grown - ONE)
