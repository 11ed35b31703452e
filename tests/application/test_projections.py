"""The read models of application, rebuilt from the log, equal the live ones; and nobody is named at rest."""

from datetime import date
from typing import Any
from uuid import UUID

from services.application.main import service
from shared.contracts import disbursement
from shared.database import connect
from tests.application.bank import PERSON_FACTS, PERSON_PARTICULARS, Bank, application
from tests.application.builders import KNOCKED_OUT, LOAN, TODAY, yuan

OPINION = "ask the neighbours of old Li"


async def live_a_little(bank: Bank) -> None:
    """A contract with a loan, an offer that expires, an application in each step of review, a refusal, a withdrawal."""
    application_id, contract_id = await bank.signed()
    await bank.offered()
    await bank.new_day(date(2026, 3, 17))
    await bank.hear(
        disbursement.DisbursementFailed(
            loan_id=LOAN,
            contract_id=UUID(contract_id),
            application_id=UUID(application_id),
            amount=yuan(1),
            reason="account_closed",
            failed_on=TODAY,
        )
    )
    borrower_id = await bank.registered(person=PERSON_PARTICULARS)
    body = application(borrower_id, product_code="personal-business", company=None, person=PERSON_FACTS)
    declined = (await bank.post("/v1/applications", body)).json()["application_id"]
    await bank.assess(declined, outcome="decline", reasons=(KNOCKED_OUT,))
    await bank.post(f"/v1/applications/{declined}/review-request")
    for step in range(4):
        referred = await bank.submitted()
        await bank.assess(referred, outcome="refer")
        place = f"/v1/applications/{referred}"
        opinion = {"recommendation": "approve", "opinion": OPINION}
        if step > 0:
            await bank.post(f"{place}/recommendation", opinion, who="li", roles="reviewer")
        if step > 1:
            returned = {"decision": "return", "note": OPINION}
            await bank.post(f"{place}/decision", returned, who="wang", roles="approver")
        if step > 2:
            await bank.post(f"{place}/withdraw", {"reason": "other"})
    await bank.caught_up()


async def test_rebuilt_read_models_equal_the_live_ones_row_for_row(bank: Bank) -> None:
    await live_a_little(bank)
    for projection in service.projections:
        differences = await bank.rebuild(projection)
        assert [(one.only_live, one.only_rebuilt) for one in differences] == [(0, 0)] * len(differences)
        assert all(one.live_rows for one in differences if one.table != "open_offers")
    await bank.submitted()
    await bank.caught_up()
    statuses = [row["status"] for row in (await bank.get("/v1/applications")).json()["items"]]
    assert sorted(statuses) == [
        "disbursement_failed",
        "in_review",
        "in_review",
        "in_review",
        "offer_expired",
        "recommended",
        "submitted",
        "withdrawn",
    ]
    assert [row["step"] for row in (await bank.get("/v1/reviews")).json()["items"]].count("decision") == 1


async def test_no_name_number_or_opinion_stands_in_the_database_in_plain_text(bank: Bank) -> None:
    await live_a_little(bank)
    reader: Any = await connect(bank.database_url, service.name)
    try:
        rows = dict.fromkeys(("events", "borrowers", "applications", "reviews", "parked"), "t::text")
        for table, text in (rows | {"idempotency": "convert_from(body, 'utf8')"}).items():
            everything = await reader.fetchval(f"select coalesce(string_agg({text}, ' '), '') from {table} t")
            for secret in ("李四", "张三丰", "11010519491231002X", "13800138000", "13900139000", OPINION):
                assert secret not in everything, (table, secret)
    finally:
        await reader.close()
