"""预警: the signals that a debtor gives, by the post-loan policy; each is open until an officer closes it.

A red one is closed by another person than the one who acknowledged it: to worry less takes four eyes.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.risk.domain.fractions import HUNDRED
from services.risk.domain.post_loan_policy import PostLoanPolicy
from shared.messages import Rejected

WarningKind = Literal["overdue", "utilisation", "litigation", "covenant", "turnover", "inspection"]
Severity = Literal["yellow", "red"]
WarningStatus = Literal["open", "acknowledged", "closed"]


@dataclass(frozen=True)
class Signal:
    """What a rule found; `measured` and `border` in the unit of the kind: days, percent, cases."""

    kind: WarningKind
    severity: Severity
    measured: Decimal
    border: Decimal
    loan_id: UUID | None = None


@dataclass(frozen=True)
class Raised:
    """A warning as it stands."""

    warning_id: UUID
    signal: Signal
    raised_on: date
    status: WarningStatus = "open"
    acknowledged_by: str | None = None


def overdue_signal(loan_id: UUID, days_past_due: int, policy: PostLoanPolicy) -> Signal | None:
    """Yellow from the first day, red above the policy's border."""
    if days_past_due <= 0:
        return None
    border = policy.overdue_red_above_days
    severity: Severity = "red" if days_past_due > border else "yellow"
    return Signal("overdue", severity, Decimal(days_past_due), Decimal(border if severity == "red" else 0), loan_id)


def utilisation_signal(loan_id: UUID, owed: Decimal, limit: Decimal, policy: PostLoanPolicy) -> Signal | None:
    """A further drawdown that fills the contract's limit; the first one is what was applied for."""
    used = owed * HUNDRED / limit if limit else HUNDRED
    if used < policy.utilisation_from_percent:
        return None
    return Signal("utilisation", "yellow", used, policy.utilisation_from_percent, loan_id)


def turnover_signal(before: Decimal, now: Decimal, policy: PostLoanPolicy) -> Signal | None:
    """Turnover that fell by the policy's share or more; red from twice as much."""
    fall = (before - now) * HUNDRED / before if before > 0 else Decimal(0)
    border = policy.turnover_fall_from_percent
    if fall < border:
        return None
    return Signal("turnover", "red" if fall >= 2 * border else "yellow", fall, border)


def covenant_signal(actual: Decimal, bound: Decimal, *, at_least: bool, policy: PostLoanPolicy) -> Signal | None:
    """Yellow within the policy's margin of the bound, red beyond it."""
    beyond = actual < bound if at_least else actual > bound
    room = (actual - bound if at_least else bound - actual) * HUNDRED / abs(bound) if bound else None
    near = room is not None and room < policy.covenant_margin_percent
    if not (beyond or near):
        return None
    return Signal("covenant", "red" if beyond else "yellow", actual, bound)


def litigation_signal(cases: int) -> Signal | None:
    """Any open case; red from three."""
    many = 3
    return Signal("litigation", "red" if cases >= many else "yellow", Decimal(cases), Decimal(0)) if cases else None


def is_news(signal: Signal, raised: tuple[Raised, ...]) -> bool:
    """Whether nothing as grave of this kind and loan is open."""
    same = [one.signal for one in raised if one.status != "closed"]
    return not any(
        one.kind == signal.kind
        and one.loan_id == signal.loan_id
        and (one.severity == "red" or signal.severity == "yellow")
        for one in same
    )


def find(raised: tuple[Raised, ...], warning_id: UUID) -> Raised | None:
    return next((one for one in raised if one.warning_id == warning_id), None)


def may_acknowledge(one: Raised | None) -> Raised:
    """The warning, if it waits for somebody to look at it. Raises Rejected."""
    if one is None:
        raise Rejected("warning_unknown", "the debtor has no such warning", field="warning_id")
    if one.status != "open":
        raise Rejected("warning_not_open", f"the warning is {one.status}")
    return one


def may_close(one: Raised | None, closed_by: str) -> Raised:
    """The warning, if this person may close it. Raises Rejected."""
    if one is None:
        raise Rejected("warning_unknown", "the debtor has no such warning", field="warning_id")
    if one.status == "closed":
        raise Rejected("warning_not_open", "the warning is closed")
    if one.signal.severity == "red" and one.status == "open":
        raise Rejected("warning_not_acknowledged", "a red warning is acknowledged before another person closes it")
    if one.signal.severity == "red" and one.acknowledged_by == closed_by:
        raise Rejected("same_person", "whoever acknowledged a red warning does not close it")
    return one
