"""Rows → the work list of fund use; a facility's own stream → what is known of one drawdown's money."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.disbursement.domain.facility import FacilityState
from services.disbursement.domain.fund_use import FundUse
from services.disbursement.domain.fund_use_events import FundPurpose, FundUseChecked, FundUseFlag, FundUseOutcome
from services.disbursement.queries.facilities import facility_of, hidden, masked, plain
from shared.command_handler import Outcome
from shared.money import Money, MoneyText

FundUseStatus = Literal["not_asked", "due", "reported", "to_check", "proper", "found", "misused"]
"""`not_asked`: the bank paid itself; `due`: a report is waited for; `to_check`: flagged or drawn by lot; `found`:
misuse was found and waits for a second person."""


class FundUseRow(BaseModel):
    """用途监控: how far the use of one loan's money is known. `due_on`: until when it is to be reported."""

    drawdown_id: UUID
    contract_id: UUID
    borrower_id: UUID
    branch: str
    amount: MoneyText
    reported: MoneyText
    status: FundUseStatus
    flags: list[FundUseFlag]
    sampled: bool
    due_on: date
    checked_by: str | None
    misused: MoneyText | None


class FundPaymentView(BaseModel):
    payee: str
    account: str
    amount: MoneyText
    paid_on: date
    purpose: FundPurpose
    voucher: str
    trade_contract: str | None


class FindingView(BaseModel):
    """What somebody saw, and where the proof lies."""

    finding_id: UUID
    outcome: FundUseOutcome
    misused: MoneyText | None
    misused_from: date | None
    evidence: str
    checked_by: str
    checked_on: date


class FundUseView(BaseModel):
    """What is known of the use of one drawdown's money.

    Payees and prose are masked in the answers to commands, which are stored for their idempotency keys, and payees for
    readers who do not handle payments. `[erased]` once their subject is.
    """

    contract_id: UUID
    drawdown_id: UUID
    amount: MoneyText
    reported: MoneyText
    flags: list[FundUseFlag]
    sampled: bool
    payments: list[FundPaymentView]
    finding: FindingView | None
    checked: FindingView | None
    misused: MoneyText | None
    misused_from: date | None


async def fund_uses(
    db: Any,
    *,
    branches: Sequence[str] | None,
    status: str | None,
    due_by: date | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[FundUseRow]:
    """Up to `limit` rows behind `after` (due_on, drawdown_id), the most urgent first."""
    due_on, drawdown_id = after or (None, None)
    rows = await db.fetch(
        "select * from fund_uses where ($1::text[] is null or branch = any($1)) and ($2::text is null or status = $2)"
        " and ($3::date is null or due_on <= $3) and ($4::date is null or (due_on, drawdown_id) > ($4, $5::uuid))"
        " order by due_on, drawdown_id limit $6",
        *(branches, status, due_by, due_on, drawdown_id, limit),
    )
    return [_row(row) for row in rows]


def _row(row: Any) -> FundUseRow:
    amount, reported = (Money(row[column], row["currency"]) for column in ("amount_minor", "reported_minor"))
    misused = None if row["misused_minor"] is None else Money(row["misused_minor"], row["currency"])
    return FundUseRow(**row, amount=amount, reported=reported, misused=misused)


def use_of(
    drawdown_id: UUID, *, in_full: bool = False, prose: bool = False
) -> Callable[[Outcome[FacilityState, Any]], FundUseView]:
    """How the use of one drawdown is shown: with payees, and with what people wrote, or masked."""

    def view(outcome: Outcome[FacilityState, Any]) -> FundUseView:
        known = facility_of(outcome)
        request, use = known.drawdowns[drawdown_id].request, known.fund_uses.get(drawdown_id, FundUse())
        shown, said = (plain if in_full else masked), (plain if prose else hidden)
        return FundUseView(
            contract_id=request.contract_id,
            drawdown_id=drawdown_id,
            amount=request.amount,
            reported=use.total(request.amount.currency),
            flags=list(use.flags),
            sampled=use.sampled,
            payments=[
                FundPaymentView(**dict(one) | {"payee": shown(one.payee), "account": shown(one.account)})
                for one in use.payments
            ],
            finding=_finding(use.finding, said),
            checked=_finding(use.proper, said),
            misused=use.misused.misused if use.misused else None,
            misused_from=use.misused.misused_from if use.misused else None,
        )

    return view


def _finding(found: FundUseChecked | None, said: Callable[[Any], str]) -> FindingView | None:
    return FindingView(**dict(found) | {"evidence": said(found.evidence)}) if found else None
