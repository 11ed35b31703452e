"""五级分类: the worst class that a rule demands, and the rates of provision that go with a class.

Source: 商业银行金融资产风险分类办法 (银保监会 人民银行令〔2023〕第 1 号, art. 6–14); the class may be set
worse than the floors, never better. Where an article's wording was not at hand the docstring says so.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from services.risk.domain.fractions import HUNDRED, NIL, Share
from shared.dates import add_months
from shared.messages import Value


class AssetClass(StrEnum):
    """From the best to the worst."""

    NORMAL = "normal"
    SPECIAL_MENTION = "special_mention"
    SUBSTANDARD = "substandard"
    DOUBTFUL = "doubtful"
    LOSS = "loss"


CLASSES = tuple(AssetClass)
NON_PERFORMING = frozenset({AssetClass.SUBSTANDARD, AssetClass.DOUBTFUL, AssetClass.LOSS})

DAYS_ABOVE = (
    (360, AssetClass.LOSS),
    (270, AssetClass.DOUBTFUL),
    (90, AssetClass.SUBSTANDARD),
    (0, AssetClass.SPECIAL_MENTION),
)
"""逾期超过 … 天: 1, 91, 271 and 361 are the first days of the classes."""

LOSS_SHARE_FROM = ((Decimal(90), AssetClass.LOSS), (Decimal(50), AssetClass.DOUBTFUL))
TECHNICAL_DAYS_MAX = 7
CONTAMINATION_ABOVE_PERCENT = Decimal(10)
OTHER_BANKS_ABOVE_PERCENT = Decimal(20)

SPECIFIC_RATE_PERCENT = {
    AssetClass.NORMAL: Decimal(0),
    AssetClass.SPECIAL_MENTION: Decimal(2),
    AssetClass.SUBSTANDARD: Decimal(25),
    AssetClass.DOUBTFUL: Decimal(50),
    AssetClass.LOSS: Decimal(100),
}
"""专项准备. Source: 银行贷款损失准备计提指引 (银发〔2002〕98号)."""
GENERAL_RATE_PERCENT = Decimal(1)
"""一般准备: of all loans, on top of the specific provision (same source)."""
FLOATING = frozenset({AssetClass.SUBSTANDARD, AssetClass.DOUBTFUL})
FLOAT_MAX_PERCENT = Decimal(20)


class Signs(Value):
    """What is known of a loan and its debtor when it is classified. The dull case is a sound loan."""

    days_past_due: Annotated[int, Field(ge=0, le=100_000)] = 0
    technical: bool = False
    credit_impaired: bool = False
    expected_loss_percent: Share = Decimal(0)
    misused: bool = False
    refinanced: bool = False
    qualified_renewal: bool = False
    restructured: bool = False
    restructured_again: bool = False
    """Inside the observation of an earlier restructuring."""
    overdue_elsewhere_percent: Share = Decimal(0)
    rating_fell_sharply: bool = False
    non_performing_elsewhere: bool = False
    evading_debt: bool = False
    in_liquidation: bool = False
    extended: bool = False
    """展期 of a debtor whose operation is not normal."""


def worst(*classes: AssetClass) -> AssetClass:
    """The worst of the classes; normal when there are none."""
    return max(classes, key=CLASSES.index, default=AssetClass.NORMAL)


def floor_by_days(days_past_due: int, *, technical: bool = False) -> AssetClass:
    """The floor by days past due of principal or interest.

    A delay of at most 7 days for operational or technical reasons stays normal (art. 10; the seven days from
    general knowledge of the article).
    """
    if technical and days_past_due <= TECHNICAL_DAYS_MAX:
        return AssetClass.NORMAL
    return next((found for above, found in DAYS_ABOVE if days_past_due > above), AssetClass.NORMAL)


def floor(signs: Signs) -> AssetClass:
    """The worst of all floors that apply to one loan."""
    return worst(*floors(signs).values())


def floors(signs: Signs) -> dict[str, AssetClass]:
    """Every rule that demands something, by name, with the class that it demands at least."""
    share_floor = next(
        (found for share, found in LOSS_SHARE_FROM if signs.expected_loss_percent >= share),
        AssetClass.SUBSTANDARD,
    )
    demands = {
        "days_past_due": (True, floor_by_days(signs.days_past_due, technical=signs.technical)),
        "credit_impaired": (signs.credit_impaired, share_floor),
        "misused": (signs.misused, AssetClass.SPECIAL_MENTION),
        "refinanced": (signs.refinanced and not signs.qualified_renewal, AssetClass.SPECIAL_MENTION),
        "extended": (signs.extended, AssetClass.SPECIAL_MENTION),
        "restructured": (signs.restructured, AssetClass.SPECIAL_MENTION),
        "restructured_again": (signs.restructured_again, AssetClass.SUBSTANDARD),
        "non_performing_elsewhere": (signs.non_performing_elsewhere, AssetClass.SPECIAL_MENTION),
        "overdue_elsewhere": (signs.overdue_elsewhere_percent > OTHER_BANKS_ABOVE_PERCENT, AssetClass.SUBSTANDARD),
        "rating_fell_sharply": (signs.rating_fell_sharply, AssetClass.SUBSTANDARD),
        "evading_debt": (signs.evading_debt, AssetClass.DOUBTFUL),
        "in_liquidation": (signs.in_liquidation, AssetClass.LOSS),
    }
    return {rule: at_least for rule, (applies, at_least) in demands.items() if applies and at_least != CLASSES[0]}


def may_be_set(proposed: AssetClass, floor_class: AssetClass) -> bool:
    """Whether a person may set the class without approval: as bad as the floors demand, or worse."""
    return CLASSES.index(proposed) >= CLASSES.index(floor_class)


def contaminates(non_performing: Decimal, claims: Decimal, *, retail: bool, enhanced: bool = False) -> bool:
    """Whether all claims on a debtor are at least substandard: non-retail, more than 10 % non-performing (art. 7).

    `enhanced`: recognised credit enhancement, which exempts (from general knowledge of the article).
    """
    beyond = claims > 0 and non_performing * HUNDRED / claims > CONTAMINATION_ABOVE_PERCENT
    return beyond and not retail and not enhanced


def debtor_floor(claims: Iterable[tuple[AssetClass, Decimal]], *, retail: bool) -> AssetClass:
    """What the claims on one debtor, each with its own class and balance in one currency, demand of all of them.

    More than 10 % non-performing: substandard (art. 7). Any non-performing at all: special mention (cross default,
    from general knowledge of the rule). Nothing for retail debtors.
    """
    balances = list(claims)
    bad = [balance for found, balance in balances if found in NON_PERFORMING]
    if retail or not bad:
        return AssetClass.NORMAL
    if contaminates(sum(bad, NIL), sum((balance for _, balance in balances), NIL), retail=False):
        return AssetClass.SUBSTANDARD
    return AssetClass.SPECIAL_MENTION


RESTRUCTURED_MONTHS_MIN = 12
RETURNED_MONTHS_MIN = 6
"""Least observation after a restructuring, and of a loan that comes back from non-performing."""


def observation_ends_on(started_on: date, repayment_period_months: int, months_min: int) -> date:
    """The earliest end of an observation: the later of two repayment periods and `months_min`.

    Twelve months after a restructuring, six for a loan that comes back from non-performing.
    """
    return add_months(started_on, max(2 * repayment_period_months, months_min))


def specific_provision(asset_class: AssetClass, balance: Decimal, *, float_percent: Decimal = Decimal(0)) -> Decimal:
    """Specific provision in yuan, unrounded; substandard and doubtful rates may float by ± 20 % of themselves.

    ValueError beyond the 20 %, or for a class whose rate may not float.
    """
    if float_percent and (asset_class not in FLOATING or abs(float_percent) > FLOAT_MAX_PERCENT):
        raise ValueError("only substandard and doubtful rates may float, by 20 % at most")
    rate = SPECIFIC_RATE_PERCENT[asset_class] * (HUNDRED + float_percent) / HUNDRED
    return balance * rate / HUNDRED


def general_provision(balance: Decimal) -> Decimal:
    """General provision in yuan, unrounded: 1 % of every loan, whatever its class."""
    return balance * GENERAL_RATE_PERCENT / HUNDRED
