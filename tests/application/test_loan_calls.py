"""The two calls of the first hour: `/loan/apply` and `/loan/approve`."""

import asyncio
from datetime import date
from typing import Any
from uuid import uuid4

from tests.application.bank import COMPANY_FACTS, COMPANY_PARTICULARS, PERSON_PARTICULARS, Bank, money
from tests.application.builders import KNOCKED_OUT, yuan

PERSON = PERSON_PARTICULARS | {
    "monthly_income": money("18000.00"),
    "monthly_expenses": money("6000.00"),
    "debts": money("50000.00"),
}
REQUEST = {"amount": money("100000.00"), "purpose": "purchase_of_goods", "person": PERSON}


async def test_one_call_registers_the_borrower_and_submits_the_application(bank: Bank) -> None:
    answer = await bank.post("/loan/apply", REQUEST, key="k")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["status"], told["product_code"]) == ("submitted", "personal-business")
    assert answer.headers["location"] == f"/v1/applications/{told['loan_application_id']}"
    application = (await bank.get(answer.headers["location"])).json()
    assert (application["term_months"], application["repayment_method"]) == (12, "equal_instalments")
    assert application["person"] == {
        "age": 76,
        "monthly_income": {"currency": "CNY", "amount": "18000.00"},
        "monthly_expenses": {"currency": "CNY", "amount": "6000.00"},
        "assets": {"currency": "CNY", "amount": "0.00"},
        "debts": {"currency": "CNY", "amount": "50000.00"},
        "seniority_years": 0,
        "job": "others",
        "home": "other",
    }
    assert (await bank.get(f"/v1/borrowers/{told['borrower_id']}")).json()["name"] == "李四"
    again = await bank.post("/loan/apply", REQUEST, key="k")
    assert (again.content, again.headers["idempotent-replayed"]) == (answer.content, "true")


async def test_the_documented_example_can_be_sent_as_it_stands(bank: Bank) -> None:
    body = bank.app().openapi()["components"]["schemas"]["LoanRequestBody"]["examples"][0]
    assert (await bank.post("/loan/apply", body)).status_code == 201
    body = bank.app().openapi()["components"]["schemas"]["BorrowerBody"]["examples"][0]
    assert (await bank.post("/v1/borrowers", body)).status_code == 201


async def test_a_small_firm_applies_in_one_call_with_its_turnover_by_source(bank: Bank) -> None:
    firm = COMPANY_PARTICULARS | {
        "size": "micro",
        "industry": "catering",
        "years_in_business": 4,
        "employees": 9,
        "turnover_by_account": money("2400000.00"),
        "turnover_by_tax": money("2000000.00"),
        "guaranteed_percent": "80",
        "owner": {"overdue_count_24_months": 0},
    }
    body = {"amount": money("200000.00"), "purpose": "purchase_of_goods", "small_firm": firm}
    told = (await bank.post("/loan/apply", body)).json()
    assert told["product_code"] == "small-firm-fast"
    shown = (await bank.get(f"/v1/applications/{told['loan_application_id']}")).json()
    assert (shown["segment"], shown["company"]) == ("small_firm", None)
    assert shown["small_firm"]["turnover_by_tax"] == {"currency": "CNY", "amount": "2000000.00"}
    assert (shown["small_firm"]["turnover_by_invoices"], shown["small_firm"]["employees"]) == (None, 9)
    for wrong, field in (({"employees": -1}, "small_firm.employees"), ({"guaranteed_percent": "101"},
                         "small_firm.guaranteed_percent"), ({"turnover_by_tax": money("-1")},
                         "small_firm.turnover_by_tax"), ({"industry": "magic"}, "small_firm.industry")):  # fmt: skip
        refused = await bank.post("/loan/apply", body | {"small_firm": firm | wrong})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


