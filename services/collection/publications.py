"""Our fact → announcement. Only an approved write-off concerns another service."""

from typing import Any

from services.collection.domain.events import WriteOffProposalApproved
from shared.contracts.collection import WriteOffApproved
from shared.event_store import Recorded
from shared.messages import IntegrationEvent


def to_integration_event(recorded: Recorded[Any]) -> IntegrationEvent | None:
    match recorded.event:
        case WriteOffProposalApproved() as approved:
            return WriteOffApproved(
                proposal_id=approved.proposal_id,
                case_id=approved.loan_id,
                loan_id=approved.loan_id,
                proposed_by=approved.proposed_by,
                approved_by=approved.approved_by,
                approved_on=approved.approved_on,
            )
        case _:
            return None


announces = (WriteOffApproved,)
