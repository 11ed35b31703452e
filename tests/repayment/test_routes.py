"""Repayment over HTTP, on a real database: a loan's life, its numbers and where they come from."""

import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.repayment.bank import Bank, classified, disbursed, write_off_approved
from tests.repayment.builders import DRAWN_ON, FIRST_DUE, LOAN, MATURITY, SECOND_DUE

PATH = f"/v1/loans/{LOAN}"


def cny(amount: str) -> dict[str, str]:
    return {"currency": "CNY", "amount": amount}


@pytest.fixture
async def bank(bank: Bank) -> Bank:
    """The bank with one loan."""
    await bank.hear(disbursed())
    return bank


async def balances(bank: Bank, on: date | None = None) -> dict[str, str]:
    """Account name → balance, of a trial balance that is zero."""
    answer = (await bank.get("/v1/trial-balance", **({"on": on.isoformat()} if on else {}))).json()
    assert answer["balanced"] is True
    return {
        one["account_name"]: one["balance"]["amount"]
        for currency in answer["currencies"]
        for one in currency["accounts"]
    }


async def test_a_loan_is_repaid_on_time_and_settled(bank: Bank) -> None:
    for due_on, amount in ((FIRST_DUE, "620.00"), (SECOND_DUE, "560.00"), (MATURITY, "100620.00")):
        await bank.close_until(due_on)
        answer = await bank.repay(amount)
        assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "settled"
    await bank.engine.caught_up()
    assert await balances(bank) == {
        "应收利息": "0.00",
        "贷款—本金": "0.00",
        "吸收存款—借款人": "1800.00",
        "应交税费—增值税（销项税额）": "-101.70",  # 90 nights of 20.00, each with 1.13 of tax within
        "利息收入": "-1698.30",
    }
    rows = (await bank.get("/v1/loans", status="settled")).json()["items"]
    assert [(row["loan_id"], row["closed_on"]) for row in rows] == [(str(LOAN), "2026-04-10")]
    night = (await bank.get("/v1/business-date", roles="operator")).json()["last_night"]
    assert (night["closed_on"], night["opened_on"]) == ("2026-04-09", "2026-04-10")


async def test_a_receipt_answers_the_same_whoever_retries_it(bank: Bank) -> None:
    await bank.close_until(FIRST_DUE)
    body = {"receipt_id": str(uuid4()), "amount": {"amount": "1000.00"}}
    first = await bank.post(f"{PATH}/repayments", body, key="a")
    again = await bank.post(f"{PATH}/repayments", body, key="a")
    other = await bank.post(f"{PATH}/repayments", body, key="b")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.content == again.content == other.content
    assert (
        first.json() | {"interest": cny("620.00"), "unallocated": cny("380.00"), "credit": cny("380.00")}
        == first.json()
    )
    more = await bank.post(f"{PATH}/repayments", body | {"amount": {"amount": "1000.01"}})
    assert (more.status_code, more.json()["type"]) == (409, "urn:liudai:problem:receipt-used")


async def test_a_dry_run_shows_the_allocation_and_writes_nothing(bank: Bank) -> None:
    await bank.close_until(FIRST_DUE)
    body = {"receipt_id": str(uuid4()), "amount": {"amount": "620.00"}}
    shown = await bank.post(f"{PATH}/repayments", body, dry_run=True)
    assert shown.json()["interest"] == cny("620.00")
    assert (await bank.get(PATH)).json()["past_due"]["total"] == cny("0.00")
    assert (await bank.get(f"{PATH}/schedule")).json()["items"][0]["status"] == "billed"


async def test_an_overdue_loan_shows_what_is_past_due_and_is_cured(bank: Bank) -> None:
    on = date(2026, 2, 20)
    await bank.close_until(on)
    loan = (await bank.get(PATH)).json()
    assert loan["days_past_due"] == 10
    assert loan["past_due"]["total"] == cny("621.86")
    [row] = (await bank.get("/v1/loans", overdue=True)).json()["items"]
    assert (row["days_past_due"], row["overdue_interest"], row["next_due_on"]) == (10, cny("620.00"), "2026-03-10")
    await bank.repay("621.86")
    await bank.engine.caught_up()
    assert (await bank.get("/v1/loans", overdue=True)).json()["items"] == []
    assert (await bank.get(PATH)).json()["days_past_due"] == 0
    then = (await bank.get(PATH, as_of="2026-02-15")).json()
    assert (then["days_past_due"], then["on"]) == (5, "2026-02-15")


