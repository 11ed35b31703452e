"""应收账款融资: what may be advanced on claims that an anchor has confirmed."""

from decimal import Decimal

from services.risk.domain.credit_policy import ReceivablesAdvance
from services.risk.domain.facts import SupplyChain
from services.risk.domain.fractions import HUNDRED, NIL, ONE


def receivables_advance(chain: SupplyChain, policy: ReceivablesAdvance) -> Decimal:
    """Confirmed receivables x (1 - dilution) x advance rate of the anchor's grade, in yuan, not below nil.

    Nothing on claims that are not assigned, not confirmed, of an anchor without a grade, or with a dilution that was
    not told or is above the policy's bound. Without notice to the anchor only the policy's share of it.
    """
    confirmed, dilution = chain.confirmed_receivables, chain.dilution_percent
    if not chain.assigned or confirmed is None or chain.anchor_grade is None:
        return NIL
    if dilution is None or dilution > policy.dilution_percent_max:
        return NIL
    rate = policy.advance_percent[chain.anchor_grade] / HUNDRED
    noticed = ONE if chain.notice_given else policy.without_notice_percent / HUNDRED
    return max(confirmed.amount, NIL) * (ONE - dilution / HUNDRED) * rate * noticed
