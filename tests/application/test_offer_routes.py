"""Offers and contracts over HTTP, on a real database, and what an officer then sees of the loan."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.application.domain.loan_application import loan_application
from services.application.queries import offers_past
from shared.contracts import disbursement, repayment
from shared.event_store import NewEvent
from tests.application.bank import Bank, money
from tests.application.builders import LOAN, TODAY, settled, yuan


async def test_an_offer_is_accepted_and_signed_once_its_cost_is_confirmed(bank: Bank) -> None:
    application_id = await bank.offered()
    place = f"/v1/applications/{application_id}"
    assert (await bank.get(f"{place}/contract")).status_code == 404
    offer = (await bank.get(f"{place}/offer")).json()
    assert (offer["valid_until"], offer["cost_statement"]["annualised_rate_percent"]) == ("2026-03-16", "4.44")
    assert offer["cost_statement"]["charges"] == [
        {"code": "interest", "payee": "lender", "amount": {"currency": "CNY", "amount": "11859.41"}}
    ]
    accepted = await bank.post(f"{place}/offer/accept")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    wrong = await bank.post(f"{place}/contract", {"confirmed_annualised_rate_percent": "4.35"})
    assert (wrong.status_code, wrong.json()["errors"][0]["rule"]) == (409, "cost_statement_not_confirmed")
    signed = await bank.post(f"{place}/contract", {"confirmed_annualised_rate_percent": "4.44"})
    assert (signed.status_code, signed.headers["location"]) == (201, f"{place}/contract")
    assert (signed.json()["new_relation"], signed.json()["available_until"]) == (True, "2026-09-02")
    assert (await bank.get(signed.headers["location"])).json() == signed.json()
    await bank.caught_up()
    by_id = await bank.get(f"/v1/contracts/{signed.json()['contract_id']}")
    assert by_id.json() == signed.json()
    assert (await bank.get(f"/v1/contracts/{uuid4()}")).status_code == 404


async def test_an_offer_expires_when_the_business_date_has_passed_it(bank: Bank) -> None:
    application_id = await bank.offered()
    place = f"/v1/applications/{application_id}"
    await bank.new_day(date(2026, 3, 16))
    assert (await bank.get(place)).json()["status"] == "offered"
    await bank.new_day(date(2026, 3, 17))
    assert (await bank.get(place)).json()["status"] == "offer_expired"
    late = await bank.post(f"{place}/offer/accept")
    assert (late.status_code, late.json()["type"]) == (409, "urn:liudai:problem:offer-expired")
    again = await bank.post("/v1/offers/expire", roles="operator")
    assert again.json() == {"business_date": "2026-03-17", "expired": 0}
    history = (await bank.get(f"{place}/history")).json()["items"]
    assert [entry["what"] for entry in history].count("OfferExpired") == 1


async def test_an_application_that_cannot_be_decided_does_not_keep_the_offers_of_others_open(bank: Bank) -> None:
    broken, sound = sorted([await bank.offered(), await bank.offered()])
    past = await bank.engine.store.read(loan_application.stream(UUID(broken)))
    last, no_loan_yet = past[-1], settled()
    await bank.engine.store.append([NewEvent(last.stream_id, last.version + 1, uuid4(), no_loan_yet, last.meta)])
    await bank.new_day(date(2026, 3, 17))
    assert (await bank.get(f"/v1/applications/{sound}")).json()["status"] == "offer_expired"
    await bank.caught_up()
    due = await offers_past(bank.engine.pool, date(2026, 3, 17), after=None, limit=2)
    assert [str(offer.application_id) for offer in due] == [broken]  # the next date tries again


async def test_an_officer_sees_what_became_of_the_loan(bank: Bank) -> None:
    application_id, contract_id = await bank.signed()
    loan: dict[str, Any] = {"loan_id": LOAN, "contract_id": contract_id, "application_id": application_id}
    await bank.hear(
        disbursement.DisbursementFailed(**loan, amount=yuan(200_000), reason="account_closed", failed_on=TODAY)
    )
    await bank.caught_up()
    assert [row["status"] for row in (await bank.get("/v1/contracts")).json()["items"]] == ["disbursement_failed"]
    loan["loan_id"] = uuid4()
    borrower_id = (await bank.get(f"/v1/applications/{application_id}")).json()["borrower_id"]
    await bank.hear(repayment.LoanSettled(**loan, borrower_id=borrower_id, settled_on=TODAY, early=True))
    contract = (await bank.get(f"/v1/applications/{application_id}/contract")).json()
    assert contract["status"] == "settled"
    assert {one["status"] for one in contract["loans"]} == {"failed", "settled"}
    await bank.caught_up()
    assert len((await bank.get("/v1/applications", status="settled")).json()["items"]) == 1


async def test_a_second_contract_of_a_borrower_is_no_new_relation(bank: Bank) -> None:
    await bank.signed()
    await bank.caught_up()
    application_id = await bank.submitted(requested_amount=money("100000.00"))
    await bank.assess(application_id)
    place = f"/v1/applications/{application_id}"
    await bank.post(f"{place}/offer/accept")
    second = await bank.post(f"{place}/contract", {"confirmed_annualised_rate_percent": "4.44"})
    assert second.json()["new_relation"] is False
