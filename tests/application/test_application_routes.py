"""Applications over HTTP, on a real database: taken in, refused by field and rule, listed, and whose they are."""

from typing import Any
from uuid import uuid4

from tests.application.bank import COMPANY_FACTS, PERSON_FACTS, PERSON_PARTICULARS, Bank, application, money


async def test_an_application_is_submitted_once_per_key(bank: Bank) -> None:
    body = application(await bank.registered())
    first = await bank.post("/v1/applications", body, key="one")
    assert (first.status_code, first.json()["status"]) == (201, "submitted")
    again = await bank.post("/v1/applications", body, key="one")
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    other = await bank.post("/v1/applications", body | {"term_months": 6}, key="one")
    assert other.status_code == 422
    await bank.caught_up()
    assert len((await bank.get("/v1/applications")).json()["items"]) == 1
    assert (await bank.client.post("/v1/applications", json=body, headers=bank.bearer())).status_code == 400


WRONG_APPLICATIONS: list[Any] = [
    ({"requested_amount": {"amount": "9999.99"}}, 409, "requested_amount"),
    ({"term_months": 25}, 409, "term_months"),
    ({"purpose": "equity"}, 409, "purpose"),
    ({"product_code": "gold-card"}, 409, "product_code"),
    ({"company": None}, 409, "company"),
    ({"requested_amount": {"amount": "0.00"}}, 422, "requested_amount"),
    ({"requested_amount": {"amount": "-5"}}, 422, "requested_amount"),
    ({"requested_amount": {"amount": "NaN"}}, 422, "requested_amount"),
    ({"requested_amount": {"amount": "1.001"}}, 422, "requested_amount"),
    ({"requested_amount": 500000}, 422, "requested_amount"),
    ({"term_months": "12"}, 422, "term_months"),
    ({"term_months": 0}, 422, "term_months"),
    ({"purpose": "gambling"}, 422, "purpose"),
    ({"status": "approved"}, 422, "status"),
    ({"other_exposure": {"amount": "0"}}, 422, "other_exposure"),
    ({"company": COMPANY_FACTS | {"revenue_growth_forecast_percent": 5.5}}, 422,
     "company.revenue_growth_forecast_percent"),
    ({"company": COMPANY_FACTS | {"industry": "Manufacturing; drop"}}, 422, "company.industry"),
    ({"company": COMPANY_FACTS | {"industry": "real_estates"}}, 422, "company.industry"),
    ({"collateral": [{"collateral_class": "residence", "value": {"amount": "1"}}]}, 422,
     "collateral.0.collateral_class"),
    ({"evidence": [{"kind": "promise", "amount": {"amount": "1"}}]}, 422, "evidence.0.kind"),
    ({"group_exposure": {"amount": "-1"}}, 422, "group_exposure"),
    ({"company": COMPANY_FACTS | {"latest": COMPANY_FACTS["latest"] | {"inventory": {"amount": "-1"}}}}, 422,
     "company.latest.inventory"),
    ({"company": COMPANY_FACTS | {"latest": COMPANY_FACTS["latest"] | {"equity": {"amount": "1"}}}}, 409,
     "company.latest.total_assets"),
    ({"company": COMPANY_FACTS | {"latest": COMPANY_FACTS["latest"] | {"net_profit": {"amount": "9000000000"}}}}, 409,
     "company.latest.net_profit"),
    ({"company": COMPANY_FACTS | {"latest": COMPANY_FACTS["latest"] | {"year": 2199},
                                  "previous": COMPANY_FACTS["previous"] | {"year": 2198}}}, 409, "company.latest.year"),
]  # fmt: skip


async def test_a_wrong_application_is_refused_by_field_and_rule_and_leaves_nothing(bank: Bank) -> None:
    borrower_id = await bank.registered()
    for other, status, field in WRONG_APPLICATIONS:
        answer = await bank.post("/v1/applications", application(borrower_id, **other))
        assert answer.status_code == status, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == [field]
        assert answer.headers["content-type"] == "application/problem+json"
    await bank.caught_up()
    assert (await bank.get("/v1/applications")).json()["items"] == []


async def test_what_the_loan_would_pay_and_what_the_group_owes_is_kept_and_shown(bank: Bank) -> None:
    shown = {"kind": "invoice", "amount": {"amount": "200000.00"}, "financed": {"amount": "50000.00"}}
    body = application(await bank.registered(), evidence=[shown], group_exposure={"amount": "1000000.00"})
    kept = (await bank.get((await bank.post("/v1/applications", body)).headers["location"])).json()
    assert [one["financed"]["amount"] for one in kept["evidence"]] == ["50000.00"]
    assert kept["group_exposure"]["amount"] == "1000000.00"


