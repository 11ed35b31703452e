"""Basel's internal-ratings formula for the capital of a corporate loan.

In floating point: quantiles of the normal distribution have no exact decimal form.
Source: Basel framework CRE31 (asymptotic single risk factor model), PD floor 0.05 %.
"""

from math import exp, log, sqrt
from statistics import NormalDist

PD_FLOOR = 0.0005
CONFIDENCE = 0.999
NORMAL = NormalDist()
EUR_MILLIONS = (5.0, 50.0)
CNY_TEN_MILLIONS = (3.0, 30.0)
"""Between which annual sales the size adjustment runs: Basel's bounds, and those of 商业银行资本管理办法."""


def capital_share(
    pd: float,
    lgd: float,
    maturity_years: float,
    sales_size: float | None,
    size_bounds: tuple[float, float] = EUR_MILLIONS,
) -> float:
    """Capital per unit of exposure. `pd` and `lgd` as fractions, 0 < pd < 1.

    `sales_size` within `size_bounds` (below or above: taken as the bound) lowers the correlation of smaller
    companies; None is a company of full size.
    """
    p = max(pd, PD_FLOOR)
    e = (1 - exp(-50 * p)) / (1 - exp(-50))
    correlation = 0.12 * e + 0.24 * (1 - e)
    if sales_size is not None:
        low, high = size_bounds
        correlation -= 0.04 * (1 - (min(max(sales_size, low), high) - low) / (high - low))
    b = (0.11852 - 0.05478 * log(p)) ** 2
    stressed = NORMAL.cdf((NORMAL.inv_cdf(p) + sqrt(correlation) * NORMAL.inv_cdf(CONFIDENCE)) / sqrt(1 - correlation))
    return (lgd * stressed - p * lgd) * (1 + (maturity_years - 2.5) * b) / (1 - 1.5 * b)
