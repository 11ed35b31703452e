"""The API of repayment: loans and their payments, the books, calculations. The business date is end_of_day's."""

from fastapi import APIRouter

from services.repayment.routes import (
    account_changes,
    calculations,
    changes,
    corrections,
    exports,
    ledger,
    loans,
    lpr,
    payments,
    periods,
    statements,
    trial_balance,
)

router = APIRouter()
for _part in (
    loans, payments, corrections, changes, account_changes, statements, lpr, ledger, trial_balance, periods, exports,
    calculations,
):  # fmt: skip
    router.include_router(_part.router)
