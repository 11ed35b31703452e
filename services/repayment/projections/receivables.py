"""`loan_receivables`: interest and penalty of each loan that payments, waivers or its end took off the receivables.

With the accruals it says what is receivable of the loan now. It is told by the facts alone, not by the table of
entries, so that the sub-ledger can contradict the general ledger.
"""

from typing import Any

from services.repayment.domain import events

RECEIVABLES = """
create table loan_receivables (
  loan_id uuid primary key, interest_taken bigint not null default 0, penalty_taken bigint not null default 0);
"""


async def take_receivables(db: Any, event: Any) -> None:
    """Count what a fact of a loan takes; penalty has compound interest in it."""
    match event:
        case events.RepaymentReversed():
            interest, penalty = event.interest, event.penalty
        case events.LoanBooked():
            await db.execute("insert into loan_receivables (loan_id) values ($1)", event.loan_id)
            return
        case events.RepaymentReceived(allocation=taken) | events.CreditApplied(allocation=taken):
            interest, penalty = taken.interest, taken.penalty + taken.compound
        case events.LoanRescheduled():
            interest, penalty = event.capitalised_interest, event.capitalised_penalty + event.capitalised_compound
        case events.LoanWrittenOff():
            interest, penalty = event.interest, event.penalty
        case events.ChargesWaived():
            interest, penalty = event.interest, event.penalty + event.compound
        case _:
            return
    await db.execute(
        "update loan_receivables set interest_taken = interest_taken + $2, penalty_taken = penalty_taken + $3"
        " where loan_id = $1",
        event.loan_id, interest.minor, penalty.minor,
    )  # fmt: skip
