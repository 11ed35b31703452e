"""What the sources say corrects the facts, never in the borrower's favour; where one is silent, people decide."""

from datetime import date
from typing import Any, get_args

import pytest

from services.risk import registry
from services.risk.domain.answered_facts import answered_facts
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.facts import ApplicationFacts, Bureau
from services.risk.domain.reasons import REFERRALS
from services.risk.domain.source_answers import (
    BureauConsent,
    RegistryAnswer,
    Source,
    SourceAnswer,
    Status,
    TaxAnswer,
    months_since,
    silences,
    sources_of,
)
from services.risk.scoring import replay_assessment
from tests.risk.builders import (
    CLEAN,
    GOOD,
    TODAY,
    assessed,
    company,
    company_facts,
    person_facts,
    small_firm,
    small_firm_facts,
    yuan,
)

SOURCES: tuple[Source, ...] = get_args(Source)
SILENT: tuple[Status, ...] = ("not_found", "timed_out", "unavailable", "malformed")


def bureau(**changes: Any) -> SourceAnswer:
    assert GOOD[0].bureau is not None
    return GOOD[0].model_copy(update={"bureau": GOOD[0].bureau.model_copy(update=changes)})


def courts(**changes: Any) -> SourceAnswer:
    assert GOOD[2].courts is not None
    return GOOD[2].model_copy(update={"courts": GOOD[2].courts.model_copy(update=changes)})


def registry_says(registration: Any = "active", established_on: date = date(2000, 1, 1)) -> SourceAnswer:
    said = RegistryAnswer(registration=registration, established_on=established_on)
    return SourceAnswer(source="registry", status="answered", registry=said)


def tax(**said: Any) -> SourceAnswer:
    return SourceAnswer(source="tax", status="answered", tax=TaxAnswer(**({"in_arrears": False} | said)))


def after(facts: ApplicationFacts, *answers: SourceAnswer) -> ApplicationFacts:
    return answered_facts(facts, answers, TODAY)


def decided(facts: ApplicationFacts, *answers: SourceAnswer) -> DecisionRecord:
    return assessed(after(facts, *answers))


def referrals(record: DecisionRecord) -> list[str]:
    return [one.code for one in record.referrals]


# --- facts --------------------------------------------------------------------------------------------


def test_a_worse_answer_replaces_what_was_declared() -> None:
    facts = after(
        company_facts(),
        bureau(overdue_count_24_months=3, worst_days_past_due=45, has_unpaid_default=True),
        courts(cases_open=2),
    )
    assert facts.bureau == Bureau(
        overdue_count_24_months=3, worst_days_past_due=45, has_unpaid_default=True, court_cases_open=2
    )


def test_what_an_applicant_said_against_himself_is_not_forgiven_by_an_answer() -> None:
    own = Bureau(overdue_count_24_months=2, worst_days_past_due=20, has_unpaid_default=True, court_cases_open=1)
    assert after(company_facts(bureau=own), *GOOD).bureau == own


def test_what_nobody_declared_is_filled_in() -> None:
    assert after(company_facts(bureau=Bureau()), *GOOD).bureau == CLEAN
    assert after(person_facts(bureau=Bureau()), GOOD[0], GOOD[2]).bureau == CLEAN


def test_a_company_is_no_older_than_its_registration() -> None:
    for established_on, years in (
        (date(2000, 1, 1), 9),  # declared: 9
        (date(2020, 3, 2), 6),  # to the day
        (date(2020, 3, 3), 5),  # a day short
        (TODAY, 0),
    ):
        checked = after(company_facts(), registry_says(established_on=established_on)).company
        assert checked is not None
        assert checked.years_in_business == years


def test_loans_that_the_bureau_knows_of_count_and_declared_ones_stay() -> None:
    for known, counted in ((900_000, 900_000), (100_000, 500_000)):  # declared: 500,000
        checked = after(company_facts(), bureau(working_capital_loans=yuan(known))).company
        assert checked is not None
        assert checked.existing_working_capital_loans == yuan(counted)
    unknown = after(company_facts(), GOOD[0]).company
    assert unknown == company_facts().company


