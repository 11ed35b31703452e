"""额度: the facility of one contract, the only owner of its limit.

Facility and drawdowns are one aggregate, one stream per contract: the limit is checked and reserved by the
append that records the request, so of any number of parallel requests for the last yuan the store lets
exactly one win. With a stream per drawdown the check would span two streams and need a protocol of its own.
The price is that drawdowns of one contract queue behind each other: a contract has a few in its life.

In this slice a loan is a non-revolving term loan: what was drawn stays used, also when it is paid back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never, get_args
from uuid import UUID

from services.disbursement.domain import drawdown, fund_use, payment
from services.disbursement.domain.commands import (
    CancelDrawdown,
    CloseLapsedFacility,
    ConfirmPayment,
    ConfirmResolution,
    DrawdownCommand,
    FacilityCommand,
    FailPayment,
    OpenFacility,
    ProposeResolution,
    RecordOutcomeUnknown,
    ReleaseDrawdown,
    RequestDrawdown,
    SettleDrawdown,
    WriteOffDrawdown,
)
from services.disbursement.domain.drawdown import (
    Disbursed,
    Drawdown,
    Drawn,
    Requested,
    Reserving,
    Settled,
    WrittenOff,
)
from services.disbursement.domain.entrusted_payment import entrusted_because
from services.disbursement.domain.events import (
    DisbursementFailed,
    DrawdownCancelled,
    DrawdownRequested,
    DrawdownSettled,
    DrawdownWrittenOff,
    EntrustedBecause,
    FacilityClosed,
    FacilityEvent,
    FacilityOpened,
    FacilityTerms,
    PaymentContradicted,
)
from services.disbursement.domain.fund_use import FundUse
from services.disbursement.domain.fund_use_commands import FundUseCommand
from services.disbursement.domain.fund_use_events import FundUseEvent
from services.disbursement.domain.splitting import Paid, split_total
from shared.decider import Decider
from shared.messages import Rejected
from shared.money import Money


@dataclass(frozen=True)
class NoFacility:
    """No contract of this id has been signed."""


@dataclass(frozen=True)
class Facility:
    terms: FacilityTerms
    drawdowns: Mapping[UUID, Drawdown] = field(default_factory=dict)
    contradicted: frozenset[UUID] = frozenset()
    fund_uses: Mapping[UUID, FundUse] = field(default_factory=dict)
    closed_on: date | None = None

    @property
    def reserved(self) -> Money:
        return self._sum(d for d in self.drawdowns.values() if isinstance(d, Reserving))

    @property
    def drawn(self) -> Money:
        return self._sum(d for d in self.drawdowns.values() if isinstance(d, Drawn))

    @property
    def available(self) -> Money:
        return self.terms.limit - self.reserved - self.drawn

    def _sum(self, counted: Iterable[Drawdown]) -> Money:
        return Money.sum((d.request.amount for d in counted), self.terms.limit.currency)


FacilityState = NoFacility | Facility


def decide(command: FacilityCommand, facility: FacilityState) -> Sequence[FacilityEvent]:
    """The facts that `command` makes; closes the facility with the last of its loans."""
    if isinstance(command, OpenFacility):
        # Open already: the announcement was delivered twice.
        return [FacilityOpened(**dict(command))] if isinstance(facility, NoFacility) else []
    if isinstance(facility, NoFacility):
        raise Rejected("facility_unknown", "no signed contract of this id is known here")
    if isinstance(command, RequestDrawdown):
        return request(command, facility)
    if isinstance(command, CloseLapsedFacility):
        return closing(command.contract_id, facility, command.on)
    current = facility.drawdowns.get(command.drawdown_id)
    if current is None:
        raise Rejected("drawdown_unknown", "the facility has no drawdown of this id")
    if isinstance(command, FundUseCommand):
        terms = facility.terms
        uses = facility.fund_uses
        return fund_use.decide(command, current, uses, segment=terms.segment, borrower_id=terms.borrower_id)
    events = decide_drawdown(command, current, facility)
    on = ended_on(events)
    return [*events, *closing(command.contract_id, facility_after(facility, events), on)] if on else events


def request(command: RequestDrawdown, facility: Facility) -> Sequence[FacilityEvent]:
    """Reserve `amount`, if it may be drawn on this day, in this way, within what is left of the limit."""
    terms = facility.terms
    because = entrusted_because(
        command.amount,
        segment=terms.segment,
        new_relation=terms.new_relation,
        average_credit=terms.average_credit,
        payee_known=command.payee is not None,
        business_use=command.business_use,
    ) or _split(command, facility)
    requested = DrawdownRequested(**dict(command), entrusted_because=because)
    if earlier := facility.drawdowns.get(command.drawdown_id):
        if earlier.request == requested:
            return []
        raise Rejected("drawdown_exists", "another drawdown has this id")
    if facility.closed_on:
        raise Rejected("facility_closed", f"the facility was closed on {facility.closed_on}")
    if command.requested_on > terms.available_until:
        raise Rejected("availability_ended", f"money could be drawn until {terms.available_until}")
    if command.amount.currency != terms.limit.currency:
        raise Rejected("currency_mismatch", f"the facility is in {terms.limit.currency}", field="amount")
    if command.amount.minor <= 0:
        raise Rejected("amount_not_positive", "a drawdown is of more than nothing", field="amount")
    check_payment(requested)
    if command.amount > facility.available:
        raise Rejected("limit_exceeded", f"{facility.available} of the limit is left", field="amount")
    return [requested]


def _split(command: RequestDrawdown, facility: Facility) -> EntrustedBecause | None:
    """Money drawn in parts for one payee is entrusted as the whole would be: cutting it small evades no rule."""
    if facility.terms.segment == "person" or command.payee is None:
        return None
    asked: list[DrawdownRequested | RequestDrawdown] = [
        one.request for one in facility.drawdowns.values() if isinstance(one, Reserving | Drawn)
    ]
    paid = [
        Paid(one.payee.account.value, one.trade_contract, one.amount, one.requested_on)
        for one in (*asked, command)
        if one.payee is not None
    ]
    return "split_payments" if split_total(paid) is not None else None


def check_payment(requested: DrawdownRequested) -> None:
    """Entrusted where a rule asks for it, and then to a payee and against the contract it is paid for."""
    if requested.payment_mode == "self":
        if requested.entrusted_because:
            raise Rejected(
                "entrusted_payment_required",
                f"the bank must pay the payee itself: {requested.entrusted_because}",
                field="payment_mode",
            )
        return
    if requested.payee is None:
        raise Rejected("payee_required", "entrusted payment goes to a named payee", field="payee")
    if requested.payee.account.value == requested.borrower_account.value:
        raise Rejected("payee_is_borrower", "the payee's account is the borrower's own", field="payee")
    if not requested.trade_contract:
        raise Rejected(
            "trade_contract_required",
            "entrusted payment is checked against the contract it is paid for",
            field="trade_contract",
        )


def decide_drawdown(command: DrawdownCommand, current: Drawdown, facility: Facility) -> Sequence[FacilityEvent]:
    terms = facility.terms
    match command:
        case ReleaseDrawdown():
            return payment.release(command, current, terms)
        case CancelDrawdown():
            return payment.cancel(command, current, terms)
        case ConfirmPayment():
            return once(facility, payment.confirm(command, current, terms))
        case FailPayment():
            return once(facility, payment.fail(command, current, terms))
        case RecordOutcomeUnknown():
            return payment.outcome_unknown(command, current)
        case ProposeResolution():
            return payment.propose(command, current, terms)
        case ConfirmResolution():
            return payment.confirm_resolution(command, current, terms)
        case SettleDrawdown():
            return end(DrawdownSettled(**dict(command)), current)
        case WriteOffDrawdown():
            return end(DrawdownWrittenOff(**dict(command)), current)
        case _:
            assert_never(command)


def once(facility: Facility, events: Sequence[FacilityEvent]) -> Sequence[FacilityEvent]:
    """`events`, but no second contradiction of one drawdown: enquiries are repeated."""
    return [
        event
        for event in events
        if not (isinstance(event, PaymentContradicted) and event.drawdown_id in facility.contradicted)
    ]


def end(ended: DrawdownSettled | DrawdownWrittenOff, current: Drawdown) -> Sequence[FacilityEvent]:
    """The loan has ended in repayment, which alone knows; a loan written off may still be paid back later."""
    match current:
        case Disbursed():
            return [ended]
        case WrittenOff() if isinstance(ended, DrawdownSettled):
            return [ended]
        case Settled() | WrittenOff():
            return []
        case _:
            raise Rejected("loan_not_disbursed", f"the drawdown is {current.status}: it has no loan")


def ended_on(events: Sequence[FacilityEvent]) -> date | None:
    """The date of the event by which a drawdown has come to its end, if one of `events` is that."""
    for event in events:
        match event:
            case DrawdownSettled():
                return event.settled_on
            case DrawdownWrittenOff():
                return event.written_off_on
            case DrawdownCancelled():
                return event.cancelled_on
            case DisbursementFailed():
                return event.failed_on
            case _:
                continue
    return None


def closing(contract_id: UUID, facility: Facility, on: date) -> Sequence[FacilityEvent]:
    """Closes the facility when no loan of it runs and nothing more can be drawn.

    A rest of the limit keeps it open while the borrower has the right to draw it (until `available_until`).
    """
    running = facility.reserved or any(isinstance(d, Disbursed) for d in facility.drawdowns.values())
    drawable = facility.available and on <= facility.terms.available_until
    if facility.closed_on or running or drawable:
        return []
    return [FacilityClosed(contract_id=contract_id, closed_on=on)]


def facility_after(facility: Facility, events: Sequence[FacilityEvent]) -> Facility:
    state: FacilityState = facility
    for event in events:
        state = evolve(state, event)
    assert isinstance(state, Facility), "a facility never goes away"
    return state


def evolve(facility: FacilityState, event: FacilityEvent) -> FacilityState:
    if isinstance(event, FacilityOpened):
        return Facility(terms=event.terms)
    assert isinstance(facility, Facility), "everything else happens to an open facility"
    if isinstance(event, FacilityClosed):
        return replace(facility, closed_on=event.closed_on)
    if isinstance(event, PaymentContradicted):
        return replace(facility, contradicted=facility.contradicted | {event.drawdown_id})
    if isinstance(event, FundUseEvent):
        used = fund_use.evolve(facility.fund_uses.get(event.drawdown_id, FundUse()), event)
        return replace(facility, fund_uses={**facility.fund_uses, event.drawdown_id: used})
    if isinstance(event, DrawdownRequested):
        changed: Drawdown = Requested(request=event)
    else:
        changed = drawdown.evolve(facility.drawdowns[event.drawdown_id], event)
    return replace(facility, drawdowns={**facility.drawdowns, event.drawdown_id: changed})


facility = Decider[FacilityState, FacilityCommand, FacilityEvent](
    category="facility",
    stream_id=lambda command: command.contract_id,
    initial=NoFacility(),
    decide=decide,
    evolve=evolve,
    events=get_args(FacilityEvent),
)
