"""Reversal and refund over HTTP: two people, the books compensated, the read models and the neighbours told."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.collection.subscriptions import age_case
from services.risk.subscriptions.loans import measure_unpaid_loan
from shared.contracts.repayment import RepaymentReversed
from tests.repayment.bank import Bank, disbursed
from tests.repayment.builders import FIRST_DUE, LOAN, MATURITY, RECEIPT, SECOND_DUE, age, book, repay
from tests.repayment.test_messages import announced
from tests.repayment.test_receiving import balance
from tests.repayment.test_reversals import Life

PATH = f"/v1/loans/{LOAN}"


@pytest.fixture
async def bank(bank: Bank) -> Bank:
    """The bank with one loan, on its first due date."""
    await bank.hear(disbursed())
    await bank.close_until(FIRST_DUE)
    return bank


async def propose(bank: Bank, receipt: UUID) -> str:
    answer = await bank.post(f"{PATH}/reversals", {"receipt_id": str(receipt), "because": "mistyped"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["proposal_id"])


async def approve(bank: Bank, kind: str, proposal: str, *, who: str = "wang", **params: Any) -> httpx.Response:
    return await bank.post(f"{PATH}/{kind}/{proposal}/approval", who=who, roles="approver", **params)


async def rows_agree(bank: Bank) -> None:
    """What the read models say is what the account says, and the sub-ledger is the general ledger."""
    await bank.engine.caught_up()
    loan = (await bank.get(PATH)).json()
    [row] = (await bank.get("/v1/loans")).json()["items"]
    for field in ("outstanding", "credit", "claim", "status", "provision"):
        assert row[field] == loan[field], field
    check = (await bank.get("/v1/sub-ledger/check")).json()
    assert (check["agrees"], check["complete"]) == (True, True), check


async def test_a_mistyped_receipt_is_taken_back_by_two_and_the_books_are_as_before(bank: Bank) -> None:
    receipt = uuid4()
    await bank.repay("6200.00", receipt_id=str(receipt))
    proposal = await propose(bank, receipt)
    [pending] = (await bank.get(f"{PATH}/corrections")).json()["pending"]
    assert (pending["proposal_id"], pending["kind"], pending["proposed_by"]) == (proposal, "reversal", "chen")
    alone = await approve(bank, "reversals", proposal, who="chen")
    assert (alone.status_code, alone.json()["type"]) == (409, "urn:liudai:problem:same-person")
    tried = (await approve(bank, "reversals", proposal, dry_run="true")).json()
    assert (await bank.get(PATH)).json()["credit"]["amount"] == "5580.00"
    done = (await approve(bank, "reversals", proposal)).json()
    assert tried == done
    assert (done["state"], done["differences"]["interest"]["amount"]) == ("done", "-620.00")
    assert (done["credit"]["amount"], done["outstanding"]["amount"]) == ("0.00", "100000.00")
    await rows_agree(bank)
    assert await balance(bank, "其他应付款—还款暂收") == "0.00"
    assert (await bank.get(f"{PATH}/corrections")).json()["reversed"] == {str(receipt): FIRST_DUE.isoformat()}
    again = await bank.repay("6200.00", receipt_id=str(receipt))
    assert again.json()["errors"][0]["rule"] == "receipt_reversed"
    assert (await bank.repay("620.00")).json()["interest"]["amount"] == "620.00"


async def test_a_settled_loan_is_open_again_and_the_next_night_accrues_it(bank: Bank) -> None:
    await bank.repay("620.00")
    await bank.close_until(SECOND_DUE)
    await bank.repay("560.00")
    await bank.close_until(MATURITY)
    receipt = uuid4()
    assert (await bank.repay("100620.00", receipt_id=str(receipt))).json()["status"] == "settled"
    await bank.close_until(date(2026, 4, 13))
    done = (await approve(bank, "reversals", await propose(bank, receipt))).json()
    assert (done["status"], done["days_past_due"], done["outstanding"]["amount"]) == ("open", 3, "100000.00")
    await rows_agree(bank)
    await bank.close_until(date(2026, 4, 14))
    await rows_agree(bank)
    nights = (await bank.get("/v1/accruals", loan_id=str(LOAN))).json()["items"]
    assert (nights[0]["accrued_on"], nights[0]["penalty"]["amount"]) == ("2026-04-13", "120.74")


async def test_what_a_settled_loan_holds_is_refunded_by_two(bank: Bank) -> None:
    await bank.repay("620.00")
    await bank.close_until(SECOND_DUE)
    await bank.repay("560.00")
    await bank.close_until(MATURITY)
    await bank.repay("101000.00")
    body = {"amount": {"amount": "380.00"}, "because": "overpaid"}
    proposal = (await bank.post(f"{PATH}/refunds", body)).json()["proposal_id"]
    done = (await approve(bank, "refunds", proposal)).json()
    assert (done["kind"], done["state"], done["credit"]["amount"]) == ("refund", "done", "0.00")
    await rows_agree(bank)
    more = await bank.post(f"{PATH}/refunds", body)
    assert more.json()["errors"][0]["rule"] == "refund_exceeds_credit"


async def test_a_declined_proposal_is_off_the_desk(bank: Bank) -> None:
    receipt = uuid4()
    await bank.repay("620.00", receipt_id=str(receipt))
    proposal = await propose(bank, receipt)
    answer = await bank.post(f"{PATH}/corrections/{proposal}/decline", {"because": "it is right"})
    assert (answer.json()["state"], answer.json()["because"]) == ("declined", "it is right")
    assert (await approve(bank, "reversals", proposal)).status_code == 409


def test_collection_and_risk_hear_of_a_loan_that_is_behind_again() -> None:
    life = Life().do(book(), age(FIRST_DUE), repay(620, FIRST_DUE))
    fact = life.reverse(RECEIPT, date(2026, 2, 15))
    message = announced(fact)
    assert isinstance(message, RepaymentReversed)
    case = age_case(message)
    assert case is not None
    assert (case.days_past_due, case.overdue, case.as_of) == (
        5,
        message.overdue_interest + message.overdue_penalty,
        date(2026, 2, 15),
    )
    assert measure_unpaid_loan(message).days_past_due == 5