def test_a_small_firm_is_corrected_by_registry_bureau_and_tax() -> None:
    declared = small_firm_facts().small_firm
    assert declared is not None
    checked = after(
        small_firm_facts(),
        bureau(working_capital_loans=declared.existing_loans + yuan(1)),
        registry_says(established_on=TODAY.replace(year=TODAY.year - 1)),
        tax(taxed_revenue=yuan(1_000_000), invoiced_revenue=yuan(99_000_000)),
    ).small_firm
    assert checked == declared.model_copy(
        update={
            "existing_loans": declared.existing_loans + yuan(1),
            "years_in_business": 1,
            "turnover_by_tax": yuan(1_000_000),
        }
    )
    untold = small_firm(turnover_by_tax=None, turnover_by_invoices=None)
    filled = after(small_firm_facts(small_firm=untold), tax(taxed_revenue=yuan(5), invoiced_revenue=yuan(6))).small_firm
    assert filled is not None
    assert (filled.turnover_by_tax, filled.turnover_by_invoices) == (yuan(5), yuan(6))
    assert after(small_firm_facts(), tax()).small_firm == declared


def test_only_who_was_asked_stands_in_the_facts() -> None:
    not_asked = tuple(SourceAnswer(source=one, status="not_configured") for one in SOURCES)
    assert after(company_facts(), *not_asked) == company_facts()
    assert after(company_facts(), not_asked[0], *GOOD[1:]).sources == GOOD[1:]


@pytest.mark.parametrize("status", [*SILENT, "no_consent"])
def test_silence_changes_no_fact(status: Status) -> None:
    silent = tuple(SourceAnswer(source=one, status=status) for one in SOURCES)
    facts = company_facts(bureau=Bureau())
    assert after(facts, *silent) == facts.model_copy(update={"sources": silent})


def test_a_person_is_in_no_company_registry() -> None:
    assert sources_of("person") == ("bureau", "courts")
    assert sources_of("company") == SOURCES
    assert sources_of("a segment that is still to come") == SOURCES


@pytest.mark.parametrize(
    ("day", "on", "months"),
    [
        (date(2025, 1, 31), date(2025, 2, 28), 0),
        (date(2025, 1, 31), date(2025, 3, 31), 2),
        (date(2025, 3, 2), date(2026, 3, 2), 12),
        (date(2025, 3, 3), date(2026, 3, 2), 11),
        (date(2026, 3, 3), date(2026, 3, 2), 0),  # still to come
    ],
)
def test_months_since_a_day_are_whole(day: date, on: date, months: int) -> None:
    assert months_since(day, on) == months


def test_a_consent_holds_from_its_first_to_its_last_day() -> None:
    consent = BureauConsent(reference="ZX-1", given_on=date(2026, 3, 2), valid_until=date(2026, 3, 4))
    days = [date(2026, 3, day) for day in range(1, 6)]
    assert [consent.is_valid_on(day) for day in days] == [False, True, True, True, False]


# --- decisions ----------------------------------------------------------------------------------------


def test_with_good_answers_policy_decides_alone() -> None:
    for facts in (company_facts(), person_facts()):
        record = decided(facts, *GOOD)
        assert record.outcome == "approve", record.referrals
        assert record.facts.sources == GOOD


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("status", SILENT)
def test_a_silent_source_refers_with_a_reason_of_its_own(source: Source, status: Status) -> None:
    answers = [SourceAnswer(source=source, status=status) if one.source == source else one for one in GOOD]
    record = decided(company_facts(), *answers)
    kind = "NOT_FOUND" if status == "not_found" else "SILENT"
    assert record.outcome == "refer"
    assert [one.split("_", 1)[1] for one in referrals(record)] == [f"{source.upper()}_{kind}"]
    assert record.reasons[0] == record.referrals[0]
    assert record.counterfactuals is not None


def test_without_consent_people_decide() -> None:
    record = decided(company_facts(), SourceAnswer(source="bureau", status="no_consent"), *GOOD[1:])
    assert (record.outcome, referrals(record)) == ("refer", ["P09_NO_CONSENT"])
    assert record.counterfactuals is not None
    assert (record.counterfactuals[0].feature, record.counterfactuals[0].relation) == ("bureau_consent", "told")


