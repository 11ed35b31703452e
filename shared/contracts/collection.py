"""What the collection service announces."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.messages import IntegrationEvent


class _Announced(IntegrationEvent):
    producer: ClassVar[str] = "collection"


class WriteOffApproved(_Announced):
    """核销审批: a second person has approved the write-off that a first one proposed."""

    proposal_id: UUID
    case_id: UUID
    loan_id: UUID
    proposed_by: str
    approved_by: str
    approved_on: date
