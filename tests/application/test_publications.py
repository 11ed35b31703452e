"""What is announced: a complete application, its decision and a signed contract, and never who the borrower is."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.application.domain.borrower import borrower
from services.application.domain.loan_application import loan_application
from services.application.domain.loan_product import COMPONENTS, AllocationTerms
from services.application.publications import to_integration_event
from shared.contracts import application
from shared.event_store import Metadata, Recorded
from shared.messages import Event, IntegrationEvent
from tests.application.builders import (
    APPLICATION,
    CONTRACT,
    IN_REVIEW,
    OFFERED,
    TODAY,
    approved,
    declined,
    disbursed,
    registered,
    signed,
    submitted,
    submitted_by_person,
    yuan,
)


def announced(event: Event) -> IntegrationEvent | None:
    meta = Metadata("chen", "web", "LD01", "SH", TODAY, uuid4())
    return to_integration_event(Recorded(1, "stream", 1, uuid4(), event, meta, datetime(2026, 3, 2, tzinfo=UTC)))


def test_a_companys_application_is_announced_with_its_measures() -> None:
    message = announced(submitted())
    assert isinstance(message, application.ApplicationSubmitted)
    assert message.application_id == APPLICATION
    assert message.company
    assert message.company.latest.revenue == yuan(12_000_000)
    assert message.collateral[0].prior_liens == yuan(100_000)
    assert message.person is None
    again = application.ApplicationSubmitted.model_validate_json(message.model_dump_json())
    assert again == message


def test_a_persons_application_is_announced_with_his_measures() -> None:
    message = announced(submitted_by_person())
    assert isinstance(message, application.ApplicationSubmitted)
    assert message.person
    assert (message.person.age, message.company) == (35, None)


def test_a_contract_is_announced_with_what_may_be_drawn() -> None:
    message = announced(signed())
    assert isinstance(message, application.ContractSigned)
    assert (message.contract_id, message.limit) == (CONTRACT, yuan(500_000))
    assert message.new_relation


def test_an_agreed_order_of_allocation_is_announced_and_the_legal_one_is_not() -> None:
    agreed = AllocationTerms(across="installment", non_performing_order=(*COMPONENTS[:1], *COMPONENTS[:0:-1]))
    message = announced(signed(allocation=agreed))
    assert isinstance(message, application.ContractSigned)
    assert message.allocation == application.AllocationTerms(**dict(agreed))
    assert announced(signed()).allocation is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("event", "decision"), [(approved(), "approve"), (declined(), "decline")], ids=["approved", "declined"]
)
def test_what_was_decided_is_announced_with_whether_people_did(event: Event, decision: str) -> None:
    message = announced(event)
    assert isinstance(message, application.ApplicationDecided)
    assert (message.application_id, message.decision, message.decided_on) == (APPLICATION, decision, TODAY)
    assert message.automatic == event.automatic  # type: ignore[attr-defined]


@pytest.mark.parametrize("event", [registered(), *IN_REVIEW[1:], OFFERED[1], OFFERED[3], disbursed()])
def test_everything_else_stays_here(event: Event) -> None:
    assert announced(event) is None


def test_nothing_announced_has_a_field_for_a_person() -> None:
    fields = set(application.ApplicationSubmitted.model_fields) | set(application.ContractSigned.model_fields)
    fields |= set(application.CompanyFacts.model_fields) | set(application.PersonFacts.model_fields)
    assert not fields & {"name", "phone", "resident_id", "legal_representative", "submitted_by", "signed_by"}
    assert len((*borrower.events, *loan_application.events)) == 17
