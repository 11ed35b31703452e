"""自有资金: the borrower's own part of the working capital, by one of two methods in use."""

from decimal import Decimal
from typing import Literal, assert_never

from services.risk.domain.facts import Statement
from services.risk.domain.fractions import NIL

OwnFundsMethod = Literal["long_term_capital", "free_cash"]


def own_funds(statement: Statement, method: OwnFundsMethod) -> Decimal:
    """Own funds by the statement, in yuan. Statements show no pledge, so `free_cash` is all cash.

    Banks use either method; the policy chooses and the measurement keeps the name of its choice.
    """
    match method:
        case "long_term_capital":
            long_term_assets = (statement.total_assets - statement.current_assets).amount
            return long_term_capital(statement.equity.amount, statement.long_term_liabilities.amount, long_term_assets)
        case "free_cash":
            return free_cash(statement.cash.amount, NIL)
        case _:
            assert_never(method)


def long_term_capital(net_assets: Decimal, long_term_liabilities: Decimal, long_term_assets: Decimal) -> Decimal:
    """Net assets + long-term liabilities - long-term assets, in yuan; negative where short-term debt pays for these.

    Source: published measuring programs of banks; the annex leaves the method open.
    """
    return net_assets + long_term_liabilities - long_term_assets


def free_cash(cash: Decimal, acceptance_deposits: Decimal) -> Decimal:
    """Cash less what is pledged for acceptances (承兑保证金), in yuan. Source: published worked examples."""
    return cash - acceptance_deposits