async def test_a_loan_is_paid_off_early_with_its_quote(bank: Bank) -> None:
    on = date(2026, 1, 20)
    await bank.close_until(on)
    quote = (await bank.get(f"{PATH}/payoff-quote")).json()
    assert (quote["on"], quote["amount"]) == ("2026-01-20", cny("100200.00"))
    wrong = await bank.post(f"{PATH}/payoff", {"receipt_id": str(uuid4()), "amount": cny("100200.01")})
    assert wrong.json()["errors"][0]["field"] == "amount"
    paid = await bank.post(f"{PATH}/payoff", {"receipt_id": str(uuid4()), "amount": quote["amount"]})
    assert (paid.status_code, paid.json()["status"]) == (201, "settled")
    late = await bank.repay("1.00")
    assert late.status_code == 409
    assert "return the money" in late.json()["detail"]
    assert (await bank.get(f"{PATH}/payoff-quote")).status_code == 409
    rows = (await bank.get(f"{PATH}/schedule")).json()["items"]
    assert [(row["due_on"], row["status"]) for row in rows] == [("2026-01-20", "paid")]


async def test_a_written_off_loan_leaves_the_books_and_is_recovered(bank: Bank) -> None:
    on = date(2026, 4, 20)
    await bank.close_until(on)
    await bank.hear(classified("loss", "100", on), on=on)
    await bank.hear(write_off_approved(on), on=on)
    assert (await bank.get(PATH)).json()["claim"] == cny("102121.58")
    refused = await bank.repay("100.00")
    assert refused.json()["type"] == "urn:liudai:problem:loan-written-off"
    body = {"receipt_id": str(uuid4()), "amount": {"amount": "5000.00"}}
    recovered = await bank.post(f"{PATH}/recoveries", body)
    assert (recovered.status_code, recovered.json()["claim"]) == (201, cny("97121.58"))
    await bank.engine.caught_up()
    assert await balances(bank) == {
        "应收利息": "0.00",
        "应收利息—罚息及复利": "0.00",
        "贷款—本金": "0.00",
        "贷款—已减值": "0.00",
        "贷款损失准备": "-5000.00",
        "吸收存款—借款人": "-95000.00",
        "应交税费—增值税（销项税额）": "-119.90",
        "利息收入": "-1698.30",
        "利息收入—罚息及复利": "-303.38",
        "信用减值损失": "102121.58",
        "已核销资产（账销案存）": "97121.58",
        "已核销资产备查": "-97121.58",
    }


async def test_the_history_explains_every_number(bank: Bank) -> None:
    await bank.close_until(FIRST_DUE)
    await bank.repay("620.00")
    history = (await bank.get(f"{PATH}/history")).json()["items"]
    assert [item["fact"] for item in history] == ["LoanBooked", "InstallmentBilled", "RepaymentReceived"]
    assert history[2]["actor"] == "chen"
    assert history[0]["details"]["installments"][0]["interest"] == cny("620.00")
    assert history[2]["details"]["amount"] == cny("620.00")
    assert '"minor"' not in json.dumps(history)
    assert [(one["account_name"], one["debit"]["amount"]) for one in history[2]["journal"]] == [
        ("吸收存款—借款人", "620.00"),
        ("应收利息", "0.00"),
    ]
    nights = (await bank.get("/v1/accruals", loan_id=str(LOAN))).json()["items"]
    assert len(nights) == 31
    assert {night["interest"]["amount"] for night in nights} == {"20.00"}
    first = (await bank.get(f"{PATH}/history", limit=1)).json()
    second = (await bank.get(f"{PATH}/history", limit=1, after=first["next"])).json()
    assert [item["version"] for item in (*first["items"], *second["items"])] == [1, 2]


async def test_journal_lines_are_paged_in_the_order_of_posting(bank: Bank) -> None:
    await bank.close_until(date(2026, 1, 12))
    seen: list[tuple[int, int]] = []
    page: dict[str, Any] = {"next": None}
    while True:
        page = (
            await bank.get("/v1/journal-entries", limit=1, **({"after": page["next"]} if page["next"] else {}))
        ).json()
        seen += [(item["pos"], item["line"]) for item in page["items"]]
        if page["next"] is None:
            break
    assert len(seen) == 8
    assert seen == sorted(set(seen))
    of_day = (await bank.get("/v1/journal-entries", posted_from="2026-01-11", posted_to="2026-01-11")).json()["items"]
    assert [(item["fact"], item["loan_id"]) for item in of_day] == [("InterestAccrued", None)] * 3