async def test_a_supplier_applies_with_what_its_anchor_has_confirmed(bank: Bank) -> None:
    chain = {
        "anchor_grade": "R2",
        "confirmed_receivables": money("1500000.00"),
        "dilution_percent": "2",
        "anchor_sales_share_percent": "40",
        "notice_given": True,
        "assigned": True,
    }
    body = {"amount": money("500000.00"), "purpose": "purchase_of_goods", "supply_chain": chain}
    company = COMPANY_PARTICULARS | COMPANY_FACTS
    told = (await bank.post("/loan/apply", body | {"company": company})).json()
    assert told["product_code"] == "supply-chain"
    shown = (await bank.get(f"/v1/applications/{told['loan_application_id']}")).json()
    assert (shown["segment"], shown["supply_chain"]["anchor_grade"]) == ("supply_chain", "R2")
    alone = await bank.post("/loan/apply", body | {"person": PERSON})
    assert alone.status_code == 422
    refused = await bank.post("/loan/apply", body | {"company": company, "supply_chain": chain | {"anchor_grade": "A"}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "supply_chain.anchor_grade")


async def test_a_known_company_applies_again_under_its_own_record(bank: Bank) -> None:
    borrower_id = await bank.registered()
    company = COMPANY_PARTICULARS | COMPANY_FACTS
    body = {"amount": money("500000.00"), "purpose": "wages", "company": company}
    answer = await bank.post("/loan/apply", body)
    assert (answer.json()["borrower_id"], answer.json()["product_code"]) == (borrower_id, "micro-fast")
    large = await bank.post("/loan/apply", body | {"amount": money("3000000.01")})
    assert large.json()["product_code"] == "wc-term"
    other = await bank.post("/loan/apply", body | {"company": company | {"legal_representative": "赵六"}})
    assert (other.status_code, other.json()["type"]) == (409, "urn:liudai:problem:borrower-registered-otherwise")


async def test_a_known_person_applies_again_with_his_borrower_id(bank: Bank) -> None:
    first = (await bank.post("/loan/apply", REQUEST)).json()
    again = await bank.post("/loan/apply", REQUEST | {"borrower_id": first["borrower_id"]})
    assert again.json()["borrower_id"] == first["borrower_id"]
    moved = REQUEST | {"person": PERSON | {"phone": "13900139001"}}
    refused = await bank.post("/loan/apply", moved)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:liudai:problem:borrower-registered-otherwise")
    under_the_record = await bank.post("/loan/apply", moved | {"borrower_id": first["borrower_id"]})
    assert under_the_record.json()["borrower_id"] == first["borrower_id"]
    of_another = await bank.post("/loan/apply", REQUEST | {"borrower_id": str(uuid4())})
    assert (of_another.status_code, of_another.json()["errors"][0]["rule"]) == (409, "borrower_id_of_another")


async def test_a_person_who_applies_five_times_at_once_is_approved_up_to_his_cap(bank: Bank) -> None:
    answers = await asyncio.gather(*(bank.post("/loan/apply", REQUEST) for _ in range(5)))
    assert len({answer.json()["borrower_id"] for answer in answers}) == 1
    decisions = []
    for answer in answers:
        await bank.assess(answer.json()["loan_application_id"])
        decisions.append((await ask(bank, answer.json()["loan_application_id"])).json()["decision"])
    assert sorted(decisions) == ["approved"] * 3 + ["referred"] * 2  # 100 000 each under a cap of 300 000


async def test_an_application_at_one_branch_counts_at_another(bank: Bank) -> None:
    at_head_office = await bank.post("/loan/apply", REQUEST, branch="HQ")
    at_branch = await bank.post("/loan/apply", REQUEST, branch="SH")
    assert at_branch.json()["borrower_id"] == at_head_office.json()["borrower_id"]
    second = (await bank.get(at_branch.headers["location"])).json()
    assert second["other_exposure"] == {"currency": "CNY", "amount": "100000.00"}


async def test_a_key_is_looked_at_before_any_rule_and_before_anybody_is_registered(bank: Bank) -> None:
    empty = await bank.post("/loan/apply", REQUEST, key='""')
    assert (empty.status_code, empty.json()["type"]) == (400, "urn:liudai:problem:idempotency-key-required")
    await bank.caught_up()
    assert (await bank.get("/v1/borrowers")).json()["items"] == []
    company = {"amount": money("500000.00"), "purpose": "wages", "company": COMPANY_PARTICULARS | COMPANY_FACTS}
    first = await bank.post("/loan/apply", company, key="k")
    await bank.new_day(date(2028, 3, 2))
    much_later = await bank.post("/loan/apply", company, key="k")
    assert (much_later.status_code, much_later.content) == (201, first.content)
    assert (await bank.post("/loan/apply", company)).status_code == 409  # its statements are too old by now
    assert (await bank.post("/loan/apply", company | {"purpose": "real_estate"}, key="k")).status_code == 422


REFUSED: list[Any] = [
    ({"amount": money("4999.99")}, 409),
    ({"purpose": "real_estate"}, 409),
    ({"product_code": "wc-term"}, 409),
    ({"person": None}, 422),
    ({"company": COMPANY_PARTICULARS | COMPANY_FACTS}, 422),
    ({"person": {name: value for name, value in PERSON.items() if name != "debts"}}, 422),
    ({"score": 900}, 422),
]


async def test_a_refused_call_registers_nobody(bank: Bank) -> None:
    for other, status in REFUSED:
        answer = await bank.post("/loan/apply", REQUEST | other)
        assert answer.status_code == status, answer.text
    await bank.caught_up()
    assert (await bank.get("/v1/borrowers")).json()["items"] == []


async def test_neither_a_trial_nor_a_call_without_a_key_registers_anybody(bank: Bank) -> None:
    tried = await bank.post("/loan/apply", REQUEST, dry_run="true")
    assert (tried.status_code, tried.headers["dry-run"]) == (200, "true")
    keyless = await bank.client.post("/loan/apply", json=REQUEST, headers=bank.bearer())
    assert (keyless.status_code, keyless.json()["type"]) == (400, "urn:liudai:problem:idempotency-key-required")
    await bank.caught_up()
    assert (await bank.get("/v1/borrowers")).json()["items"] == []


async def ask(bank: Bank, application_id: str) -> Any:
    """`/loan/approve` acts on nothing, so it needs no key."""
    return await bank.client.post("/loan/approve", json={"loan_application_id": application_id}, headers=bank.bearer())


async def test_the_decision_is_told_as_soon_as_risk_has_spoken(bank: Bank) -> None:
    application_id = (await bank.post("/loan/apply", REQUEST)).json()["loan_application_id"]
    asked = asyncio.create_task(ask(bank, application_id))
    await asyncio.sleep(0.1)
    assert not asked.done()
    await bank.assess(application_id)
    answer = await asked
    assert answer.status_code == 200
    assert answer.json() == {
        "loan_application_id": application_id,
        "status": "offered",
        "decision": "approved",
        "score": 712,
        "grade": "A",
        "pd_percent": "1.20",
        "five_c_score": "81.5",
        "limit": {"currency": "CNY", "amount": "800000.00"},
        "annual_rate_percent": "4.35",
        "approved_amount": {"currency": "CNY", "amount": "100000.00"},
        "reasons": [],
    }


DECISIONS: list[Any] = [
    ({"outcome": "refer"}, "referred", []),
    ({"outcome": "decline", "reasons": (KNOCKED_OUT,)}, "declined", ["unpaid_default"]),
    ({"limit": yuan(0)}, "referred", []),
]


async def test_a_referral_and_a_refusal_are_told_with_their_reasons(bank: Bank) -> None:
    for found, decision, reasons in DECISIONS:
        application_id = (await bank.post("/loan/apply", REQUEST)).json()["loan_application_id"]
        await bank.assess(application_id, **found)
        told = (await ask(bank, application_id)).json()
        assert (told["decision"], told["approved_amount"]) == (decision, None)
        assert [reason["code"] for reason in told["reasons"]] == reasons


async def test_a_withdrawn_application_is_not_waited_for(bank: Bank) -> None:
    application_id = (await bank.post("/loan/apply", REQUEST)).json()["loan_application_id"]
    await bank.post(f"/v1/applications/{application_id}/withdraw", {"reason": "other"})
    told = (await ask(bank, application_id)).json()
    assert (told["decision"], told["score"]) == ("withdrawn", None)


async def test_whoever_asks_too_early_is_told_where_to_look(bank: Bank) -> None:
    application_id = (await bank.post("/loan/apply", REQUEST)).json()["loan_application_id"]
    answer = await ask(bank, application_id)  # nobody assesses: five seconds
    assert (answer.status_code, answer.json()["decision"]) == (202, "pending")
    assert answer.headers["location"] == f"/v1/applications/{application_id}"


async def test_there_is_no_decision_on_what_is_not_there(bank: Bank) -> None:
    assert (await ask(bank, str(uuid4()))).status_code == 404
    assert (await ask(bank, "7")).status_code == 422


async def test_many_apply_at_once_and_nobody_waits_for_ever(bank: Bank) -> None:
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*(bank.post("/loan/apply", REQUEST) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["borrower_id"] for answer in answers}) == 1
