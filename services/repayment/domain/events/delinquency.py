"""Facts of the due date and of what comes after it: billed, overdue, aged, cured."""

from datetime import date
from typing import Any

from services.repayment.domain.events.parts import LoanFact, LoanOrigin
from shared.money import Money


class InstallmentBilled(LoanFact):
    """出账: an instalment has reached its due date and can be paid."""

    installment_no: int
    due_on: date
    principal: Money
    interest: Money
    billed_on: date


def _without_penalty(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "overdue_penalty": None}


class InstallmentFellOverdue(LoanFact):
    """逾期: an instalment was not paid in full on its due date. Overdue amounts are of the whole loan.

    `overdue_penalty` has compound interest in it. Version 1 left it out.
    """

    upcasters = (_without_penalty,)

    origin: LoanOrigin
    installment_no: int
    due_on: date
    overdue_principal: Money
    overdue_interest: Money
    overdue_penalty: Money | None
    outstanding_principal: Money
    days_past_due: int
    as_of: date


class DelinquencyAged(LoanFact):
    """The days past due reached a border of classification or collection; the day after the due date is 1."""

    origin: LoanOrigin
    days_past_due: int
    overdue_principal: Money
    overdue_interest: Money
    overdue_penalty: Money
    outstanding_principal: Money
    as_of: date


class DelinquencyCured(LoanFact):
    """Nothing is past due any more."""

    origin: LoanOrigin
    cured_on: date
