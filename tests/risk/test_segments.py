"""The four segments: what each stands on, what each asks for, and what each may decide."""

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from services.risk import registry
from services.risk.domain.commands import RequestAssessment
from services.risk.domain.credit_assessment import credit_assessment, decide
from services.risk.domain.credit_decision import features_of
from services.risk.domain.expert_flags import ExpertFlag, require_bounded
from services.risk.domain.facts import ApplicationFacts, Segment
from services.risk.domain.feature_schema import check_schema
from services.risk.domain.plausibility import implausible
from services.risk.domain.proven_turnover import proven_turnover
from services.risk.domain.receivables_advance import receivables_advance
from shared.messages import Rejected
from shared.money import Money
from tests.risk.builders import (
    CLEAN,
    FACTS,
    GOOD,
    TODAY,
    assessed,
    company,
    person,
    rulebook,
    small_firm,
    small_firm_facts,
    supply_chain,
    supply_chain_facts,
    yuan,
)

D = Decimal
SEGMENTS = get_args(Segment)


@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_sound_borrower_of_every_segment_is_approved_for_what_was_asked(segment: Segment) -> None:
    record = assessed(FACTS[segment]())
    assert (record.outcome, record.referrals, record.missing) == ("approve", (), ())
    assert (record.limit.amount, record.limit.binding) == (record.facts.requested_amount, "requested")


@pytest.mark.parametrize("segment", SEGMENTS)
def test_every_segment_has_its_own_versioned_documents(segment: Segment) -> None:
    rules = rulebook(segment)
    assert (rules.model.segment, rules.five_c.segment) == (segment, segment)
    assert rules.schema is not None
    assert segment in rules.policy.mandatory
    assert segment in rules.policy.limits
    assert segment in rules.price_book.spreads
    assert any(segment in rule.segments for rule in rules.knock_outs.rules)
    own = {one.kind: one.sha256 for one in rules.references}
    others = [{one.kind: one.sha256 for one in rulebook(one).references} for one in SEGMENTS if one != segment]
    for kind in ("score_model", "five_c", "feature_schema"):
        assert own[kind] not in {other[kind] for other in others}


@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_schema_defines_exactly_what_an_application_of_the_segment_answers(segment: Segment) -> None:
    rules = rulebook(segment)
    assert rules.schema is not None
    features = features_of(FACTS[segment](sources=GOOD), rules)
    assert set(features) == rules.schema.names == set(features_of(FACTS[segment](), rules))
    for one in rules.schema.features:
        assert isinstance(features[one.name], str if one.kind == "category" else D), one.name


def test_a_schema_that_does_not_define_what_is_asked_is_refused() -> None:
    rules = rulebook("small_firm")
    assert rules.schema is not None
    short = rules.schema.model_copy(update={"features": rules.schema.features[:-1]})
    with pytest.raises(LookupError, match="does not define tax_in_arrears"):
        check_schema(short, rules.model, rules.five_c, rules.policy, rules.knock_outs)
    turned = tuple(
        one.model_copy(update={"sign": 1}) if one.name == "employees" else one for one in rules.schema.features
    )
    with pytest.raises(LookupError, match=r"moves against .* employees"):
        check_schema(rules.schema.model_copy(update={"features": turned}), rules.model, rules.five_c, rules.policy,
                     rules.knock_outs)  # fmt: skip


@pytest.mark.parametrize(
    "facts",
    [
        small_firm_facts(company=company()),
        small_firm_facts(small_firm=None),
        supply_chain_facts(supply_chain=None),
        supply_chain_facts(company=None),
        FACTS["company"](supply_chain=supply_chain()),
        FACTS["person"](small_firm=small_firm()),
    ],
)
def test_an_application_tells_what_its_segment_has_and_nothing_else(facts: ApplicationFacts) -> None:
    with pytest.raises(Rejected, match="is assessed on"):
        decide(RequestAssessment(facts=facts), credit_assessment.initial)


@pytest.mark.parametrize("on", [date(2019, 8, 21), date(2025, 11, 28), date(2025, 12, 31), date(2026, 1, 1), TODAY])
def test_every_segment_can_be_decided_on_every_day_that_a_bank_may_start_with(on: date) -> None:
    for segment in SEGMENTS:
        rules = registry.library().in_force(segment, on)
        assert segment in rules.policy.limits
        assert rules.schema is not None


