"""Collection over HTTP, on a real database: the work list, a promise kept and one broken, contacts, a write-off."""

from datetime import date
from uuid import UUID, uuid4

from shared.contracts import repayment
from tests.collection.bank import Bank, classified_as, delinquent, overdue, received, recovered
from tests.collection.builders import LOAN, TODAY, yuan

CASE = f"/v1/cases/{LOAN}"
CALL = {"direction": "outbound", "channel": "phone", "result": "reached", "local_time": "10:30"}
PROMISE = {"amount": {"amount": "3000.00"}, "due_on": "2026-03-10"}


async def test_the_work_list_begins_with_the_most_urgent_case_and_pages(bank: Bank) -> None:
    loans = [UUID(int=n) for n in range(1, 6)]
    for n, loan in enumerate(loans):
        await bank.hear(overdue(loan_id=loan, amount=10 ** (n + 4)))
    later = date(2026, 5, 1)
    await bank.hear(delinquent(61, on=later, loan_id=loans[0]))
    for loan in loans[1:]:
        await bank.hear(received(1, on=later, overdue_after=10 ** (loan.int + 3), days_after=30, loan_id=loan))
    await bank.new_day(later)
    await bank.caught_up()
    first = (await bank.get("/v1/cases", limit=2)).json()
    assert [row["loan_id"] for row in first["items"]] == [str(loans[0]), str(loans[4])]
    second = (await bank.get("/v1/cases", limit=3, after=first["next"])).json()
    assert [row["loan_id"] for row in second["items"]] == [str(loan) for loan in reversed(loans[1:4])]
    assert second["next"] is None
    s3 = (await bank.get("/v1/cases", stage="S3", status="open")).json()["items"]
    assert [(row["loan_id"], row["stage"], row["priority"]) for row in s3] == [(str(loans[0]), "S3", 305)]


async def test_figures_say_for_which_day_they_hold_and_days_go_on_between_two_tellings(bank: Bank) -> None:
    await bank.hear(overdue())
    await bank.new_day(date(2026, 4, 15))
    await bank.caught_up()
    shown = {"days_past_due": 45, "stage": "S2", "as_of": "2026-04-15", "amounts_as_of": "2026-03-02"}
    [row] = (await bank.get("/v1/cases", stage="S2")).json()["items"]
    case = (await bank.get(CASE)).json()
    for seen in (row, case):
        assert {name: seen[name] for name in shown} == shown
        assert (seen["overdue_since"], seen["actions"]) == ("2026-03-01", ["phone_call", "dunning_letter"])
    assert (await bank.get("/v1/cases", stage="S1")).json()["items"] == []
    day = date(2026, 4, 15)
    await bank.hear(received(5_000, on=day, overdue_after=5_000, days_after=14, outstanding_after=96_000), on=day)
    await bank.caught_up()
    [row] = (await bank.get("/v1/cases", stage="S1")).json()["items"]
    case = (await bank.get(CASE)).json()
    for seen in (row, case):
        assert (seen["days_past_due"], seen["stage"], seen["amounts_as_of"]) == (14, "S1", "2026-04-15")
        assert (seen["overdue"]["amount"], seen["outstanding_principal"]["amount"]) == ("5000.00", "96000.00")
    assert row["priority"] == 104
    assert (await bank.get(CASE, as_of="2026-03-05")).json()["days_past_due"] == 4
    assert (await bank.get(CASE, as_of="2099-01-01T00:00:00Z")).status_code == 422, "never a day to come"


async def test_a_cursor_that_no_page_gave_out_is_refused(bank: Bank) -> None:
    too_large = "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5IiwiMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAwIl0"
    for cursor in ("W10", "WyJhIiwiYiJd", "%%%", too_large):
        answer = await bank.get("/v1/cases", after=cursor)
        assert answer.status_code == 422, cursor
        assert answer.json()["errors"][0]["field"] == "after"


async def test_a_case_is_shown_now_and_as_of_a_day(bank: Bank) -> None:
    await bank.hear(overdue())
    await bank.hear(delinquent(31, on=date(2026, 4, 1)), on=date(2026, 4, 1))
    await bank.new_day(date(2026, 4, 1))
    now = (await bank.get(CASE)).json()
    assert (now["stage"], now["overdue"]) == ("S2", {"currency": "CNY", "amount": "10050.00"})
    then = (await bank.get(CASE, as_of="2026-03-31")).json()
    assert (then["stage"], then["overdue"]) == ("S1", {"currency": "CNY", "amount": "10000.00"})
    assert (await bank.get(CASE, as_of="2026-03-01")).status_code == 404


