"""自有资金: the borrower's own part of the working capital, by one of two methods in use."""

from decimal import Decimal
from typing import Literal, assert_never

from services.risk.domain.facts import Statement

OwnFundsMethod = Literal["long_term_capital", "free_cash"]


def own_funds(statement: Statement, method: OwnFundsMethod) -> Decimal:
    """Own funds in yuan; may be negative when short-term debt pays for long-term assets.

    `long_term_capital`: net assets + long-term liabilities - long-term assets.
    `free_cash`: cash less what is pledged for acceptances; statements show no pledge, so all cash.
    Banks use either; the policy chooses and the measurement keeps the name of its choice.
    """
    match method:
        case "long_term_capital":
            long_term_assets = statement.total_assets - statement.current_assets
            return (statement.equity + statement.long_term_liabilities - long_term_assets).amount
        case "free_cash":
            return statement.cash.amount
        case _:
            assert_never(method)