async def test_a_closed_days_trial_balance_stays_what_it_was(bank: Bank) -> None:
    await bank.close_until(date(2026, 1, 12))
    before = await balances(bank, DRAWN_ON)
    await bank.hear(disbursed(loan_id=uuid4()), on=DRAWN_ON)  # heard two days late
    await bank.engine.caught_up()
    assert await balances(bank, DRAWN_ON) == before
    assert (await balances(bank))["贷款—本金"] == "200000.00"


async def test_loans_are_filtered_and_paged(bank: Bank) -> None:
    borrower = uuid4()
    for n in range(3):
        await bank.hear(disbursed(loan_id=UUID(int=n + 1), borrower_id=borrower))
    await bank.hear(disbursed(loan_id=uuid4(), borrower_id=borrower), branch="BJ")
    await bank.engine.caught_up()
    first = (await bank.get("/v1/loans", borrower_id=str(borrower), limit=2)).json()
    rest = (await bank.get("/v1/loans", borrower_id=str(borrower), limit=2, after=first["next"])).json()
    ids = [row["loan_id"] for row in (*first["items"], *rest["items"])]
    assert ids == [str(UUID(int=n + 1)) for n in range(3)]  # and not the other branch's
    assert rest["next"] is None


async def test_a_cursor_that_no_page_gave_out_is_refused(bank: Bank) -> None:
    for path in ("/v1/loans", "/v1/journal-entries", f"{PATH}/history"):
        for cursor in ("W10", "WyJhIiwiYiJd", "%%%", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiLCIxIl0"):
            answer = await bank.get(path, after=cursor)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")


async def test_what_is_not_there_or_not_yours_is_not_found(bank: Bank) -> None:
    body = {"receipt_id": str(uuid4()), "amount": {"amount": "1.00"}}
    unknown = f"/v1/loans/{uuid4()}"
    assert (await bank.get(unknown)).status_code == 404
    assert (await bank.post(f"{unknown}/repayments", body)).status_code == 404
    theirs = await bank.client.get(PATH, headers=bank.bearer(branch="BJ"))
    assert theirs.status_code == 404
    assert (await bank.post(f"{PATH}/repayments", body, roles="officer")).status_code == 403


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"amount": {"amount": "0.00"}}, "amount"),
    ({"amount": {"amount": "-1.00"}}, "amount"),
    ({"amount": {"amount": "1.001"}}, "amount"),
    ({"amount": {"amount": "NaN"}}, "amount"),
    ({"amount": {"amount": 620}}, "amount"),
    ({"amount": {"amount": "1.00", "currency": "XXX"}}, "amount"),
    ({"receipt_id": "one"}, "receipt_id"),
    ({"received_on": "tomorrow"}, "received_on"),
    ({"colour": "red"}, "colour"),
]


async def test_a_malformed_receipt_is_refused_with_its_field(bank: Bank) -> None:
    for fields, field in MALFORMED:
        body = {"receipt_id": str(uuid4()), "amount": {"amount": "1.00"}} | fields
        answer = await bank.post(f"{PATH}/repayments", body)
        assert answer.status_code == 422, fields
        assert answer.json()["errors"][0]["field"].split(".")[0] == field


async def test_a_receipt_of_tomorrow_is_refused(bank: Bank) -> None:
    answer = await bank.repay("1.00", received_on="2026-01-11")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "received_on")


TERMS = {
    "principal": {"amount": "1500.00"},
    "annual_rate_percent": "7",
    "term_months": 3,
    "repayment_method": "equal_instalments",
    "day_count": "30/360",
    "disbursed_on": "2026-01-01",
}


async def test_an_old_schedule_stays_visible_beside_the_one_that_replaced_it(bank: Bank) -> None:
    await bank.close_until(date(2026, 2, 25))
    quote = (await bank.get(f"{PATH}/payoff-quote")).json()["amount"]
    assert (await bank.post(f"{PATH}/payoff", {"receipt_id": str(uuid4()), "amount": quote})).status_code == 201
    first, second = (await bank.get(f"{PATH}/schedules")).json()["items"]
    assert (first["number"], first["cause"], first["decided_on"], len(first["items"])) == (1, "booked", "2026-01-10", 3)
    assert (second["number"], second["cause"], second["decided_on"]) == (2, "early_repayment", "2026-02-25")
    assert [row["due_on"] for row in second["items"]] == ["2026-02-10", "2026-02-25"]
    assert second["total_principal"] == first["total_principal"] == cny("100000.00")
    before = (await bank.get(f"{PATH}/schedules", as_of="2026-02-24")).json()["items"]
    assert before == [first], "as the loan was the day before"


