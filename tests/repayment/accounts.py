"""The accounts that tests name, by the keys of the chart."""

from services.repayment.registry import books

_CODES = {key: one.code for key, one in books().accounts.items()}

LOAN = _CODES["loan"]
IMPAIRED_LOAN = _CODES["impaired_loan"]
ALLOWANCE = _CODES["allowance"]
INTEREST_RECEIVABLE = _CODES["interest_receivable"]
PENALTY_RECEIVABLE = _CODES["penalty_receivable"]
HELD = _CODES["held"]
SUSPENSE = _CODES["suspense"]
