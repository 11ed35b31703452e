"""Every read model, rebuilt from the log, equals the live one; and what the nightly run reads equals the fold."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.repayment.domain.accrual import accrued
from services.repayment.domain.loan import OpenLoan, accrued_before, outstanding
from services.repayment.domain.loan_account import loan_account
from services.repayment.main import service
from services.repayment.queries.accrual_bases import Accruable, accrual_rows
from tests.repayment.bank import ONE_DAY, Bank, classified, disbursed, write_off_approved
from tests.repayment.builders import LOAN
from tests.repayment.portfolio import worked_out

OTHERS = [UUID(int=n) for n in range(1, 5)]
MISTYPED = UUID(int=77)
NOT_LIVED = {"accounting_periods", "core_receipts", "exports"}
"""Tables of what does not happen here."""
LAST_DAY = date(2026, 3, 14)


async def live_a_little(bank: Bank) -> None:
    """Five loans: one written off and recovered, one paid off early, one with money held, one cured, one overdue.

    The overdue one is let off some interest, and the rate of another was changed, dated back.
    A receipt is taken back, and another waits in suspense. The repriced one gets another plan, interest capitalised.
    """
    await bank.hear(disbursed())
    for n, loan_id in enumerate(OTHERS):
        method = "equal_instalments" if n % 2 else "interest_only"
        await bank.hear(disbursed(loan_id=loan_id, principal=10_000, method=method, day_count="30/360"))
    await bank.close_until(date(2026, 1, 20))
    quote = (await bank.get(f"/v1/loans/{OTHERS[0]}/payoff-quote")).json()["amount"]
    await bank.post(f"/v1/loans/{OTHERS[0]}/payoff", {"receipt_id": str(uuid4()), "amount": quote})
    await bank.repay("4000.00", loan_id=OTHERS[1])
    await bank.repay("77.00", loan_id=OTHERS[1], receipt_id=str(MISTYPED))
    await bank.post("/v1/receipts", {"reference": "HX-1", "amount": {"amount": "5.00"}})
    await bank.close_until(date(2026, 2, 20))
    await bank.repay("60.18", loan_id=OTHERS[2])
    await bank.repay("1000.00", loan_id=OTHERS[3])
    await bank.hear(classified("loss", "100", date(2026, 2, 20)), on=date(2026, 2, 20))
    await bank.close_until(LAST_DAY)
    reversal = {"receipt_id": str(MISTYPED), "because": "mistyped"}
    proposed = (await bank.post(f"/v1/loans/{OTHERS[1]}/reversals", reversal)).json()["proposal_id"]
    path = f"/v1/loans/{OTHERS[1]}/reversals/{proposed}/approval"
    done = await bank.post(path, who="wang", roles="approver")
    assert done.status_code == 200, done.text
    await bank.hear(write_off_approved(LAST_DAY), on=LAST_DAY)
    await bank.post(f"/v1/loans/{LOAN}/recoveries", {"receipt_id": str(uuid4()), "amount": {"amount": "5000.00"}})
    await change(bank, OTHERS[2], {"kind": "waiver", "interest": {"amount": "10.00"}})
    await change(bank, OTHERS[3], {"kind": "rate", "annual_rate_percent": "3.6", "from_on": "2026-01-25"})
    await other_terms(bank, OTHERS[3])
    await bank.close_until(LAST_DAY + ONE_DAY)
    closing = await bank.post("/v1/accounting-periods/2026-01/close", {}, branch="HQ")
    assert closing.status_code == 201, closing.text
    taken_out = await bank.post("/v1/exports", {"content": "journal"}, branch="HQ")
    assert taken_out.status_code == 201, taken_out.text


async def other_terms(bank: Bank, loan_id: UUID) -> None:
    """A plan for all that is owed, with the interest that is due in it."""
    path, proposal = f"/v1/loans/{loan_id}/changes", str(uuid4())
    plan = {"kind": "restructuring", "method": "equal_principal", "first_due_on": "2026-04-01", "instalments": 3}
    terms = {**plan, "capitalise": "interest", "guaranteed": False}
    asked = {"proposal_id": proposal, "terms": terms, "reason": "orders delayed"}
    assert (await bank.post(path, asked, roles="officer", who="li")).status_code == 201
    decision = {"decision": "approve", "reason": "papers seen"}
    decided = await bank.post(f"{path}/{proposal}/decision", decision, roles="senior_approver", who="wang")
    assert decided.status_code == 200, decided.text


async def change(bank: Bank, loan_id: UUID, terms: dict[str, Any]) -> None:
    """What one person proposes and another approves."""
    path, proposal = f"/v1/loans/{loan_id}/account-changes", str(uuid4())
    body = {"proposal_id": proposal, "change": terms, "reason": "agreed"}
    proposed = await bank.post(path, body, roles="officer", who="li")
    assert proposed.status_code == 201, proposed.text
    approved = await bank.post(f"{path}/{proposal}/approval", {}, roles="approver", who="wang")
    assert approved.status_code == 200, approved.text


async def test_a_rebuilt_read_model_equals_the_live_one_row_for_row(bank: Bank) -> None:
    await live_a_little(bank)
    await assert_rows_equal_the_fold(bank)
    for projection in service.projections:
        for one in await bank.rebuild(projection):
            assert (one.only_live, one.only_rebuilt) == (0, 0), one
            assert one.live_rows > 0 or one.table in NOT_LIVED, one


async def assert_rows_equal_the_fold(bank: Bank) -> None:
    """The accrual target of every day to come is the same from rows and from the stream."""
    loan_ids = [LOAN, *OTHERS]
    for until in (LAST_DAY + ONE_DAY, date(2026, 4, 10), date(2026, 6, 1)):
        async with bank.engine.pool.acquire() as db:
            rows = await accrual_rows(db, loan_ids, until - ONE_DAY)
        for row, installments in rows:
            loan = Accruable.read(row, installments)
            state = (await bank.engine.commands.load(loan_account, loan.loan_id)).state
            target = accrued_before(state, until)
            if loan.basis is None:
                assert loan.charged == (target.interest.minor, (target.penalty + target.compound).minor)
            else:
                assert accrued(loan.basis, until) == target
            assert row["outstanding"] == (outstanding(state).minor if isinstance(state, OpenLoan) else 0)


async def test_only_loans_that_have_something_to_say_are_aged(bank: Bank) -> None:
    """The first instalment is due on 10 February, the second on 10 March, the principal of two months with it."""
    due = [
        (date(2026, 2, 9), False),
        (date(2026, 2, 10), True),  # to bill
        (date(2026, 2, 11), True),  # to fall overdue
        (date(2026, 2, 12), False),  # nothing until the next instalment or border
        (date(2026, 3, 10), True),
        (date(2026, 3, 11), True),
        (date(2026, 3, 12), False),  # 30 days past due
        (date(2026, 3, 13), True),  # 31: a border
    ]
    await bank.hear(disbursed(term_months=2))
    for as_of, has_something_to_say in due:
        await bank.close_until(as_of - ONE_DAY)
        found = await worked_out(bank, as_of - ONE_DAY)
        assert (found.to_age == (LOAN,) or found.billed_loan_ids == str(LOAN)) is has_something_to_say, as_of
