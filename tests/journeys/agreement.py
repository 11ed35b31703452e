"""Whether the services say the same of one loan, and whether each service's lists say what its facts say."""

from decimal import Decimal
from typing import Any

from tests.journeys.bank import CASHIER, Bank

Json = Any

DRAWDOWN_OF = {"open": "disbursed", "settled": "settled", "written_off": "written_off"}
"""The drawdown's status for each status of its loan."""


def amount(money: Json) -> Decimal:
    """An API's amount as a number; every journey lends in one currency."""
    return Decimal(money["amount"])


def check_loan(bank: Bank, loan_id: str) -> None:
    """From rest: principal, schedule, books and every service's view of the loan agree."""
    bank.drained()
    loan = bank.get("repayment", f"/v1/loans/{loan_id}")
    _check_schedule(bank, loan)
    _check_lists(bank, loan)
    _check_payment(bank, loan)
    _check_other_services(bank, loan)
    check_books(bank)


def check_books(bank: Bank) -> None:
    """Debits are credits, in each entry and over all."""
    books = bank.get("repayment", "/v1/trial-balance", by=CASHIER)
    assert books["balanced"], books
    assert all(amount(one["difference"]) == 0 for one in books["currencies"])


def _check_schedule(bank: Bank, loan: Json) -> None:
    schedule = bank.get("repayment", f"/v1/loans/{loan['loan_id']}/schedule")
    principal = amount(loan["principal"])
    assert amount(schedule["total_principal"]) == principal, "the schedule repays what was lent"
    paid = sum(amount(row["principal_paid"]) for row in schedule["items"])
    if loan["status"] != "written_off":
        assert paid == principal - amount(loan["outstanding"]), "what is outstanding is what was not paid"
    lines = bank.items("repayment", "/v1/journal-entries", by=CASHIER, loan_id=loan["loan_id"], account="1303.01")
    booked = sum(amount(line["debit"]) - amount(line["credit"]) for line in lines)
    assert booked == amount(loan["outstanding"]), "the ledger's claim is what is outstanding"


def _check_lists(bank: Bank, loan: Json) -> None:
    """The lists are read models, the single reads are folds of the facts."""
    listed = bank.items("repayment", "/v1/loans", borrower_id=loan["borrower_id"])
    [row] = [one for one in listed if one["loan_id"] == loan["loan_id"]]
    for name in ("principal", "outstanding", "status", "credit", "claim", "closed_on", "maturity_on", "days_past_due"):
        assert row[name] == loan[name], f"{name} in the list of loans"

    application = bank.get("application", f"/v1/applications/{loan['application_id']}")
    listed = bank.items("application", "/v1/applications", borrower_id=loan["borrower_id"])
    [row] = [one for one in listed if one["application_id"] == loan["application_id"]]
    assert row["status"] == application["status"], "the list of applications"

    facility = bank.get("disbursement", f"/v1/facilities/{loan['contract_id']}")
    [row] = bank.items("disbursement", "/v1/facilities", borrower_id=loan["borrower_id"])
    for name in ("limit", "reserved", "drawn", "available", "status"):
        assert row[name] == facility[name], f"{name} in the list of facilities"


def _check_payment(bank: Bank, loan: Json) -> None:
    drawdown = bank.get("disbursement", f"/v1/drawdowns/{loan['loan_id']}")
    assert drawdown["amount"] == loan["principal"], "what was drawn is what is owed"
    assert drawdown["status"] == DRAWDOWN_OF[loan["status"]]
    paid = [one for one in bank.payments() if one["reference"] == loan["loan_id"]]
    assert len(paid) == 1, "core banking paid once"
    assert paid[0]["status"] == "paid"
    assert paid[0]["amount"] == loan["principal"]
    assert paid[0]["core_reference"] == loan["core_reference"] == drawdown["core_reference"]


def _check_other_services(bank: Bank, loan: Json) -> None:
    contract = bank.get("application", f"/v1/contracts/{loan['contract_id']}")
    statuses = {one["loan_id"]: one["status"] for one in contract["loans"]}
    assert statuses[loan["loan_id"]] == loan["status"], "the contract knows how its loan stands"

    classified = bank.get("risk", f"/v1/classifications/{loan['loan_id']}")
    assert classified["is_open"] == (loan["status"] == "open"), "risk knows which loans stand in the books"
    if loan["status"] == "open":
        assert classified["classification"] == loan["classification"], "repayment provides for the class that risk gave"

    answer = bank.call("GET", "collection", f"/v1/cases/{loan['loan_id']}", by="auditor")
    if answer.is_success:
        case = answer.json()
        expected = {"settled": {"closed"}, "written_off": {"written_off_recovery"}, "open": {"open", "cured"}}
        assert case["status"] in expected[loan["status"]], "the case ends with the loan"
        if case["status"] == "open":
            assert amount(case["outstanding_principal"]) == amount(loan["outstanding"])