async def test_the_history_tells_every_fact_with_amounts_as_text(bank: Bank) -> None:
    await bank.hear(overdue())
    items = (await bank.get(f"{CASE}/history")).json()["items"]
    assert [one["type"] for one in items] == ["CaseOpened", "InstallmentJoinedCase"]
    assert items[0]["data"]["overdue"] == {"currency": "CNY", "amount": "10000.00"}
    assert items[0]["actor"] == "system:collection"


async def test_a_loan_of_which_only_the_class_is_known_has_no_case(bank: Bank) -> None:
    await bank.hear(classified_as("special_mention"))
    assert (await bank.get(CASE)).status_code == 404
    assert (await bank.post(f"{CASE}/promises", PROMISE)).status_code == 404


async def test_a_case_of_another_branch_does_not_exist(bank: Bank) -> None:
    await bank.hear(overdue(), branch="BJ")
    await bank.caught_up()
    assert (await bank.get(CASE)).status_code == 404
    assert (await bank.post(f"{CASE}/contacts", CALL)).status_code == 404
    assert (await bank.get("/v1/cases")).json()["items"] == []
    theirs = await bank.client.get(CASE, headers=bank.bearer("zhao", "collector", branch="BJ"))
    assert theirs.status_code == 200


async def test_a_promise_is_kept_by_money_in_time(bank: Bank) -> None:
    await bank.hear(overdue())
    made = await bank.post(f"{CASE}/promises", PROMISE, key="promise-1")
    assert made.status_code == 201, made.text
    assert made.headers["location"] == CASE
    again = await bank.post(f"{CASE}/promises", PROMISE, key="promise-1")
    assert again.content == made.content
    assert again.headers["idempotent-replayed"] == "true"
    await bank.hear(received(3_000, on=date(2026, 3, 9), overdue_after=7_000))
    [promise] = (await bank.get(CASE)).json()["promises"]
    assert (promise["status"], promise["paid"]["amount"]) == ("kept", "3000.00")


async def test_a_promise_that_is_too_great_is_refused_naming_the_field(bank: Bank) -> None:
    await bank.hear(overdue())
    answer = await bank.post(f"{CASE}/promises", PROMISE | {"amount": {"amount": "10053.34"}})
    assert answer.status_code == 409
    assert answer.json()["errors"] == [
        {"field": "amount", "rule": "promise_exceeds_overdue", "detail": answer.json()["detail"]}
    ]
    for wrong in ({"amount": "10"}, {"amount": {"amount": "-1.00"}}, {"amount": {"amount": "0.001"}}, {"extra": 1}):
        assert (await bank.post(f"{CASE}/promises", PROMISE | wrong)).status_code == 422


async def test_a_promise_is_broken_when_the_business_date_has_passed_it_and_only_once(bank: Bank) -> None:
    await bank.hear(overdue())
    await bank.post(f"{CASE}/promises", PROMISE)
    await bank.new_day(date(2026, 3, 10))
    assert (await bank.get(CASE)).json()["promises"][0]["status"] == "open"
    await bank.new_day(date(2026, 3, 11))
    expired = await bank.post("/v1/promises/expire", {}, roles="operator")
    assert expired.json() == {"business_date": "2026-03-11"}
    await bank.caught_up()
    [row] = (await bank.get("/v1/cases")).json()["items"]
    assert (row["broken_promises"], row["priority"]) == (1, 115)
    types = [one["type"] for one in (await bank.get(f"{CASE}/history")).json()["items"]]
    assert types.count("PromiseBroken") == 1


