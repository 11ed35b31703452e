"""Past applications through other rules: by the same they come out as they were, by others the difference is told."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.risk import registry
from services.risk.calculations.simulations import LINE, Simulation, SimulationBody, line_of
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.facts import ApplicationFacts, Bureau
from services.risk.domain.simulation import Decided, PastApplication, simulated
from services.risk.registry import canonical
from tests.risk import announced
from tests.risk.bank import Bank
from tests.risk.builders import (
    APPLICATION,
    TODAY,
    assessed,
    company,
    company_facts,
    person,
    person_facts,
    rulebook,
    security,
    yuan,
)
from tests.risk.test_model_alias import second_model

SECOND, THIRD = UUID(int=81), UUID(int=82)
CASES = [
    company_facts(),
    person_facts(),
    company_facts(bureau=Bureau(), collateral=(security(), security("unicorns"))),
    company_facts(company=company(size="large"), purpose="dividends"),
    company_facts(company=company(latest={"revenue": 0, "current_liabilities": 0})),
    person_facts(bureau=Bureau(has_unpaid_default=True)),
    person_facts(person=person(monthly_income=yuan(2_000))),
]


def decided(record: DecisionRecord) -> Decided:
    return Decided(
        outcome=record.outcome,
        grade=record.score.grade,
        pd_percent=float(record.score.pd_percent),
        limit_minor=record.limit.amount.minor,
        annual_rate_percent=float(record.price.annual_rate_percent),
        expected_loss_minor=record.risk_price.expected_credit_loss.minor,
    )


def past(facts: ApplicationFacts, *, defaulted: bool | None = None, lent: int = 0) -> PastApplication:
    return PastApplication(facts, decided(assessed(facts)), TODAY, defaulted, yuan(lent).minor)


@pytest.mark.parametrize("facts", CASES)
def test_by_the_rules_of_the_decision_every_figure_comes_out_as_recorded(facts: ApplicationFacts) -> None:
    one = past(facts)
    assert simulated(one, rulebook(facts.segment)) == one.decided


def body(**said: Any) -> SimulationBody:
    return SimulationBody.model_validate({"from": TODAY, "to": TODAY, **said})


def test_stricter_rules_are_told_by_what_they_move_and_what_became_of_it(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_bytes(canonical(second_model()))
    simulation = Simulation(body(), registry.library(), TODAY, [registry.read(own)])
    assert set(simulation.rules) == {"company"}, "a model is tried on its segment"
    for one in (
        past(company_facts(), defaulted=True, lent=400_000),
        past(company_facts(), defaulted=False, lent=100_000),
        past(company_facts(purpose="dividends")),
        past(person_facts()),
    ):
        simulation.take(one)
    view = simulation.shown()
    assert (view.applications, view.not_decided) == (3, {"segment": 1})
    assert view.recorded.outcomes["decline"] == view.simulated.outcomes["decline"] == 1
    assert (view.realised.loans, view.realised.defaults, view.realised.default_rate_percent) == (2, 1, Decimal(50))
    assert (view.realised.lent, view.realised.defaulted) == (yuan(500_000), yuan(400_000))
    assert view.realised_if_declined.loans == 0
    assert view.simulated.mean_pd_percent is not None
    assert view.recorded.mean_pd_percent is not None
    assert view.simulated.mean_pd_percent > view.recorded.mean_pd_percent
    assert (
        view.approvals_lost
        == len(view.changes)
        == view.recorded.outcomes["approve"] - view.simulated.outcomes["approve"]
    )


def test_what_no_rule_of_that_day_can_decide_is_counted_apart() -> None:
    simulation = Simulation(body(), registry.library(), TODAY)
    early = past(company_facts())
    before = PastApplication(early.facts, early.decided, date(2019, 8, 19), None, 0)  # no LPR was published yet
    assert simulation.take(before) is None
    assert simulation.shown().not_decided == {"rules_of_the_day": 1}


def test_a_line_of_the_csv_has_its_columns() -> None:
    difference = Simulation(body(), registry.library(), TODAY).take(past(company_facts(), defaulted=False))
    assert difference is not None
    line = line_of(difference)
    assert set(line) == set(LINE)
    assert (line["requested"], line["recorded_limit"], line["defaulted"]) == (Decimal("500000.00"),) * 2 + (False,)


# --- through the service ------------------------------------------------------------------------------------


async def test_the_api_tries_a_policy_on_the_log(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = rulebook().policy
    automatic = {segment: one.model_copy(update={"cap": Decimal(1_000)}) for segment, one in policy.automatic.items()}
    small = policy.model_copy(update={"version": "tight.1", "effective_from": date(2030, 1, 1), "automatic": automatic})
    (tmp_path / "tight.json").write_text(json.dumps(small.model_dump(mode="json")))
    monkeypatch.setenv(registry.OWN_FOLDER, str(tmp_path))
    bank.engine.outside.shelf.look_again()
    await bank.hear(announced.submitted())
    await bank.hear(announced.submitted(person_facts(application_id=SECOND, bureau=Bureau(has_unpaid_default=True))))
    for application_id in (APPLICATION, SECOND):
        await bank.assessment(application_id)
    await bank.hear(announced.disbursed())
    await bank.hear(announced.aged(91, date(2026, 6, 1)))
    await bank.caught_up()
    asked = {"from": str(TODAY), "to": str(TODAY)}
    as_it_was = await ask(bank, asked)
    assert (as_it_was["applications"], as_it_was["approvals_lost"], as_it_was["changes"]) == (2, 0, [])
    assert as_it_was["recorded"] == as_it_was["simulated"]
    tight = await ask(bank, asked | {"policy": "tight.1"})
    assert (tight["approvals_gained"], tight["approvals_lost"]) == (0, 1)
    assert tight["moved"] == {"approve→refer": 1, "decline→decline": 1}
    assert [one["application_id"] for one in tight["changes"]] == [str(APPLICATION)]
    assert tight["realised"]["defaults"] == tight["realised"]["loans"] == 1
    assert [one["version"] for one in tight["tried"]] == ["tight.1"]
    nothing = await ask(bank, {"from": "2020-01-01", "to": "2020-01-31"})
    assert nothing["applications"] == 0


async def ask(bank: Bank, asked: dict[str, Any]) -> dict[str, Any]:
    answer = await bank.post("/v1/simulations", asked, roles="model_validator", branch="*")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_cannot_be_simulated_is_refused_by_name(bank: Bank) -> None:
    day = {"from": str(TODAY), "to": str(TODAY)}
    for wrong, rule in (
        ({"policy": "unicorns"}, "in_library"),
        ({"to": "2026-03-01"}, "value_error"),
        ({"from": "x"}, "iso_8601"),
        ({"unknown": 1}, "extra_forbidden"),
    ):
        answer = await bank.post("/v1/simulations", day | wrong, roles="auditor", branch="*")
        assert answer.status_code == 422, answer.text
        assert [one["rule"] for one in answer.json()["errors"]] == [rule]
    assert (await bank.post("/v1/simulations", day, roles="auditor")).status_code == 403, "the whole bank is shown"