@pytest.mark.parametrize(
    ("account", "tax", "invoices", "proven"),
    [
        (300, 100, 200, 200),  # three: the middle one
        (300, 100, None, 100),  # two: the lower
        (None, 100, 200, 100),
        (300, None, None, 0),  # one proves nothing
        (None, None, None, 0),
        (300, -5, 200, 200),
    ],
)
def test_turnover_is_the_middle_of_three_and_the_lower_of_two(
    account: int | None, tax: int | None, invoices: int | None, proven: int
) -> None:
    told = [None if one is None else D(one) for one in (account, tax, invoices)]
    assert proven_turnover(*told) == proven


def test_leaving_out_a_source_of_turnover_never_raises_it() -> None:
    for told in product([None, *(D(one) for one in (0, 1, 5, 9))], repeat=3):
        for left_out in range(3):
            less = [None if place == left_out else one for place, one in enumerate(told)]
            assert proven_turnover(*less) <= proven_turnover(*told)


def test_a_turnover_that_one_source_alone_shows_is_missing_and_lends_nothing() -> None:
    record = assessed(small_firm_facts(small_firm=small_firm(turnover_by_tax=None, turnover_by_invoices=None)))
    assert (record.outcome, record.limit.amount) == ("refer", yuan(0))
    assert "proven_turnover" in record.missing


def test_a_small_firm_is_limited_by_its_proven_turnover_and_its_margin() -> None:
    record = assessed(small_firm_facts(requested_amount=yuan(3_000_000)))
    amounts = {one.method: one.amount for one in record.limit.candidates}
    ratio = rulebook("small_firm").policy.limits["small_firm"].sales_ratio[record.score.grade]
    assert amounts["sales_ratio"] == yuan(3_900_000 * ratio - 100_000)
    # 390,000 of cash / 1.2 less 100,000 x (6.5 % + 25 %), at the offered rate and a quarter of the principal
    service = record.price.annual_rate_percent / 100 + D("0.25")
    assert amounts["repayment_capacity"] == Money.round_down(D(293_500) / service, "CNY")
    assert "working_capital_need" not in amounts


@pytest.mark.parametrize(
    ("bureau", "code"),
    [
        ({"has_unpaid_default": True}, "K14_OWNER_UNPAID_DEFAULT"),
        ({"worst_days_past_due": 91}, "K15_OWNER_PAST_DUE_OVER_90_DAYS"),
        ({"overdue_count_24_months": 7}, "K16_OWNER_OVERDUE_OFTEN"),
    ],
)
def test_the_owner_behind_a_small_firm_is_asked_about_too(bureau: dict[str, Any], code: str) -> None:
    owner = CLEAN.model_copy(update=bureau)
    record = assessed(small_firm_facts(small_firm=small_firm(owner=owner)))
    assert (record.outcome, [one.code for one in record.reasons]) == ("decline", [code])


def test_a_guarantor_lowers_the_loss_and_nothing_is_as_much_as_none() -> None:
    whole, none, untold = (
        assessed(small_firm_facts(small_firm=small_firm(guaranteed_percent=part))).risk_price.lgd_percent
        for part in (D(100), D(0), None)
    )
    assert (whole, none, untold) == (D(45), D(60), D(60))


@pytest.mark.parametrize(
    ("change", "advance"),
    [
        ({}, "1764000"),  # 2,000,000 x 0.98 x 0.90
        ({"anchor_grade": "R6"}, "1176000"),
        ({"anchor_grade": "R9"}, "0"),
        ({"anchor_grade": None}, "0"),
        ({"dilution_percent": D(20)}, "1440000"),
        ({"dilution_percent": D("20.01")}, "0"),
        ({"dilution_percent": None}, "0"),
        ({"notice_given": False}, "882000"),
        ({"notice_given": None}, "882000"),
        ({"assigned": False}, "0"),
        ({"assigned": None}, "0"),
        ({"confirmed_receivables": None}, "0"),
    ],
)
def test_what_is_advanced_on_confirmed_receivables(change: dict[str, Any], advance: str) -> None:
    policy = rulebook("supply_chain").policy.limits["supply_chain"].receivables
    assert policy is not None
    assert receivables_advance(supply_chain(**change), policy) == D(advance)