async def test_the_branches_of_the_bank_count_the_contacts_with_a_debtor_together(bank: Bank) -> None:
    elsewhere = UUID(int=7)
    await bank.hear(overdue())
    await bank.hear(overdue(loan_id=elsewhere), branch="BJ")
    await bank.post(f"{CASE}/contacts", CALL)
    of_bj = await bank.post(f"/v1/cases/{elsewhere}/contacts", CALL, who="zhao", branch="BJ")
    assert (of_bj.status_code, of_bj.json()["contacts_that_day"]) == (201, 2)
    assert (await bank.post(f"{CASE}/contacts", CALL, who="zhao", branch="BJ")).status_code == 404
    await bank.caught_up()
    shown = (await bank.client.get(
        f"/v1/cases/{elsewhere}/contacts", headers=bank.bearer("zhao", "collector", branch="BJ")
    )).json()["items"]  # fmt: skip
    assert [one["loan_id"] for one in shown] == [str(elsewhere)]


async def test_contacts_are_counted_per_debtor_over_all_loans(bank: Bank) -> None:
    other = uuid4()
    await bank.hear(overdue())
    await bank.hear(overdue(loan_id=other))
    for n in range(3):
        case = CASE if n else f"/v1/cases/{other}"
        answer = await bank.post(f"{case}/contacts", CALL)
        assert (answer.status_code, answer.json()["contacts_that_day"]) == (201, n + 1)
    fourth = await bank.post(f"{CASE}/contacts", CALL)
    assert (fourth.status_code, fourth.json()["type"]) == (409, "urn:liudai:problem:contacts-per-day-reached")
    await bank.caught_up()
    items = (await bank.get(f"{CASE}/contacts", limit=1)).json()
    assert items["items"][0]["recorded_by"] == "chen"
    rest = (await bank.get(f"{CASE}/contacts", limit=1, after=items["next"])).json()
    assert len(rest["items"]) == 1
    assert rest["next"] is None


async def test_asking_beforehand_whether_one_may_call_records_nothing(bank: Bank) -> None:
    await bank.hear(overdue())
    early = CALL | {"local_time": "07:59"}
    refused = await bank.post(f"{CASE}/contacts", early, dry_run=True)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "local_time")
    assert (await bank.post(f"{CASE}/contacts", CALL, dry_run=True)).status_code == 200
    assert (await bank.post(f"{CASE}/contacts", CALL)).json()["contacts_that_day"] == 1
    zoned = await bank.post(f"{CASE}/contacts", CALL | {"local_time": "10:30:00+08:00"})
    assert zoned.status_code == 422


async def test_what_was_said_is_encrypted_in_the_log_and_in_no_read_model(bank: Bank) -> None:
    await bank.hear(overdue())
    await bank.post(f"{CASE}/contacts", CALL | {"note": "lost his biggest customer"})
    await bank.caught_up()
    stored = await bank.engine.pool.fetchval("select data::text from events where type = 'ContactRecorded'")
    assert "$enc" in stored
    assert "biggest" not in stored
    assert "biggest" not in await bank.engine.pool.fetchval("select c::text from contacts c")


async def test_papers_and_reasons_are_encrypted_and_shown_with_the_case_alone(bank: Bank) -> None:
    await bank.hear(overdue())
    path = f"{CASE}/write-off-proposals"
    paper = {"kind": "court_ruling", "reference": "ruling on Zhang San"}
    proposed = await bank.post(path, {"evidence": [paper]}, who="li")
    decision = {"decision": "reject", "reason": "Zhang San may still pay"}
    decided = await bank.post(
        f"{path}/{proposed.json()['proposal_id']}/decision", decision, who="wang", roles="collection_manager"
    )
    await bank.caught_up()
    listed = await bank.get("/v1/write-off-proposals", roles="collection_manager")
    assert listed.json()["items"][0]["as_of"] == listed.json()["items"][0]["amounts_as_of"] == TODAY.isoformat()
    for answer in (proposed, decided, listed, await bank.get(f"{CASE}/history")):
        assert "Zhang" not in answer.text
    tables = ("events", "idempotency", "write_off_proposals")
    for rows in [await bank.engine.pool.fetch(f"select t::text as row from {table} t") for table in tables]:
        assert rows
        assert not [row["row"] for row in rows if "Zhang" in row["row"] or b"Zhang".hex() in row["row"]]
    [shown] = (await bank.get(CASE)).json()["proposals"]
    assert (shown["evidence"], shown["reason"]) == ([paper], decision["reason"])