async def test_a_rate_is_changed_by_two_persons_after_a_look_at_what_it_would_do(bank: Bank) -> None:
    await bank.close_until(date(2026, 1, 25))
    change = {"kind": "rate", "annual_rate_percent": "3.6", "from_on": "2026-01-25"}
    body = {"proposal_id": str(uuid4()), "change": change, "reason": "agreed with the borrower"}
    path = f"{PATH}/account-changes"
    assert (await bank.post(path, body, roles="officer", who="li")).status_code == 201
    approval = f"{path}/{body['proposal_id']}/approval"
    seen = await bank.post(approval, {}, roles="approver", who="wang", dry_run=True)
    assert [row["interest"]["amount"] for row in seen.json()["schedule"]["items"]] == ["460.00", "280.00", "310.00"]
    assert len((await bank.get(path)).json()["items"]) == 1, "a look changes nothing"
    same = await bank.post(approval, {}, roles="approver", who="li")
    assert (same.status_code, same.json()["type"]) == (409, "urn:liudai:problem:same-person")
    done = (await bank.post(approval, {}, roles="approver", who="wang")).json()
    assert (done["loan"]["annual_rate_percent"], done["pending"]) == ("3.6", [])
    await bank.engine.caught_up()
    [row] = (await bank.get("/v1/loans")).json()["items"]
    assert row["annual_rate_percent"] == "3.6"
    await bank.close_until(FIRST_DUE)
    nights = (await bank.get("/v1/accruals", loan_id=str(LOAN))).json()["items"]
    assert [night["interest"]["amount"] for night in nights[:2]] == ["10.00", "10.00"]
    refused = body | {"proposal_id": str(uuid4()), "change": change | {"annual_rate_percent": "16.01"}}
    answer = await bank.post(path, refused, roles="officer", who="li")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:liudai:problem:rate-outside-legal-band")
    assert answer.json()["errors"][0]["field"] == "change.annual_rate_percent"


async def test_a_floating_rate_follows_the_lpr_that_two_persons_published(bank: Bank) -> None:
    loan = uuid4()
    floating = {"lpr_tenor": "1Y", "spread_bps": "420", "reset_rule": "calendar_month"}
    await bank.hear(disbursed(loan_id=loan).model_copy(update=floating | {"spread_bps": Decimal(420)}))
    publication = {
        "proposal_id": str(uuid4()), "published_on": "2026-01-12",
        "one_year_percent": "2.40", "five_years_percent": "3.50",
    }  # fmt: skip
    await bank.close_until(date(2026, 1, 12))
    first = await bank.post("/v1/lpr/proposals", publication, roles="officer", who="li")
    assert first.status_code == 201, first.text
    approval = f"/v1/lpr/proposals/{publication['proposal_id']}/approval"
    assert (await bank.post(approval, {}, roles="approver", who="li")).status_code == 409
    table = (await bank.post(approval, {}, roles="approver", who="wang")).json()
    assert table["items"][0]["published_on"] == "2026-01-12"
    await bank.close_until(date(2026, 2, 2))
    read = (await bank.get(f"/v1/loans/{loan}")).json()
    assert (read["annual_rate_percent"], read["penalty_rate_percent"]) == ("6.60", "9.9000")
    nights = (await bank.get("/v1/accruals", loan_id=str(loan))).json()["items"]
    assert [night["interest"]["amount"] for night in nights[:2]] == ["18.33", "20.00"]


async def test_a_schedule_is_calculated_without_a_loan(bank: Bank) -> None:
    answer = await bank.client.post("/v1/calculations/schedule", json=TERMS, headers=bank.bearer(roles="officer"))
    assert [row["total"]["amount"] for row in answer.json()["items"]] == ["505.84", "505.84", "505.85"]
    assert answer.json()["total_interest"] == cny("17.53")


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"term_months": 0}, "term_months"),
    ({"term_months": 361}, "term_months"),
    ({"annual_rate_percent": "-1"}, "annual_rate_percent"),
    ({"annual_rate_percent": "NaN"}, "annual_rate_percent"),
    ({"principal": {"amount": "9999999999999.99"}}, "principal"),
    ({"disbursed_on": "9999-12-31"}, "disbursed_on"),
    ({"day_count": "ACT/ACT"}, "day_count"),
]


async def test_impossible_terms_are_refused_with_their_field(bank: Bank) -> None:
    for changed, field in IMPOSSIBLE:
        headers = bank.bearer(roles="officer")
        answer = await bank.client.post("/v1/calculations/schedule", json=TERMS | changed, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["field"].split(".")[0]) == (422, field)
