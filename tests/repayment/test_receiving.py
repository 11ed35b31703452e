"""Receipts of the core system over HTTP: to a loan, into suspense, back to the payer, and files of them."""

import asyncio
import io
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from openpyxl import Workbook

from tests.repayment.bank import Bank, disbursed
from tests.repayment.builders import BORROWER, FIRST_DUE, LOAN, SECOND_DUE

OTHER = UUID("10000000-0000-0000-0000-000000000002")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
async def bank(bank: Bank) -> Bank:
    """The bank with one loan, on its first due date."""
    await bank.hear(disbursed())
    await bank.close_until(FIRST_DUE)
    return bank


async def take(bank: Bank, reference: str, amount: str = "620.00", **fields: Any) -> httpx.Response:
    params = {"dry_run": "true"} if fields.pop("dry_run", False) else {}
    return await bank.post("/v1/receipts", {"reference": reference, "amount": {"amount": amount}} | fields, **params)


async def send(bank: Bank, content: bytes, kind: str = "text/csv", name: str = "a.csv") -> httpx.Response:
    headers = bank.bearer() | {"Idempotency-Key": str(uuid4()), "Content-Type": kind}
    return await bank.client.post("/v1/receipt-files", content=content, params={"name": name}, headers=headers)


async def balance(bank: Bank, account: str) -> str:
    await bank.engine.caught_up()
    [currency] = (await bank.get("/v1/trial-balance")).json()["currencies"]
    assert currency["difference"]["amount"] == "0.00"
    found = [one["balance"]["amount"] for one in currency["accounts"] if one["account_name"] == account]
    return str(found[0]) if found else "0.00"


async def credit_of(bank: Bank, loan_id: UUID = LOAN) -> str:
    return str((await bank.get(f"/v1/loans/{loan_id}")).json()["credit"]["amount"])


async def test_a_receipt_goes_to_the_loan_it_names_once(bank: Bank) -> None:
    first = await take(bank, "HX-1", loan_id=str(LOAN))
    assert first.status_code == 200, first.text
    assert (first.json()["state"], first.json()["loan_id"]) == ("applied", str(LOAN))
    again = await take(bank, "HX-1", loan_id=str(LOAN))
    assert again.json() == first.json()
    rows = (await bank.get(f"/v1/loans/{LOAN}/schedule")).json()["items"]
    assert (rows[0]["status"], await credit_of(bank)) == ("paid", "0.00")


async def test_a_reference_that_was_used_is_refused_naming_the_earlier_receipt(bank: Bank) -> None:
    await bank.hear(disbursed(loan_id=OTHER))
    await take(bank, "HX-1", loan_id=str(LOAN))
    refused = await take(bank, "HX-1", "100.00", loan_id=str(OTHER))
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["rule"] == "receipt_used"
    assert str(LOAN) in refused.json()["detail"]


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        pytest.param({}, "no_loan_named", id="only a payer"),
        pytest.param({"loan_id": str(OTHER)}, "loan_unknown", id="a loan that is not there"),
        pytest.param({"borrower_id": str(uuid4())}, "no_open_loan", id="a borrower without a loan"),
        pytest.param(
            {"loan_id": str(LOAN), "received_on": "2026-01-09"}, "received_before_last_event", id="dated back"
        ),
    ],
)
async def test_what_no_loan_can_take_waits_in_suspense(bank: Bank, named: Any, reason: str) -> None:
    told = (await take(bank, "HX-1", payer_reference="6222", **named)).json()
    assert (told["state"], told["reason"]) == ("suspended", reason)
    assert await balance(bank, "其他应付款—待查暂收") == "-620.00"
    [waiting] = (await bank.get("/v1/suspense")).json()["items"]
    assert (waiting["reference"], waiting["payer_reference"]) == ("HX-1", "6222")


