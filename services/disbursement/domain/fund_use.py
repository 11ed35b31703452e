"""贷款资金用途监控: money that the borrower pays out himself is reported, looked at, and traced when it went astray.

Sources: 流动资金贷款管理办法 (2024), chapters on payment and post-loan management: the borrower reports regularly on
self-payment, and the bank checks by vouchers, accounts and visits. Days and share are practice, parameters with these
defaults.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never, get_args
from uuid import UUID

from services.disbursement.domain.drawdown import Drawdown, Drawn
from services.disbursement.domain.entrusted_payment import COMPANY_SINGLE_PAYMENT_MAX
from services.disbursement.domain.events import Segment
from services.disbursement.domain.fund_use_commands import (
    CheckFundUse,
    ConfirmMisuse,
    DismissMisuse,
    FundUseCommand,
    ReportFundUse,
)
from services.disbursement.domain.fund_use_events import (
    BannedPurpose,
    FundPayment,
    FundsMisused,
    FundUseChecked,
    FundUseEvent,
    FundUseFlag,
    FundUseReported,
    MisuseDismissed,
)
from services.disbursement.domain.splitting import Paid, split_total
from shared.messages import Personal, Rejected
from shared.money import Money

REPORT_DUE_DAYS = 30
"""So many days after the drawdown its use must have been reported."""

SAMPLED_ONE_IN = 5
"""Of reports that nothing speaks against, one of so many is checked all the same."""

PAYMENTS_MAX = 500
"""Payments of one drawdown in all its reports: a longer list belongs into a special account's statement."""


@dataclass(frozen=True)
class FundUse:
    """What is known of the use of one drawdown's money. `finding` waits for a second person."""

    payments: tuple[FundPayment, ...] = ()
    reported_by: frozenset[str] = frozenset()
    flags: tuple[FundUseFlag, ...] = ()
    sampled: bool = False
    finding: FundUseChecked | None = None
    proper: FundUseChecked | None = None
    misused: FundsMisused | None = None

    def total(self, currency: str) -> Money:
        return Money.sum((one.amount for one in self.payments), currency)


FundUses = Mapping[UUID, FundUse]


def decide(
    command: FundUseCommand, drawdown: Drawdown, uses: FundUses, *, segment: Segment, borrower_id: UUID
) -> Sequence[FundUseEvent]:
    """The facts that `command` makes of the money of `drawdown`; `uses` are those of all drawdowns of the contract."""
    if not isinstance(drawdown, Drawn):
        raise Rejected("loan_not_disbursed", f"the drawdown is {drawdown.status}: no money is out")
    use = uses.get(command.drawdown_id, FundUse())
    match command:
        case ReportFundUse():
            return [report(command, drawdown, uses, segment)]
        case CheckFundUse():
            return [check(command, drawdown, use, borrower_id)]
        case ConfirmMisuse():
            finding = _finding(use, command.finding_id, command.confirmed_by)
            assert finding.misused is not None, "checked when it was found"
            assert finding.misused_from is not None, "checked when it was found"
            return [
                FundsMisused(
                    contract_id=command.contract_id,
                    drawdown_id=command.drawdown_id,
                    finding_id=command.finding_id,
                    misused=finding.misused,
                    misused_from=finding.misused_from,
                    confirmed_by=command.confirmed_by,
                    confirmed_on=command.confirmed_on,
                )
            ]
        case DismissMisuse():
            _finding(use, command.finding_id, command.dismissed_by)
            return [
                MisuseDismissed(
                    contract_id=command.contract_id,
                    drawdown_id=command.drawdown_id,
                    finding_id=command.finding_id,
                    reason=Personal(subject_id=borrower_id, value=command.reason),
                    dismissed_by=command.dismissed_by,
                    dismissed_on=command.dismissed_on,
                )
            ]
        case _:
            assert_never(command)


def report(command: ReportFundUse, drawdown: Drawn, uses: FundUses, segment: Segment) -> FundUseReported:
    """Take the borrower's report, and find in all reports under the contract what somebody must look at."""
    request = drawdown.request
    if request.payment_mode == "entrusted":
        raise Rejected("paid_by_the_bank", "entrusted money was paid by the bank itself: there is nothing to report")
    for index, one in enumerate(command.payments):
        _check_payment(one, index, drawdown, command.reported_on)
    use = uses.get(command.drawdown_id, FundUse())
    after = replace(use, payments=use.payments + command.payments)
    if len(after.payments) > PAYMENTS_MAX:
        raise Rejected("payments_too_many", f"of one drawdown up to {PAYMENTS_MAX} payments are kept", field="payments")
    total = after.total(request.amount.currency)
    if total > request.amount:
        detail = f"with this report {total} would have been paid out of {request.amount}"
        raise Rejected("reported_more_than_drawn", detail, field="payments")
    everything = [one for known in {**uses, command.drawdown_id: after}.values() for one in known.payments]
    return FundUseReported(
        contract_id=command.contract_id,
        drawdown_id=command.drawdown_id,
        report_id=command.report_id,
        payments=command.payments,
        total=total,
        flags=flags_of(command.payments, everything, segment),
        sampled=is_sampled(command.drawdown_id),
        reported_by=command.reported_by,
        reported_on=command.reported_on,
    )


