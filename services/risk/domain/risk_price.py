"""风险定价: the rate that pays for funding, operation, expected loss and capital, and RAROC, its inverse.

Expected loss is PD x LGD of one year, as the published examples have it, or on demand the exact break-even,
which is higher for high PDs (there the cap of the price book ends both). Everything in percent a year of the loan.
"""

from dataclasses import dataclass
from decimal import Decimal

from services.risk.domain.fractions import HUNDRED, NIL, ONE


@dataclass(frozen=True)
class CapitalTerms:
    """What capital costs: the return it must earn after tax, and what it earns by itself while it is held.

    `credit_percent` is 0 where a bank gives no credit for it. `vat_percent` is charged on interest where the
    borrower's class is not exempt.
    """

    hurdle_percent: Decimal
    tax_percent: Decimal
    credit_percent: Decimal
    vat_percent: Decimal = NIL


@dataclass(frozen=True)
class RiskPrice:
    """The components of the rate, in percent of the loan; they sum to it. Unrounded."""

    funding_percent: Decimal
    operating_percent: Decimal
    expected_loss_percent: Decimal
    capital_percent: Decimal
    capital_charge_percent: Decimal
    vat_percent: Decimal
    rate_percent: Decimal


def expected_loss_percent(pd_percent: Decimal, lgd_percent: Decimal) -> Decimal:
    """PD x LGD: the loss of one year, in percent of the exposure."""
    return pd_percent * lgd_percent / HUNDRED


def break_even_loss_percent(pd_percent: Decimal, lgd_percent: Decimal, cost_percent: Decimal) -> Decimal:
    """What a rate must add to `cost_percent` so that those who pay make good those who default within the year.

    ((1 + c) - PD x (1 - LGD)) / (1 - PD) - (1 + c): exact where EL = PD x LGD is a little low. PD below 100.
    """
    paid_back = HUNDRED + cost_percent
    recovered = pd_percent * (HUNDRED - lgd_percent) / HUNDRED
    return (paid_back - recovered) * HUNDRED / (HUNDRED - pd_percent) - paid_back


def risk_based_price(
    *,
    funding_percent: Decimal,
    operating_percent: Decimal,
    pd_percent: Decimal,
    lgd_percent: Decimal,
    capital_percent: Decimal,
    terms: CapitalTerms,
    break_even: bool = False,
) -> RiskPrice:
    """Rate = (funding + operating + EL + capital x (hurdle / (1 - tax) - credit)) x (1 + VAT).

    EL = PD x LGD or, where `break_even`, the exact loss of one year.
    """
    loss = (
        break_even_loss_percent(pd_percent, lgd_percent, funding_percent + operating_percent)
        if break_even
        else expected_loss_percent(pd_percent, lgd_percent)
    )
    wanted = terms.hurdle_percent / (ONE - terms.tax_percent / HUNDRED) - terms.credit_percent
    charge = capital_percent * wanted / HUNDRED
    net = funding_percent + operating_percent + loss + charge
    vat = net * terms.vat_percent / HUNDRED
    return RiskPrice(funding_percent, operating_percent, loss, capital_percent, charge, vat, net + vat)


def raroc_percent(
    *,
    revenue: Decimal,
    operating: Decimal,
    funding: Decimal,
    expected_loss: Decimal,
    capital: Decimal,
    credit: Decimal,
    tax_percent: Decimal,
) -> Decimal:
    """(revenue - operating - funding - expected loss + return of the capital itself) x (1 - tax) / capital.

    All in one unit: yuan, or percent of the loan. Unrounded percent. ValueError without capital.
    """
    if capital <= 0:
        raise ValueError("a return on capital needs capital")
    profit = revenue - operating - funding - expected_loss + credit
    return profit * (HUNDRED - tax_percent) / capital


def loss_given_default_percent(coverage: Decimal, *, unsecured_percent: Decimal, secured_percent: Decimal) -> Decimal:
    """LGD of a loan of which `coverage` (0 or more) is covered by accepted security: the mean of the two parts."""
    secured = min(max(coverage, NIL), ONE)
    return unsecured_percent * (ONE - secured) + secured_percent * secured
