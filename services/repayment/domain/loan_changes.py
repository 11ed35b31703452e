"""Where a loan stands with changes of its terms: the one that waits, those decided, and what they have come to."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import TypeAdapter

from services.repayment.domain.change_terms import ChangeTerms, PlanMethod

Decided = Literal["approved", "rejected"]
_TERMS = TypeAdapter[ChangeTerms](ChangeTerms)


@dataclass(frozen=True)
class PendingChange:
    """A proposal that waits for the second person."""

    proposal_id: UUID
    terms: ChangeTerms
    consented: bool
    proposed_by: str
    proposed_on: date


@dataclass(frozen=True)
class LoanChanges:
    """`maturity_on`, `term_months` and the plan are None while they are what the loan was booked with.

    `extended_months` are those of all extensions since it was booked, or since its last renewal.
    """

    pending: PendingChange | None = None
    decided: dict[UUID, Decided] = field(default_factory=dict)
    maturity_on: date | None = None
    term_months: int | None = None
    extended_months: int = 0
    method: PlanMethod | None = None
    every_months: int | None = None


def kept(changes: LoanChanges) -> dict[str, Any] | None:
    """As JSON; None where nothing was ever proposed, as of most loans."""
    if changes == LoanChanges():
        return None
    pending = changes.pending
    return {
        "pending": pending and {**vars(pending), "terms": pending.terms.model_dump(mode="json")},
        "decided": {str(one): how for one, how in changes.decided.items()},
        "maturity_on": changes.maturity_on,
        "term_months": changes.term_months,
        "extended_months": changes.extended_months,
        "method": changes.method,
        "every_months": changes.every_months,
    }


def read(kept: dict[str, Any] | None) -> LoanChanges:
    """What was kept; raises ValueError, LookupError or TypeError when it is not that."""
    if kept is None:
        return LoanChanges()
    pending, maturity = kept["pending"], kept["maturity_on"]
    return LoanChanges(
        pending=pending
        and PendingChange(
            proposal_id=UUID(pending["proposal_id"]),
            terms=_TERMS.validate_python(pending["terms"]),
            consented=pending["consented"],
            proposed_by=pending["proposed_by"],
            proposed_on=date.fromisoformat(pending["proposed_on"]),
        ),
        decided={UUID(one): how for one, how in kept["decided"].items()},
        maturity_on=maturity and date.fromisoformat(maturity),
        **{name: kept[name] for name in ("term_months", "extended_months", "method", "every_months")},
    )