def _check_payment(one: FundPayment, index: int, drawdown: Drawn, on: date) -> None:
    field, currency = f"payments.{index}", drawdown.request.amount.currency
    if one.amount.currency != currency:
        raise Rejected("currency_mismatch", f"the loan is in {currency}", field=f"{field}.amount")
    if one.amount.minor <= 0:
        raise Rejected("amount_not_positive", "a payment is of more than nothing", field=f"{field}.amount")
    if not drawdown.disbursed_on <= one.paid_on <= on:
        detail = f"between the drawdown on {drawdown.disbursed_on} and the report on {on}"
        raise Rejected("paid_outside_the_loan", f"the money can have been paid {detail}", field=f"{field}.paid_on")


def flags_of(
    reported: Sequence[FundPayment], everything: Sequence[FundPayment], segment: Segment
) -> tuple[FundUseFlag, ...]:
    """What speaks against the payments `reported`, seen with `everything` that was paid under the contract.

    The border of entrusted payment, and with it splitting, concerns firms: a person has other borders, which are
    kept when the money is drawn.
    """
    flags: list[FundUseFlag] = []
    if segment != "person":
        if any(one.amount > COMPANY_SINGLE_PAYMENT_MAX for one in reported if one.amount.currency == "CNY"):
            flags.append("single_payment_above_border")
        paid = [Paid(one.account.value, one.trade_contract, one.amount, one.paid_on) for one in everything]
        if split_total(paid) is not None:
            flags.append("suspected_splitting")
    if any(one.purpose in get_args(BannedPurpose) for one in reported):
        flags.append("banned_purpose")
    return tuple(flags)


def is_sampled(drawdown_id: UUID) -> bool:
    """Whether chance asks for a check: the drawdown's id, which nobody chooses, is the die."""
    return drawdown_id.int % SAMPLED_ONE_IN == 0


def check(command: CheckFundUse, drawdown: Drawn, use: FundUse, borrower_id: UUID) -> FundUseChecked:
    """Record what somebody has seen who neither asked for the money nor reported its use."""
    if use.misused:
        raise Rejected("misuse_confirmed", f"misuse was confirmed on {use.misused.confirmed_on}")
    if use.finding:
        raise Rejected("finding_open", "a finding of misuse waits for a second person")
    if command.checked_by in use.reported_by | {drawdown.request.requested_by}:
        raise Rejected("four_eyes", "whoever asked for the money or reported its use may not check it")
    misused = command.misused
    if command.outcome == "proper":
        if misused or command.misused_from:
            raise Rejected("nothing_misused", "a proper use has no misused part", field="misused")
    elif misused is None or command.misused_from is None:
        missing = "misused" if misused is None else "misused_from"
        raise Rejected("finding_incomplete", "say how much was misused, and since when", field=missing)
    elif misused.currency != drawdown.request.amount.currency:
        raise Rejected("currency_mismatch", f"the loan is in {drawdown.request.amount.currency}", field="misused")
    elif not 0 < misused.minor <= drawdown.request.amount.minor:
        raise Rejected("amount_out_of_bounds", f"more than nothing, up to {drawdown.request.amount}", field="misused")
    elif not drawdown.disbursed_on <= command.misused_from <= command.checked_on:
        detail = f"between {drawdown.disbursed_on} and {command.checked_on}"
        raise Rejected("misused_outside_the_loan", detail, field="misused_from")
    evidence = Personal(subject_id=borrower_id, value=command.evidence)
    return FundUseChecked(**dict(command) | {"evidence": evidence})


def _finding(use: FundUse, finding_id: UUID, second: str) -> FundUseChecked:
    if use.finding is None or use.finding.finding_id != finding_id:
        raise Rejected("finding_unknown", "no such finding waits for a second person", field="finding_id")
    if second in use.reported_by | {use.finding.checked_by}:
        raise Rejected("four_eyes", "a second person must judge what the first has found")
    return use.finding


def evolve(use: FundUse, event: FundUseEvent) -> FundUse:
    match event:
        case FundUseReported():
            return replace(
                use,
                payments=use.payments + event.payments,
                reported_by=use.reported_by | {event.reported_by},
                flags=tuple(dict.fromkeys(use.flags + event.flags)),
                sampled=event.sampled,
                proper=None,
            )
        case FundUseChecked():
            return replace(use, proper=event) if event.outcome == "proper" else replace(use, finding=event)
        case FundsMisused():
            return replace(use, finding=None, misused=event)
        case MisuseDismissed():
            return replace(use, finding=None)
        case _:
            assert_never(event)