async def test_a_borrowers_one_open_loan_is_found_and_of_two_none_is_guessed(bank: Bank) -> None:
    assert (await take(bank, "HX-1", borrower_id=str(BORROWER))).json()["loan_id"] == str(LOAN)
    await bank.hear(disbursed(loan_id=OTHER))
    await bank.engine.caught_up()
    assert (await take(bank, "HX-2", borrower_id=str(BORROWER))).json()["reason"] == "several_loans"


async def test_one_person_matches_a_small_amount_and_two_a_large_one(bank: Bank) -> None:
    small = (await take(bank, "HX-1")).json()["receipt_id"]
    matched = await bank.post(f"/v1/suspense/{small}/match", {"loan_id": str(LOAN)})
    assert (matched.json()["state"], matched.json()["loan_id"]) == ("applied", str(LOAN))
    large = (await take(bank, "HX-2", "50000.01")).json()["receipt_id"]
    alone = await bank.post(f"/v1/suspense/{large}/match", {"loan_id": str(LOAN)})
    assert alone.json()["errors"][0]["rule"] == "second_person_needed"
    body = {"loan_id": str(LOAN), "because": "the payer called"}
    assert (await bank.post(f"/v1/suspense/{large}/proposal", body)).json()["proposed"] == "match"
    same = await bank.post(f"/v1/suspense/{large}/match", {"loan_id": str(LOAN)})
    assert (same.status_code, same.json()["type"]) == (409, "urn:liudai:problem:same-person")
    done = await bank.post(f"/v1/suspense/{large}/match", {"loan_id": str(LOAN)}, who="wang", roles="approver")
    assert done.json()["state"] == "applied"
    assert await balance(bank, "其他应付款—待查暂收") == "0.00"
    assert await credit_of(bank) == "50000.01"


async def test_a_match_that_the_loan_refuses_leaves_the_money_in_suspense(bank: Bank) -> None:
    receipt = (await take(bank, "HX-1")).json()["receipt_id"]
    refused = await bank.post(f"/v1/suspense/{receipt}/match", {"loan_id": str(OTHER)})
    assert refused.json()["errors"][0]["rule"] == "loan_unknown"
    assert (await bank.get(f"/v1/receipts/{receipt}")).json()["state"] == "suspended"


async def test_money_goes_back_to_its_payer_upon_the_word_of_two(bank: Bank) -> None:
    receipt = (await take(bank, "HX-1")).json()["receipt_id"]
    early = await bank.post(f"/v1/suspense/{receipt}/return", who="wang", roles="approver")
    assert early.status_code == 409
    await bank.post(f"/v1/suspense/{receipt}/proposal", {"because": "paid twice"})
    declined = await bank.post(f"/v1/suspense/{receipt}/decline", {"because": "no"}, who="wang", roles="approver")
    assert declined.json()["proposed"] is None
    await bank.post(f"/v1/suspense/{receipt}/proposal", {"because": "paid twice"})
    back = await bank.post(f"/v1/suspense/{receipt}/return", who="wang", roles="approver")
    assert back.json()["state"] == "returned"
    assert back.json()["instruction_id"]
    assert await balance(bank, "其他应付款—待查暂收") == "0.00"


async def test_a_trial_writes_nothing(bank: Bank) -> None:
    tried = await take(bank, "HX-1", loan_id=str(LOAN), dry_run=True)
    assert (tried.json()["state"], tried.headers["dry-run"]) == ("applied", "true")
    assert (await bank.get(f"/v1/receipts/{tried.json()['receipt_id']}")).status_code == 404


