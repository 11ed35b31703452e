"""Facts of what a loan is worth: its class and provision, and its write-off."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.repayment.domain.events.parts import Classification, LoanFact, LoanOrigin
from shared.money import Money


class LoanReclassified(LoanFact):
    """五级分类 taken over: the specific provision is `provision`, `provision_change` more than before."""

    classification: Classification
    provision_rate_percent: Decimal
    provision: Money
    provision_change: Money
    classified_on: date


class LoanWrittenOff(LoanFact):
    """核销: the claim (principal, interest, penalty with compound) left the balance sheet and remains owed.

    `provision_charged` is what the provision lacked to bear it.
    """

    origin: LoanOrigin
    proposal_id: UUID
    principal: Money
    interest: Money
    penalty: Money
    provision_charged: Money
    interest_charged: Money
    penalty_charged: Money
    written_off_on: date


class WriteOffRefused(LoanFact):
    """An approved write-off could not be applied; `reason` is a `Reason` code."""

    proposal_id: UUID
    reason: str
    refused_on: date
