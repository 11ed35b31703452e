"""Receipts of the core system (核心回单): each once, to the loan that it names, or else into suspense.

The fact of the receipt and the fact of the loan are committed together, so that money is never in neither.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar, get_args
from uuid import UUID, uuid5

from services.repayment.domain.commands import ReceiveRepayment, RecoverWrittenOff
from services.repayment.domain.core_receipt import Applied, CoreReceipt, core_receipt, repeated
from services.repayment.domain.events.receipts import ReceiptSource, ReceiptTaken, SuspenseReason
from services.repayment.domain.loan import LoanAccount, NoLoan, OpenLoan, WrittenOffLoan
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.money_rules import RULES
from services.repayment.domain.receipt_commands import MatchSuspense, PostReceipt, SuspendReceipt
from services.repayment.queries import suspense
from shared.command_handler import ATTEMPTS_MAX, CommandHandler
from shared.engine import Engine
from shared.event_store import Metadata, VersionConflict
from shared.inbox import TransactionStreams
from shared.messages import Rejected

T = TypeVar("T")
Branches = Sequence[str] | None
"""The branches whose loans may be seen; None: all of them."""


@dataclass(frozen=True)
class Posting:
    """One receipt on its way: what was told of it, and on whose behalf it is posted."""

    receipt_id: UUID
    taken: ReceiptTaken
    branches: Branches
    meta: Metadata
    source: ReceiptSource | None = None


async def post(engine: Engine, posting: Posting, *, dry_run: bool = False) -> CoreReceipt:
    """Apply the receipt or suspend it; what became of it. Rejected when its reference was used for another one."""
    today = posting.meta.business_date
    if posting.taken.received_on > today:
        raise Rejected("received_in_future", f"The business date is {today}.", field="received_on")

    async def once(db: Any, streams: TransactionStreams) -> CoreReceipt:
        handler = CommandHandler(streams)
        known = await handler.load(core_receipt, posting.receipt_id)
        if repeated(posting.taken, known.state):
            return known.state
        loan_id, reason = await _loan_of(db, posting)
        meta = posting.meta
        if loan_id is not None:
            reason, meta = await _apply(handler, loan_id, posting)
        command: PostReceipt | SuspendReceipt
        about: dict[str, Any] = {
            "receipt_id": posting.receipt_id,
            "taken": posting.taken,
            "source": posting.source,
        }
        if loan_id is not None and reason is None:
            command = PostReceipt(**about, loan_id=loan_id)
        else:
            command = SuspendReceipt(**about, reason=reason or "loan_unknown", taken_on=today)
        outcome = await handler.handle(core_receipt, command, meta, command_id=uuid5(posting.receipt_id, "post"))
        return outcome.state

    return await _transacted(engine, once, dry_run=dry_run)


async def match(
    engine: Engine, meta: Metadata, receipt_id: UUID, loan_id: UUID, branches: Branches, *, dry_run: bool = False
) -> CoreReceipt:
    """Apply suspended money to a loan, on the first day that the loan and the bank's rule allow. Rejected by either."""

    async def once(_db: Any, streams: TransactionStreams) -> CoreReceipt:
        handler = CommandHandler(streams)
        command = MatchSuspense(receipt_id=receipt_id, loan_id=loan_id, by=meta.actor, today=meta.business_date)
        command_id = uuid5(receipt_id, f"match/{loan_id}")
        outcome = await handler.handle(core_receipt, command, meta, command_id=command_id)
        if outcome.events:
            assert isinstance(outcome.state, Applied), "what was matched is applied"
            posting = Posting(receipt_id, outcome.state.taken, branches, meta)
            if await _visible(handler, loan_id, posting) is None:
                raise Rejected("loan_unknown", "There is no such loan, or it is not yours to see.", field="loan_id")
            loan = (await handler.load(loan_account, loan_id)).state
            await handler.handle(
                loan_account, _payment(loan, posting, loan_id, dated=True), meta, command_id=command_id
            )
        return outcome.state

    return await _transacted(engine, once, dry_run=dry_run)


async def _transacted(engine: Engine, act: Callable[[Any, TransactionStreams], Awaitable[T]], *, dry_run: bool) -> T:
    """`act` with all that it appends in one transaction; again when somebody else wrote one of its streams."""
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            async with engine.pool.acquire() as db, db.transaction():
                streams = TransactionStreams(engine.store, db)
                result = await act(db, streams)
                if not dry_run:
                    await streams.flush()
        except VersionConflict:
            if attempt == ATTEMPTS_MAX:
                raise
            await asyncio.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311  (jitter)
        else:
            engine.store.appended.set()
            return result
    raise AssertionError("unreachable")


async def _loan_of(db: Any, posting: Posting) -> tuple[UUID | None, SuspenseReason | None]:
    """The loan that the receipt is for, or why none can be told."""
    if posting.taken.loan_id is not None:
        return posting.taken.loan_id, None
    if posting.taken.borrower_id is None:
        return None, "no_loan_named"
    loans = await suspense.open_loans_of(db, posting.taken.borrower_id, posting.branches)
    if len(loans) == 1:
        return loans[0], None
    return None, "several_loans" if loans else "no_open_loan"


async def _apply(handler: CommandHandler, loan_id: UUID, posting: Posting) -> tuple[SuspenseReason | None, Metadata]:
    """Why the loan refused the money, None where it took it; and in whose books the receipt is."""
    branch = await _visible(handler, loan_id, posting)
    if branch is None:
        return "loan_unknown", posting.meta
    meta = replace(posting.meta, branch=branch)
    loan = (await handler.load(loan_account, loan_id)).state
    try:
        command = _payment(loan, posting, loan_id)
        await handler.handle(loan_account, command, meta, command_id=uuid5(posting.receipt_id, "loan"))
    except Rejected as refused:
        if refused.code not in get_args(SuspenseReason):
            raise
        reason: SuspenseReason = refused.code  # type: ignore[assignment]
        return reason, meta
    return None, meta


async def _visible(handler: CommandHandler, loan_id: UUID, posting: Posting) -> str | None:
    """The loan's branch where the loan is booked and may be seen."""
    past = await handler.store.read(loan_account.stream(loan_id))
    if not past or past[0].meta.legal_entity != posting.meta.legal_entity:
        return None
    branch = past[0].meta.branch
    return branch if posting.branches is None or branch in posting.branches else None


def _payment(
    loan: LoanAccount, posting: Posting, loan_id: UUID, *, dated: bool = False
) -> ReceiveRepayment | RecoverWrittenOff:
    """The receipt as the loan is asked; `dated`: on the first day, from its own on, that the loan can still take."""
    today, on = posting.meta.business_date, posting.taken.received_on
    if dated and not isinstance(loan, NoLoan):
        last: date = loan.last_event_on if isinstance(loan, OpenLoan | WrittenOffLoan) else on
        on = max(on, last, today - timedelta(days=RULES.backdating_days_max))
    kind = RecoverWrittenOff if isinstance(loan, WrittenOffLoan) else ReceiveRepayment
    return kind(
        loan_id=loan_id, receipt_id=posting.receipt_id, amount=posting.taken.amount, received_on=on, today=today
    )
