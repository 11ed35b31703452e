"""Disbursement over HTTP, on a real database, with core banking a process of its own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.disbursement.main import service
from tests.disbursement.bank import DRAWDOWN_BODY, Bank, contract_signed, loan_settled
from tests.disbursement.builders import BORROWER_ACCOUNT, CONTRACT, PAYEE_ACCOUNT, TODAY, yuan
from tests.operations.core_banking_server import CoreBankingServer, core_banking_server
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer

DRAWDOWNS = f"/v1/facilities/{CONTRACT}/drawdowns"
RELEASER: dict[str, Any] = {"who": "releaser-zhou", "roles": "releaser"}
OPERATOR: dict[str, Any] = {"who": "operator-wu", "roles": "operator"}


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with core_banking_server(tmp_path_factory.mktemp("core"), hang_seconds=1.5) as server:
        yield server


@pytest.fixture
async def bank(
    postgres_server: PostgresServer, issuer: Issuer, core: CoreBankingServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bank]:
    core.script()
    monkeypatch.setenv("LIUDAI_CORE_BANKING_URL", core.url)
    monkeypatch.setenv("LIUDAI_CORE_BANKING_TIMEOUT_SECONDS", "0.5")
    monkeypatch.setenv("LIUDAI_CORE_BANKING_SETTLE_SECONDS", "3")
    async with Bank.open(postgres_server, issuer) as opened:
        await opened.hear(contract_signed())
        yield opened


def paid_under(core: CoreBankingServer, drawdown_id: str) -> list[dict[str, Any]]:
    return [one for one in core.payments() if one["reference"] == drawdown_id and one["status"] == "paid"]


def to(account: str) -> dict[str, Any]:
    return {"payee": DRAWDOWN_BODY["payee"] | {"account": account}}


async def test_from_the_request_to_the_money(bank: Bank, core: CoreBankingServer) -> None:
    drawdown = await bank.drawdown()
    assert (await bank.get(drawdown)).json()["status"] == "requested"
    released = await bank.release(drawdown)
    assert (released.status_code, released.json()["status"]) == (200, "instructed")
    seen = await bank.until(drawdown, "disbursed")
    [paid] = paid_under(core, seen["drawdown_id"])
    assert paid["amount"] == seen["amount"] == {"currency": "CNY", "amount": "400000.00"}
    assert (paid["core_reference"], paid["account"]) == (seen["core_reference"], PAYEE_ACCOUNT)
    facility = (await bank.get(f"/v1/facilities/{CONTRACT}")).json()
    assert [facility[name]["amount"] for name in ("limit", "reserved", "drawn", "available")] == [
        *("1000000.00", "0.00", "400000.00", "600000.00")
    ]


@pytest.mark.parametrize(
    ("account", "status", "payments"),
    [
        ("6217000010000001", "failed", 0),  # refused
        ("6217000010000002", "disbursed", 1),  # paid, but not said in time
        ("6217000010000003", "failed", 0),  # neither paid nor said
        ("6217000010000004", "disbursed", 1),  # paid late
    ],
)
async def test_an_outcome_that_core_banking_does_not_tell_is_found_out(
    bank: Bank, core: CoreBankingServer, account: str, status: str, payments: int
) -> None:
    drawdown = await bank.drawdown(**to(account))
    await bank.release(drawdown)
    seen = await bank.until(drawdown, status)
    assert len(paid_under(core, seen["drawdown_id"])) == payments
    left = (await bank.get(f"/v1/facilities/{CONTRACT}")).json()["available"]["amount"]
    assert left == ("600000.00" if payments else "1000000.00")


async def where_it_stands(bank: Bank, prose: str) -> list[str]:
    """The tables in which words can be read: those of the log, of the answers, of the lists."""
    await bank.caught_up()
    stored = {}
    for table in ("events", "idempotency", "drawdowns"):
        stored[table] = await bank.engine.pool.fetchval(f"select string_agg(t::text, ' ') from {table} t")
    assert all(stored.values())
    return [table for table, rows in stored.items() if prose in rows or prose.encode().hex() in rows]


async def test_a_payment_in_conflict_is_resolved_by_two_people(bank: Bank, core: CoreBankingServer) -> None:
    core.script(next=[{"behaviour": "conflict"}])
    drawdown = await bank.drawdown()
    await bank.release(drawdown)
    seen = await bank.until(drawdown, "unknown")
    assert seen["reason"] == "core banking paid CNY 800000.00 instead of CNY 400000.00"
    body = {"outcome": "not_paid", "evidence": "reversal 2026-03-04/17 of core banking"}
    proposed = (await bank.post(f"{drawdown}/resolution", body, **RELEASER)).json()
    assert proposed["proposal"]["evidence"] == "•••"
    assert (await bank.get(drawdown, **OPERATOR)).json()["proposal"]["evidence"] == body["evidence"]
    assert not await where_it_stands(bank, "reversal")
    confirmation = {"proposal_id": proposed["proposal"]["proposal_id"]}
    alone = await bank.post(f"{drawdown}/resolution/confirm", confirmation, **RELEASER)
    assert (alone.status_code, alone.json()["type"]) == (409, "urn:liudai:problem:four-eyes")
    confirmed = await bank.post(f"{drawdown}/resolution/confirm", confirmation, **OPERATOR)
    assert (confirmed.json()["status"], confirmed.json()["reason"]) == ("failed", "resolved_by_hand")


async def test_a_hundred_who_ask_for_the_last_yuan_at_once(bank: Bank) -> None:
    await bank.drawdown(amount={"amount": "999999.00"})
    last = DRAWDOWN_BODY | {"amount": {"amount": "1.00"}}
    answers = await asyncio.gather(*(bank.post(DRAWDOWNS, last) for _ in range(100)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 99
    assert {a.json()["type"] for a in answers if a.status_code == 409} <= {
        "urn:liudai:problem:limit-exceeded",
        "urn:liudai:problem:busy",  # lost eight races in a row: may ask again
    }
    assert (await bank.get(f"/v1/facilities/{CONTRACT}")).json()["available"]["amount"] == "0.00"


async def test_a_retried_release_pays_once_and_answers_the_same(bank: Bank, core: CoreBankingServer) -> None:
    drawdown = await bank.drawdown()
    first = await bank.post(f"{drawdown}/release", **RELEASER, key="once")
    seen = await bank.until(drawdown, "disbursed")
    second = await bank.post(f"{drawdown}/release", **RELEASER, key="once")
    assert (second.content, second.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert len(paid_under(core, seen["drawdown_id"])) == 1


async def test_a_dry_run_reserves_nothing(bank: Bank) -> None:
    answer = await bank.post(DRAWDOWNS, DRAWDOWN_BODY, dry_run=True)
    assert (answer.status_code, answer.headers["Dry-Run"]) == (200, "true")
    assert (await bank.get(f"/v1/facilities/{CONTRACT}")).json()["reserved"]["amount"] == "0.00"


async def test_duties_are_separated_by_person_whatever_the_roles(bank: Bank) -> None:
    drawdown = await bank.drawdown()
    for who, rule in (("officer-li", "four-eyes"), ("approver-sun", "duties-not-separated")):
        answer = await bank.post(f"{drawdown}/release", who=who, roles="releaser officer approver")
        assert (answer.status_code, answer.json()["type"]) == (409, f"urn:liudai:problem:{rule}")
    assert (await bank.post(f"{drawdown}/release", who="zhou", roles="officer")).status_code == 403
    assert (await bank.post(DRAWDOWNS, DRAWDOWN_BODY, who="zhou", roles="releaser")).status_code == 403


async def test_a_cancelled_drawdown_gives_its_reservation_back(bank: Bank) -> None:
    drawdown = await bank.drawdown()
    answer = await bank.post(f"{drawdown}/cancel", {"reason": "Zhang San has not delivered the goods"})
    assert (answer.json()["status"], answer.json()["reason"]) == ("cancelled", "•••")
    assert (await bank.get(drawdown)).json()["reason"] == "Zhang San has not delivered the goods"
    assert not await where_it_stands(bank, "Zhang San")
    assert (await bank.release(drawdown)).status_code == 409
    assert (await bank.get(f"/v1/facilities/{CONTRACT}")).json()["available"]["amount"] == "1000000.00"


async def test_accounts_are_shown_in_full_only_to_those_who_handle_the_payment(bank: Bank) -> None:
    drawdown = await bank.drawdown()
    answered = (await bank.post(f"{drawdown}/cancel", {"reason": "test"})).json()
    assert answered["borrower_account"] == "***************3440"
    assert answered["payee"]["account"] == "***************4567"
    assert answered["payee"]["name"] == "******有限公司"
    for roles, seen in (
        ("officer", BORROWER_ACCOUNT),
        ("releaser", BORROWER_ACCOUNT),
        ("auditor", "***************3440"),
    ):
        assert (await bank.get(drawdown, roles=roles)).json()["borrower_account"] == seen


async def test_no_account_lies_in_the_database_in_plain_text(bank: Bank) -> None:
    drawdown = await bank.drawdown(**to("6217000010000002"))
    await bank.release(drawdown)
    await bank.until(drawdown, "disbursed")
    await bank.caught_up()
    tables = await bank.engine.pool.fetch(
        "select format('%I.%I', table_schema, table_name) as name from information_schema.tables"
        " where table_schema like 'disbursement%' and table_type = 'BASE TABLE'"
    )
    assert len(tables) > 5
    for table in tables:
        text = await bank.engine.pool.fetchval(f"select coalesce(string_agg(t::text, ''), '') from {table['name']} t")
        assert "6217000010000002" not in text, table["name"]
        assert BORROWER_ACCOUNT not in text, table["name"]


# --- lists --------------------------------------------------------------------------------------------


async def test_the_releasers_work_list_is_the_requested_drawdowns_oldest_first(bank: Bank) -> None:
    made = [await bank.drawdown(amount={"amount": "1.00"}) for _ in range(5)]
    await bank.post(f"{made[0]}/cancel", {"reason": "test"})
    await bank.caught_up()
    first = (await bank.get("/v1/drawdowns", **RELEASER, status="requested", limit=2)).json()
    rest = (await bank.get("/v1/drawdowns", **RELEASER, status="requested", after=first["next"])).json()
    listed = [row["drawdown_id"] for row in first["items"] + rest["items"]]
    assert sorted(listed) == sorted(path.rsplit("/", 1)[1] for path in made[1:])
    assert rest["next"] is None
    assert (await bank.get("/v1/drawdowns", contract_id=str(uuid4()))).json()["items"] == []


async def test_a_drawdown_is_found_by_the_id_of_its_loan(bank: Bank) -> None:
    drawdown = await bank.drawdown()
    await bank.caught_up()
    loan_id = drawdown.rsplit("/", 1)[1]
    row = (await bank.get(f"/v1/drawdowns/{loan_id}")).json()
    assert (row["contract_id"], row["status"]) == (str(CONTRACT), "requested")
    assert (await bank.get(f"/v1/drawdowns/{uuid4()}")).status_code == 404


async def test_a_facility_of_another_branch_is_not_there(bank: Bank) -> None:
    elsewhere = UUID(int=99)
    await bank.hear(contract_signed(elsewhere), branch="BJ")
    await bank.caught_up()
    listed = [row["contract_id"] for row in (await bank.get("/v1/facilities")).json()["items"]]
    assert listed == [str(CONTRACT)]
    assert (await bank.get(f"/v1/facilities/{elsewhere}")).status_code == 404
    assert (await bank.post(f"/v1/facilities/{elsewhere}/drawdowns", DRAWDOWN_BODY)).status_code == 404
    assert (await bank.post(f"/v1/facilities/{elsewhere}/drawdowns", DRAWDOWN_BODY, branch="BJ")).status_code == 201


async def test_facilities_are_filtered_and_paged(bank: Bank) -> None:
    for n in range(1, 4):
        await bank.hear(contract_signed(UUID(int=n), borrower_id=UUID(int=1000 + n), limit=yuan(n)))
    await bank.caught_up()
    first = (await bank.get("/v1/facilities", limit=3)).json()
    second = (await bank.get("/v1/facilities", limit=3, after=first["next"])).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (3, 1, None)
    [one] = (await bank.get("/v1/facilities", borrower_id=str(UUID(int=1002)))).json()["items"]
    assert one["available"] == {"currency": "CNY", "amount": "2.00"}
    assert (await bank.get("/v1/facilities", status="closed")).json()["items"] == []


async def test_a_cursor_that_no_page_gave_out_is_refused(bank: Bank) -> None:
    for path in ("/v1/facilities", "/v1/drawdowns"):
        for cursor in ("W10", "WyJhIiwiYiJd", "%%%"):
            answer = await bank.get(path, after=cursor)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after"), (path, cursor)


# --- bad input ----------------------------------------------------------------------------------------

WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"amount": {"amount": "0.00"}}, "amount"),
    ({"amount": {"amount": "-1.00"}}, "amount"),
    ({"amount": {"amount": "1.001"}}, "amount"),
    ({"amount": {"amount": "NaN"}}, "amount"),
    ({"amount": {"amount": "1e400"}}, "amount"),
    ({"amount": 1}, "amount"),
    ({"payment_mode": "cash"}, "payment_mode"),
    ({"borrower_account": "1'; drop table"}, "borrower_account"),
    ({"payee": {"name": "x", "account": PAYEE_ACCOUNT}}, "payee.bank"),
    ({"status": "disbursed"}, "status"),
    ({"released_by": "me"}, "released_by"),
)


async def test_a_wrong_field_is_named_and_nothing_is_reserved(bank: Bank) -> None:
    for wrong, field in WRONG:
        answer = await bank.post(DRAWDOWNS, DRAWDOWN_BODY | wrong)
        assert answer.status_code == 422, wrong
        assert field in {error["field"] for error in answer.json()["errors"]}, wrong
    assert (await bank.get(f"/v1/facilities/{CONTRACT}")).json()["reserved"]["amount"] == "0.00"


async def test_what_is_not_there_is_not_found(bank: Bank) -> None:
    assert (await bank.post(f"/v1/facilities/{uuid4()}/drawdowns", DRAWDOWN_BODY)).status_code == 404
    for action in ("", "/release", "/cancel", "/resolution", "/resolution/confirm"):
        path = f"{DRAWDOWNS}/{uuid4()}{action}"
        body = {
            "/cancel": {"reason": "x"},
            "/resolution": {"outcome": "paid", "evidence": "x"},
            "/resolution/confirm": {"proposal_id": str(uuid4())},
        }.get(action)
        answer = await (bank.post(path, body, roles="officer releaser") if action else bank.get(path))
        assert answer.status_code == 404, action
    assert (await bank.client.get("/v1/facilities")).status_code == 401


async def test_a_stale_reader_does_not_release(bank: Bank) -> None:
    drawdown = await bank.drawdown()
    etag = (await bank.get(drawdown)).headers["ETag"]
    await bank.drawdown(amount={"amount": "1.00"})
    headers = bank.bearer("releaser-zhou", "releaser") | {"Idempotency-Key": str(uuid4()), "If-Match": etag}
    assert (await bank.client.post(f"{drawdown}/release", headers=headers)).status_code == 412


# --- time and replay ----------------------------------------------------------------------------------


async def test_a_facility_is_shown_as_of_a_day(bank: Bank) -> None:
    await bank.new_day(date(2026, 3, 10))
    drawdown = await bank.drawdown()
    assert len((await bank.get(f"/v1/facilities/{CONTRACT}")).json()["drawdowns"]) == 1
    assert (await bank.get(f"/v1/facilities/{CONTRACT}", as_of="2026-03-09")).json()["drawdowns"] == []
    assert (await bank.get(drawdown, as_of="2026-03-09")).status_code == 404
    assert (await bank.get(f"/v1/facilities/{CONTRACT}", as_of="2026-03-01")).status_code == 404


async def test_an_unused_facility_lapses_and_a_used_one_closes_with_its_loan(bank: Bank) -> None:
    unused, used = UUID(int=5), CONTRACT
    await bank.hear(contract_signed(unused))
    drawdown = await bank.drawdown()
    await bank.release(drawdown)
    seen = await bank.until(drawdown, "disbursed")
    await bank.caught_up()
    await bank.new_day(date(2026, 6, 1))
    assert (await bank.get(f"/v1/facilities/{unused}")).json()["closed_on"] == "2026-06-01"
    assert (await bank.get(f"/v1/facilities/{used}")).json()["status"] == "open"
    await bank.hear(loan_settled(seen["drawdown_id"], on=date(2026, 6, 1)))
    assert (await bank.get(f"/v1/facilities/{used}")).json()["closed_on"] == "2026-06-01"
    assert (await bank.get(drawdown)).json()["status"] == "settled"


@pytest.mark.parametrize("name", [one.name for one in service.projections])
async def test_a_rebuilt_read_model_equals_the_live_one_row_for_row(
    bank: Bank, core: CoreBankingServer, name: str
) -> None:
    small = {"amount": {"amount": "1000.00"}}
    for account in ("6217000010000001", "6217000010000002", "6217000010000009"):
        drawdown = await bank.drawdown(**small, **to(account))
        await bank.release(drawdown)
        seen = await bank.until(drawdown, "disbursed", "failed")
    await bank.hear(loan_settled(seen["drawdown_id"], on=TODAY))
    await bank.post(f"{await bank.drawdown(**small)}/cancel", {"reason": "test"})
    core.script(next=[{"behaviour": "conflict"}])
    doubted = await bank.drawdown(**small)
    await bank.release(doubted)
    await bank.until(doubted, "unknown")
    await bank.post(f"{doubted}/resolution", {"outcome": "not_paid", "evidence": "x"}, **RELEASER)
    await bank.drawdown(**small)
    await bank.hear(contract_signed(UUID(int=8)))
    await bank.new_day(date(2026, 6, 1))
    await bank.caught_up()
    [projection] = [one for one in service.projections if one.name == name]
    differences = await bank.rebuild(projection)
    assert [(one.only_live, one.only_rebuilt) for one in differences] == [(0, 0)] * len(differences)
    assert min(one.live_rows for one in differences) > 0
    await bank.caught_up()
    counts = await bank.engine.pool.fetch("select status, count(*) n from drawdowns group by status")
    assert {row["status"]: row["n"] for row in counts} == dict.fromkeys(
        ("failed", "disbursed", "settled", "cancelled", "unknown", "requested"), 1
    )
    [facility] = await bank.engine.pool.fetch("select * from facilities where contract_id = $1", CONTRACT)
    assert (facility["reserved_minor"], facility["drawn_minor"]) == (200_000, 200_000)


REVIEWER: dict[str, Any] = {"who": "reviewer-he", "roles": "reviewer"}
APPROVER: dict[str, Any] = {"who": "approver-qian", "roles": "approver"}
SPENT = {
    "payee": "苏州精密钢材有限公司",
    "account": PAYEE_ACCOUNT,
    "amount": {"amount": "150000.00"},
    "paid_on": TODAY.isoformat(),
    "purpose": "dividends",
    "voucher": "FP-33012",
}


async def self_paid(bank: Bank) -> str:
    drawdown = await bank.drawdown(payment_mode="self", payee=None, trade_contract=None)
    await bank.release(drawdown)
    await bank.until(drawdown, "disbursed")
    return drawdown


async def work_list(bank: Bank, **query: str) -> list[dict[str, Any]]:
    await bank.caught_up()
    items: list[dict[str, Any]] = (await bank.get("/v1/fund-uses", **query)).json()["items"]
    return items


async def test_money_that_the_borrower_paid_out_is_reported_checked_and_found_astray_by_two(bank: Bank) -> None:
    drawdown = await self_paid(bank)
    use = f"{drawdown}/fund-use"
    [waiting] = await work_list(bank, status="due")
    assert (waiting["due_on"], waiting["reported"]["amount"]) == ("2026-04-03", "0.00")
    assert await work_list(bank, due_by="2026-04-02") == []

    answer = await bank.post(f"{use}/reports", {"payments": [SPENT]})
    assert (answer.status_code, answer.json()["flags"]) == (201, ["banned_purpose"])
    assert PAYEE_ACCOUNT not in answer.text, "answers are stored"
    assert (await bank.get(use)).json()["payments"][0]["account"] == PAYEE_ACCOUNT
    assert PAYEE_ACCOUNT not in (await bank.get(use, who="auditor-wei", roles="auditor")).text
    [to_check] = await work_list(bank, status="to_check")
    assert (to_check["flags"], to_check["reported"]["amount"]) == (["banned_purpose"], "150000.00")

    finding = {"outcome": "misused", "misused": {"amount": "150000.00"}, "misused_from": TODAY.isoformat()}
    found = await bank.post(f"{use}/checks", finding | {"evidence": "statement of 4 March"}, **REVIEWER)
    assert found.status_code == 201, found.text
    assert [one["checked_by"] for one in await work_list(bank, status="found")] == ["reviewer-he"]
    finding_id = {"finding_id": found.json()["finding"]["finding_id"]}
    alone = await bank.post(f"{use}/misuse/confirm", finding_id, who="reviewer-he", roles="approver")
    assert (alone.status_code, alone.json()["type"]) == (409, "urn:liudai:problem:four-eyes")
    confirmed = await bank.post(f"{use}/misuse/confirm", finding_id, **APPROVER)
    assert (confirmed.status_code, confirmed.json()["misused"]["amount"]) == (200, "150000.00")
    [misused] = await work_list(bank, status="misused")
    assert misused["misused"]["amount"] == "150000.00"


async def test_a_finding_that_is_dismissed_asks_for_another_check(bank: Bank) -> None:
    use = f"{await self_paid(bank)}/fund-use"
    finding = {
        "outcome": "misused",
        "misused": {"amount": "1.00"},
        "misused_from": TODAY.isoformat(),
        "evidence": "p. 3",
    }
    found = (await bank.post(f"{use}/checks", finding, **REVIEWER)).json()["finding"]
    body = {"finding_id": found["finding_id"], "reason": "paid from profits"}
    assert (await bank.post(f"{use}/misuse/dismiss", body, **APPROVER)).status_code == 200
    assert len(await work_list(bank, status="to_check")) == 1
    proper = await bank.post(f"{use}/checks", {"outcome": "proper", "evidence": "visited"}, **REVIEWER)
    assert proper.status_code == 201
    assert [one["checked_by"] for one in await work_list(bank, status="proper")] == ["reviewer-he"]


async def test_a_report_names_the_payment_that_is_wrong(bank: Bank) -> None:
    use = f"{await self_paid(bank)}/fund-use"
    answer = await bank.post(f"{use}/reports", {"payments": [SPENT, SPENT | {"paid_on": "2026-03-03"}]})
    assert answer.status_code == 409
    assert [one["field"] for one in answer.json()["errors"]] == ["payments.1.paid_on"]
    assert (await bank.get(use)).json()["payments"] == []


async def test_the_work_list_of_fund_use_is_the_same_after_a_rebuild(bank: Bank) -> None:
    use = f"{await self_paid(bank)}/fund-use"
    await bank.post(f"{use}/reports", {"payments": [SPENT]})
    await bank.caught_up()
    [projection] = [one for one in service.projections if one.name == "fund_uses"]
    [same] = await bank.rebuild(projection)
    assert (same.live_rows, same.only_live, same.only_rebuilt) == (1, 0, 0)
