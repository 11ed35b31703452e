"""The API of risk on a real database: an application heard, assessed, shown, computed again; loans by class."""

from datetime import date
from typing import Any, get_args
from uuid import UUID

import pytest

from services.operations.calculators import CALCULATORS
from services.risk.calculations.catalogue import CALCULATORS as OF_RISK
from services.risk.domain.facts import Bureau, Segment
from tests.risk import announced
from tests.risk.bank import Bank
from tests.risk.builders import APPLICATION, LOAN, TODAY, assessed, company_facts, person_facts

PERSON = UUID("10000000-0000-0000-0000-000000000002")
UNKNOWN = UUID("10000000-0000-0000-0000-000000000009")


async def test_an_application_is_heard_assessed_listed_and_shown_with_its_whole_record(bank: Bank) -> None:
    await bank.hear(announced.submitted())
    found = await bank.assessment(APPLICATION)
    assert found["record"]["outcome"] == "approve"
    assert found["record"]["limit"]["amount"] == {"currency": "CNY", "amount": "500000.00"}
    assert found["record"]["facts"]["company"]["latest"]["revenue"]["amount"] == "20000000.00"
    assert found["record"]["score"]["pd_percent"] == str(assessed(company_facts()).score.pd_percent)
    assert (await bank.get(f"/v1/assessments/{APPLICATION}")).headers["ETag"] == '"3"'
    assert [one["status"] for one in found["sources"]] == ["not_configured"] * 4
    assert found["declared_facts"] == found["facts"]
    await bank.caught_up()
    [row] = (await bank.get("/v1/assessments")).json()["items"]
    assert (row["status"], row["outcome"], row["requested"]["amount"]) == ("assessed", "approve", "500000.00")


async def test_an_application_announced_twice_has_one_assessment(bank: Bank) -> None:
    await bank.hear(announced.submitted())
    await bank.hear(announced.submitted())
    await bank.assessment(APPLICATION)
    await bank.caught_up()
    assert len((await bank.get("/v1/assessments")).json()["items"]) == 1


async def test_a_recorded_decision_computed_again_is_equal(bank: Bank) -> None:
    facts = person_facts(application_id=PERSON, bureau=Bureau(has_unpaid_default=True))
    await bank.hear(announced.submitted(facts))
    assert (await bank.assessment(PERSON))["record"]["outcome"] == "decline"
    replayed = (await bank.post(f"/v1/assessments/{PERSON}/replay")).json()
    assert replayed["equal"] is True
    assert replayed["recorded_sha256"] == replayed["recomputed_sha256"]
    assert replayed["differing"] == []


async def test_lists_are_filtered_paged_and_limited_to_the_callers_branch(bank: Bank) -> None:
    await bank.hear(announced.submitted())
    await bank.hear(announced.submitted(person_facts(application_id=PERSON, bureau=Bureau())))
    for application_id in (APPLICATION, PERSON):
        await bank.assessment(application_id)
    await bank.caught_up()
    [referred] = (await bank.get("/v1/assessments", outcome="refer")).json()["items"]
    assert referred["application_id"] == str(PERSON)
    assert (await bank.get("/v1/assessments", grade="R9")).json()["items"] == []
    first = (await bank.get("/v1/assessments", limit=1)).json()
    second = (await bank.get("/v1/assessments", limit=1, after=first["next"])).json()
    assert [page["items"][0]["application_id"] for page in (first, second)] == [str(APPLICATION), str(PERSON)]
    assert second["next"] is None
    assert (await bank.get("/v1/assessments", branch="BJ")).json()["items"] == []
    assert (await bank.get(f"/v1/assessments/{APPLICATION}", branch="BJ")).status_code == 404


async def test_an_assessment_as_of_a_day_before_it_was_asked_for_is_not_there(bank: Bank) -> None:
    await bank.hear(announced.submitted())
    await bank.assessment(APPLICATION)
    assert (await bank.get(f"/v1/assessments/{APPLICATION}", as_of="2026-03-01")).status_code == 404
    assert (await bank.get(f"/v1/assessments/{APPLICATION}", as_of="2026-03-02")).status_code == 200


async def test_a_loans_class_follows_what_is_heard_and_keeps_its_history(bank: Bank) -> None:
    await bank.hear(announced.overdue())  # before the payout was heard of
    await bank.hear(announced.disbursed())
    await bank.hear(announced.aged(91, date(2026, 6, 1)))
    found = (await bank.get(f"/v1/classifications/{LOAN}")).json()
    assert (found["classification"], found["provision_rate_percent"], found["is_open"]) == (
        "substandard",
        "25",
        True,
    )
    assert [change["classification"] for change in found["changes"]] == ["special_mention", "substandard"]
    await bank.hear(announced.cured(date(2026, 6, 10)))
    await bank.hear(announced.received(date(2026, 12, 10)))
    assert (await bank.get(f"/v1/classifications/{LOAN}")).json()["classification"] == "normal"
    await bank.hear(announced.settled(date(2027, 3, 2)))
    await bank.caught_up()
    [row] = (await bank.get("/v1/classifications", classification="normal")).json()["items"]
    assert (row["loan_id"], row["left_on"], row["principal"]["amount"]) == (str(LOAN), "2027-03-02", "100000.00")
    assert (await bank.get("/v1/classifications", classification="loss")).json()["items"] == []


