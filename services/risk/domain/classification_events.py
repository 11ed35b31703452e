"""Facts about a loan's class that people or its debtor's other loans brought about."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.expected_credit_loss import Stage
from shared.messages import Event, Personal

Sign = Literal[
    "credit_impaired",
    "misused",
    "refinanced",
    "overdue_elsewhere",
    "rating_fell_sharply",
    "non_performing_elsewhere",
    "evading_debt",
    "in_liquidation",
    "extended",
]
"""What is known of a loan or its debtor, by the names of `asset_class.floors`: found by a person; `extended` told by
the loan account."""


class SignNoted(Event):
    """A person has found what demands a worse class: it stands until an improvement is approved."""

    loan_id: UUID
    sign: Sign
    expected_loss_percent: Decimal | None = Field(default=None, exclude_if=lambda told: told is None)
    reason: Personal[str]
    noted_by: str
    noted_on: date


class ClassSetByHand(Event):
    """A person has set the class worse than the rules demand; better again only by an approved improvement."""

    loan_id: UUID
    classification: AssetClass
    reason: Personal[str]
    set_by: str
    set_on: date


class ImprovementProposed(Event):
    """A person proposes a better class; a second one decides."""

    loan_id: UUID
    proposal_id: UUID
    classification: AssetClass
    reason: Personal[str]
    proposed_by: str
    proposed_on: date


class ImprovementApproved(Event):
    """A second person has lifted what people had set: `withdrawn` signs and the class by hand.

    A non-performing loan keeps its class until it has been observed, until `observed_until` where nothing is past due.
    """

    loan_id: UUID
    proposal_id: UUID
    classification: AssetClass
    withdrawn: tuple[Sign, ...]
    observed_until: date | None
    reason: Personal[str]
    proposed_by: str
    approved_by: str
    approved_on: date


class ImprovementRejected(Event):
    """A second person has decided that the class stays."""

    loan_id: UUID
    proposal_id: UUID
    reason: Personal[str]
    proposed_by: str
    rejected_by: str
    rejected_on: date


class LoanRestructured(Event):
    """重组: the terms were eased because the debtor is in difficulty.

    Observed until `observed_until`, or, where something is past due, from the day on which that is paid.
    `again`: inside the observation of an earlier restructuring, whose clock restarts.
    """

    loan_id: UUID
    first_due_on: date
    repayment_period_months: int
    again: bool
    observed_until: date | None
    stage: Stage
    reason: Personal[str]
    restructured_by: str
    restructured_on: date


class ObservationPassed(Event):
    """观察期满: paid in time until the end of the observation."""

    loan_id: UUID
    passed_on: date
    stage: Stage


class DebtorFloorApplied(Event):
    """What the debtor's other loans demand of this one has moved to `floor`.

    Lifted from a non-performing class it starts the observation, until `observed_until` where nothing is past due.
    """

    loan_id: UUID
    floor: AssetClass
    observed_until: date | None
    applied_on: date


class MaturityMoved(Event):
    """The loan account has changed the terms by a proposal; the loan is to be repaid by `maturity_on`."""

    loan_id: UUID
    proposal_id: UUID
    maturity_on: date
    moved_on: date


class OwnClassMoved(Event):
    """The class that the loan has by itself moved, below the one that its debtor's other loans demand."""

    loan_id: UUID
    borrower_id: UUID
    own: AssetClass
    moved_on: date


ClassByOthersEvent = (
    SignNoted
    | ClassSetByHand
    | ImprovementProposed
    | ImprovementApproved
    | ImprovementRejected
    | LoanRestructured
    | ObservationPassed
    | DebtorFloorApplied
    | OwnClassMoved
    | MaturityMoved
)
