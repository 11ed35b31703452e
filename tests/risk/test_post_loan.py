"""After the payout: how a debtor behaves, what warns of him, when his loans are inspected and by whom it is closed."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest

from services.risk.domain import debtor_commands as ask
from services.risk.domain import debtor_events as did
from services.risk.domain import inspection_plan as plan
from services.risk.domain.asset_class import AssetClass
from services.risk.domain.behaviour import Behaviour, LateEpisode, behaviour_of, behaviour_score
from services.risk.domain.debtor import debtor
from services.risk.domain.debtor_state import behaviour
from services.risk.domain.early_warning import covenant_signal, litigation_signal, overdue_signal, turnover_signal
from services.risk.domain.inspection_plan import inspection_plan
from services.risk.domain.post_loan_policy import POLICIES, is_working_day, policy_on, working_day_from
from shared.messages import Personal
from tests.given import given
from tests.risk import announced
from tests.risk.bank import Bank
from tests.risk.builders import BORROWER, LOAN, TODAY, company, company_facts, yuan
from tests.risk.test_debtor import OTHER, measure, measured, take, taken

POLICY = POLICIES[-1]
NORMAL, MENTION, SUBSTANDARD, DOUBTFUL, LOSS = AssetClass
WHY = Personal(subject_id=BORROWER, value="seen")


def warning(number: int = 0) -> UUID:
    return uuid5(BORROWER, f"warning {number}")


def warned(kind: Any = "overdue", severity: Any = "yellow", number: int = 0, **told: Any) -> did.EarlyWarningRaised:
    given_: dict[str, Any] = {
        "borrower_id": BORROWER,
        "warning_id": warning(number),
        "kind": kind,
        "severity": severity,
        "measured": "3.000000",
        "border": "0",
        "loan_id": LOAN if kind == "overdue" else None,
        "policy_version": POLICY.version,
        "raised_on": TODAY,
    }
    return did.EarlyWarningRaised.model_validate(given_ | told)


def acknowledge(by: str = "li") -> ask.AcknowledgeWarning:
    return ask.AcknowledgeWarning(
        borrower_id=BORROWER, warning_id=warning(), note="seen", acknowledged_by=by, acknowledged_on=TODAY
    )


def acknowledged(by: str = "li") -> did.EarlyWarningAcknowledged:
    return did.EarlyWarningAcknowledged(
        borrower_id=BORROWER, warning_id=warning(), note=WHY, acknowledged_by=by, acknowledged_on=TODAY
    )


def close(by: str = "li") -> ask.CloseWarning:
    return ask.CloseWarning(borrower_id=BORROWER, warning_id=warning(), finding="seen", closed_by=by, closed_on=TODAY)


def closed(by: str = "li") -> did.EarlyWarningClosed:
    return did.EarlyWarningClosed(
        borrower_id=BORROWER, warning_id=warning(), finding=WHY, closed_by=by, closed_on=TODAY
    )


def test_a_table_of_behaviour_has_a_hundred_points_and_no_gap() -> None:
    for policy in POLICIES:
        tables = policy.behaviour_bands.values()
        assert sum(max(points for _, points in table) for table in tables) == 100
        assert all([low for low, _ in table] == sorted({low for low, _ in table}) for table in tables)
        assert all(table[0][0] == 0 for table in tables)


@pytest.mark.parametrize(
    ("known", "score", "level"),
    [
        (Behaviour(*map(Decimal, (0, 0, 0, 12, 60))), 100, "good"),
        (Behaviour(*map(Decimal, (0, 0, 0, 0, 0))), 77, "fair"),
        (Behaviour(*map(Decimal, (0, 5, 1, 3, 10))), 72, "fair"),
        (Behaviour(*map(Decimal, (5, 31, 2, 0, 0))), 29, "poor"),
        (Behaviour(*map(Decimal, (91, 91, 4, 0, 0))), 2, "poor"),
    ],
)
def test_conduct_is_scored_by_points(known: Behaviour, score: int, level: str) -> None:
    found = behaviour_score(known, TODAY)
    assert (found.score, found.level, found.policy_version) == (score, level, POLICY.version)


def test_only_the_delays_of_twelve_months_count_and_one_that_runs_is_not_clean() -> None:
    old = LateEpisode(date(2024, 1, 1), 40, date(2024, 2, 9))
    new = LateEpisode(date(2026, 1, 1), 3, date(2026, 1, 4))
    running = LateEpisode(date(2026, 2, 27), 3)
    asked: dict[str, Any] = {
        "since": date(2023, 1, 1), "days_past_due": 0, "lent": Decimal(100), "owed": Decimal(40), "on": TODAY
    }  # fmt: skip
    assert behaviour_of([old], **asked) == Behaviour(*map(Decimal, (0, 0, 0, 24, 60)))
    assert behaviour_of([old, new], **asked) == Behaviour(*map(Decimal, (0, 3, 1, 1, 60)))
    assert behaviour_of([old, new, running], **(asked | {"days_past_due": 3})).months_clean == 0


def test_a_debtors_delays_are_folded_from_what_was_measured() -> None:
    state = debtor.fold(
        [
            taken(),
            measured(100_000, 3, on=date(2026, 4, 5)),
            measured(100_000, 35, on=date(2026, 5, 7)),
            measured(90_000, 0, on=date(2026, 5, 9)),
        ]
    )
    assert state.claim(LOAN).late == (LateEpisode(date(2026, 4, 5), 35, date(2026, 5, 9)),)
    found = behaviour(state, date(2026, 6, 9))
    assert found is not None
    assert found.points == {
        "days_past_due": 30, "worst_days_12_months": 4, "late_episodes_12_months": 14, "months_clean": 0,
        "repaid_percent": 5,
    }  # fmt: skip
    assert behaviour(debtor.initial, TODAY) is None


def test_a_delay_warns_once_and_again_when_it_turns_red() -> None:
    given(debtor, taken()).when(measure(100_000, 3)).then(measured(100_000, 3), warned())
    late = (taken(), measured(100_000, 3), warned())
    given(debtor, *late).when(measure(100_000, 9)).then(measured(100_000, 9))
    red = warned(severity="red", number=1, measured="31.000000", border="30")
    given(debtor, *late).when(measure(100_000, 31)).then(measured(100_000, 31), red)
    given(debtor, *late, closed()).when(measure(100_000, 9)).then(
        measured(100_000, 9), warned(number=1, measured="9.000000")
    )


def test_a_further_drawdown_that_fills_the_limit_warns_and_the_first_one_does_not() -> None:
    limit = yuan(200_000)
    given(debtor).when(take(amount=200_000, limit=limit)).then(taken(amount=200_000, limit=limit))
    given(debtor, taken(limit=limit)).when(take(OTHER, 90_000, limit=limit)).then(
        taken(OTHER, 90_000, limit=limit), warned("utilisation", measured="95.000000", border="95", loan_id=OTHER)
    )
    given(debtor, taken(limit=limit)).when(take(OTHER, 89_999, limit=limit)).then(taken(OTHER, 89_999, limit=limit))
    given(debtor, taken()).when(take(OTHER)).then(taken(OTHER))


def test_a_report_about_a_debtor_without_loans_is_nothing() -> None:
    report = ask.ReportLitigation(borrower_id=BORROWER, cases=3, reported_on=TODAY)
    given(debtor).when(report).then_nothing()
    red = warned("litigation", "red")
    given(debtor, taken()).when(report).then(red)
    given(debtor, taken(), red).when(report).then_nothing()


@pytest.mark.parametrize(
    ("found", "severity"),
    [
        (overdue_signal(LOAN, 0, POLICY), None),
        (overdue_signal(LOAN, 30, POLICY), "yellow"),
        (overdue_signal(LOAN, 31, POLICY), "red"),
        (litigation_signal(0), None),
        (litigation_signal(2), "yellow"),
        (litigation_signal(3), "red"),
        (turnover_signal(Decimal(100), Decimal("80.01"), POLICY), None),
        (turnover_signal(Decimal(100), Decimal(80), POLICY), "yellow"),
        (turnover_signal(Decimal(100), Decimal(60), POLICY), "red"),
        (covenant_signal(Decimal("1.32"), Decimal("1.2"), at_least=True, policy=POLICY), None),
        (covenant_signal(Decimal("1.31"), Decimal("1.2"), at_least=True, policy=POLICY), "yellow"),
        (covenant_signal(Decimal("1.19"), Decimal("1.2"), at_least=True, policy=POLICY), "red"),
        (covenant_signal(Decimal(62), Decimal(70), at_least=False, policy=POLICY), None),
        (covenant_signal(Decimal(64), Decimal(70), at_least=False, policy=POLICY), "yellow"),
        (covenant_signal(Decimal(71), Decimal(70), at_least=False, policy=POLICY), "red"),
        (covenant_signal(Decimal(-1), Decimal(0), at_least=True, policy=POLICY), "red"),
    ],
)
def test_each_rule_has_its_border(found: Any, severity: str | None) -> None:
    assert (found.severity if found else None) == severity


def test_a_yellow_warning_is_closed_by_one_person_a_red_one_by_two() -> None:
    yellow, red = (taken(), warned()), (taken(), warned(severity="red"))
    given(debtor, *yellow).when(close()).then(closed())
    given(debtor, *yellow).when(acknowledge()).then(acknowledged())
    given(debtor, *red).when(close()).then_rejected("warning_not_acknowledged")
    given(debtor, *red, acknowledged()).when(close()).then_rejected("same_person")
    given(debtor, *red, acknowledged()).when(close("wang")).then(closed("wang"))
    given(debtor, *red, acknowledged()).when(acknowledge("wang")).then_rejected("warning_not_open")
    given(debtor, *yellow, closed()).when(close()).then_rejected("warning_not_open")
    for command in (acknowledge(), close()):
        given(debtor, taken()).when(command).then_rejected("warning_unknown")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 3, 2), True),
        (date(2026, 3, 7), False),
        (date(2026, 5, 5), False),
        (date(2026, 5, 9), True),  # a Saturday that is worked
        (date(2027, 10, 1), True),  # no list of that year: weekends only
    ],
)
def test_the_banks_calendar(day: date, works: bool) -> None:
    assert is_working_day(day) == works
    assert working_day_from(date(2026, 10, 1)) == date(2026, 10, 8)
    assert policy_on(date(1999, 1, 1)) == POLICIES[0]


def pay_out(amount: int = 100_000) -> plan.PlanInspections:
    return plan.PlanInspections(loan_id=LOAN, borrower_id=BORROWER, principal=yuan(amount), disbursed_on=TODAY)


def due(on: date, number: int = 1, cause: Any = "first", **told: Any) -> plan.InspectionScheduled:
    given_: dict[str, Any] = {
        "loan_id": LOAN,
        "borrower_id": BORROWER,
        "number": number,
        "cause": cause,
        "asset_class": NORMAL,
        "large": False,
        "due_on": on,
        "policy_version": POLICY.version,
        "scheduled_on": TODAY,
    }
    return plan.InspectionScheduled(**(given_ | told))


def complete(number: int = 1, result: Any = "satisfactory", on: date = date(2026, 3, 16)) -> plan.CompleteInspection:
    return plan.CompleteInspection(loan_id=LOAN, number=number, result=result, finding="seen", done_by="li", done_on=on)


def done(result: Any = "satisfactory", on: date = date(2026, 3, 16)) -> plan.InspectionDone:
    return plan.InspectionDone(
        loan_id=LOAN, borrower_id=BORROWER, number=1, result=result, finding=WHY, due_on=FIRST, done_by="li", done_on=on
    )


def review(found: AssetClass, on: date = TODAY) -> plan.ReviewInspections:
    return plan.ReviewInspections(loan_id=LOAN, asset_class=found, as_of=on)


FIRST = date(2026, 3, 17)
ENDED = plan.InspectionsEnded(loan_id=LOAN, ended_on=TODAY)


def test_the_first_inspection_is_due_fifteen_days_after_the_payout() -> None:
    given(inspection_plan).when(pay_out()).then(due(FIRST))
    given(inspection_plan).when(pay_out(10_000_000)).then(due(FIRST, large=True))
    given(inspection_plan, due(FIRST)).when(pay_out()).then_nothing()


def test_the_next_one_follows_by_class_and_amount_on_a_working_day() -> None:
    on = date(2026, 3, 16)
    given(inspection_plan, due(FIRST)).when(complete()).then(
        done(), due(date(2026, 6, 15), 2, "regular", scheduled_on=on)
    )  # ninety days end on a Sunday
    given(inspection_plan, due(FIRST, large=True)).when(complete()).then(
        done(), due(date(2026, 4, 30), 2, "regular", scheduled_on=on, large=True)
    )
    given(inspection_plan, due(FIRST)).when(complete(result="concern")).then(
        done("concern"), due(date(2026, 3, 31), 2, "concern", scheduled_on=on)
    )


def test_a_worse_class_brings_it_forward_and_a_better_one_does_not_put_it_off() -> None:
    far = due(date(2026, 6, 15), 2, "regular")
    given(inspection_plan, far).when(review(MENTION)).then(due(date(2026, 4, 1), 2, "class", asset_class=MENTION))
    near = due(date(2026, 4, 1), 2, "class", asset_class=MENTION)
    given(inspection_plan, near).when(review(NORMAL)).then(due(date(2026, 4, 1), 2, "class"))
    given(inspection_plan, far).when(review(NORMAL)).then_nothing()
    given(inspection_plan).when(review(LOSS)).then_nothing()


def test_only_what_is_scheduled_can_be_done() -> None:
    given(inspection_plan, due(FIRST)).when(complete(2)).then_rejected("inspection_not_scheduled")
    given(inspection_plan).when(complete()).then_rejected("no_inspection_scheduled")
    end = plan.EndInspections(loan_id=LOAN, ended_on=TODAY)
    given(inspection_plan, due(FIRST)).when(end).then(ENDED)
    given(inspection_plan, due(FIRST), ENDED).when(end).then_nothing()
    given(inspection_plan, due(FIRST), ENDED).when(complete()).then_rejected("no_inspection_scheduled")
    given(inspection_plan, ENDED).when(pay_out()).then_nothing()


def test_what_lapsed_is_due_again_when_the_loan_comes_back() -> None:
    resume = plan.ResumeInspections(loan_id=LOAN, as_of=date(2026, 3, 16))
    again = due(date(2026, 6, 15), 1, "regular", scheduled_on=date(2026, 3, 16))
    given(inspection_plan, due(FIRST), ENDED).when(resume).then(again)
    given(inspection_plan, due(FIRST), ENDED, again).when(resume).then_nothing()
    given(inspection_plan, ENDED).when(resume).then_nothing()


async def test_a_delay_warns_is_taken_up_by_one_and_closed_by_another(bank: Bank) -> None:
    await bank.hear(announced.disbursed())
    await bank.hear(announced.overdue(31, date(2026, 4, 2)))
    await bank.caught_up()
    [red] = (await bank.get("/v1/warnings", status="open", severity="red")).json()["items"]
    assert (red["kind"], red["loan_id"], red["measured"], red["border"]) == ("overdue", str(LOAN), "31.000000", "30")
    acts = f"/v1/debtors/{BORROWER}/warnings/{red['warning_id']}"
    finding = {"finding": "paid tomorrow"}
    assert (await bank.post(f"{acts}/closure", finding, who="li")).status_code == 409
    taken_up = (await bank.post(f"{acts}/acknowledgement", {"note": "calling"}, who="li")).json()
    assert [one["status"] for one in taken_up["warnings"]] == ["acknowledged"]
    assert (await bank.post(f"{acts}/closure", finding, who="li")).json()["type"].endswith("same-person")
    assert (await bank.post(f"{acts}/closure", finding, who="wang")).json()["warnings"] == []
    assert (await bank.post(f"{acts}/closure", finding, roles="collector")).status_code == 403
    nowhere = f"/v1/debtors/{BORROWER}/warnings/{UUID(int=1)}/closure"
    assert (await bank.post(nowhere, finding)).status_code == 404
    await bank.caught_up()
    [row] = (await bank.get("/v1/warnings", borrower_id=str(BORROWER))).json()["items"]
    assert (row["status"], row["acknowledged_by"], row["closed_by"]) == ("closed", "li", "wang")
    assert (await bank.get("/v1/warnings", branch="BJ")).json()["items"] == []


async def test_a_new_application_and_a_persons_report_warn_of_a_debtor_who_owes(bank: Bank) -> None:
    shrinking = company(latest={"revenue": 9_000_000})
    await bank.hear(announced.submitted(company_facts(company=shrinking)))
    await bank.hear(announced.disbursed())
    sued = company_facts().bureau.model_copy(update={"court_cases_open": 1})
    again = company_facts(application_id=UUID(int=71), company=shrinking, bureau=sued)
    await bank.hear(announced.submitted(again))
    reports = f"/v1/debtors/{BORROWER}/reports"
    near = {"kind": "covenant", "actual": "1.25", "bound": "1.20", "at_least": True}
    shown = (await bank.post(reports, near)).json()
    assert {one["kind"]: one["severity"] for one in shown["warnings"]} == {
        "litigation": "yellow", "turnover": "red", "covenant": "yellow"
    }  # fmt: skip
    assert shown["behaviour"]["level"] == "fair"
    for wrong in ({"kind": "gossip"}, near | {"actual": "NaN"}, {"kind": "litigation", "cases": -1}):
        assert (await bank.post(reports, wrong)).status_code == 422
    euro = {"kind": "turnover", "before": {"amount": "1", "currency": "EUR"}, "now": {"amount": "1"}}
    assert (await bank.post(reports, euro)).json()["type"].endswith("one-currency")
    assert (await bank.post(f"/v1/debtors/{UUID(int=9)}/reports", near)).status_code == 404


async def test_inspections_are_listed_by_due_date_done_with_a_finding_and_followed_by_class(bank: Bank) -> None:
    await bank.hear(announced.disbursed())
    await bank.caught_up()
    [first] = (await bank.get("/v1/inspections", status="scheduled")).json()["items"]
    assert (first["due_on"], first["cause"], first["is_overdue"]) == ("2026-03-17", "first", False)
    assert (await bank.get("/v1/inspections", due_by="2026-03-16")).json()["items"] == []
    body = {"number": 1, "result": "concern", "finding": "stock is low"}
    completion = f"/v1/inspections/{LOAN}/completion"
    following = (await bank.post(completion, body, roles="officer")).json()
    assert following == {"loan_id": str(LOAN), "number": 2, "due_on": "2026-03-17"}
    assert (await bank.post(completion, body, roles="officer")).status_code == 409
    await bank.seen(
        f"/v1/debtors/{BORROWER}", lambda found: [one["kind"] for one in found["warnings"]] == ["inspection"]
    )
    await bank.hear(announced.overdue(91, date(2026, 3, 3)))
    await bank.caught_up()
    rows = (await bank.get("/v1/inspections")).json()["items"]
    assert [(one["number"], one["status"], one["result"]) for one in rows] == [
        (1, "done", "concern"), (2, "scheduled", None)
    ]  # fmt: skip
    await bank.hear(announced.settled(date(2026, 3, 20)))
    await bank.caught_up()
    [lapsed] = (await bank.get("/v1/inspections", status="lapsed")).json()["items"]
    assert lapsed["number"] == 2
