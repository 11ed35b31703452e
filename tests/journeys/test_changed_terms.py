"""Other terms for a live loan: from the proposal to what risk and collection make of it."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from tests.journeys import lending
from tests.journeys.agreement import amount, check_loan
from tests.journeys.bank import APPROVER, COLLECTOR, OFFICER, Bank
from tests.journeys.invariants import check_invariants

Json = Any


def extension(months: int, **told: Any) -> Json:
    dull = {"guaranteed": False, "operation_normal": True, "financial_difficulty": False}
    terms = {"kind": "extension", "months": months, **dull, **told}
    return {"proposal_id": str(uuid4()), "terms": terms, "reason": "the buyer pays two months later"}


def approve(bank: Bank, loan_id: str, asked: Json) -> Json:
    """The proposal by one person, its approval by another."""
    path = f"/v1/loans/{loan_id}/changes"
    bank.post("repayment", path, asked, by=OFFICER)
    decision = {"decision": "approve", "reason": "papers seen"}
    decide = f"{path}/{asked['proposal_id']}/decision"
    assert bank.refusal("repayment", decide, decision, by=OFFICER) == "forbidden"
    approved = bank.post("repayment", decide, decision, by=APPROVER)
    bank.drained()
    return approved


def test_a_late_loan_is_extended_and_risk_and_collection_hear_of_it(bank: Bank) -> None:
    loan = lending.disbursed(bank, months=2)
    loan_id = loan["loan_id"]
    bank.advance_to(date.fromisoformat(loan["next_due_on"]) + timedelta(days=1))
    opened = lending.await_case(bank, loan_id, "open")
    path = f"/v1/loans/{loan_id}/changes"
    assert bank.refusal("repayment", path, extension(3), by=OFFICER) == "extension-too-long"
    assert bank.refusal("repayment", path, extension(2), by=COLLECTOR) == "forbidden"

    approved = approve(bank, loan_id, extension(2))

    assert approved["before"]["maturity_on"] == loan["maturity_on"] < approved["after"]["maturity_on"]
    extended = lending.loan(bank, loan_id)
    assert extended["maturity_on"] == approved["after"]["maturity_on"]
    assert len(bank.get("repayment", f"/v1/loans/{loan_id}/schedules")["items"]) == 2
    classified = bank.get("risk", f"/v1/classifications/{loan_id}")
    assert classified["classification"] == "special_mention"
    assert classified["floors"]["restructured"] == "special_mention", "it was past due, so it was eased in difficulty"
    assert classified["observed_until"] is None, "observed once what is past due has been paid"
    [matures] = bank.rows("select matures_on from risk.loan_terms where loan_id = %s", loan_id)
    assert matures["matures_on"].isoformat() == extended["maturity_on"]
    case = lending.case(bank, loan_id)
    assert (case["status"], case["overdue"]) == ("open", opened["overdue"]), "what is late stays late"
    facts = [one["type"] for one in bank.get("collection", f"/v1/cases/{loan_id}/history", by=COLLECTOR)["items"]]
    assert facts.count("CaseRescheduled") == 1
    check_loan(bank, loan_id)

    lending.repay(bank, loan_id, extended["past_due"]["total"]["amount"])
    lending.await_case(bank, loan_id, "cured")
    bank.drained()
    observed = bank.get("risk", f"/v1/classifications/{loan_id}")
    assert observed["classification"] == "special_mention"
    assert date.fromisoformat(observed["observed_until"]) >= bank.today + timedelta(days=365)
    check_loan(bank, loan_id)
    check_invariants(bank)


def test_an_extension_of_a_business_in_trouble_is_special_mention_and_is_repaid_by_its_new_schedule(bank: Bank) -> None:
    loan = lending.disbursed(bank, amount=60_000, months=1, method="interest_only")
    loan_id = loan["loan_id"]
    approve(bank, loan_id, extension(1, operation_normal=False))
    classified = bank.get("risk", f"/v1/classifications/{loan_id}")
    assert (classified["classification"], classified["floors"]) == ("special_mention", {"extended": "special_mention"})
    assert bank.call("GET", "collection", f"/v1/cases/{loan_id}", by="auditor").status_code == 404, "nothing is late"

    rows = bank.get("repayment", f"/v1/loans/{loan_id}/schedule")["items"]
    assert [amount(row["principal"]) for row in rows] == [0, 60_000]
    for row in rows:
        bank.advance_to(date.fromisoformat(row["due_on"]))
        lending.repay(bank, loan_id, row["total"]["amount"])
        check_loan(bank, loan_id)
    assert lending.loan(bank, loan_id)["status"] == "settled"
    check_invariants(bank)