async def test_a_loan_whose_money_was_misused_is_special_mention_whoever_pays_in_time(bank: Bank) -> None:
    await bank.hear(announced.disbursed())
    await bank.hear(announced.misused())
    found = (await bank.get(f"/v1/classifications/{LOAN}")).json()
    assert found["classification"] == "special_mention"
    await bank.hear(announced.received(date(2026, 12, 10)))
    assert (await bank.get(f"/v1/classifications/{LOAN}")).json()["classification"] == "special_mention"


async def test_models_and_policies_are_shown_with_hash_and_measures(bank: Bank) -> None:
    models = (await bank.get("/v1/models")).json()["items"]
    shown = {(one["segment"], alias["alias"]) for one in models for alias in one["aliases"]}
    assert shown >= {(segment, "champion") for segment in get_args(Segment)}
    assert all(len(one["sha256"]) == 64 and one["limits_of_use"] and one["metrics"] for one in models)
    current = (await bank.get("/v1/policies/current")).json()
    assert current["as_of"] == str(TODAY)
    kinds = [one["reference"]["kind"] for one in current["segments"][0]["documents"]]
    assert kinds == ["benchmark", "collateral", "credit_policy", "five_c", "knock_outs", "price_book"]


def example(name: str) -> Any:
    return CALCULATORS[name].example


@pytest.mark.parametrize("name", OF_RISK)
async def test_the_api_answers_what_the_calculator_answers(bank: Bank, name: str) -> None:
    answer = await bank.post(f"/v1/calculations/{name}", example(name))
    assert answer.status_code == 200, answer.text
    assert answer.json() == CALCULATORS[name].of_json(example(name), TODAY).model_dump(mode="json")


async def test_a_day_before_there_was_a_benchmark_is_refused_by_name(bank: Bank) -> None:
    answer = await bank.post("/v1/calculations/price", {**example("price"), "on": "2019-08-19"})
    assert answer.status_code == 422
    assert [(one["field"], one["rule"]) for one in answer.json()["errors"]] == [("on", "benchmark_known")]


async def test_a_need_without_a_positive_cycle_is_left_to_a_person(bank: Bank) -> None:
    body = example("working-capital-need")
    late = {side: {**body[side], "payables": {"amount": "90000000.00"}} for side in ("opening", "closing")}
    need = (await bank.post("/v1/calculations/working-capital-need", {**body, **late})).json()
    assert need["manual_measurement"] is True
    assert need["new_limit"] is None


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("limit", {"round_down_to": {"amount": "0"}}, "round_down_to"),
        ("limit", {"round_down_to": {"amount": "100", "currency": "EUR"}}, "body"),
        ("limit", {"candidates": [{"method": "x", "amount": {"amount": "-1"}}]}, "candidates.0.amount"),
        ("limit", {"unknown": 1}, "unknown"),
        ("collateral-limit", {"collateral": [{"collateral_class": "unicorns", "value": {"amount": "1"}}]}, "class"),
        ("score", {"on": "2024-01-01"}, "applicant.company.latest.year"),  # the statement would be of the future
        ("score", {"on": "2030-01-01"}, "applicant.company.latest.year"),
        ("price", {"grade": "R0"}, "grade"),
        ("price", {"segment": "person"}, "body"),
        ("price", {"pd_percent": "0"}, "pd_percent"),
        ("price", {"pd_percent": "NaN"}, "pd_percent"),
        ("price", {"term_months": 0}, "term_months"),
        ("working-capital-need", {"margin_percent": "1e9"}, "margin_percent"),
        ("working-capital-need", {"revenue": {"amount": 5}}, "revenue"),
    ],
)
async def test_bad_input_is_refused_by_field(bank: Bank, path: str, change: dict[str, Any], field: str) -> None:
    answer = await bank.post(f"/v1/calculations/{path}", {**example(path), **change})
    assert answer.status_code == 422, answer.text
    assert any(field in error["field"] for error in answer.json()["errors"]), answer.text


async def test_figures_that_no_money_can_say_are_refused(bank: Bank) -> None:
    body = example("working-capital-need")
    mad = {"cost_of_sales": {"amount": "0.01"}, "revenue": {"amount": "9000000000000.00"}}
    answer = await bank.post("/v1/calculations/working-capital-need", {**body, **mad})
    assert answer.status_code == 422


async def test_what_is_not_there_is_404_what_is_not_decided_409_and_a_strange_cursor_422(bank: Bank) -> None:
    assert (await bank.get(f"/v1/assessments/{UNKNOWN}")).status_code == 404
    assert (await bank.get(f"/v1/classifications/{UNKNOWN}")).status_code == 404
    assert (await bank.post(f"/v1/assessments/{UNKNOWN}/replay")).status_code == 404
    for path in ("/v1/assessments", "/v1/classifications"):
        assert (await bank.get(path, after="WyJ4Il0")).status_code == 422


async def test_roles_outside_the_matrix_may_neither_read_nor_calculate(bank: Bank) -> None:
    assert (await bank.get("/v1/assessments", roles="collector")).status_code == 403
    assert (await bank.post("/v1/calculations/limit", example("limit"), roles="partner")).status_code == 403
    assert (await bank.get("/v1/classifications", roles="collector")).status_code == 200
