"""For each reason the value that would change the decision: true when it is tried, and the nearest there is."""

from decimal import Decimal
from typing import Any

import pytest

from services.risk.domain.counterfactual import FEATURE_OF
from services.risk.domain.credit_decision import features_of
from services.risk.domain.decision_record import CounterfactualRecord, DecisionRecord
from services.risk.domain.facts import ApplicationFacts, Bureau
from services.risk.domain.fractions import SIX_PLACES
from services.risk.domain.master_scale import grade_of, rank_of
from services.risk.domain.risk_score import risk_score
from services.risk.domain.telling_values import COUNTED
from tests.risk.builders import CLEAN, assessed, company, company_facts, person, person_facts, rulebook, yuan

D = Decimal
WEAK = company(
    latest={"net_profit": 100_000, "operating_profit": 300_000, "total_liabilities": 8_000_000, "equity": 3_000_000}
)
CASES = [
    company_facts(),
    company_facts(company=WEAK),
    company_facts(company=company(latest={"revenue": 9_000_000, "receivables": 6_000_000}, years_in_business=1)),
    company_facts(bureau=CLEAN.model_copy(update={"overdue_count_24_months": 4, "worst_days_past_due": 40})),
    company_facts(company=company(latest={"revenue": 60_000_000})),  # growth that is too fast costs points too
    person_facts(),
    person_facts(person=person(monthly_expenses=yuan(16_000), debts=yuan(200_000), seniority_years=0, job="others")),
    person_facts(bureau=CLEAN.model_copy(update={"overdue_count_24_months": 2})),
]


def told(record: DecisionRecord) -> tuple[CounterfactualRecord, ...]:
    assert record.counterfactuals is not None
    return record.counterfactuals


def grade_with(facts: ApplicationFacts, feature: str, value: Any) -> int:
    """The rank of the grade with one feature at another value, by the whole score."""
    rules = rulebook(facts.segment)
    known = features_of(facts, rules)
    number = value if isinstance(value, Decimal) else value if known[feature].__class__ is str else D(value)
    scale = rules.policy.master_scale
    return rank_of(grade_of(risk_score({**known, feature: number}, rules).pd_percent, scale).grade, scale)


@pytest.mark.parametrize("facts", CASES)
def test_there_is_one_for_every_reason_in_their_order(facts: ApplicationFacts) -> None:
    record = assessed(facts)
    assert [one.code for one in told(record)] == [one.code for one in record.reasons]


@pytest.mark.parametrize("facts", CASES)
def test_the_value_gives_the_grade_that_it_says_and_one_step_less_does_not(facts: ApplicationFacts) -> None:
    record, scale = assessed(facts), rulebook(facts.segment).policy.master_scale
    now = rank_of(record.score.grade, scale)
    for one in told(record):
        if one.code not in FEATURE_OF or one.needed is None:
            continue
        assert one.grade is not None
        assert grade_with(facts, one.feature, one.needed) == rank_of(one.grade, scale) < now
        if one.relation in ("at_least", "at_most"):
            step = D(1) if one.feature in COUNTED else SIX_PLACES
            back = D(one.needed) + (step if one.relation == "at_most" else -step)
            assert grade_with(facts, one.feature, back) == now, one


@pytest.mark.parametrize("facts", CASES)
def test_where_it_says_that_one_thing_alone_does_not_help_no_value_does(facts: ApplicationFacts) -> None:
    record, rules = assessed(facts), rulebook(facts.segment)
    now = rank_of(record.score.grade, rules.policy.master_scale)
    for one in told(record):
        if one.code in FEATURE_OF and one.needed is None:
            values = rules.telling_values[one.feature]
            assert all(grade_with(facts, one.feature, value) >= now for value in values), one


def test_some_things_help_alone_and_some_do_not() -> None:
    found = [one for facts in CASES for one in told(assessed(facts)) if one.code in FEATURE_OF]
    assert {one.needed is None for one in found} == {True, False}


def test_of_a_rule_it_is_the_border_at_which_it_is_silent() -> None:
    [one] = told(assessed(company_facts(bureau=CLEAN.model_copy(update={"court_cases_open": 4}))))
    assert (one.code, one.told, one.needed, one.relation) == ("K04_COURT_CASES", "4.000000", "3", "at_most")
    [minor] = told(assessed(person_facts(person=person(age=17))))
    assert (minor.needed, minor.relation) == ("18", "at_least")
    [use] = told(assessed(company_facts(purpose="dividends")))
    assert (use.relation, "dividends" in str(use.needed)) == ("none_of", True)


def test_of_policy_it_is_the_amount_grade_or_item_that_it_wants() -> None:
    large = told(assessed(company_facts(requested_amount=yuan(5_100_000))))
    by_code = {one.code: one for one in large}
    assert (by_code["P07_CAP"].needed, by_code["P07_CAP"].relation) == ("5000000", "at_most")
    assert (
        D(by_code["P08_LIMIT"].needed or "")
        == assessed(company_facts(requested_amount=yuan(5_100_000))).limit.amount.amount
    )
    silent = told(assessed(company_facts(bureau=Bureau())))
    assert "worst_days_past_due" in str(next(one for one in silent if one.code == "P02_MISSING").needed)


def test_both_languages_tell_what_would_help() -> None:
    one = next(one for one in told(assessed(CASES[1])) if one.grade is not None and one.code in FEATURE_OF)
    assert one.needed is not None
    assert one.grade is not None
    assert one.needed in one.zh
    assert one.grade in one.zh
    assert one.needed in one.en
    assert one.grade in one.en
