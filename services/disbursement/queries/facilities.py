"""Rows → the lists of facilities and drawdowns; a facility's own stream → all that is known of it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.disbursement.domain.drawdown import Cancelled, Drawdown, Drawn, OutcomeUnknown, Status
from services.disbursement.domain.events import EntrustedBecause, PaymentMode, PaymentOutcome
from services.disbursement.domain.facility import Facility, FacilityState
from shared.command_handler import Outcome
from shared.messages import Personal
from shared.money import Money, MoneyText

_ERASED = "[erased]"


class FacilityRow(BaseModel):
    """额度: what is left of it is `limit` less `reserved` less `drawn`."""

    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    branch: str
    segment: Literal["company", "small_firm", "person", "supply_chain"]
    product_code: str
    limit: MoneyText
    reserved: MoneyText
    drawn: MoneyText
    available: MoneyText
    status: Literal["open", "closed"]
    opened_on: date
    available_until: date
    closed_on: date | None


class DrawdownRow(BaseModel):
    """提款: one drawdown is one loan. `proposed_by` has said what became of a payment of unknown outcome.

    `reason` is what core banking said; why somebody cancelled it is read from the drawdown itself.
    """

    drawdown_id: UUID
    contract_id: UUID
    borrower_id: UUID
    branch: str
    amount: MoneyText
    payment_mode: Literal["entrusted", "self"]
    status: str
    requested_by: str
    requested_on: date
    released_by: str | None
    instructed_on: date | None
    core_reference: str | None
    reason: str | None
    proposed_by: str | None
    contradicted: bool


class PayeeView(BaseModel):
    name: str
    account: str
    bank: str


class ProposalView(BaseModel):
    proposal_id: UUID
    outcome: PaymentOutcome
    core_reference: str | None
    evidence: str
    proposed_by: str
    proposed_on: date


class DrawdownView(BaseModel):
    """One drawdown; it is one loan, under the same id. `contradicted`: core banking says otherwise, look into it.

    Names and accounts are masked in the answers to commands, which are stored for their idempotency
    keys, and for readers who do not handle the payment; so is, in those answers alone, what people wrote as reason
    or evidence. `[erased]` once their subject is.
    """

    drawdown_id: UUID
    contract_id: UUID
    status: Status
    amount: MoneyText
    payment_mode: PaymentMode
    entrusted_because: EntrustedBecause | None
    borrower_account: str
    payee: PayeeView | None
    trade_contract: str | None
    business_use: bool
    requested_by: str
    requested_on: date
    released_by: str | None = None
    instructed_on: date | None = None
    disbursed_on: date | None = None
    core_reference: str | None = None
    reason: str | None = None
    proposal: ProposalView | None = None
    contradicted: bool


class FacilityView(BaseModel):
    """额度: `available` is `limit` less what is reserved and what is drawn."""

    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    product_code: str
    status: Literal["open", "closed"]
    limit: MoneyText
    reserved: MoneyText
    drawn: MoneyText
    available: MoneyText
    available_until: date
    closed_on: date | None
    drawdowns: list[DrawdownView]


async def facilities(
    db: Any,
    *,
    branches: Sequence[str] | None,
    borrower_id: UUID | None,
    status: str | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[FacilityRow]:
    """Up to `limit` facilities behind `after` (opened_on, contract_id), oldest first."""
    opened_on, contract_id = after or (None, None)
    rows = await db.fetch(
        "select * from facilities where ($1::text[] is null or branch = any($1))"
        " and ($2::uuid is null or borrower_id = $2) and ($3::text is null or status = $3)"
        " and ($4::date is null or (opened_on, contract_id) > ($4, $5::uuid))"
        " order by opened_on, contract_id limit $6",
        *(branches, borrower_id, status, opened_on, contract_id, limit),
    )
    return [_facility(row) for row in rows]


async def drawdowns(
    db: Any,
    *,
    branches: Sequence[str] | None,
    contract_id: UUID | None,
    borrower_id: UUID | None,
    status: str | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[DrawdownRow]:
    """Up to `limit` drawdowns behind `after` (requested_on, drawdown_id), oldest first."""
    requested_on, drawdown_id = after or (None, None)
    rows = await db.fetch(
        "select * from drawdowns where ($1::text[] is null or branch = any($1))"
        " and ($2::uuid is null or contract_id = $2) and ($3::uuid is null or borrower_id = $3)"
        " and ($4::text is null or status = $4)"
        " and ($5::date is null or (requested_on, drawdown_id) > ($5, $6::uuid))"
        " order by requested_on, drawdown_id limit $7",
        *(branches, contract_id, borrower_id, status, requested_on, drawdown_id, limit),
    )
    return [_drawdown(row) for row in rows]


async def drawdown(db: Any, drawdown_id: UUID, branches: Sequence[str] | None) -> DrawdownRow | None:
    row = await db.fetchrow(
        "select * from drawdowns where drawdown_id = $1 and ($2::text[] is null or branch = any($2))",
        *(drawdown_id, branches),
    )
    return _drawdown(row) if row else None


async def lapsed(db: Any, on: date) -> list[tuple[UUID, str]]:
    """(contract_id, branch) of open facilities whose availability ended before `on` and where no money is out."""
    rows = await db.fetch(
        "select contract_id, branch from facilities f where status = 'open' and available_until < $1"
        " and reserved_minor = 0 and not exists"
        " (select from drawdowns d where d.contract_id = f.contract_id and d.status = 'disbursed')",
        on,
    )
    return [(row["contract_id"], row["branch"]) for row in rows]


def _facility(row: Any) -> FacilityRow:
    limit, reserved, drawn = (
        Money(row[column], row["currency"]) for column in ("limit_minor", "reserved_minor", "drawn_minor")
    )
    return FacilityRow(**row, limit=limit, reserved=reserved, drawn=drawn, available=limit - reserved - drawn)


def _drawdown(row: Any) -> DrawdownRow:
    return DrawdownRow(**row, amount=Money(row["amount_minor"], row["currency"]))


def facility_of(outcome: Outcome[FacilityState, Any]) -> Facility:
    assert isinstance(outcome.state, Facility), "a stream with events has a facility"
    return outcome.state


def facility_view(outcome: Outcome[FacilityState, Any], *, in_full: bool) -> FacilityView:
    known, terms = facility_of(outcome), facility_of(outcome).terms
    return FacilityView(
        contract_id=outcome.aggregate_id,
        application_id=terms.application_id,
        borrower_id=terms.borrower_id,
        product_code=terms.product_code,
        status="closed" if known.closed_on else "open",
        limit=terms.limit,
        reserved=known.reserved,
        drawn=known.drawn,
        available=known.available,
        available_until=terms.available_until,
        closed_on=known.closed_on,
        drawdowns=[view_of(drawdown_id, in_full=in_full, prose=True)(outcome) for drawdown_id in known.drawdowns],
    )


def view_of(
    drawdown_id: UUID, *, in_full: bool = False, prose: bool = False
) -> Callable[[Outcome[FacilityState, Any]], DrawdownView]:
    """How one drawdown of a facility is shown: with names and accounts, and with what people wrote, or masked."""

    def view(outcome: Outcome[FacilityState, Any]) -> DrawdownView:
        known = facility_of(outcome)
        contradicted = drawdown_id in known.contradicted
        return _drawdown_view(known.drawdowns[drawdown_id], contradicted=contradicted, in_full=in_full, prose=prose)

    return view


def _drawdown_view(drawdown: Drawdown, *, contradicted: bool, in_full: bool, prose: bool) -> DrawdownView:
    request = drawdown.request
    shown = plain if in_full else masked
    payee = request.payee
    return DrawdownView(
        drawdown_id=request.drawdown_id,
        contract_id=request.contract_id,
        status=drawdown.status,
        amount=request.amount,
        payment_mode=request.payment_mode,
        entrusted_because=request.entrusted_because,
        borrower_account=shown(request.borrower_account),
        payee=PayeeView(name=shown(payee.name), account=shown(payee.account), bank=payee.bank) if payee else None,
        trade_contract=request.trade_contract,
        business_use=request.business_use,
        requested_by=request.requested_by,
        requested_on=request.requested_on,
        contradicted=contradicted,
        **_since(drawdown, plain if prose else hidden),
    )


def plain(personal: Personal[str]) -> str:
    return _ERASED if personal.value is None else personal.value


def hidden(personal: Personal[str]) -> str:
    return _ERASED if personal.value is None else "•••"


def masked(personal: Personal[str]) -> str:
    """The last four characters, at most half of them, the others starred."""
    text = plain(personal)
    kept = min(4, len(text) // 2)
    return text if text == _ERASED else "*" * (len(text) - kept) + text[len(text) - kept :]


def _since(drawdown: Drawdown, shown: Callable[[Personal[str]], str]) -> dict[str, Any]:
    """What is known of a drawdown beyond its request; its states name their fields as the view does."""
    known = {name: value for name, value in vars(drawdown).items() if name not in {"request", "proposal"}}
    if isinstance(drawdown, Drawn):
        known["instructed_on"] = drawdown.disbursed_on
    if isinstance(drawdown, OutcomeUnknown) and drawdown.proposal:
        known["proposal"] = ProposalView(**(dict(drawdown.proposal) | {"evidence": shown(drawdown.proposal.evidence)}))
    if isinstance(drawdown, Cancelled):
        known["reason"] = shown(drawdown.reason)
    return known
