"""Every read model of collection, rebuilt from the log, equals the live one row for row."""

from datetime import date
from uuid import UUID, uuid4

from services.collection.main import service
from shared.contracts import repayment
from tests.collection.bank import Bank, classified_as, delinquent, overdue, received
from tests.collection.builders import BORROWER, LOAN, TODAY

CALL = {"direction": "outbound", "channel": "phone", "result": "reached", "local_time": "10:30"}


async def live_a_little(bank: Bank) -> None:
    """Two loans: one promises, breaks, is cured and falls overdue again; one is proposed for write-off and rejected."""
    other = UUID(int=7)
    await bank.hear(overdue())
    await bank.hear(overdue(loan_id=other, borrower_id=uuid4()))
    promise = {"amount": {"amount": "3000.00"}, "due_on": "2026-03-10"}
    await bank.post(f"/v1/cases/{LOAN}/promises", promise)
    await bank.post(f"/v1/cases/{LOAN}/contacts", CALL)
    await bank.hear(received(1_000, on=date(2026, 3, 9), overdue_after=9_000))
    await bank.new_day(date(2026, 3, 11))
    await bank.hear(received(2_000, on=date(2026, 3, 10), overdue_after=7_000))  # in time, told late
    cured = repayment.InstallmentCured(loan_id=LOAN, borrower_id=BORROWER, cured_on=date(2026, 3, 12))
    await bank.hear(cured)
    await bank.hear(delinquent(1, on=date(2026, 4, 2)))
    await bank.hear(classified_as("doubtful"))
    path = f"/v1/cases/{LOAN}/write-off-proposals"
    proposal = (await bank.post(path, {}, who="li")).json()["proposal_id"]
    reject = {"decision": "reject", "reason": "too early"}
    await bank.post(f"{path}/{proposal}/decision", reject, who="wang", roles="collection_manager")
    settled = repayment.LoanSettled(
        loan_id=other,
        contract_id=uuid4(),
        application_id=uuid4(),
        borrower_id=BORROWER,
        settled_on=TODAY,
        early=False,
    )
    await bank.hear(settled)
    await bank.caught_up()


async def test_a_rebuilt_read_model_equals_the_live_one_row_for_row(bank: Bank) -> None:
    await live_a_little(bank)
    for projection in service.projections:
        differences = await bank.rebuild(projection)
        assert [(one.only_live, one.only_rebuilt) for one in differences] == [(0, 0)] * len(differences)
        assert all(one.live_rows > 0 for one in differences), projection.name
    await bank.post(f"/v1/cases/{LOAN}/contacts", CALL)
    await bank.caught_up()
    [row] = (await bank.get("/v1/cases", status="open")).json()["items"]
    assert (row["episode"], row["broken_promises"], row["classification"]) == (2, 0, "doubtful")
    assert len((await bank.get(f"/v1/cases/{LOAN}/contacts")).json()["items"]) == 2
