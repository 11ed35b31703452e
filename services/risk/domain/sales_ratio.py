"""销售额比例法: a share of what the borrower earns in a year, less what it owes already."""

from decimal import Decimal

from services.risk.domain.fractions import NIL


def sales_ratio_limit(annual_income: Decimal, ratio: Decimal, existing_loans: Decimal) -> Decimal:
    """Annual revenue (of a person: income) x ratio - existing loans, in yuan, not below nil.

    No rule publishes a ratio: it is a number of the credit policy, by grade.
    """
    return max(annual_income * ratio - existing_loans, NIL)
