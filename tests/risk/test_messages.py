"""What risk hears becomes its commands; what it decides becomes its announcements; the effect ties them together."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.risk.credit_sources import CreditSources, CreditSourcesSettings
from services.risk.domain import commands, events
from services.risk.domain.credit_assessment import assessment_id_of, credit_assessment
from services.risk.domain.facts import ApplicationFacts
from services.risk.domain.loan_classification import loan_classification
from services.risk.effects import Outside, assess_application
from services.risk.publications import to_integration_event
from services.risk.scoring import ModelShelf
from services.risk.subscriptions import subscriptions
from shared.contracts import repayment, risk
from shared.contracts.application import ApplicationSubmitted
from shared.effect import Do
from shared.event_store import Metadata, Recorded
from shared.messages import Command, Event, IntegrationEvent
from shared.subscription import Subscription
from tests.risk import announced
from tests.risk.builders import (
    APPLICATION,
    BORROWER,
    LOAN,
    TODAY,
    assessed,
    company_facts,
    person_facts,
    security,
    yuan,
)
from tests.risk.test_loan_classification import behind, mention
from tests.shared.memory_event_store import InMemoryEventStore

LATER = date(2026, 4, 1)


def heard(message: IntegrationEvent, decider: Any = loan_classification) -> Command | None:
    """What a message asks of a decider; an application is asked of its assessment."""
    table: dict[Any, Subscription[Any]] = {(one.to, one.decider.category): one for one in subscriptions}
    asked = credit_assessment if isinstance(message, ApplicationSubmitted) else decider
    return table[type(message), asked.category].then(message)


@pytest.mark.parametrize("facts", [company_facts(collateral=(security(),)), person_facts()])
def test_a_submitted_application_becomes_the_same_facts(facts: ApplicationFacts) -> None:
    assert heard(announced.submitted(facts)) == commands.RequestAssessment(facts=facts)


def test_what_comes_over_the_wire_becomes_the_same_facts() -> None:
    sent = announced.submitted(company_facts()).model_dump_json()
    assert heard(type(announced.submitted()).model_validate_json(sent)) == commands.RequestAssessment(
        facts=company_facts()
    )


@pytest.mark.parametrize(
    ("message", "command"),
    [
        (
            announced.disbursed(),
            commands.EnterLoan(
                loan_id=LOAN, application_id=APPLICATION, borrower_id=BORROWER,
                principal=yuan(100_000), term_months=12, disbursed_on=TODAY,
            ),
        ),
        (announced.overdue(3), commands.MeasureDelinquency(loan_id=LOAN, days_past_due=3, as_of=TODAY)),
        (announced.aged(91, LATER), commands.MeasureDelinquency(loan_id=LOAN, days_past_due=91, as_of=LATER)),
        (announced.cured(LATER), commands.CureLoan(loan_id=LOAN, cured_on=LATER)),
        (announced.received(LATER), commands.ObserveRepayment(loan_id=LOAN, received_on=LATER)),
        (announced.received(LATER, overdue_after=1), None),
        (announced.settled(LATER), commands.SettleLoan(loan_id=LOAN, settled_on=LATER)),
        (announced.written_off(LATER), commands.WriteOffLoan(loan_id=LOAN, written_off_on=LATER)),
    ],
)  # fmt: skip
def test_every_word_about_a_loan_becomes_a_command(message: IntegrationEvent, command: Command | None) -> None:
    assert heard(message) == command


def recorded(event: Event, on: date = TODAY) -> Recorded[Event]:
    meta = Metadata("system:risk", "system:risk", "LD01", "SH", on, UUID(int=1))
    return Recorded(1, "stream", 1, UUID(int=2), event, meta, datetime(2026, 3, 2, 8, tzinfo=UTC))


def shelf() -> ModelShelf:
    return ModelShelf(InMemoryEventStore(), {})


def checked(facts: ApplicationFacts) -> events.SourcesAnswered:
    return events.SourcesAnswered(
        application_id=APPLICATION,
        assessment_id=assessment_id_of(APPLICATION),
        answers=(),
        facts=facts,
        asked_on=TODAY,
    )


def requested(facts: ApplicationFacts) -> events.AssessmentRequested:
    return events.AssessmentRequested(
        application_id=APPLICATION,
        assessment_id=assessment_id_of(APPLICATION),
        facts=facts,
        requested_on=facts.submitted_on,
    )


def test_a_decision_is_announced_without_its_grounds() -> None:
    record = assessed(company_facts())
    event = events.CreditAssessed(
        application_id=APPLICATION, assessment_id=record.assessment_id, record=record, assessed_on=TODAY
    )
    announcement = to_integration_event(recorded(event))
    assert isinstance(announcement, risk.CreditAssessed)
    assert (announcement.outcome, announcement.limit, announcement.grade) == (
        "approve",
        yuan(500_000),
        record.score.grade,
    )
    assert announcement.annual_rate_percent == record.price.annual_rate_percent
    assert announcement.limit_candidates[0].method == "requested"
    assert announcement.reasons[0].code == record.reasons[0].code


def test_a_change_of_class_is_announced_with_its_provision_rate() -> None:
    announcement = to_integration_event(recorded(mention()))
    assert isinstance(announcement, risk.LoanClassified)
    assert (announcement.previous, announcement.classification) == ("normal", "special_mention")
    assert announcement.provision_rate_percent == 2


def test_everything_else_stays_private() -> None:
    assert to_integration_event(recorded(requested(company_facts()))) is None
    assert to_integration_event(recorded(behind(31, LATER, stage=2))) is None


def outside() -> Outside:
    return Outside(shelf(), CreditSources(CreditSourcesSettings()))


async def command_after(event: Event, on: date = TODAY, attempt: int = 1) -> Command:
    """What the effect does about a fact."""
    [reaction] = await assess_application(recorded(event, on), outside(), attempt)  # type: ignore[arg-type]
    assert isinstance(reaction, Do)
    assert reaction.decider is credit_assessment
    return reaction.command


async def test_without_a_gateway_nobody_is_asked_and_the_facts_stand_as_declared() -> None:
    command = await command_after(requested(company_facts()))
    assert isinstance(command, commands.RecordSources)
    assert [(one.source, one.status) for one in command.answers] == [
        (source, "not_configured") for source in ("bureau", "registry", "courts", "tax")
    ]
    [checked] = credit_assessment.decide(command, credit_assessment.fold([requested(company_facts())]))
    assert isinstance(checked, events.SourcesAnswered)
    assert checked.facts == company_facts()


async def test_the_decision_is_that_of_the_day_on_which_the_sources_were_asked() -> None:
    expected = commands.RecordAssessment(application_id=APPLICATION, record=assessed(company_facts()))
    assert await command_after(checked(company_facts()), on=LATER) == expected


async def test_a_second_attempt_finds_the_same_record() -> None:
    for fact in (requested(person_facts()), checked(person_facts())):
        assert await command_after(fact, attempt=2) == await command_after(fact)


async def test_an_application_is_never_assessed_before_it_was_submitted() -> None:
    command = await command_after(requested(company_facts(submitted_on=LATER)), on=TODAY)
    assert isinstance(command, commands.RecordSources)
    assert command.asked_on == LATER


def test_everything_that_repayment_says_of_a_late_loan_is_heard() -> None:
    wanted = {repayment.InstallmentOverdue, repayment.DelinquencyAged, repayment.InstallmentCured}
    assert wanted <= {one.to for one in subscriptions}
