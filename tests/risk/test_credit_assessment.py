"""An application is checked once and assessed once, on the facts it came with and on what its sources say of them."""

from uuid import UUID

from services.risk.domain.commands import RecordAssessment, RecordSources, RequestAssessment
from services.risk.domain.credit_assessment import Assessed, assessment_id_of, credit_assessment
from services.risk.domain.events import AssessmentRequested, CreditAssessed, SourcesAnswered
from services.risk.domain.facts import ApplicationFacts
from services.risk.domain.source_answers import SourceAnswer
from shared.money import Money
from tests.given import given
from tests.risk.builders import APPLICATION, TODAY, assessed, company_facts, person_facts, security


def requested(facts: ApplicationFacts | None = None) -> AssessmentRequested:
    return AssessmentRequested(
        application_id=APPLICATION,
        assessment_id=assessment_id_of(APPLICATION),
        facts=facts or company_facts(),
        requested_on=TODAY,
    )


NOBODY = tuple(SourceAnswer(source=one, status="not_configured") for one in ("bureau", "registry", "courts", "tax"))


def ask(*answers: SourceAnswer) -> RecordSources:
    return RecordSources(application_id=APPLICATION, answers=answers or NOBODY, asked_on=TODAY)


def answered(facts: ApplicationFacts | None = None, *answers: SourceAnswer) -> SourcesAnswered:
    return SourcesAnswered(
        application_id=APPLICATION,
        assessment_id=assessment_id_of(APPLICATION),
        answers=answers or NOBODY,
        facts=facts or company_facts(),
        asked_on=TODAY,
    )


def record() -> RecordAssessment:
    return RecordAssessment(application_id=APPLICATION, record=assessed(company_facts()))


def decided() -> CreditAssessed:
    return CreditAssessed(
        application_id=APPLICATION,
        assessment_id=assessment_id_of(APPLICATION),
        record=assessed(company_facts()),
        assessed_on=TODAY,
    )


def test_a_submitted_application_is_kept_with_its_facts() -> None:
    given(credit_assessment).when(RequestAssessment(facts=company_facts())).then(requested())


def test_an_application_announced_twice_is_assessed_once() -> None:
    given(credit_assessment, requested()).when(RequestAssessment(facts=company_facts())).then_nothing()
    after = given(credit_assessment, requested(), answered(), decided())
    after.when(RequestAssessment(facts=company_facts())).then_nothing()


def test_with_nobody_to_ask_the_facts_stand_as_declared() -> None:
    given(credit_assessment, requested()).when(ask()).then(answered())


def test_what_the_sources_said_is_kept_beside_the_facts_that_follow_from_it() -> None:
    silent = SourceAnswer(source="courts", status="timed_out")
    facts = company_facts(sources=(silent,))
    given(credit_assessment, requested()).when(ask(silent)).then(answered(facts, silent))


def test_the_first_answers_stand() -> None:
    silent = SourceAnswer(source="courts", status="timed_out")
    given(credit_assessment, requested(), answered()).when(ask(silent)).then_nothing()
    given(credit_assessment, requested(), answered(), decided()).when(ask(silent)).then_nothing()


def test_nothing_is_decided_before_the_sources_were_asked() -> None:
    given(credit_assessment, requested()).when(record()).then_rejected("sources_not_asked")


def test_an_application_decided_before_there_were_sources_is_read_as_it_was() -> None:
    old = credit_assessment.fold([requested(), decided()])
    assert old == Assessed(assessment_id_of(APPLICATION), company_facts(), (), assessed(company_facts()))
    given(credit_assessment, requested(), decided()).when(ask()).then_nothing()
    given(credit_assessment, requested(), decided()).when(record()).then_nothing()


def test_the_decision_is_recorded_with_everything_it_stood_on() -> None:
    given(credit_assessment, requested(), answered()).when(record()).then(decided())


def test_the_first_decision_stands() -> None:
    given(credit_assessment, requested(), answered(), decided()).when(record()).then_nothing()


def test_a_decision_nobody_asked_for_is_refused() -> None:
    given(credit_assessment).when(record()).then_rejected("assessment_not_requested")
    given(credit_assessment).when(ask()).then_rejected("assessment_not_requested")


def test_a_decision_on_other_facts_is_refused() -> None:
    other = company_facts(term_months=6)
    given(credit_assessment, requested(other), answered(other)).when(record()).then_rejected("assessed_other_facts")


def test_a_company_cannot_be_assessed_on_a_persons_facts_nor_on_both() -> None:
    wrong = person_facts(segment="company")
    both = company_facts(person=person_facts().person)
    neither = company_facts(company=None)
    for facts in (wrong, both, neither):
        given(credit_assessment).when(RequestAssessment(facts=facts)).then_rejected("facts_of_another_segment")


def test_amounts_of_two_currencies_cannot_be_weighed() -> None:
    euros = security().model_copy(update={"value": Money.of(5, "EUR")})
    facts = company_facts(collateral=(euros,))
    given(credit_assessment).when(RequestAssessment(facts=facts)).then_rejected("currencies_mixed")


def test_every_application_has_its_own_stream_and_assessment() -> None:
    other = UUID(int=9)
    assert credit_assessment.stream_id(record()) == APPLICATION
    assert credit_assessment.stream_id(RequestAssessment(facts=company_facts(application_id=other))) == other
    assert assessment_id_of(other) != assessment_id_of(APPLICATION)
