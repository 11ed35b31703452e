"""A loan that goes as it should: from the application through all five services to its settlement."""

from datetime import date, timedelta

import pytest

from tests.journeys import lending
from tests.journeys.agreement import amount, check_loan
from tests.journeys.applicants import seed_request
from tests.journeys.bank import CASHIER, OFFICER, OTHER_RELEASER, RELEASER, Bank
from tests.journeys.invariants import check_invariants


def test_a_loan_lives_from_application_to_settlement(bank: Bank) -> None:
    application_id = lending.apply(bank, amount=120_000, months=2)

    offered = lending.await_application(bank, application_id, "offered")
    assert offered["assessment"]["outcome"] == "approve"
    assert offered["approval"]["automatic"]
    assert offered["offer"]["amount"] == {"currency": "CNY", "amount": "120000.00"}

    signed = lending.contract(bank, application_id)
    drawdown = lending.request_drawdown(bank, signed)
    path = f"/v1/facilities/{drawdown['contract_id']}/drawdowns/{drawdown['drawdown_id']}"
    assert bank.refusal("disbursement", f"{path}/release", by=OFFICER) == "forbidden"
    assert lending.release(bank, drawdown, by=RELEASER)["released_by"] == RELEASER
    assert bank.refusal("disbursement", f"{path}/release", by=OTHER_RELEASER) == "drawdown-not-requested"

    loan_id = drawdown["drawdown_id"]
    assert lending.await_drawdown(bank, drawdown, "disbursed")["core_reference"]
    assert lending.await_booked(bank, loan_id)["outstanding"] == signed["limit"]
    check_loan(bank, loan_id)

    rows = bank.get("repayment", f"/v1/loans/{loan_id}/schedule")["items"]
    assert len(rows) == 2
    for row in rows:
        bank.advance_to(date.fromisoformat(row["due_on"]))
        receipt = lending.repay(bank, loan_id, row["total"]["amount"])
        assert receipt["principal"] == row["principal"]
        assert receipt["interest"] == row["interest"]
        check_loan(bank, loan_id)

    assert lending.loan(bank, loan_id)["status"] == "settled"
    lending.await_application(bank, application_id, "settled")
    assert lending.await_drawdown(bank, drawdown, "settled")
    assert bank.get("disbursement", f"/v1/facilities/{drawdown['contract_id']}")["status"] == "closed"
    assert bank.call("GET", "collection", f"/v1/cases/{loan_id}", by="auditor").status_code == 404, "nothing was late"
    check_invariants(bank)


@pytest.mark.parametrize("method", ["equal_principal", "interest_monthly", "one_payment"])
def test_a_loan_of_another_method_lives_to_its_settlement(bank: Bank, method: str) -> None:
    loan = lending.disbursed(bank, amount=60_000, months=1, method=method)
    path = f"/v1/loans/{loan['loan_id']}"
    assert loan["repayment_method"] == method
    for row in bank.get("repayment", f"{path}/schedule")["items"]:
        bank.advance_to(date.fromisoformat(row["due_on"]))
        assert lending.repay(bank, loan["loan_id"], row["total"]["amount"])["interest"] == row["interest"]
        check_loan(bank, loan["loan_id"])
    assert lending.loan(bank, loan["loan_id"])["status"] == "settled"
    check_invariants(bank)


def test_a_loan_is_repaid_early_in_full(bank: Bank) -> None:
    loan = lending.disbursed(bank, months=3)
    path = f"/v1/loans/{loan['loan_id']}"
    bank.advance_days(10)

    quote = bank.get("repayment", f"{path}/payoff-quote")
    interest = amount(quote["owed"]["interest"])
    days_of_interest = amount(loan["principal"]) * 10 * 43 / 1000 / 360  # 4.3 % a year, ten days of 30/360
    assert abs(interest - days_of_interest) < 1
    less = {"currency": "CNY", "amount": str(amount(quote["amount"]) - 1)}
    receipt = {"receipt_id": loan["loan_id"], "amount": less}
    assert bank.refusal("repayment", f"{path}/payoff", receipt, by=CASHIER) == "payoff-amount-differs"

    bank.post("repayment", f"{path}/payoff", receipt | {"amount": quote["amount"]}, by=CASHIER)

    bank.advance_days(1)
    check_loan(bank, loan["loan_id"])
    assert lending.loan(bank, loan["loan_id"])["status"] == "settled"
    accrued = bank.items("repayment", "/v1/accruals", loan_id=loan["loan_id"])
    assert sum(amount(night["interest"]) for night in accrued) == interest, "what was accrued is what was charged"
    lending.await_application(bank, loan["application_id"], "settled")


def test_the_two_calls_of_the_first_hour_answer_with_a_decision(bank: Bank) -> None:
    asked = bank.post("application", "/loan/apply", seed_request(), by=OFFICER)
    question = {"loan_application_id": asked["loan_application_id"]}

    decided = bank.post("application", "/loan/approve", question, by=OFFICER)

    assert decided["decision"] == "approved"
    assert decided["score"] > 0
    assert amount(decided["limit"]) > 0
    assert decided["approved_amount"] == {"currency": "CNY", "amount": "120000.00"}
    assert float(decided["annual_rate_percent"]) > 0

    declined = bank.post("application", "/loan/apply", seed_request("default"), by=OFFICER)
    question = {"loan_application_id": declined["loan_application_id"]}
    assert bank.post("application", "/loan/approve", question, by=OFFICER)["decision"] == "declined"


def test_time_only_goes_forward(bank: Bank) -> None:
    today = bank.today
    tomorrow = (today + timedelta(days=1)).isoformat()
    refused = bank.refusal("repayment", "/v1/business-date/close", {"closed_on": tomorrow}, by="operator")
    assert refused == "business-date-not-reached"
    assert bank.today == today
