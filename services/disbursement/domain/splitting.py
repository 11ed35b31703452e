"""化整为零: payments cut small, so that none of them alone would have to be entrusted.

Source: 流动资金贷款管理办法 (2024), 2010's too: in self-payment the bank looks for splitting that evades entrusted
payment. The window is general practice, not the rule's text: a parameter with this default.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from services.disbursement.domain.entrusted_payment import COMPANY_SINGLE_PAYMENT_MAX
from shared.money import Money

SPLIT_WINDOW_DAYS = 5
"""Payments belong together when the last is at most so many days after the first, both counted."""


class Paid(NamedTuple):
    """One payment: to whom, under which trade contract, how much, when."""

    payee: str | None
    trade_contract: str | None
    amount: Money
    on: date


def split_total(
    payments: Iterable[Paid], *, window_days: int = SPLIT_WINDOW_DAYS, border: Money = COMPANY_SINGLE_PAYMENT_MAX
) -> Money | None:
    """The largest sum above `border` that went to one payee, or under one contract, within the window; None if none.

    Only payments that alone keep to the border count: one above it needs no sum to be noticed. Amounts in another
    currency than the border's are left out, as they are never within it.
    """
    together: dict[tuple[str, str], list[Paid]] = defaultdict(list)
    for payment in payments:
        if payment.amount.currency == border.currency and payment.amount <= border:
            for kind, name in (("payee", payment.payee), ("contract", payment.trade_contract)):
                if name is not None:
                    together[kind, name].append(payment)
    sums = [total for group in together.values() for total in _sums(group, timedelta(days=window_days))]
    return max((total for total in sums if total > border), default=None)


def _sums(group: list[Paid], window: timedelta) -> Iterable[Money]:
    """For each payment, what was paid from it until its window ends."""
    for first in group:
        yield Money.sum(one.amount for one in group if first.on <= one.on < first.on + window)
