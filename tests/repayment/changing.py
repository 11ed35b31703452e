"""Changed terms of the round loans of `builders`, with dull defaults: li proposes, wang decides."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.repayment.domain.change_terms import ChangeTerms, ExtensionTerms, PlanTerms, RenewalTerms
from services.repayment.domain.commands import DecideLoanChange, ProposeLoanChange
from services.repayment.domain.installment import Installment
from tests.repayment.builders import LOAN, yuan

CHANGE = UUID("70000000-0000-0000-0000-000000000001")
OTHER_CHANGE = UUID("70000000-0000-0000-0000-000000000002")


def extension(
    months: int = 3, *, rate: str | None = None, guaranteed: bool = False, normal: bool = True, difficulty: bool = False
) -> ExtensionTerms:
    return ExtensionTerms(
        months=months,
        annual_rate_percent=None if rate is None else Decimal(rate),
        guaranteed=guaranteed,
        operation_normal=normal,
        financial_difficulty=difficulty,
    )


def renewal(months: int = 3, **conditions: Any) -> RenewalTerms:
    found: dict[str, Any] = {"borrower_size": "small", "compliant": True, "stable_operation": True, "no_misuse": True}
    return RenewalTerms(**found | {"months": months, "guaranteed": False, "meets_standard": True} | conditions)


def plan(
    first_due_on: date,
    instalments: int = 3,
    *,
    kind: Any = "restructuring",
    method: Any = "equal_principal",
    every: int = 1,
    rate: str | None = None,
    principal: tuple[int | str, ...] | None = None,
    capitalise: Any = "nothing",
) -> PlanTerms:
    return PlanTerms(
        kind=kind,
        method=method,
        first_due_on=first_due_on,
        instalments=instalments,
        every_months=every,
        annual_rate_percent=None if rate is None else Decimal(rate),
        principal=None if principal is None else tuple(map(yuan, principal)),
        capitalise=capitalise,
        guaranteed=False,
    )


def propose(
    terms: ChangeTerms, on: date, *, change: UUID = CHANGE, by: str = "li", consent: str | None = None
) -> ProposeLoanChange:
    return ProposeLoanChange(
        loan_id=LOAN,
        proposal_id=change,
        terms=terms,
        reason="orders delayed",
        guarantor_consent=consent,
        proposed_by=by,
        proposed_on=on,
    )


def decide(on: date, *, approve: bool = True, change: UUID = CHANGE, by: str = "wang") -> DecideLoanChange:
    return DecideLoanChange(
        loan_id=LOAN, proposal_id=change, approve=approve, reason="papers seen", decided_by=by, decided_on=on
    )


def told(row: Installment) -> tuple[int, str, str, str]:
    """A row as it is read: number, due date, principal and interest in yuan."""
    return row.no, row.due_on.isoformat(), str(row.principal.amount), str(row.interest.amount)