async def test_a_write_off_takes_two_persons_and_goes_on_as_a_recovery(bank: Bank) -> None:
    await bank.hear(overdue())
    path = f"{CASE}/write-off-proposals"
    unjustified = await bank.post(path, {})
    assert (unjustified.status_code, unjustified.json()["errors"][0]["rule"]) == (409, "write_off_not_justified")
    await bank.hear(classified_as("loss"))
    proposed = (await bank.post(path, {}, who="li")).json()
    decision = f"{path}/{proposed['proposal_id']}/decision"
    approve = {"decision": "approve", "reason": "nothing left to enforce"}
    assert (await bank.post(decision, approve, who="wang")).status_code == 403
    alone = await bank.post(decision, approve, who="li", roles="collector collection_manager")
    assert (alone.status_code, alone.json()["type"]) == (409, "urn:liudai:problem:same-person")
    await bank.caught_up()
    waiting = (await bank.get("/v1/write-off-proposals", status="proposed", roles="collection_manager")).json()
    assert [row["proposal_id"] for row in waiting["items"]] == [proposed["proposal_id"]]
    approved = await bank.post(decision, approve, who="wang", roles="collection_manager")
    assert (approved.status_code, approved.json()["status"]) == (200, "approved")
    await bank.hear(
        repayment.LoanWrittenOff(
            loan_id=LOAN,
            contract_id=uuid4(),
            application_id=uuid4(),
            borrower_id=uuid4(),
            proposal_id=UUID(proposed["proposal_id"]),
            principal=yuan(100_000),
            interest=yuan(1_000),
            penalty=yuan(0),
            written_off_on=TODAY,
        )
    )
    await bank.hear(recovered(1_000, on=TODAY, claim_after=100_000))
    await bank.caught_up()
    [row] = (await bank.get("/v1/cases", status="written_off_recovery")).json()["items"]
    assert (row["stage"], row["overdue"]["amount"]) == (None, "100000.00")
    [done] = (await bank.get("/v1/write-off-proposals", roles="collection_manager")).json()["items"]
    assert (done["status"], done["proposed_by"], done["decided_by"]) == ("applied", "li", "wang")
    assert (await bank.get(CASE)).json()["proposals"][0]["reason"] == "nothing left to enforce"
    await bank.hear(recovered(100_000, on=TODAY, claim_after=0))
    await bank.caught_up()
    [row] = (await bank.get("/v1/cases", status="closed")).json()["items"]
    assert (row["overdue"]["amount"], row["priority"], row["closed_on"]) == ("0.00", 0, TODAY.isoformat())


async def test_a_refused_write_off_shows_why_and_frees_the_case_for_another(bank: Bank) -> None:
    await bank.hear(classified_as("doubtful"))
    await bank.hear(overdue())
    path = f"{CASE}/write-off-proposals"
    proposal_id = (await bank.post(path, {}, who="li")).json()["proposal_id"]
    approve = {"decision": "approve", "reason": "nothing left to enforce"}
    await bank.post(f"{path}/{proposal_id}/decision", approve, who="wang", roles="collection_manager")
    await bank.hear(
        repayment.WriteOffRefused(loan_id=LOAN, proposal_id=UUID(proposal_id), reason="loan_settled", refused_on=TODAY)
    )
    await bank.caught_up()
    [row] = (await bank.get("/v1/write-off-proposals", roles="collection_manager")).json()["items"]
    assert (row["status"], row["refused_because"]) == ("refused", "loan_settled")
    assert (await bank.post(path, {}, who="li")).status_code == 201


async def test_an_unknown_proposal_or_decision_is_refused(bank: Bank) -> None:
    await bank.hear(classified_as("loss"))
    await bank.hear(overdue())
    path = f"{CASE}/write-off-proposals"
    approve = {"decision": "approve", "reason": "nothing left to enforce"}
    unknown = await bank.post(f"{path}/{uuid4()}/decision", approve, roles="collection_manager")
    assert unknown.status_code == 404
    for wrong in ({"evidence": [{"kind": "rumour", "reference": "1"}]}, {"evidence": "all"}, {"because": "old"}):
        assert (await bank.post(path, wrong)).status_code == 422
    proposal_id = (await bank.post(path, {})).json()["proposal_id"]
    for wrong in ({"decision": "maybe"}, {"reason": ""}, {"reason": "a\x00b"}):
        answer = await bank.post(f"{path}/{proposal_id}/decision", approve | wrong, roles="collection_manager")
        assert answer.status_code == 422
