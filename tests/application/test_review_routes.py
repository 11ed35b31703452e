"""Review over HTTP, on a real database: two people decide, nobody else does."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.application.bank import PERSON_FACTS, PERSON_PARTICULARS, Bank, application
from tests.application.builders import KNOCKED_OUT, yuan

REVIEWER: dict[str, Any] = {"who": "li", "roles": "reviewer"}
APPROVER: dict[str, Any] = {"who": "wang", "roles": "approver"}
OPINION = {"recommendation": "approve", "opinion": "sound business, good neighbours"}


async def test_two_people_decide_what_risk_refers(bank: Bank) -> None:
    application_id = await bank.submitted()
    place = f"/v1/applications/{application_id}"
    await bank.assess(application_id, outcome="refer", limit=yuan(400_000))
    await bank.caught_up()
    [task] = (await bank.get("/v1/reviews", step="recommendation", **REVIEWER)).json()["items"]
    assert (task["application_id"], task["causes"]) == (application_id, ["referred_by_risk"])
    own = await bank.post(f"{place}/recommendation", OPINION, who="chen", roles="reviewer")
    assert (own.status_code, own.json()["type"]) == (409, "urn:liudai:problem:four-eyes")
    first = await bank.post(f"{place}/recommendation", OPINION, **REVIEWER)
    assert (first.status_code, first.json()["status"]) == (200, "recommended")
    assert OPINION["opinion"] not in first.text  # the answer is stored in plain text, so it holds no opinion
    review = (await bank.get(place, **APPROVER)).json()["review"]
    assert (review["amount"]["amount"], review["opinion"]) == ("400000.00", OPINION["opinion"])
    await bank.caught_up()
    [task] = (await bank.get("/v1/reviews", step="decision", **APPROVER)).json()["items"]
    assert (task["recommended_by"], task["authority"]) == ("li", "approver")
    for who in ("chen", "li"):
        refused = await bank.post(f"{place}/decision", {"decision": "approve"}, who=who, roles="approver")
        assert refused.json()["type"] == "urn:liudai:problem:four-eyes"
    second = await bank.post(f"{place}/decision", {"decision": "approve"}, **APPROVER)
    assert (second.status_code, second.json()["status"]) == (200, "offered")
    await bank.caught_up()
    assert (await bank.get("/v1/reviews", **APPROVER)).json()["items"] == []


async def test_of_two_approvers_at_the_same_moment_one_decides(bank: Bank) -> None:
    application_id = await bank.submitted()
    place = f"/v1/applications/{application_id}"
    await bank.assess(application_id, outcome="refer")
    await bank.post(f"{place}/recommendation", OPINION, **REVIEWER)
    answers = await asyncio.gather(
        *(bank.post(f"{place}/decision", {"decision": "approve"}, who=f"w{n}", roles="approver") for n in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]


MALFORMED_ACTIONS: list[Any] = [
    ("recommendation", {"recommendation": "maybe", "opinion": "x"}, "reviewer"),
    ("recommendation", {"recommendation": "approve"}, "reviewer"),
    ("recommendation", OPINION | {"annual_rate_percent": 4.35}, "reviewer"),
    ("recommendation", OPINION | {"annual_rate_percent": "101"}, "reviewer"),
    ("recommendation", OPINION | {"decline_codes": ["credit_record"]}, "reviewer"),
    ("recommendation", OPINION | {"recommendation": "decline", "amount": {"amount": "1.00"}}, "reviewer"),
    ("decision", {"decision": "approve", "decline_codes": ["credit_record"]}, "approver"),
    ("decision", {"decision": "decline", "amount": {"amount": "1.00"}}, "approver"),
    ("decision", {"decision": "approve", "annual_rate_percent": "3.0"}, "approver"),
    ("contract", {"confirmed_annualised_rate_percent": "NaN"}, "officer"),
    ("withdraw", {}, "officer"),
]


async def test_a_malformed_action_is_refused(bank: Bank) -> None:
    application_id = await bank.submitted()
    for path, body, roles in MALFORMED_ACTIONS:
        answer = await bank.post(f"/v1/applications/{application_id}/{path}", body, who="li", roles=roles)
        assert answer.status_code == 422, (path, body)


ACTIONS: list[Any] = [
    ("recommendation", OPINION, "reviewer"),
    ("decision", {"decision": "approve"}, "approver"),
    ("withdraw", {"reason": "other"}, "officer"),
    ("review-request", None, "officer"),
    ("offer/accept", None, "officer"),
    ("contract", {"confirmed_annualised_rate_percent": "4.44"}, "officer"),
]


async def test_no_action_on_what_is_not_there_or_not_yours(bank: Bank) -> None:
    application_id = await bank.submitted()
    for path, body, roles in ACTIONS:
        missing = await bank.post(f"/v1/applications/{uuid4()}/{path}", body, roles=roles)
        elsewhere = await bank.post(f"/v1/applications/{application_id}/{path}", body, roles=roles, branch="BJ")
        forbidden = await bank.post(f"/v1/applications/{application_id}/{path}", body, roles="auditor")
        assert (missing.status_code, elsewhere.status_code, forbidden.status_code) == (404, 404, 403), path


async def test_an_automatic_refusal_keeps_its_reasons_and_a_person_may_have_people_look(bank: Bank) -> None:
    borrower_id = await bank.registered(person=PERSON_PARTICULARS)
    body = application(borrower_id, product_code="personal-business", company=None, person=PERSON_FACTS)
    application_id = (await bank.post("/v1/applications", body)).json()["application_id"]
    place = f"/v1/applications/{application_id}"
    await bank.assess(application_id, outcome="decline", reasons=(KNOCKED_OUT,))
    declined = (await bank.get(place)).json()
    assert (declined["status"], declined["decline_reasons"][0]["code"]) == ("declined", "unpaid_default")
    asked = await bank.post(f"{place}/review-request")
    assert (asked.status_code, asked.json()["status"]) == (200, "in_review")
    refusal = {"recommendation": "decline", "opinion": "the default stands", "decline_codes": ["credit_record"]}
    assert (await bank.post(f"{place}/recommendation", refusal, **REVIEWER)).status_code == 200
    assert (await bank.post(f"{place}/decision", {"decision": "decline"}, **APPROVER)).json()["status"] == "declined"
    again = await bank.post(f"{place}/review-request")
    assert again.json()["type"] == "urn:liudai:problem:decided-by-people"