def test_a_suppliers_limit_is_what_its_confirmed_receivables_bear() -> None:
    record = assessed(supply_chain_facts(requested_amount=yuan(5_000_000)))
    assert (record.limit.amount, record.limit.binding) == (yuan(1_764_000), "confirmed_receivables")


def test_card_and_tree_of_the_supply_chain_are_the_companys() -> None:
    chain, company_model = rulebook("supply_chain").model, rulebook("company").model
    assert (chain.card, chain.tree) == (company_model.card, company_model.tree)


def test_a_strong_anchor_improves_the_log_odds_by_what_policy_says_and_no_more() -> None:
    strong = assessed(supply_chain_facts())
    weak = assessed(supply_chain_facts(supply_chain=supply_chain(anchor_grade="R7", dilution_percent=D(12))))
    assert {one.code: one.log_odds for one in strong.score.expert_flags if one.log_odds} == {
        "A01_STRONG_ANCHOR": D("-0.6"), "A02_NOTICE": D("-0.2"), "A03_LITTLE_DILUTION": D("-0.2"),
    }  # fmt: skip
    assert sum(one.log_odds for one in weak.score.expert_flags) == D("0.8")
    assert weak.score.pd_percent > strong.score.pd_percent


@pytest.mark.parametrize("log_odds", ["0", "0.71", "-0.71"])
def test_a_flag_beyond_its_bound_is_refused(log_odds: str) -> None:
    with pytest.raises(ValidationError, match="at most"):
        ExpertFlag(code="X", feature="audited", operator="above", number=D(0), log_odds=D(log_odds), zh="", en="")


def test_flags_that_point_one_way_are_bounded_together() -> None:
    flags = [
        ExpertFlag(code="X", feature="audited", operator="above", number=D(0), log_odds=D(each), zh="", en="")
        for each in ("0.6", "0.5", "-0.7")
    ]
    with pytest.raises(ValueError, match=r"at most 1\.0 together, not 1\.1"):
        require_bounded(flags)
    require_bounded(flags[1:])


def test_a_flag_that_helps_is_silent_about_what_is_missing_and_one_that_does_not_is_raised() -> None:
    helps, hurts = (
        ExpertFlag(code="X", feature="audited", operator="above", number=D(0), log_odds=D(each), zh="", en="")
        for each in ("-0.5", "0.5")
    )
    assert (helps.is_raised(None), hurts.is_raised(None)) == (False, True)


IMPLAUSIBLE: list[tuple[ApplicationFacts, str, str]] = [
    (small_firm_facts(small_firm=small_firm(industry="magic")), "small_firm.industry", "listed"),
    (small_firm_facts(small_firm=small_firm(employees=-1)), "small_firm.employees", "not_negative"),
    (small_firm_facts(small_firm=small_firm(turnover_by_tax=yuan(-1))), "small_firm.turnover_by_tax", "not_negative"),
    (small_firm_facts(small_firm=small_firm(guaranteed_percent=D(101))), "small_firm.guaranteed_percent", "share"),
    (
        small_firm_facts(small_firm=small_firm(owner=CLEAN.model_copy(update={"court_cases_open": -1}))),
        "small_firm.owner.court_cases_open",
        "not_negative",
    ),
    (supply_chain_facts(supply_chain=supply_chain(dilution_percent=D(-1))), "supply_chain.dilution_percent", "share"),
    (
        supply_chain_facts(supply_chain=supply_chain(confirmed_receivables=yuan(-1))),
        "supply_chain.confirmed_receivables",
        "not_negative",
    ),
    (FACTS["person"](person=person(assets=yuan(-1))), "person.assets", "not_negative"),
]


@pytest.mark.parametrize(("facts", "line", "rule"), IMPLAUSIBLE)
def test_what_cannot_be_is_named_by_line_and_rule(facts: ApplicationFacts, line: str, rule: str) -> None:
    classes = rulebook(facts.segment).collateral.classes
    assert [(one.line, one.rule) for one in implausible(facts, classes, TODAY)] == [(line, rule)]
