"""Repaying a part early (提前部分还款): what is due first, then principal that is not due yet, and a new schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.repayment.domain.ageing import Unfolding, age
from services.repayment.domain.change_decisions import next_reset_of
from services.repayment.domain.changed_schedule import maturity_of, method_of
from services.repayment.domain.commands import PrepayLoan
from services.repayment.domain.day_count import actual_days
from services.repayment.domain.events import Keeps, LoanAccountEvent, LoanPrepaid, ScheduleVersion
from services.repayment.domain.loan import BookedLoan, OpenLoan, debts_due
from services.repayment.domain.prepaid_schedule import not_due, prepaid
from services.repayment.domain.rate_resets import ALL_IN_CAP_PERCENT
from services.repayment.domain.repayments import apply_receipt, brought_up_to, open_account, repeated
from shared.messages import Rejected
from shared.money import Money

INTEREST_DAYS = 36000


@dataclass(frozen=True)
class PrepaymentRules:
    """One version of the bank's terms: parameters, no text sets the defaults.

    Principal of less than `principal_min`, in the loan's currency, is not repaid early. `fee_percent` of it is taken
    from the borrower's account beside it; never so much that the money has cost more than the cap (民法典 680).
    """

    version: str
    principal_min: Decimal
    fee_percent: Decimal


RULES = PrepaymentRules(version="2026-1", principal_min=Decimal(1000), fee_percent=Decimal(0))


@dataclass(frozen=True)
class Prepayment:
    """Money that came in on a day to repay a part early."""

    receipt_id: UUID
    amount: Money
    keeps: Keeps
    on: date


def prepay(command: PrepayLoan, loan: BookedLoan, rules: PrepaymentRules = RULES) -> Sequence[LoanAccountEvent]:
    """Pay what is due and, with the rest and what is held, principal that is not. The same receipt is applied once."""
    if repeated(command, loan):
        return []
    unfolding = brought_up_to(command, loan)
    since = [row.due_on for row in not_due(open_account(unfolding), command.received_on) if row.due_on <= command.today]
    if since:
        detail = f"An instalment has fallen due on {since[0]} since: what was repaid early comes before no due date."
        raise Rejected("prepayment_before_due_date", detail, field="received_on")
    asked = Prepayment(command.receipt_id, command.amount, command.keeps, command.received_on)
    apply_prepayment(unfolding, asked, rules)
    return unfolding.events


def apply_prepayment(unfolding: Unfolding, asked: Prepayment, rules: PrepaymentRules = RULES) -> None:
    """On an account that has been brought to the day. Rejected for too little, for all, and for a flat loan."""
    loan = open_account(unfolding)
    unfolding.record(_prepaid(loan, asked, rules))
    age(unfolding, asked.on)
    apply_receipt(unfolding, asked.receipt_id, asked.amount, asked.on)


def _prepaid(loan: OpenLoan, asked: Prepayment, rules: PrepaymentRules) -> LoanPrepaid:
    principal = _principal(loan, asked, rules)
    rows = prepaid(loan, principal, asked.keeps, asked.on)
    nil = principal - principal
    before, after = (
        Money.sum((row.interest for row in some), nil.currency)
        for some in (not_due(loan, asked.on), [row for row in rows if row.due_on > asked.on])
    )
    maturity_on = rows[-1].due_on
    return LoanPrepaid(
        loan_id=loan.terms.loan_id,
        origin=loan.terms.origin,
        receipt_id=asked.receipt_id,
        keeps=asked.keeps,
        principal=principal,
        fee=_fee(loan, principal, asked.on, rules),
        interest_saved=before - after,
        schedule=ScheduleVersion(
            number=loan.schedule_number + 1,
            cause="partial_early_repayment",
            decided_on=asked.on,
            installments=rows,
        ),
        maturity_on=maturity_on,
        previous_maturity_on=maturity_of(loan),
        next_reset_on=next_reset_of(loan, maturity_on, asked.on),
        accepted_on=asked.on,
    )


def _principal(loan: OpenLoan, asked: Prepayment, rules: PrepaymentRules) -> Money:
    """What of the money is left for principal that is not due, once what is due has been paid."""
    currency = asked.amount.currency
    if method_of(loan) == "flat":
        detail = "Interest of this loan runs on what was lent, whatever is left of it: it is repaid early as a whole."
        raise Rejected("flat_not_prepaid_in_part", detail)
    due = Money.sum((debt.amount for debt in debts_due(loan, asked.on)), currency)
    principal = asked.amount + loan.credit - due
    least = Money.round(rules.principal_min, currency)
    if principal < least:
        detail = f"{due} is due on {asked.on} and {loan.credit} is held; at least {least} more is repaid early."
        raise Rejected("prepayment_too_small", detail, field="amount")
    undue = Money.sum((row.principal for row in not_due(loan, asked.on)), currency)
    if principal >= undue:
        detail = f"Only {undue} is not due yet: pay the loan off instead." if undue else "Nothing is left to fall due."
        raise Rejected("prepayment_of_all", detail, field="amount")
    return principal


def _fee(loan: OpenLoan, principal: Money, on: date, rules: PrepaymentRules) -> Money:
    """The fee of the tariff, or what the cap leaves for money at this rate over the days that it was used."""
    asked = Money.round(principal.amount * rules.fee_percent / 100, principal.currency)
    room = max(ALL_IN_CAP_PERCENT - loan.rates[-1].percent, Decimal(0))
    exact = principal.amount * room * actual_days(loan.terms.disbursed_on, on) / INTEREST_DAYS
    return min(asked, Money.round_down(exact, principal.currency))
