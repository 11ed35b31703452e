"""A loan that is not paid in time: collected and cured, or written off by two people."""

from datetime import date, timedelta

from tests.journeys import lending
from tests.journeys.agreement import amount, check_loan
from tests.journeys.bank import CASHIER, COLLECTION_MANAGER, COLLECTOR, OTHER_COLLECTION_MANAGER, Bank
from tests.journeys.invariants import check_invariants


def test_a_loan_that_falls_overdue_is_cured_by_a_kept_promise(bank: Bank) -> None:
    loan = lending.disbursed(bank, months=2)
    path = f"/v1/cases/{loan['loan_id']}"
    due_on = date.fromisoformat(loan["next_due_on"])
    bank.advance_to(due_on)
    assert bank.call("GET", "collection", path, by=COLLECTOR).status_code == 404, "on the due date it is not late"

    bank.advance_to(due_on + timedelta(days=1))
    opened = lending.await_case(bank, loan["loan_id"], "open")
    assert opened["days_past_due"] == 1
    assert opened["stage"] == "S1"
    check_loan(bank, loan["loan_id"])

    contact = {"direction": "outbound", "channel": "phone", "result": "promised", "local_time": "10:30"}
    bank.post("collection", f"{path}/contacts", contact, by=COLLECTOR)
    pays_on = bank.today + timedelta(days=2)
    promise = {"amount": opened["overdue"], "due_on": pays_on.isoformat()}
    bank.post("collection", f"{path}/promises", promise, by=COLLECTOR)
    bank.advance_to(pays_on)
    late = lending.loan(bank, loan["loan_id"])["past_due"]
    assert amount(late["penalty"]) > 0
    receipt = lending.repay(bank, loan["loan_id"], late["total"]["amount"])
    assert amount(receipt["penalty"]) == amount(late["penalty"]) + amount(late["compound"])

    cured = lending.await_case(bank, loan["loan_id"], "cured")
    assert [one["status"] for one in cured["promises"]] == ["kept"]
    assert amount(cured["overdue"]) == 0
    check_loan(bank, loan["loan_id"])
    assert lending.loan(bank, loan["loan_id"])["days_past_due"] == 0
    check_invariants(bank)


def test_a_loan_in_arrears_is_written_off_by_two_people(bank: Bank) -> None:
    loan = lending.disbursed(bank, months=1)
    path = f"/v1/cases/{loan['loan_id']}"
    bank.advance_to(date.fromisoformat(loan["next_due_on"]) + timedelta(days=1))
    opened = lending.await_case(bank, loan["loan_id"], "open")
    promise = {"amount": opened["overdue"], "due_on": bank.today.isoformat()}
    bank.post("collection", f"{path}/promises", promise, by=COLLECTOR)
    bank.advance_days(1)
    assert lending.case(bank, loan["loan_id"])["broken_promises"] == 1

    assert bank.refusal("collection", f"{path}/write-off-proposals", {}, by=COLLECTION_MANAGER) == (
        "write-off-not-justified"
    )
    paper = {"evidence": [{"kind": "court_ruling", "reference": "2026-ZX-0123"}]}
    proposed = bank.post("collection", f"{path}/write-off-proposals", paper, by=COLLECTION_MANAGER)
    decide = f"{path}/write-off-proposals/{proposed['proposal_id']}/decision"
    decision = {"decision": "approve", "reason": "nothing left to enforce"}
    assert bank.refusal("collection", decide, decision, by=COLLECTION_MANAGER) == "same-person"
    bank.post("collection", decide, decision, by=OTHER_COLLECTION_MANAGER)

    ended = lending.await_case(bank, loan["loan_id"], "written_off_recovery")
    assert [one["status"] for one in ended["proposals"]] == ["applied"]
    written_off = lending.loan(bank, loan["loan_id"])
    assert written_off["status"] == "written_off"
    assert written_off["claim"] == ended["overdue"], "the claim remains"
    lending.await_application(bank, loan["application_id"], "written_off")
    bank.advance_days(1)
    check_loan(bank, loan["loan_id"])
    check_invariants(bank)

    receipt = {"receipt_id": loan["loan_id"], "amount": {"currency": "CNY", "amount": "1000.00"}}
    refused = bank.refusal("repayment", f"/v1/loans/{loan['loan_id']}/repayments", receipt, by=CASHIER)
    assert refused == "loan-written-off"
    bank.post("repayment", f"/v1/loans/{loan['loan_id']}/recoveries", receipt, by=CASHIER)
    assert amount(lending.loan(bank, loan["loan_id"])["claim"]) == amount(written_off["claim"]) - 1000
    check_loan(bank, loan["loan_id"])
