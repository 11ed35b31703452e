"""An applicant of each segment as the calculators ask for one: requests to begin with, answered by a test."""

from typing import Any

_STATEMENT = {
    "cost_of_sales": "16000000.00", "operating_profit": "1600000.00", "net_profit": "1080000.00",
    "interest_expense": "160000.00", "depreciation": "300000.00", "cash": "1500000.00", "receivables": "3000000.00",
    "inventory": "2000000.00", "prepayments": "250000.00", "current_assets": "7000000.00",
    "total_assets": "11000000.00", "payables": "1200000.00", "advance_receipts": "200000.00",
    "current_liabilities": "4000000.00", "long_term_liabilities": "500000.00", "total_liabilities": "4500000.00",
    "equity": "6500000.00",
}  # fmt: skip
_CLEAN = {"overdue_count_24_months": 0, "worst_days_past_due": 0, "has_unpaid_default": False, "court_cases_open": 0}


def _yuan(amount: str) -> dict[str, str]:
    return {"amount": amount}


def _statement(year: int, revenue: str) -> dict[str, Any]:
    lines = {name: _yuan(amount) for name, amount in _STATEMENT.items()}
    return {"year": year, "revenue": _yuan(revenue), **lines}


def _applicant(segment: str, product: str, amount: str, **parts: Any) -> dict[str, Any]:
    asked = {
        "segment": segment,
        "product_code": product,
        "requested_amount": _yuan(amount),
        "term_months": 12,
        "repayment_method": "interest_only",
        "purpose": "purchase_of_goods",
    }
    return {"on": "2026-03-02", "applicant": {**asked, **parts, "bureau": _CLEAN}}


_COMPANY = {
    "size": "small",
    "industry": "manufacturing",
    "years_in_business": 9,
    "previous": _statement(2024, "18500000.00"),
    "latest": _statement(2025, "20000000.00"),
    "revenue_growth_forecast_percent": "10",
    "existing_working_capital_loans": _yuan("500000.00"),
    "other_funding": _yuan("0.00"),
    "largest_customer_share_percent": "25",
    "audited": True,
}
_SMALL_FIRM = {
    "size": "micro",
    "industry": "manufacturing",
    "years_in_business": 6,
    "employees": 14,
    "turnover_by_account": _yuan("4200000.00"),
    "turnover_by_tax": _yuan("3600000.00"),
    "turnover_by_invoices": _yuan("3900000.00"),
    "existing_loans": _yuan("100000.00"),
    "guaranteed_percent": "80",
    "owner": _CLEAN,
}
_PERSON = {
    "age": 38,
    "monthly_income": _yuan("18000.00"),
    "monthly_expenses": _yuan("5000.00"),
    "assets": _yuan("900000.00"),
    "debts": _yuan("0.00"),
    "seniority_years": 10,
    "job": "fixed",
    "home": "owner",
}
_SUPPLY_CHAIN = {
    "anchor_grade": "R2",
    "confirmed_receivables": _yuan("2000000.00"),
    "dilution_percent": "2",
    "anchor_sales_share_percent": "45",
    "notice_given": True,
    "assigned": True,
}
APPLICANTS: list[Any] = [
    _applicant("company", "micro-fast", "500000.00", company=_COMPANY),
    _applicant("small_firm", "small-firm-fast", "400000.00", small_firm=_SMALL_FIRM),
    _applicant("person", "personal-business", "100000.00", person=_PERSON),
    _applicant("supply_chain", "supply-chain", "1000000.00", company=_COMPANY, supply_chain=_SUPPLY_CHAIN),
]
"""A request for the score of each segment's applicant."""