async def done(bank: Bank, file_id: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while not (told := (await bank.get(f"/v1/receipt-files/{file_id}")).json())["done"]:
            await asyncio.sleep(0.05)
    return dict(told)


async def test_of_a_corrupt_file_every_bad_row_is_named_and_the_good_are_applied_once(bank: Bank) -> None:
    content = (
        "reference,amount,received_on,loan_id,payer_reference\n"
        f"HX-1,620.00,{FIRST_DUE},{LOAN},\n"
        f"HX-2,0,{FIRST_DUE},{LOAN},\n"
        f"HX-3,-5,{FIRST_DUE},{LOAN},\n"
        f"HX-4,1.005,{FIRST_DUE},{LOAN},\n"
        f"HX-5,12.00,2026-13-01,{LOAN},\n"
        f"HX-6,12.00,{SECOND_DUE},{LOAN},\n"
        f"=cmd(),12.00,{FIRST_DUE},{LOAN},\n"
        f"HX-1,620.00,{FIRST_DUE},{LOAN},\n"
        f"HX-8,12.00,{FIRST_DUE},not-an-id,\n"
        f",12.00,{FIRST_DUE},{LOAN},\n"
        f"HX-9,30.00,{FIRST_DUE},,6222\n"
    ).encode()
    taken = await send(bank, content)
    assert taken.status_code == 202, taken.text
    told = await done(bank, taken.json()["file_id"])
    assert [(bad["line"], bad["field"], bad["rule"]) for bad in told["bad"]] == [
        (3, "amount", "amount_not_positive"),
        (4, "amount", "amount_not_positive"),
        (5, "amount", "decimal_places"),
        (6, "received_on", "date"),
        (7, "received_on", "received_in_future"),
        (8, "reference", "formula"),
        (9, "reference", "receipt_used"),
        (10, "loan_id", "uuid"),
        (11, "reference", "missing"),
    ]
    assert (told["rows"], told["applied"], told["suspended"], told["refused"]) == (2, 1, 1, 0)
    again = await send(bank, content, name="another name.csv")
    assert (again.json()["file_id"], await done(bank, again.json()["file_id"])) == (told["file_id"], told)
    assert await balance(bank, "其他应付款—待查暂收") == "-30.00"


async def test_a_row_whose_reference_was_used_before_is_named_when_it_is_posted(bank: Bank) -> None:
    await take(bank, "HX-1", loan_id=str(LOAN))
    content = f"reference,amount,received_on\nHX-1,1.00,{FIRST_DUE}\nHX-2,2.00,{FIRST_DUE}\n".encode()
    told = await done(bank, (await send(bank, content)).json()["file_id"])
    assert [(bad["line"], bad["rule"]) for bad in told["bad"]] == [(2, "receipt_used")]
    assert (told["suspended"], told["refused"]) == (1, 1)


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


async def test_a_spreadsheet_is_read_and_its_formulas_are_refused(bank: Bank) -> None:
    content = workbook(
        ("reference", "amount", "received_on", "loan_id"),
        ("HX-1", 620, date(2026, 2, 10), str(LOAN)),
        ("HX-2", "=620/2", date(2026, 2, 10), str(LOAN)),
        ("HX-3", 0.1, "2026-02-10", str(LOAN)),
    )
    told = await done(bank, (await send(bank, content, XLSX)).json()["file_id"])
    assert [(bad["line"], bad["field"], bad["rule"]) for bad in told["bad"]] == [(3, "amount", "formula")]
    assert (told["applied"], await credit_of(bank)) == (2, "0.10")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        pytest.param(b"", "columns_differ", id="empty"),
        pytest.param(b"a,b\n1,2\n", "columns_differ", id="other columns"),
        pytest.param(b"reference,amount,received_on\n\xff\xff,1,1\n", "file_corrupt", id="no text"),
        pytest.param(b'reference,amount,received_on\n"HX', "file_corrupt", id="an open quote"),
        pytest.param(b"PK\x03\x04 no workbook", "file_corrupt", id="no workbook"),
        pytest.param(workbook(("reference",))[:500], "file_corrupt", id="half a workbook"),
    ],
)
async def test_what_is_no_table_of_receipts_is_refused_as_a_whole(bank: Bank, content: bytes, rule: str) -> None:
    refused = await send(bank, content)
    assert refused.status_code == 409, refused.text
    assert [(error["field"], error["rule"]) for error in refused.json()["errors"]] == [("file", rule)]
