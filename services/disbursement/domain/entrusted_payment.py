"""受托支付: when the bank must pay the borrower's counter-party itself instead of handing over the money.

Sources: 流动资金贷款管理办法, 个人贷款管理办法 (chapters on payment). The borders are from general knowledge
of the two, whose texts were not at hand: they are parameters with these defaults.
"""

from services.disbursement.domain.events import EntrustedBecause, Segment
from shared.money import Money

COMPANY_SINGLE_PAYMENT_MAX = Money.of("10000000")
"""A company may itself pay a known counter-party up to this much at once (inclusive)."""

PERSON_SELF_PAYMENT_MAX = Money.of("300000")
"""A person may draw this much (inclusive) for self-payment while no payee is fixed yet."""

PERSON_BUSINESS_SELF_PAYMENT_MAX = Money.of("500000")
"""A person may draw this much (inclusive) for self-payment in their own trade, payee known or not."""


def entrusted_because(
    amount: Money,
    *,
    segment: Segment,
    new_relation: bool,
    average_credit: bool,
    payee_known: bool,
    business_use: bool,
) -> EntrustedBecause | None:
    """The rule that asks for entrusted payment of one drawdown, or None where self-payment is allowed.

    The borders are in yuan: an amount in another currency counts as above them. The bank may always
    choose entrusted payment; this says only when it must.
    """
    if segment == "person":
        unfixed = not payee_known and _within(amount, PERSON_SELF_PAYMENT_MAX)
        trade = business_use and _within(amount, PERSON_BUSINESS_SELF_PAYMENT_MAX)
        return None if unfixed or trade else "person"
    if new_relation and average_credit:
        return "new_relation_average_credit"
    if payee_known and not _within(amount, COMPANY_SINGLE_PAYMENT_MAX):
        return "single_payment_above_border"
    return None


def _within(amount: Money, border: Money) -> bool:
    return amount.currency == border.currency and amount <= border
