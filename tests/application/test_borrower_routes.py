"""Borrowers and products over HTTP, on a real database: registered once, shown in full to few."""

from typing import Any

from tests.application.bank import COMPANY_PARTICULARS, PERSON_PARTICULARS, Bank, application


async def test_a_borrower_is_registered_and_seen_in_full_only_by_those_who_decide(bank: Bank) -> None:
    answer = await bank.post("/v1/borrowers", {"person": PERSON_PARTICULARS})
    assert answer.status_code == 201
    assert set(answer.json()) == {"borrower_id", "segment", "registered_on"}  # the stored answer names nobody
    place = answer.headers["location"]
    full = (await bank.get(place)).json()
    assert (full["name"], full["identity_number"]) == ("李四", "11010519491231002X")
    for roles in ("auditor", "collector", "releaser"):
        masked = (await bank.get(place, roles=roles)).json()
        assert (masked["name"], masked["identity_number"], masked["phone"]) == (
            "李*",
            "**************002X",
            "*******9000",
        )


async def test_a_list_of_borrowers_never_shows_a_person_unmasked(bank: Bank) -> None:
    await bank.registered()
    await bank.registered(person=PERSON_PARTICULARS)
    await bank.caught_up()
    page = await bank.get("/v1/borrowers")
    assert [row["shown_name"] for row in page.json()["items"] if row["segment"] == "person"] == ["李*"]
    assert not any(secret in page.text for secret in ("李四", "11010519491231002X", "13900139000", "张三丰"))
    found = await bank.get("/v1/borrowers", unified_social_credit_code="91110000600037341L")
    assert [row["shown_name"] for row in found.json()["items"]] == ["上海流水贸易有限公司"]


async def test_a_company_is_registered_once(bank: Bank) -> None:
    first = await bank.registered()
    assert await bank.registered() == first
    other = await bank.post("/v1/borrowers", {"company": COMPANY_PARTICULARS | {"legal_representative": "赵六"}})
    assert (other.status_code, other.json()["type"]) == (409, "urn:liudai:problem:borrower-registered-otherwise")


async def test_a_person_is_registered_once_and_his_number_is_in_no_id_or_answer(bank: Bank) -> None:
    first = await bank.registered(person=PERSON_PARTICULARS)
    assert await bank.registered(person=PERSON_PARTICULARS) == first
    other = await bank.post("/v1/borrowers", {"person": PERSON_PARTICULARS | {"phone": "13900139001"}})
    assert (other.status_code, other.json()["type"]) == (409, "urn:liudai:problem:borrower-registered-otherwise")
    assert first in other.text
    assert PERSON_PARTICULARS["resident_id"] not in other.text


async def test_a_company_of_head_office_does_business_with_a_branch(bank: Bank) -> None:
    at_head_office = await bank.post("/v1/borrowers", {"company": COMPANY_PARTICULARS}, branch="HQ")
    place, borrower_id = at_head_office.headers["location"], at_head_office.json()["borrower_id"]
    assert (await bank.get(place, branch="SH")).status_code == 404
    asked = {"company": COMPANY_PARTICULARS}
    known = await bank.post("/v1/borrowers", asked, branch="SH", key="known")
    assert (known.status_code, known.json()) == (201, at_head_office.json())
    again = await bank.post("/v1/borrowers", asked, branch="SH", key="known")
    assert (again.content, again.headers["idempotent-replayed"]) == (known.content, "true")
    used = await bank.post("/v1/borrowers", {"person": PERSON_PARTICULARS}, branch="SH", key="known")
    assert used.status_code == 422
    other = COMPANY_PARTICULARS | {"phone": "13800138001"}
    assert (await bank.post("/v1/borrowers", {"company": other}, branch="SH")).status_code == 409
    applied = await bank.post("/v1/applications", application(borrower_id), branch="SH")
    assert applied.status_code == 201, applied.text
    await bank.caught_up()
    assert (await bank.get(place, branch="SH")).json()["legal_representative"] == "张三丰"
    assert (await bank.get(place, branch="SH", roles="auditor")).json()["legal_representative"] == "张**"
    assert (await bank.get(place, branch="BJ")).status_code == 404


WRONG_PARTICULARS: list[Any] = [
    ({}, "body"),
    ({"company": COMPANY_PARTICULARS, "person": PERSON_PARTICULARS}, "body"),
    (
        {"company": COMPANY_PARTICULARS | {"unified_social_credit_code": "91110000600037341M"}},
        "company.unified_social_credit_code",
    ),
    ({"person": PERSON_PARTICULARS | {"resident_id": "110105194912310021"}}, "person.resident_id"),
    ({"person": PERSON_PARTICULARS | {"phone": "12345"}}, "person.phone"),
    ({"person": PERSON_PARTICULARS | {"name": "李\x00四"}}, "person.name"),
    ({"person": PERSON_PARTICULARS | {"name": "李" * 121}}, "person.name"),
    ({"person": PERSON_PARTICULARS | {"spouse": "王五"}}, "person.spouse"),
]


async def test_malformed_particulars_are_refused_by_field(bank: Bank) -> None:
    for body, field in WRONG_PARTICULARS:
        answer = await bank.post("/v1/borrowers", body)
        assert answer.status_code == 422, body
        assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_products_are_offered_by_day(bank: Bank) -> None:
    offered = (await bank.get("/v1/products")).json()["items"]
    codes = [product["code"] for product in offered]
    assert codes == ["wc-term", "micro-fast", "personal-business", "small-firm-fast", "supply-chain"]
    assert "rate_floor_percent" not in offered[0]
    assert (await bank.get("/v1/products", on="2019-12-31")).json()["items"] == []
