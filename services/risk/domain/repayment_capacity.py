"""偿债能力: the cash a borrower has for debt service, the cover it gives, and the largest debt it carries."""

from decimal import Decimal

from services.risk.domain.facts import Person, RepaymentMethod, Statement
from services.risk.domain.fractions import NIL, ONE

MONTHS = 12
AT_THE_END = frozenset({"interest_only", "interest_monthly", "interest_quarterly", "one_payment"})


def company_cash_available(statement: Statement) -> Decimal:
    """EBITDA - tax of the year, in yuan. Tax is what lies between profit before tax and net profit."""
    before_tax = statement.operating_profit - statement.interest_expense
    tax = max((before_tax - statement.net_profit).amount, NIL)
    return (statement.operating_profit + statement.depreciation).amount - tax


def person_cash_available(person: Person) -> Decimal:
    """Twelve months' income less expenses, in yuan; the expenses hold what is paid on other debts."""
    return (person.monthly_income - person.monthly_expenses).amount * MONTHS


def yearly_service_per_yuan(
    annual_rate_percent: Decimal, term_months: int, method: RepaymentMethod, bullet_share: Decimal
) -> Decimal:
    """Principal and interest due within twelve months on one yuan borrowed, unrounded.

    Equal instalments: the annuity of monthly rate = annual / 12, as many of them as fall due.
    Interest only: the interest, and of the bullet repayment `bullet_share`: working capital is repaid
    mainly out of the goods and receivables that it paid for, and only this share out of profit. The
    share is a number of the credit policy; spread over the years of a longer loan. So is every method that repays
    the principal at the end; the interest of one payment at maturity counts for the months in which it is earned.
    Equal principal: a share of principal each month, and interest on what is left. Flat: interest on all of it.
    """
    months_due = min(term_months, MONTHS)
    monthly = annual_rate_percent / 1200
    repaid = Decimal(months_due) / term_months
    if method in AT_THE_END:
        return monthly * months_due + bullet_share * repaid
    if method == "flat":
        return monthly * months_due + repaid
    if method == "equal_principal":
        return monthly * (months_due - Decimal(months_due * (months_due - 1)) / (2 * term_months)) + repaid
    if not monthly:
        return repaid
    return monthly / (ONE - (ONE + monthly) ** -term_months) * months_due


def debt_service_cover(cash_available: Decimal, yearly_service: Decimal, cap: Decimal) -> Decimal:
    """DSCR = cash available / yearly debt service, at most `cap`; `cap` too when there is nothing to serve."""
    if yearly_service <= 0:
        return cap if cash_available >= 0 else NIL
    return min(cash_available / yearly_service, cap)


def largest_debt(
    cash_available: Decimal, existing_service: Decimal, service_per_yuan: Decimal, cover_min: Decimal
) -> Decimal:
    """The largest new debt in yuan that keeps DSCR at or above `cover_min`, unrounded, not below nil."""
    return max((cash_available / cover_min - existing_service) / service_per_yuan, NIL)
