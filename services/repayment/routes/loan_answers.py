"""Loans as the API shows them, from the account's state or from a list's row. Amounts are decimal strings."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.repayment.domain.allocation import AllocationTerms
from services.repayment.domain.events import Classification
from services.repayment.domain.loan import (
    LoanAccount,
    NoLoan,
    OpenLoan,
    Owed,
    SettledLoan,
    WrittenOffLoan,
    days_past_due,
    outstanding,
    owed_in_full,
    past_due,
)
from shared.money import Money, MoneyText

Status = Literal["open", "settled", "written_off"]


class Amounts(BaseModel):
    """An amount by component; `penalty` is on overdue principal, `compound` on unpaid interest."""

    principal: MoneyText
    interest: MoneyText
    penalty: MoneyText
    compound: MoneyText
    total: MoneyText


class LoanTerms(BaseModel):
    """What was agreed, and whose loan it is. The rates are those that are paid now."""

    loan_id: UUID
    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    principal: MoneyText
    annual_rate_percent: Decimal
    penalty_rate_percent: Decimal
    term_months: int
    repayment_method: str
    day_count: str
    disbursed_on: date
    maturity_on: date
    core_reference: str


class Loan(LoanTerms):
    """A loan on a day. `past_due` should have been paid before `on`; `owed_in_full` would clear it on `on`."""

    allocation: AllocationTerms | None = Field(default=None, description="None: the legal order (民法典 561)")
    on: date
    status: Status
    closed_on: date | None = None
    outstanding: MoneyText
    past_due: Amounts
    owed_in_full: Amounts
    days_past_due: int = 0
    next_due_on: date | None = None
    credit: MoneyText
    claim: MoneyText
    classification: Classification | None = None
    provision: MoneyText


def loan_body(loan: LoanAccount, on: date) -> Loan:
    """The loan as its state says; what is owed is reckoned for `on` (that day's interest not included)."""
    match loan:
        case OpenLoan():
            upcoming = [s.row.due_on for s in loan.installments if not s.is_paid and s.row.due_on >= on]
            return Loan(
                **_terms(loan),
                on=on,
                status="open",
                outstanding=outstanding(loan),
                past_due=amounts(past_due(loan, on)),
                owed_in_full=amounts(owed_in_full(loan, on)),
                days_past_due=days_past_due(loan, on),
                next_due_on=min(upcoming, default=None),
                credit=loan.credit,
                claim=_nil(loan),
                classification=loan.classification,
                provision=loan.provision,
            )
        case SettledLoan():
            return _closed(loan, on, "settled", loan.settled_on, credit=loan.credit, claim=_nil(loan))
        case WrittenOffLoan():
            claim = loan.claim_principal + loan.claim_interest + loan.claim_penalty
            return _closed(loan, on, "written_off", loan.written_off_on, credit=_nil(loan), claim=claim)
        case NoLoan():
            raise AssertionError("a stream with events is a booked loan")


def _closed(
    loan: SettledLoan | WrittenOffLoan, on: date, status: Status, closed_on: date, *, credit: Money, claim: Money
) -> Loan:
    nil = _nil(loan)
    nothing = amounts(Owed(nil, nil, nil, nil))
    return Loan(
        **_terms(loan),
        on=on,
        status=status,
        closed_on=closed_on,
        outstanding=nil,
        past_due=nothing,
        owed_in_full=nothing,
        credit=credit,
        claim=claim,
        provision=nil,
    )


def _terms(loan: OpenLoan | SettledLoan | WrittenOffLoan) -> dict[str, Any]:
    booked = loan.terms
    told = {
        **booked.origin.model_dump(),
        **{name: getattr(booked, name) for name in LoanTerms.model_fields if name in type(booked).model_fields},
        "maturity_on": loan.changes.maturity_on or booked.maturity_on,
        "allocation": booked.allocation,
    }
    if isinstance(loan, OpenLoan):
        rate = loan.rates[-1]
        told |= {"annual_rate_percent": rate.percent, "penalty_rate_percent": rate.penalty_percent}
    return told


def _nil(loan: OpenLoan | SettledLoan | WrittenOffLoan) -> Money:
    return Money(0, loan.terms.principal.currency)


def amounts(owed: Owed) -> Amounts:
    return Amounts(
        principal=owed.principal,
        interest=owed.interest,
        penalty=owed.penalty,
        compound=owed.compound,
        total=owed.total,
    )


class LoanRow(BaseModel):
    """A loan in a list; what is overdue (principal and interest) is as of the business date."""

    loan_id: UUID
    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    branch: str
    principal: MoneyText
    outstanding: MoneyText
    annual_rate_percent: Decimal
    repayment_method: str
    disbursed_on: date
    maturity_on: date
    status: Status
    closed_on: date | None
    classification: Classification
    provision: MoneyText
    overdue_principal: MoneyText
    overdue_interest: MoneyText
    days_past_due: int
    next_due_on: date | None
    credit: MoneyText
    claim: MoneyText


class LoanRows(BaseModel):
    """A page of loans."""

    items: list[LoanRow]
    next: str | None


_LOAN_MONEY = ("principal", "outstanding", "provision", "overdue_principal", "overdue_interest", "credit", "claim")


def loan_row(row: dict[str, Any]) -> LoanRow:
    currency = row.pop("currency")
    return LoanRow(**{**row, **{name: Money(row[name], currency) for name in _LOAN_MONEY}})
