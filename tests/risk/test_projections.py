"""Every read model of risk, rebuilt from the log, equals the live one row for row."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.operations.generations import tables_of
from services.risk.domain.commands import RecordShadowScore
from services.risk.domain.facts import Bureau
from services.risk.domain.shadow_score import shadow_score
from services.risk.main import service
from tests.risk import announced
from tests.risk.bank import Bank
from tests.risk.builders import APPLICATION, LOAN, TODAY, company_facts, person_facts

OTHER_APPLICATION, OTHER_LOAN = UUID(int=71), UUID(int=72)


async def live_a_little(bank: Bank) -> None:
    """Two applications, one referred; one loan cured out of substandard, one written off."""
    await bank.hear(announced.submitted(company_facts()))
    await bank.hear(announced.submitted(person_facts(application_id=OTHER_APPLICATION, bureau=Bureau())))
    for application_id in (APPLICATION, OTHER_APPLICATION):
        await bank.assessment(application_id)
    await bank.hear(announced.disbursed())
    await bank.hear(announced.overdue())
    await bank.hear(announced.aged(31, date(2026, 4, 2)))
    await bank.hear(announced.aged(91, date(2026, 6, 1)))
    await bank.hear(announced.cured(date(2026, 6, 9)))
    await bank.hear(announced.overdue(loan_id=OTHER_LOAN))
    await bank.hear(announced.disbursed(OTHER_LOAN))
    await bank.hear(announced.written_off(date(2027, 6, 9), OTHER_LOAN))
    await bank.engine.commands.handle(
        shadow_score,
        RecordShadowScore(
            application_id=APPLICATION,
            segment="company",
            alias="challenger",
            model_id="company-2026.1-challenger",
            sha256="5" * 64,
            z=Decimal("-3.5"),
            pd_percent=Decimal("0.84"),
            grade="R3",
            scored_on=TODAY,
        ),
        bank.engine.metadata(TODAY),
        command_id=UUID(int=73),
    )
    await bank.caught_up()


ROWS = {"assessments": 2, "classifications": 2, "warnings": 3, "inspections": 2, "shadow_scores": 1}
"""The others have rows by bins, which are the models' affair, and by days, which depend on when an effect ran."""


@pytest.mark.parametrize("name", [one.name for one in service.projections])
async def test_a_rebuilt_read_model_equals_the_live_one_row_for_row(bank: Bank, name: str) -> None:
    await live_a_little(bank)
    [projection] = [one for one in service.projections if one.name == name]
    differences = await bank.rebuild(projection)
    assert [(one.only_live, one.only_rebuilt) for one in differences] == [(0, 0)] * len(tables_of(projection))
    rows = sum(one.live_rows for one in differences)
    assert rows == ROWS.get(name, rows) > 0


async def test_the_list_of_loans_shows_observation_stage_and_who_has_left(bank: Bank) -> None:
    await live_a_little(bank)
    rows = {row["loan_id"]: row for row in (await bank.get("/v1/classifications")).json()["items"]}
    gone, observed = rows[str(OTHER_LOAN)], rows[str(LOAN)]
    assert (gone["classification"], gone["written_off"], gone["left_on"]) == ("loss", True, "2027-06-09")
    assert (observed["classification"], observed["stage"], observed["days_past_due"]) == ("substandard", 3, 0)
    assert observed["observed_until"] == "2026-12-09"


async def test_a_loan_whose_end_is_heard_before_its_payout_is_listed_like_any_other(bank: Bank) -> None:
    await bank.hear(announced.settled(date(2026, 3, 2)))
    await bank.hear(announced.disbursed())
    await bank.caught_up()
    [row] = (await bank.get("/v1/classifications")).json()["items"]
    assert (row["loan_id"], row["left_on"], row["written_off"]) == (str(LOAN), "2026-03-02", False)
    assert (row["application_id"], row["principal"]["amount"]) == (str(APPLICATION), "100000.00")
