"""What others announce → our commands."""

from services.risk.subscriptions import debtors, loans

subscriptions = (*loans.subscriptions, *debtors.subscriptions)
