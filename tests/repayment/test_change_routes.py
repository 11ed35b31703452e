"""Changed terms over HTTP, on a real database: the preview, two people, the read models, and a night afterwards."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.repayment.domain.loan import OpenLoan, accrued_before, outstanding
from services.repayment.domain.loan_account import loan_account
from tests.repayment.bank import Bank, classified, disbursed
from tests.repayment.builders import FIRST_DUE, LOAN, SECOND_DUE
from tests.repayment.changing import CHANGE, OTHER_CHANGE

PATH = f"/v1/loans/{LOAN}/changes"
EXTENSION = {
    "kind": "extension", "months": 3, "annual_rate_percent": "9", "guaranteed": False, "operation_normal": True,
    "financial_difficulty": False,
}  # fmt: skip
PLAN = {
    "kind": "restructuring", "method": "equal_principal", "first_due_on": "2026-03-20", "instalments": 4,
    "capitalise": "interest", "guaranteed": False,
}  # fmt: skip
APPROVE = {"decision": "approve", "reason": "papers seen"}


def body(terms: dict[str, Any], *, change: UUID = CHANGE) -> dict[str, Any]:
    return {"proposal_id": str(change), "terms": terms, "reason": "orders delayed"}


def cny(amount: str) -> dict[str, str]:
    return {"currency": "CNY", "amount": amount}


@pytest.fixture
async def bank(bank: Bank) -> Bank:
    """The bank with one loan, whose first interest has been paid."""
    await bank.hear(disbursed())
    await bank.close_until(FIRST_DUE)
    assert (await bank.repay("620.00")).status_code == 201
    return bank


async def rows(bank: Bank) -> list[dict[str, Any]]:
    answer = await bank.get(f"/v1/loans/{LOAN}/schedule")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def fold(bank: Bank) -> OpenLoan:
    loan = (await bank.engine.commands.load(loan_account, LOAN)).state
    assert isinstance(loan, OpenLoan)
    return loan


async def listed_as_folded(bank: Bank, loan: OpenLoan) -> None:
    """The read models say of the loan what its facts say."""
    await bank.engine.caught_up()
    row = await bank.engine.pool.fetchrow("select * from loans where loan_id = $1", LOAN)
    assert row is not None
    assert (row["outstanding"], row["provision"], row["days_past_due"]) == (
        outstanding(loan).minor,
        loan.provision.minor,
        loan.days_past_due,
    )
    assert (row["maturity_on"], row["penalty_rate_percent"]) == (
        loan.installments[-1].row.due_on,
        loan.rates[-1].penalty_percent,
    )
    assert (row["penalty_settled"], row["compound_settled"]) == (
        loan.penalty_settled.minor,
        loan.compound_settled.minor,
    )
    found = await bank.engine.pool.fetch("select * from installments where loan_id = $1 order by no", LOAN)
    assert [
        (one["no"], one["due_on"], one["principal"], one["interest"], one["principal_paid"], one["interest_paid"],
         one["billed"], one["fell_overdue"]) for one in found
    ] == [
        (one.row.no, one.row.due_on, one.row.principal.minor, one.row.interest.minor, one.principal_paid.minor,
         one.interest_paid.minor, one.billed, one.fell_overdue) for one in loan.installments
    ]  # fmt: skip


async def test_a_preview_shows_both_schedules_and_writes_nothing(bank: Bank) -> None:
    answer = await bank.post(PATH, body(EXTENSION), roles="officer", who="li", dry_run=True)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["before"]["maturity_on"], shown["after"]["maturity_on"]) == ("2026-04-10", "2026-07-10")
    assert [row["interest"]["amount"] for row in shown["before"]["schedule"]["items"]] == ["620.00", "560.00", "620.00"]
    assert [row["interest"]["amount"] for row in shown["after"]["schedule"]["items"][2:]] == [
        "620.00",
        "750.00",
        "775.00",
        "750.00",
    ]
    assert shown["after"]["schedule"]["total_principal"] == cny("100000.00")
    assert len(await rows(bank)) == 3
    await bank.engine.caught_up()
    assert (await bank.get("/v1/loan-changes")).json()["items"] == []


async def test_an_extension_by_two_people_is_in_the_books_of_every_night_after(bank: Bank) -> None:
    proposed = await bank.post(PATH, body(EXTENSION), roles="officer", who="li")
    assert proposed.status_code == 201, proposed.text
    again = await bank.post(PATH, body(EXTENSION), roles="officer", who="li")
    assert again.json() == proposed.json(), "the same proposal is made once"
    decide = f"{PATH}/{CHANGE}/decision"
    assert (await bank.post(decide, APPROVE, roles="officer", who="wang")).status_code == 403
    same = await bank.post(decide, APPROVE, roles="approver", who="li")
    assert (same.status_code, same.json()["type"]) == (409, "urn:liudai:problem:same-person")
    await bank.engine.caught_up()
    [waiting] = (await bank.get("/v1/loan-changes", status="proposed", loan_id=str(LOAN))).json()["items"]
    assert (waiting["proposal_id"], waiting["proposed_by"]) == (str(CHANGE), "li")

    approved = await bank.post(decide, APPROVE, roles="approver", who="wang")
    assert approved.status_code == 200, approved.text
    assert approved.json()["after"]["maturity_on"] == "2026-07-10"
    assert (await bank.get(f"/v1/loans/{LOAN}")).json()["maturity_on"] == "2026-07-10"
    versions = (await bank.get(f"/v1/loans/{LOAN}/schedules")).json()["items"]
    assert [(one["number"], one["cause"], len(one["items"])) for one in versions] == [
        (1, "booked", 3),
        (2, "extension", 6),
    ]
    await bank.engine.caught_up()
    [row] = (await bank.get("/v1/loan-changes", status="approved")).json()["items"]
    assert (row["decided_by"], row["maturity_on"], row["restructured"]) == ("wang", "2026-07-10", False)
    await listed_as_folded(bank, await fold(bank))

    for on, due in ((SECOND_DUE, "560.00"), (date(2026, 4, 10), "620.00")):
        await bank.close_until(on)
        assert (await bank.repay(due)).status_code == 201
    on = date(2026, 4, 20)
    await bank.close_until(on)
    loan = await fold(bank)
    await listed_as_folded(bank, loan)
    accrued = await bank.engine.pool.fetchval("select sum(interest) from accruals where loan_id = $1", LOAN)
    assert accrued == accrued_before(loan, on).interest.minor == 205_000  # ten days at 25 a day on top
    assert (await bank.get(f"/v1/loans/{LOAN}", as_of="2026-02-09")).json()["maturity_on"] == "2026-04-10"


async def test_a_restructuring_moves_interest_into_principal_and_leaves_penalty_due(bank: Bank) -> None:
    on = date(2026, 3, 15)
    await bank.close_until(on)
    await bank.hear(classified("special_mention", "2", on), on=on)
    shown = (await bank.post(PATH, body(PLAN), roles="officer", who="li", dry_run=True)).json()
    assert shown["restructured"] is True
    assert (await bank.post(PATH, body(PLAN), roles="officer", who="li")).status_code == 201
    answer = await bank.post(f"{PATH}/{CHANGE}/decision", APPROVE, roles="senior_approver", who="wang")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["after"] == shown["after"], "what was shown is what came"
    assert told["after"]["outstanding"] == cny("100560.00")
    late = told["after"]["past_due"]
    assert (late["principal"], late["interest"]) == (cny("0.00"), cny("0.00"))
    assert late["compound"] == told["before"]["past_due"]["compound"] != cny("0.00")
    loan = await fold(bank)
    await listed_as_folded(bank, loan)
    await bank.engine.caught_up()
    lines = (await bank.get("/v1/journal-entries", loan_id=str(LOAN))).json()["items"]
    moved = [(one["account_name"], one["debit"]["amount"], one["credit"]["amount"]) for one in lines[-4:]]
    assert moved == [
        ("贷款—本金", "560.00", "0.00"),
        ("应收利息", "0.00", "560.00"),
        ("信用减值损失", "11.20", "0.00"),
        ("贷款损失准备", "0.00", "11.20"),
    ]
    await bank.close_until(date(2026, 3, 21))
    await listed_as_folded(bank, await fold(bank))


async def test_a_proposal_that_nobody_decided_lapses_with_the_loan(bank: Bank) -> None:
    assert (await bank.post(PATH, body(EXTENSION), roles="officer", who="li")).status_code == 201
    quote = (await bank.get(f"/v1/loans/{LOAN}/payoff-quote")).json()["amount"]
    paid = await bank.post(f"/v1/loans/{LOAN}/payoff", {"receipt_id": str(OTHER_CHANGE), "amount": quote})
    assert paid.status_code == 201, paid.text
    await bank.engine.caught_up()
    [row] = (await bank.get("/v1/loan-changes", status="lapsed")).json()["items"]
    assert row["proposal_id"] == str(CHANGE)
    late = await bank.post(f"{PATH}/{CHANGE}/decision", APPROVE, roles="approver", who="wang")
    assert (late.status_code, late.json()["type"]) == (409, "urn:liudai:problem:loan-settled")

    reversals = f"/v1/loans/{LOAN}/reversals"
    asked = await bank.post(reversals, {"receipt_id": str(OTHER_CHANGE), "because": "mistyped"})
    taken = await bank.post(f"{reversals}/{asked.json()['proposal_id']}/approval", who="wang", roles="approver")
    assert taken.status_code == 200, taken.text
    await bank.engine.caught_up()
    [row] = (await bank.get("/v1/loan-changes", status="proposed")).json()["items"]
    assert row["proposal_id"] == str(CHANGE), "the loan is open again, and its proposal waits again"
    approved = await bank.post(f"{PATH}/{CHANGE}/decision", APPROVE, roles="approver", who="wang")
    assert approved.status_code == 200, approved.text
    await listed_as_folded(bank, await fold(bank))


@pytest.mark.parametrize(
    ("terms", "status", "code", "field"),
    [
        (EXTENSION | {"months": 4}, 409, "extension-too-long", "months"),
        (EXTENSION | {"months": 0}, 422, "invalid-request", "terms.extension.months"),
        (EXTENSION | {"annual_rate_percent": "24.5"}, 409, "rate-outside-band", "annual_rate_percent"),
        (EXTENSION | {"guaranteed": True}, 409, "guarantor-consent-missing", "guarantor_consent"),
        (PLAN | {"capitalise": "interest_and_penalty"}, 409, "penalty-not-capitalised", "capitalise"),
        (PLAN | {"method": "free", "principal": [cny("1.00")] * 4}, 409, "principal-not-adding-up", "principal"),
        (PLAN | {"kind": "gift"}, 422, "invalid-request", "terms"),
    ],
)
async def test_a_refusal_names_the_field_and_the_rule(
    bank: Bank, terms: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = await bank.post(PATH, body(terms), roles="officer", who="li")
    problem = answer.json()
    assert (answer.status_code, problem["type"].removeprefix("urn:liudai:problem:")) == (status, code), problem
    assert field in problem["errors"][0]["field"]
    assert problem["errors"][0]["rule"]