async def test_every_branch_may_take_in_an_application_of_a_known_borrower_and_a_partner_of_its_own(bank: Bank) -> None:
    borrower_id = await bank.registered()
    unknown = await bank.post("/v1/applications", application(str(uuid4())))
    elsewhere = await bank.post("/v1/applications", application(borrower_id), who="zhao", branch="BJ")
    of_partner = await bank.post("/v1/applications", application(borrower_id), who="rival", roles="partner")
    assert (unknown.status_code, elsewhere.status_code, of_partner.status_code) == (404, 201, 404)


async def test_a_persons_age_is_that_of_his_identity_number(bank: Bank) -> None:
    borrower_id = await bank.registered(person=PERSON_PARTICULARS)
    body = application(borrower_id, product_code="personal-business", company=None, person=PERSON_FACTS)
    answer = await bank.post("/v1/applications", body)
    assert answer.status_code == 201, answer.text
    assert (await bank.get(answer.headers["location"])).json()["person"]["age"] == 76
    company = await bank.post("/v1/applications", application(borrower_id))
    assert company.json()["errors"][0]["rule"] == "product_of_other_segment"


async def test_what_was_granted_before_counts_towards_the_automatic_cap(bank: Bank) -> None:
    first = await bank.submitted(requested_amount=money("600000.00"))
    await bank.caught_up()
    second = await bank.submitted()
    assert (await bank.get(f"/v1/applications/{second}")).json()["other_exposure"]["amount"] == "600000.00"
    await bank.assess(first)
    await bank.assess(second)
    assert (await bank.get(f"/v1/applications/{first}")).json()["status"] == "offered"
    review = (await bank.get(f"/v1/applications/{second}")).json()["review"]
    assert review["causes"] == ["above_automatic_cap"]


async def test_an_application_is_read_now_and_as_of_a_day_with_its_history(bank: Bank) -> None:
    application_id = await bank.offered()
    place = f"/v1/applications/{application_id}"
    now = await bank.get(place)
    assert (now.json()["status"], now.headers["etag"]) == ("offered", '"4"')
    assert (await bank.get(place, as_of="2026-03-01")).status_code == 404
    history = (await bank.get(f"{place}/history")).json()["items"]
    assert [entry["what"] for entry in history] == [
        "ApplicationSubmitted",
        "AssessmentRecorded",
        "ApplicationApproved",
        "OfferMade",
    ]
    assert [entry["actor"] for entry in history] == ["chen", *["system:application"] * 3]
    assert history[0]["facts"]["requested_amount"] == {"currency": "CNY", "amount": "500000.00"}


async def test_applications_are_listed_by_status_and_page_by_page(bank: Bank) -> None:
    for _ in range(3):
        await bank.submitted()
    withdrawn = await bank.submitted()
    await bank.post(f"/v1/applications/{withdrawn}/withdraw", {"reason": "other"})
    await bank.caught_up()
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2, "status": "submitted"}
    while True:
        page = (await bank.get("/v1/applications", **params)).json()
        seen += [row["application_id"] for row in page["items"]]
        if page["next"] is None:
            break
        params["after"] = page["next"]
    assert len(seen) == len(set(seen)) == 3
    assert withdrawn not in seen
    assert (await bank.get("/v1/applications", branch="BJ")).json()["items"] == []


async def test_a_cursor_that_no_page_gave_out_is_refused(bank: Bank) -> None:
    for path in ("/v1/applications", "/v1/borrowers", "/v1/reviews", "/v1/contracts"):
        for cursor in ("W10", "WyJhIiwiYiJd", "%%%"):
            answer = await bank.get(path, after=cursor)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")


async def test_a_partner_sees_only_what_its_own_client_brought_in_and_never_the_review(bank: Bank) -> None:
    theirs = await bank.post("/v1/borrowers", {"person": PERSON_PARTICULARS}, who="portal", roles="partner")
    body = application(
        theirs.json()["borrower_id"], product_code="personal-business", company=None, person=PERSON_FACTS
    )
    answer = await bank.post("/v1/applications", body, who="portal", roles="partner")
    place = answer.headers["location"]
    await bank.assess(answer.json()["application_id"], outcome="refer")
    own = await bank.get(place, who="portal", roles="partner")
    assert (own.status_code, own.json()["status"], own.json()["review"]) == (200, "in_review", None)
    assert own.json()["other_exposure"] is None
    assert own.json()["group_exposure"] is None
    assert (await bank.get(theirs.headers["location"], who="portal", roles="partner")).json()["name"] == "李*"
    for path in (place, theirs.headers["location"], f"{place}/offer"):
        assert (await bank.get(path, who="rival", roles="partner")).status_code == 404
    for path in ("/v1/applications", "/v1/borrowers", f"{place}/history"):
        assert (await bank.get(path, who="portal", roles="partner")).status_code == 403
