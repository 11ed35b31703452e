"""A part repaid early over HTTP: previewed, done once, accrued from then on, settled, and put right."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tests.repayment.bank import Bank, disbursed
from tests.repayment.builders import FIRST_DUE, LOAN, MATURITY, SECOND_DUE
from tests.repayment.test_routes import PATH, balances, cny

pytestmark = pytest.mark.integration
MID = date(2026, 2, 20)
EARLY = f"{PATH}/prepayments"


@pytest.fixture
async def paid(bank: Bank) -> Bank:
    """The first instalment is paid, and ten days of the second have gone by."""
    await bank.hear(disbursed())
    await bank.close_until(FIRST_DUE)
    await bank.repay("620.00")
    await bank.close_until(MID)
    return bank


def ask(amount: str, keeps: str = "term", **more: Any) -> dict[str, Any]:
    return {"receipt_id": str(uuid4()), "amount": {"amount": amount}, "keeps": keeps, **more}


async def test_a_preview_shows_both_schedules_and_writes_nothing(paid: Bank) -> None:
    before = (await paid.get(f"{PATH}/schedule")).json()
    shown = await paid.post(EARLY, ask("40000.00"), dry_run=True)
    assert shown.status_code == 200, shown.text
    body = shown.json()
    assert (body["interest_saved"], body["fee"]) == (cny("392.00"), cny("0.00"))
    assert body["before"]["schedule"] == before
    assert [row["interest"] for row in body["after"]["schedule"]["items"]] == [
        cny("620.00"), cny("0.00"), cny("416.00"), cny("372.00"),
    ]  # fmt: skip
    assert body["after"]["outstanding"] == cny("60000.00")
    assert (await paid.get(f"{PATH}/schedule")).json() == before
    assert len((await paid.get(f"{PATH}/schedules")).json()["items"]) == 1


async def test_a_part_is_repaid_early_once_and_the_nights_and_the_books_follow(paid: Bank) -> None:
    body = ask("40000.00")
    done = await paid.post(EARLY, body, key="a")
    assert done.status_code == 201, done.text
    assert (done.json()["receipt"]["principal"], done.json()["receipt"]["unallocated"]) == (
        cny("40000.00"),
        cny("0.00"),
    )
    assert (await paid.post(EARLY, body, key="a")).content == done.content
    again = await paid.post(EARLY, body, key="b")
    assert (again.status_code, again.json()["fee"]) == (201, None)
    other = await paid.post(EARLY, body | {"amount": {"amount": "40000.01"}})
    assert (other.status_code, other.json()["type"]) == (409, "urn:liudai:problem:receipt-used")
    versions = (await paid.get(f"{PATH}/schedules")).json()["items"]
    assert [one["cause"] for one in versions] == ["booked", "partial_early_repayment"]
    for due_on, amount in ((SECOND_DUE, "416.00"), (MATURITY, "60372.00")):
        await paid.close_until(due_on)
        assert (await paid.repay(amount)).status_code == 201
    await paid.engine.caught_up()
    [row] = (await paid.get("/v1/loans", status="settled")).json()["items"]
    assert row["loan_id"] == str(LOAN)
    left = await balances(paid)
    assert (left["应收利息"], left["贷款—本金"]) == ("0.00", "0.00")
    assert left["吸收存款—借款人"] == "1408.00"  # 620, 416 and 372
    checked = (await paid.get("/v1/sub-ledger/check", roles="auditor")).json()
    assert checked["agrees"] is True, checked


async def test_a_shorter_term_shows_in_the_list_and_goes_when_the_receipt_is_reversed(bank: Bank) -> None:
    await bank.hear(disbursed(method="equal_instalments", term_months=6, day_count="30/360"))
    await bank.close_until(date(2026, 1, 25))
    body = ask("40000.00", "instalment")
    done = await bank.post(EARLY, body)
    assert done.status_code == 201, done.text
    assert (done.json()["before"]["maturity_on"], done.json()["after"]["maturity_on"]) == ("2026-07-10", "2026-05-10")
    await bank.engine.caught_up()
    [row] = (await bank.get("/v1/loans")).json()["items"]
    assert row["maturity_on"] == "2026-05-10"
    asked = {"receipt_id": body["receipt_id"], "because": "another borrower's money"}
    proposed = await bank.post(f"{PATH}/reversals", asked, roles="cashier", who="chen")
    assert proposed.status_code == 201, proposed.text
    path = f"{PATH}/reversals/{proposed.json()['proposal_id']}/approval"
    approved = await bank.post(path, {}, roles="approver", who="wang")
    assert approved.status_code in {200, 201}, approved.text
    await bank.engine.caught_up()
    [row] = (await bank.get("/v1/loans")).json()["items"]
    assert (row["maturity_on"], row["outstanding"]) == ("2026-07-10", cny("100000.00"))
    assert (await bank.get(PATH)).json()["maturity_on"] == "2026-07-10"
    await bank.close_until(date(2026, 2, 11))
    await bank.engine.caught_up()
    assert (await bank.get("/v1/sub-ledger/check", roles="auditor")).json()["agrees"] is True


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (ask("0.00"), 422, "amount"),
        (ask("-1.00"), 422, "amount"),
        (ask("1000.001"), 422, "amount"),
        (ask("1000.00", "neither"), 422, "keeps"),
        (ask("1000.00", received_on="soon"), 422, "received_on"),
        (ask("999.99"), 409, "amount"),
        (ask("100000.00"), 409, "amount"),
        (ask("5000.00", received_on="2027-01-01"), 409, "received_on"),
        (ask("5000.00", received_on="2026-02-09"), 409, "received_on"),
    ],
)
async def test_bad_input_is_a_problem_that_names_the_field(paid: Bank, body: Any, status: int, field: str) -> None:
    answer = await paid.post(EARLY, body)
    assert answer.status_code == status, answer.text
    assert field in str(answer.json()["errors"][0]["field"])
