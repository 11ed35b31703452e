"""What requests carry: a contact, a promise, a write-off proposal, a decision."""

from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from services.collection.domain.events import ContactChannel, ContactDirection, ContactResult
from services.collection.domain.strategy import EvidenceKind
from shared.dates import Day
from shared.http import RequestBody
from shared.money import PositiveMoney

Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line of text: no control characters."""


def without_zone(at: time) -> time:
    """The time where the debtor is has no zone; ValueError when it carries one."""
    if at.tzinfo is not None:
        raise ValueError("give the debtor's local time, without a zone")
    return at


class ContactBody(RequestBody):
    """`local_time` is the time where the debtor is; `contacted_on` is the bank's date when left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"direction": "outbound", "channel": "phone", "result": "promised", "local_time": "10:30"}]
        }
    )
    direction: ContactDirection
    channel: ContactChannel
    result: ContactResult
    contacted_on: Day | None = None
    local_time: Annotated[time, AfterValidator(without_zone), Field(description="Without a zone", examples=["10:30"])]
    note: Annotated[str | None, Field(max_length=2000)] = None


class PromiseBody(RequestBody):
    """承诺还款: how much the debtor promises, and by when at the latest."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"amount": {"amount": "3000.00"}, "due_on": "2026-03-10"}]}
    )
    amount: PositiveMoney
    due_on: Day


class EvidenceBody(RequestBody):
    """A paper and the number under which the bank keeps it."""

    kind: EvidenceKind
    reference: Annotated[Text, Field(max_length=200)]


class ProposalBody(RequestBody):
    """核销申请: without papers only a loan whose class or days past due are ground enough may be proposed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"evidence": [{"kind": "court_ruling", "reference": "2026-ZX-0123"}]}]}
    )
    evidence: Annotated[tuple[EvidenceBody, ...], Field(max_length=20)] = ()


class DecisionBody(RequestBody):
    """审批意见: a decision and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decision": "approve", "reason": "nothing left to enforce"}]}
    )
    decision: Literal["approve", "reject"]
    reason: Text
