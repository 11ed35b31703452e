"""The dull case of every message of a facility: each test says only what matters to it."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.disbursement.domain import commands, events
from shared.messages import Personal
from shared.money import Money

CONTRACT = UUID("c0000000-0000-4000-8000-000000000001")
APPLICATION = UUID("a0000000-0000-4000-8000-000000000001")
BORROWER = UUID("b0000000-0000-4000-8000-000000000001")
DRAWDOWN = UUID("d0000000-0000-4000-8000-000000000001")
OTHER_DRAWDOWN = UUID("d0000000-0000-4000-8000-000000000002")
PROPOSAL = UUID("e0000000-0000-4000-8000-000000000001")
OTHER_PROPOSAL = UUID("e0000000-0000-4000-8000-000000000002")

SIGNED_ON = date(2026, 3, 2)
TODAY = date(2026, 3, 4)
AVAILABLE_UNTIL = date(2026, 5, 31)
BORROWER_ACCOUNT = "6222020200112233440"
PAYEE_ACCOUNT = "6217000010001234567"
CORE_REFERENCE = "CB0001"


def yuan(amount: int | str) -> Money:
    return Money.of(amount)


def terms(**changes: Any) -> events.FacilityTerms:
    dull: dict[str, Any] = {
        "application_id": APPLICATION,
        "borrower_id": BORROWER,
        "segment": "company",
        "product_code": "WCL",
        "limit": yuan(1_000_000),
        "annual_rate_percent": Decimal("4.35"),
        "penalty_uplift_percent": Decimal(50),
        "term_months": 12,
        "repayment_method": "equal_instalments",
        "day_count": "30/360",
        "available_until": AVAILABLE_UNTIL,
        "new_relation": False,
        "average_credit": False,
        "approved_by": ("approver-sun",),
    }
    return events.FacilityTerms(**dull | changes)


def payee(account: str = PAYEE_ACCOUNT, *, drawdown_id: UUID = DRAWDOWN) -> events.Payee:
    return events.Payee(
        name=Personal(subject_id=drawdown_id, value="苏州精密钢材有限公司"),
        account=Personal(subject_id=drawdown_id, value=account),
        bank="中国银行苏州分行",
    )


def account_of(borrower_account: str = BORROWER_ACCOUNT) -> Personal[str]:
    return Personal(subject_id=BORROWER, value=borrower_account)


# --- events -------------------------------------------------------------------------------------------


def opened(contract_id: UUID = CONTRACT, **changes: Any) -> events.FacilityOpened:
    return events.FacilityOpened(contract_id=contract_id, terms=terms(**changes), opened_on=SIGNED_ON)


def _drawdown(**changes: Any) -> dict[str, Any]:
    amount = changes.pop("amount", 400_000)
    dull: dict[str, Any] = {
        "contract_id": CONTRACT,
        "drawdown_id": DRAWDOWN,
        "amount": amount if isinstance(amount, Money) else yuan(amount),
        "payment_mode": "entrusted",
        "borrower_account": account_of(),
        "payee": payee(drawdown_id=changes.get("drawdown_id", DRAWDOWN)),
        "trade_contract": "购销-2026-017",
        "business_use": False,
        "requested_by": "officer-li",
        "requested_on": TODAY,
    }
    return dull | changes


def requested(**changes: Any) -> events.DrawdownRequested:
    because = changes.pop("because", None)
    return events.DrawdownRequested(**_drawdown(**changes), entrusted_because=because)


def instructed(
    *, drawdown_id: UUID = DRAWDOWN, amount: int | str = 400_000, **changes: Any
) -> events.PaymentInstructed:
    dull: dict[str, Any] = {
        "contract_id": CONTRACT,
        "drawdown_id": drawdown_id,
        "amount": yuan(amount),
        "payment_mode": "entrusted",
        "borrower_account": account_of(),
        "payee": payee(drawdown_id=drawdown_id),
        "released_by": "releaser-zhou",
        "instructed_on": TODAY,
    }
    return events.PaymentInstructed(**dull | changes)


def outcome_unknown(reason: str = "no answer in time", **changes: Any) -> events.PaymentOutcomeUnknown:
    dull: dict[str, Any] = {
        "contract_id": CONTRACT,
        "drawdown_id": DRAWDOWN,
        "amount": yuan(400_000),
        "account": payee().account,
        "reason": reason,
        "instructed_on": TODAY,
    }
    return events.PaymentOutcomeUnknown(**dull | changes)


def disbursed(
    *,
    drawdown_id: UUID = DRAWDOWN,
    amount: int | str = 400_000,
    core_reference: str = CORE_REFERENCE,
    mode: events.PaymentMode = "entrusted",
    **changes: Any,
) -> events.LoanDisbursed:
    return events.LoanDisbursed(
        contract_id=CONTRACT,
        drawdown_id=drawdown_id,
        principal=yuan(amount),
        terms=terms(**changes),
        payment_mode=mode,
        core_reference=core_reference,
        disbursed_on=TODAY,
    )


def failed(
    reason: str = "refused", *, drawdown_id: UUID = DRAWDOWN, amount: int | str = 400_000, on: date = TODAY
) -> events.DisbursementFailed:
    return events.DisbursementFailed(
        contract_id=CONTRACT,
        drawdown_id=drawdown_id,
        application_id=APPLICATION,
        amount=yuan(amount),
        reason=reason,
        failed_on=on,
    )


def contradicted(**changes: Any) -> events.PaymentContradicted:
    dull: dict[str, Any] = {
        "contract_id": CONTRACT,
        "drawdown_id": DRAWDOWN,
        "recorded": "not_paid",
        "found": "paid",
        "core_reference": CORE_REFERENCE,
    }
    return events.PaymentContradicted(**dull | changes)


def cancelled(*, amount: int | str = 400_000, on: date = TODAY) -> events.DrawdownCancelled:
    return events.DrawdownCancelled(
        contract_id=CONTRACT,
        drawdown_id=DRAWDOWN,
        amount=yuan(amount),
        reason=Personal(subject_id=BORROWER, value="the goods were not delivered"),
        cancelled_by="officer-li",
        cancelled_on=on,
    )


def proposed(
    outcome: Any = "paid", *, proposal_id: UUID = PROPOSAL, by: str = "releaser-zhou"
) -> events.ResolutionProposed:
    asked = dict(propose(outcome, proposal_id=proposal_id, by=by))
    evidence: Personal[str] = Personal(subject_id=BORROWER, value=asked.pop("evidence"))
    return events.ResolutionProposed(**asked, evidence=evidence)


def resolution_confirmed(
    outcome: Any = "paid", *, by: str = "operator-wu", on: date = TODAY
) -> events.ResolutionConfirmed:
    return events.ResolutionConfirmed(**dict(confirm_resolution(by=by, on=on)), outcome=outcome)


def settled(*, drawdown_id: UUID = DRAWDOWN, on: date = date(2027, 3, 4)) -> events.DrawdownSettled:
    return events.DrawdownSettled(contract_id=CONTRACT, drawdown_id=drawdown_id, settled_on=on)


def written_off(*, on: date = date(2028, 3, 4)) -> events.DrawdownWrittenOff:
    return events.DrawdownWrittenOff(contract_id=CONTRACT, drawdown_id=DRAWDOWN, written_off_on=on)


def closed(*, on: date = date(2027, 3, 4)) -> events.FacilityClosed:
    return events.FacilityClosed(contract_id=CONTRACT, closed_on=on)


# --- commands -----------------------------------------------------------------------------------------


def open_facility(**changes: Any) -> commands.OpenFacility:
    return commands.OpenFacility(contract_id=CONTRACT, terms=terms(**changes), opened_on=SIGNED_ON)


def request(**changes: Any) -> commands.RequestDrawdown:
    return commands.RequestDrawdown(**_drawdown(**changes))


def release(*, by: str = "releaser-zhou", on: date = TODAY, drawdown_id: UUID = DRAWDOWN) -> commands.ReleaseDrawdown:
    return commands.ReleaseDrawdown(contract_id=CONTRACT, drawdown_id=drawdown_id, released_by=by, released_on=on)


def cancel(*, on: date = TODAY) -> commands.CancelDrawdown:
    return commands.CancelDrawdown(
        contract_id=CONTRACT,
        drawdown_id=DRAWDOWN,
        reason="the goods were not delivered",
        cancelled_by="officer-li",
        cancelled_on=on,
    )


def confirm(core_reference: str = CORE_REFERENCE) -> commands.ConfirmPayment:
    return commands.ConfirmPayment(contract_id=CONTRACT, drawdown_id=DRAWDOWN, core_reference=core_reference)


def fail(reason: str = "refused") -> commands.FailPayment:
    return commands.FailPayment(contract_id=CONTRACT, drawdown_id=DRAWDOWN, reason=reason)


def doubt(reason: str = "no answer in time") -> commands.RecordOutcomeUnknown:
    return commands.RecordOutcomeUnknown(contract_id=CONTRACT, drawdown_id=DRAWDOWN, reason=reason)


def propose(
    outcome: Any = "paid", *, proposal_id: UUID = PROPOSAL, by: str = "releaser-zhou", **changes: Any
) -> commands.ProposeResolution:
    dull: dict[str, Any] = {
        "contract_id": CONTRACT,
        "drawdown_id": DRAWDOWN,
        "proposal_id": proposal_id,
        "outcome": outcome,
        "core_reference": CORE_REFERENCE if outcome == "paid" else None,
        "evidence": "statement of 4 March, page 2",
        "proposed_by": by,
        "proposed_on": TODAY,
    }
    return commands.ProposeResolution(**dull | changes)


def confirm_resolution(
    *, proposal_id: UUID = PROPOSAL, by: str = "operator-wu", on: date = TODAY
) -> commands.ConfirmResolution:
    return commands.ConfirmResolution(
        contract_id=CONTRACT, drawdown_id=DRAWDOWN, proposal_id=proposal_id, confirmed_by=by, confirmed_on=on
    )


def settle(*, drawdown_id: UUID = DRAWDOWN, on: date = date(2027, 3, 4)) -> commands.SettleDrawdown:
    return commands.SettleDrawdown(contract_id=CONTRACT, drawdown_id=drawdown_id, settled_on=on)


def write_off(*, on: date = date(2028, 3, 4)) -> commands.WriteOffDrawdown:
    return commands.WriteOffDrawdown(contract_id=CONTRACT, drawdown_id=DRAWDOWN, written_off_on=on)


def lapse(on: date) -> commands.CloseLapsedFacility:
    return commands.CloseLapsedFacility(contract_id=CONTRACT, on=on)
