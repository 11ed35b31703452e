"""Companies that ask for a loan, each a new one: what the policy approves alone, refers to people, and declines.

The figures are those of one sound small company; what differs is what the credit bureau says of it.
"""

import itertools
import secrets
from typing import Any, Literal

from stdnum.cn import uscc

from tests.journeys.bank import OPENING_DATE

Json = dict[str, Any]
Record = Literal["clean", "unknown", "default"]

_BUREAU: dict[Record, Json] = {
    "clean": {
        "overdue_count_24_months": 0,
        "worst_days_past_due": 0,
        "has_unpaid_default": False,
        "court_cases_open": 0,
    },
    "unknown": {},
    "default": {
        "overdue_count_24_months": 3,
        "worst_days_past_due": 200,
        "has_unpaid_default": True,
        "court_cases_open": 0,
    },
}
"""`clean` is approved by policy alone, `unknown` is referred to people, `default` is declined."""

_CONSENT = {"reference": "ZX-2026-0001", "given_on": f"{OPENING_DATE}", "valid_until": f"{OPENING_DATE.year + 5}-12-31"}
"""So that the bureau may be asked, where the bank is connected to one."""

_numbers = itertools.count(secrets.randbelow(10**8) * 10)


def yuan(amount: int | str) -> Json:
    return {"currency": "CNY", "amount": f"{amount}" if "." in f"{amount}" else f"{amount}.00"}


def particulars() -> Json:
    """Who the company is: a name and a register number that no other has."""
    number = f"{next(_numbers) % 10**9:09d}"
    code = f"91110000{number}"
    return {
        "name": f"流水贸易{number}有限公司",
        "unified_social_credit_code": code + uscc.calc_check_digit(code),
        "legal_representative": "张三丰",
        "phone": "13800138000",
    }


def company() -> Json:
    """The company's facts."""
    return {
        "size": "small",
        "industry": "manufacturing",
        "years_in_business": 8,
        "previous": _statement(OPENING_DATE.year - 2),
        "latest": _statement(OPENING_DATE.year - 1),
        "revenue_growth_forecast_percent": "5",
        "existing_working_capital_loans": yuan(300_000),
        "other_funding": yuan(0),
    }


def request(
    record: Record = "clean", *, amount: int = 120_000, months: int = 3, method: str = "equal_instalments"
) -> Json:
    """What it asks for, beyond who it is."""
    return {
        "product_code": "micro-fast",
        "requested_amount": yuan(amount),
        "term_months": months,
        "repayment_method": method,
        "purpose": "purchase_of_goods",
        "company": company(),
        **_of_bureau(record),
    }


def _of_bureau(record: Record) -> Json:
    """Who is `unknown` has not allowed the bureau to be asked either, so a bank that is connected to one refers too."""
    return {"bureau": _BUREAU[record]} | ({} if record == "unknown" else {"bureau_consent": _CONSENT})


def seed_request(record: Record = "clean", *, amount: int = 120_000) -> Json:
    """The same in the one call of the first hour."""
    return {
        "amount": yuan(amount),
        "purpose": "purchase_of_goods",
        "term_months": 3,
        "company": particulars() | company(),
        **_of_bureau(record),
    }


def _statement(year: int) -> Json:
    figures = {
        "revenue": 12_000_000,
        "cost_of_sales": 9_000_000,
        "operating_profit": 1_200_000,
        "net_profit": 900_000,
        "interest_expense": 100_000,
        "depreciation": 200_000,
        "cash": 800_000,
        "receivables": 2_000_000,
        "inventory": 1_500_000,
        "prepayments": 200_000,
        "current_assets": 4_500_000,
        "total_assets": 7_000_000,
        "payables": 1_000_000,
        "advance_receipts": 100_000,
        "current_liabilities": 2_500_000,
        "total_liabilities": 3_000_000,
    }
    return {"year": year} | {name: yuan(amount) for name, amount in figures.items()}
