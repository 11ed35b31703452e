"""End of day for one loan (单笔日终): what the last night owes a loan that it left out, and everything until today."""

from datetime import timedelta
from uuid import UUID, uuid4

from services.repayment.domain.accrual_batch import accrual_batch, accrual_batch_id
from services.repayment.domain.commands import AccrueInterest, AgeLoan
from services.repayment.domain.events import AccrualLine, AccrualLines
from services.repayment.domain.loan_account import loan_account
from services.repayment.end_of_day.chunks import accrual_line, published_lpr
from services.repayment.queries import nightly_work
from services.repayment.queries.accrual_bases import Accruable, accrual_rows
from shared.command_handler import CommandHandler
from shared.engine import Engine
from shared.event_store import Metadata
from shared.inbox import TransactionStreams
from shared.messages import Rejected

READ_MODEL = "loans"


async def close_loan(engine: Engine, loan_id: UUID, meta: Metadata) -> tuple[AccrualLine | None, int]:
    """Accrue and age one loan up to the business date: what it accrued, if it had not, and how many facts it has more.

    For a loan that the night put in quarantine, or that was heard of too late for it; repeating it changes nothing.
    Rejected while a night is running, which does the same for every loan.
    """
    line = await _accrue(engine, loan_id, meta)
    asked = AgeLoan(loan_id=loan_id, as_of=meta.business_date, lpr=await published_lpr(engine))
    outcome = await engine.commands.handle(loan_account, asked, meta, command_id=uuid4())
    return line, len(outcome.events)


async def _accrue(engine: Engine, loan_id: UUID, meta: Metadata) -> AccrualLine | None:
    today = meta.business_date
    night = today - timedelta(days=1)
    async with engine.pool.acquire() as db, db.transaction():
        await nightly_work.keep_others_out(db)
        if await nightly_work.is_running(db, today):
            raise Rejected("night_running", f"The end of day of {today} is running; it takes this loan with it.")
        await engine.caught_up(READ_MODEL)
        part = await nightly_work.part_left_out(db, loan_id, night)
        if part is None:
            return None
        async with engine.pool.acquire() as reader:
            [(loan, rows)] = await accrual_rows(reader, [loan_id], night)
        line = accrual_line(Accruable.read(loan, rows), night)
        command = AccrueInterest(
            batch_id=accrual_batch_id(night, loan_id),
            accrued_on=night,
            chunk=part,
            currency=loan["currency"],
            lines=AccrualLines.of([line]),
            billed_on=today,
        )
        streams = TransactionStreams(engine.store, db)
        await CommandHandler(streams).handle(accrual_batch, command, meta, command_id=command.batch_id)
        await streams.flush()
    engine.store.appended.set()
    return line