def test_silence_is_announced_before_every_other_cause() -> None:
    silent = tuple(SourceAnswer(source=one, status="timed_out") for one in SOURCES)
    record = decided(company_facts(company=company(size="large"), bureau=Bureau()), *silent)
    assert len(record.referrals) > 4
    assert [one.code for one in record.reasons] == [
        "P10_BUREAU_SILENT",
        "P11_REGISTRY_SILENT",
        "P12_COURTS_SILENT",
        "P13_TAX_SILENT",
    ]


def test_an_answer_can_decline_where_others_are_silent_but_silence_never_does() -> None:
    silent = [SourceAnswer(source=one, status="timed_out") for one in SOURCES]
    assert decided(company_facts(), *silent).outcome == "refer"
    assert decided(company_facts(), bureau(has_unpaid_default=True), *silent[1:]).outcome == "decline"


@pytest.mark.parametrize(
    ("answer", "code", "outcome"),
    [
        (courts(is_dishonest=True), "K22_DISHONEST", "decline"),
        (registry_says("revoked"), "K23_REGISTRATION_ENDED", "decline"),
        (registry_says("deregistered"), "K23_REGISTRATION_ENDED", "decline"),
        (registry_says("abnormal"), "K24_REGISTRATION_ABNORMAL", "refer"),
        (registry_says(established_on=date(2025, 9, 3)), "K25_ESTABLISHED_UNDER_6_MONTHS", "decline"),
        (registry_says(established_on=date(2025, 9, 2)), "K12_NEW_COMPANY", "refer"),  # six months to the day
        (tax(in_arrears=True), "K26_TAX_IN_ARREARS", "refer"),
        (tax(taxed_revenue=yuan(13_333_000)), "K27_REVENUE_ABOVE_TAXED", "refer"),  # declared: 20,000,000
        (tax(taxed_revenue=yuan(0)), "K27_REVENUE_ABOVE_TAXED", "refer"),
    ],
)
def test_what_courts_registry_and_tax_say_can_knock_out(answer: SourceAnswer, code: str, outcome: str) -> None:
    record = decided(company_facts(), *[answer if one.source == answer.source else one for one in GOOD])
    assert record.outcome == outcome
    assert [one.code for one in record.knock_outs if one.result in ("decline", "refer")][-1:] == [code]
    assert code in [one.code for one in record.reasons]
    assert record.counterfactuals is not None


def test_at_the_border_no_rule_fires() -> None:
    record = decided(company_facts(), *GOOD[:3], tax(taxed_revenue=yuan(13_333_334)))
    assert (record.outcome, record.referrals) == ("approve", ())


def test_a_rule_on_a_silent_source_is_unknown_and_the_silence_refers() -> None:
    record = decided(company_facts(), *GOOD[:2], SourceAnswer(source="courts", status="timed_out"), GOOD[3])
    assert [one.result for one in record.knock_outs if one.code == "K22_DISHONEST"] == ["unknown"]
    assert record.outcome == "refer"


def test_before_the_rules_were_in_force_the_answers_stand_on_record_without_them() -> None:
    record = assessed(after(company_facts(), courts(is_dishonest=True), *GOOD[:2]), date(2026, 2, 28))
    assert "K22_DISHONEST" not in [one.code for one in record.knock_outs]
    assert "is_dishonest" not in [one.name for one in record.features]
    stored = DecisionRecord.model_validate_json(record.model_dump_json())
    assert replay_assessment(stored, registry.library()).model_dump_json() == record.model_dump_json()


def test_every_cause_has_a_reason() -> None:
    answers = [SourceAnswer(source=source, status=status) for source in SOURCES for status in get_args(Status)]
    assert set(silences(answers)) <= set(REFERRALS)
    assert len({code for code, _, _ in REFERRALS.values()}) == len(REFERRALS)


def test_a_decision_on_answers_comes_out_again_byte_for_byte() -> None:
    record = decided(company_facts(), bureau(overdue_count_24_months=1), GOOD[1], GOOD[2])
    stored = DecisionRecord.model_validate_json(record.model_dump_json())
    assert replay_assessment(stored, registry.library()).model_dump_json() == record.model_dump_json()


def test_where_nobody_is_asked_the_record_is_what_it_always_was() -> None:
    assert "sources" not in assessed(company_facts()).model_dump_json()
