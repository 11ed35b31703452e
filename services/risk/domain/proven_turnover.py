"""营业额核定: what a firm without audited statements has shown of its turnover, by sources that can be checked."""

from decimal import Decimal

from services.risk.domain.facts import SmallFirm
from services.risk.domain.fractions import NIL


def proven_turnover(by_account: Decimal | None, by_tax: Decimal | None, by_invoices: Decimal | None) -> Decimal:
    """The middle of three twelve-month figures in yuan; a source that is missing or below nil counts as nil.

    So of three sources the median counts, of two the lower, of one alone nothing: no source proves itself, and
    leaving one out never raises the figure.
    """
    told = sorted(max(one, NIL) if one is not None else NIL for one in (by_account, by_tax, by_invoices))
    return told[1]


def turnover_of(firm: SmallFirm) -> Decimal | None:
    """The proven turnover; None where fewer than two sources were shown."""
    sources = [
        None if one is None else one.amount
        for one in (firm.turnover_by_account, firm.turnover_by_tax, firm.turnover_by_invoices)
    ]
    if sum(one is not None for one in sources) < 2:  # noqa: PLR2004  (one alone proves nothing)
        return None
    return proven_turnover(*sources)
