"""Monitoring that does not cry wolf: borders that know their sample size, no verdict on few cases, sums that add."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.risk.domain.final_decision import FinalDecisionNoted, NoteFinalDecision, final_decision
from services.risk.domain.monitoring import (
    backtest,
    cumulative,
    index_border,
    jeffreys,
    override_verdict,
    stability_index,
    windows,
)
from shared.contracts import application, repayment
from tests.given import given
from tests.risk import announced
from tests.risk.bank import Bank
from tests.risk.builders import APPLICATION, TODAY, company_facts

BINS = [str(n) for n in range(10)]
OTHER_APPLICATION, OTHER_LOAN = UUID(int=71), UUID(int=72)


def drawn(chance: Random, cases: int, weights: Sequence[float] = (1,) * 10) -> dict[str, int]:
    counts = dict.fromkeys(BINS, 0)
    for one in chance.choices(BINS, weights, k=cases):
        counts[one] += 1
    return counts


def test_the_border_is_what_chance_passes_once_in_a_hundred() -> None:
    assert index_border(4000, 100, 10) == pytest.approx(0.2221, abs=1e-4)
    assert index_border(4000, 300, 10) == 0.10  # 0.078 by chance
    assert index_border(300, 300, 10) == pytest.approx(0.1444, abs=1e-4)


def test_without_drift_an_alarm_is_rare_however_few_the_cases() -> None:
    chance = Random(20240601)
    for cases in (50, 100, 300, 1000):
        found = [windows(drawn(chance, 4000), [("2026-01", drawn(chance, cases))])[-1] for _ in range(300)]
        assert sum(one.verdict == "alarm" for one in found) <= 9, cases
        assert all(one.verdict in {"alarm", "stable" if cases >= 300 else "too_few"} for one in found)


def test_a_real_drift_is_found() -> None:
    chance = Random(7)
    moved = drawn(chance, 600, (3, 3, 2, 2, 1, 1, 1, 1, 0.5, 0.5))
    [one] = windows(drawn(chance, 4000), [("2026-01", moved)])
    assert (one.verdict, one.index > one.border) == ("alarm", True)
    assert stability_index({"a": 500, "b": 500}, {"a": 500, "b": 500}) == 0


def test_months_are_taken_together_until_there_are_enough() -> None:
    chance = Random(3)
    months = [(f"2026-{month:02}", drawn(chance, 120)) for month in range(1, 8)]
    found = windows(drawn(chance, 4000), months)
    assert [(one.first_month, one.last_month, one.cases) for one in found] == [
        ("2026-01", "2026-03", 360), ("2026-04", "2026-06", 360), ("2026-07", "2026-07", 120)
    ]  # fmt: skip
    assert [one.verdict for one in found] == ["stable", "stable", "too_few"]
    assert [one.verdict for one in windows(drawn(chance, 299), months[:1])] == ["no_reference"]


def test_jeffreys_intervals_as_published() -> None:
    low, high = jeffreys(6, 802)  # R3 of the design's table: 0.75 % [0.31, 1.54]
    assert (round(100 * low, 2), round(100 * high, 2)) == (0.31, 1.54)
    low, high = jeffreys(27, 1712)  # R4: 1.58 % [1.07, 2.25]
    assert (round(100 * low, 2), round(100 * high, 2)) == (1.07, 2.25)
    assert jeffreys(0, 10)[0] == 0
    assert jeffreys(10, 10)[1] == 1


@pytest.mark.parametrize(
    ("loans", "expected", "bad", "verdict"),
    [
        (100, 4.9, 40, "too_few"),
        (1712, 24.5, 27, "in_line"),
        (500, 10.0, 30, "under_predicted"),
        (500, 30.0, 10, "over_predicted"),
    ],
)
def test_no_verdict_where_fewer_than_five_were_expected(loans: int, expected: float, bad: int, verdict: str) -> None:
    assert backtest(loans, expected, bad).verdict == verdict


def test_overrides_are_judged_from_fifty_decisions_on() -> None:
    assert (override_verdict(49, 49), override_verdict(50, 5), override_verdict(50, 6)) == (
        "too_few",
        "stable",
        "alarm",
    )
    assert cumulative({1: 2, 3: 1}, 4) == [0, 2, 2, 3, 3]


def note(decision: Any, *, automatic: bool = False) -> NoteFinalDecision:
    return NoteFinalDecision(application_id=APPLICATION, decision=decision, automatic=automatic, decided_on=TODAY)


def noted(decision: Any, *, automatic: bool = False) -> FinalDecisionNoted:
    return FinalDecisionNoted(application_id=APPLICATION, decision=decision, automatic=automatic, decided_on=TODAY)


def test_people_have_the_last_word_and_it_is_kept_once() -> None:
    given(final_decision).when(note("approve")).then(noted("approve"))
    automatic = noted("decline", automatic=True)
    given(final_decision, automatic).when(note("decline", automatic=True)).then_nothing()
    given(final_decision, automatic).when(note("approve")).then(noted("approve"))
    given(final_decision, noted("approve")).when(note("decline")).then_nothing()


def decided(decision: Any, application_id: UUID = APPLICATION) -> application.ApplicationDecided:
    return application.ApplicationDecided(
        application_id=application_id, decision=decision, automatic=False, decided_on=TODAY
    )


async def test_a_models_life_is_counted_from_what_is_heard(bank: Bank) -> None:
    """Two alike are scored, one declined against the recommendation, one paid out and bad in its fourth month."""
    for application_id in (APPLICATION, OTHER_APPLICATION):
        await bank.hear(announced.submitted(company_facts(application_id=application_id)))
        await bank.assessment(application_id)
    await bank.hear(decided("approve"))
    await bank.hear(decided("decline", OTHER_APPLICATION))
    await bank.hear(announced.disbursed())
    await bank.hear(announced.overdue(on=date(2026, 4, 3)))
    await bank.hear(announced.aged(91, date(2026, 7, 2)))
    await bank.hear(repayment.BusinessDateClosed(closed_on=date(2027, 4, 1), opened_on=date(2027, 4, 2)))
    await bank.caught_up()
    report = (await bank.get("/v1/monitoring", branch="*")).json()
    assert report["as_of"] == "2027-04-02"
    [model] = report["models"]
    assert (model["segment"], model["decisions"]) == ("company", 2)
    assert "first 300 decisions" in model["reference"]
    assert [one["windows"] for one in model["drift"]] == [[]] * len(model["drift"])
    assert model["drift"][0]["characteristic"] == "score"
    overrides = model["overrides"]
    assert (overrides["decided"], overrides["up"], overrides["down"]) == (2, 0, 1)
    assert overrides["verdict"] == "too_few"
    grade, everything = model["backtest"]
    assert everything | {"grade": grade["grade"]} == grade
    assert (everything["loans"], everything["bad"], everything["verdict"]) == (1, 1, "too_few")
    [vintage] = model["vintages"]
    assert (vintage["paid_month"], vintage["loans"]) == ("2026-03", 1)
    assert vintage["bad_until_month"] == [0, 0, 0, 0, *[1] * 10]


async def test_a_loan_pulled_down_by_another_is_not_bad_and_words_may_come_in_any_order(bank: Bank) -> None:
    await bank.hear(announced.submitted())
    await bank.assessment(APPLICATION)
    await bank.hear(announced.aged(91, date(2026, 6, 2)))  # before its payout was heard of
    await bank.hear(announced.disbursed())
    await bank.hear(announced.disbursed(OTHER_LOAN))
    await bank.seen(f"/v1/classifications/{OTHER_LOAN}", lambda found: found["classification"] == "substandard")
    await bank.caught_up()
    [model] = (await bank.get("/v1/monitoring", branch="*", segment="company")).json()["models"]
    [vintage] = model["vintages"]
    assert (vintage["loans"], sum(vintage["bad_until_month"])) == (2, 0)  # bad in its third month, which is to come
    await bank.hear(repayment.BusinessDateClosed(closed_on=date(2026, 8, 30), opened_on=date(2026, 8, 31)))
    [model] = (await bank.get("/v1/monitoring", branch="*")).json()["models"]
    assert model["vintages"][0]["bad_until_month"] == [0, 0, 0, 1, 1, 1]


async def test_monitoring_is_for_the_whole_bank_and_for_those_who_watch_models(bank: Bank) -> None:
    assert (await bank.get("/v1/monitoring", branch="*")).json() == {"as_of": "2026-03-02", "models": []}
    assert (await bank.get("/v1/monitoring")).status_code == 403
    assert (await bank.get("/v1/monitoring", branch="*", roles="officer")).status_code == 403
    assert (await bank.get("/v1/monitoring", branch="*", segment="nobody")).status_code == 422
