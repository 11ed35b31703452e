"""The sweep of promises on a real database: what one stream holds keeps no other waiting."""

from datetime import date
from uuid import UUID

from structlog.testing import capture_logs

from services.collection.domain.collection_case import collection_case
from tests.collection.bank import Bank, overdue
from tests.shared.damage import make_unreadable

BAD, GOOD = UUID(int=1), UUID(int=2)
PROMISE = {"amount": {"amount": "3000.00"}, "due_on": "2026-03-10"}


async def test_a_case_that_cannot_be_read_is_told_of_and_the_next_one_is_swept(bank: Bank) -> None:
    for loan_id in (BAD, GOOD):
        await bank.hear(overdue(loan_id=loan_id))
        assert (await bank.post(f"/v1/cases/{loan_id}/promises", PROMISE)).status_code == 201
    await bank.caught_up()
    await make_unreadable(bank, collection_case.stream(BAD))
    with capture_logs() as logs:
        await bank.new_day(date(2026, 3, 11))
    assert [one["loan_id"] for one in logs if one["event"] == "promises_not_swept"] == [str(BAD)]
    assert [one["status"] for one in (await bank.get(f"/v1/cases/{GOOD}")).json()["promises"]] == ["broken"]
    await bank.hear(overdue(loan_id=UUID(int=3)))
    assert (await bank.get(f"/v1/cases/{UUID(int=3)}")).status_code == 200
