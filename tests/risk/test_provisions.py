"""What a loan is provided for: by class, by stage, over its life; and the whole book as of a day."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.loan_loss import (
    StandingLoan,
    UndrawnLimit,
    loan_loss,
    months_left,
    share_owed,
    undrawn_loss,
)
from services.risk.domain.loss_measurement import group_id, loss_measurement
from services.risk.domain.measured_group import MeasuredGroup
from services.risk.end_of_day import month_end_by
from services.risk.projections.standings import standings
from services.risk.publications import to_integration_event
from shared.contracts import repayment, risk
from shared.money import Money
from tests.risk import announced
from tests.risk.bank import Bank
from tests.risk.builders import APPLICATION, BORROWER, LOAN, TODAY, yuan

OTHER = UUID(int=72)


def standing(**changes: Any) -> StandingLoan:
    given: dict[str, Any] = {
        "asset_class": AssetClass.NORMAL,
        "stage": 1,
        "outstanding": yuan(100_000),
        "pd_percent": Decimal(2),
        "lgd_percent": Decimal(45),
        "annual_rate_percent": Decimal(5),
        "repayment_method": "interest_only",
        "matures_on": date(2028, 3, 2),
    }
    return StandingLoan(**(given | changes))


def test_a_sound_loan_books_twelve_months_and_a_risen_one_its_life() -> None:
    sound = loan_loss(standing(), TODAY)
    assert sound.twelve_months == yuan("857.14")  # 100,000 x 2 % x 45 % / 1.05
    assert sound.lifetime == yuan("1657.14")  # and 98 % of that once more, discounted: 857.142857 + 800
    assert (sound.booked, loan_loss(standing(stage=2), TODAY).booked) == (sound.twelve_months, sound.lifetime)
    assert (sound.specific, sound.general, sound.is_assumed) == (yuan(0), yuan(1_000), False)


def test_an_impaired_loan_books_what_is_lost_of_it() -> None:
    lost = loan_loss(standing(asset_class=AssetClass.DOUBTFUL, stage=3, pd_percent=None), TODAY)
    assert (lost.specific, lost.booked, lost.twelve_months) == (yuan(50_000), yuan(45_000), yuan(45_000))


def test_what_is_not_known_is_assumed_on_the_cautious_side() -> None:
    unknown = loan_loss(standing(pd_percent=None, lgd_percent=None, annual_rate_percent=None, matures_on=None), TODAY)
    assert (unknown.booked, unknown.is_assumed) == (yuan(12_000), True)  # 20 % x 60 %


def test_a_part_of_a_year_has_a_part_of_the_probability() -> None:
    short = loan_loss(standing(matures_on=date(2026, 9, 2)), TODAY)
    assert short.twelve_months == short.lifetime == yuan("428.57")  # six of twelve months


@pytest.mark.parametrize(
    ("matures_on", "months"),
    [
        (None, 12),
        (date(2026, 3, 2), 12),
        (date(2026, 1, 1), 12),
        (date(2026, 3, 3), 1),
        (date(2026, 4, 2), 1),
        (date(2026, 4, 3), 2),
        (date(2027, 3, 2), 12),
        (date(2027, 3, 3), 13),
    ],
)
def test_months_begun_count_and_what_is_past_its_maturity_is_owed_for_a_year(matures_on: Any, months: int) -> None:
    assert months_left(TODAY, matures_on) == months


def test_an_annuity_owes_less_each_year_and_the_rest_all_of_it() -> None:
    annuity = standing(repayment_method="equal_instalments", annual_rate_percent=Decimal(12))
    assert share_owed(annuity, 24, 0) == share_owed(standing(), 24, 12) == 1
    assert round(share_owed(annuity, 24, 12), 6) == Decimal("0.529816")  # a 24-month annuity at 1 % after 12 months
    assert share_owed(standing(repayment_method="equal_instalments", annual_rate_percent=None), 24, 12) == Decimal(
        "0.5"
    )


def recovered(amount: int, on: date) -> repayment.RecoveryReceived:
    return repayment.RecoveryReceived(
        receipt_id=UUID(int=8), loan_id=OTHER, borrower_id=BORROWER, amount=yuan(amount), claim_after=yuan(0),
        received_on=on,
    )  # fmt: skip


async def a_book(bank: Bank) -> None:
    """A person's two loans: one late and then cured, one written off and partly recovered."""
    await bank.hear(announced.submitted())
    assessed = await bank.assessment(APPLICATION)
    assert assessed["record"]["score"]["grade"]
    for loan_id in (LOAN, OTHER):
        await bank.hear(announced.disbursed(loan_id).model_copy(update={"retail": True}))
        await bank.hear(announced.overdue(loan_id=loan_id, on=date(2026, 4, 3)))
    await bank.hear(announced.aged(91, date(2026, 7, 2)))
    await bank.hear(announced.aged(91, date(2026, 7, 2), OTHER))
    await bank.hear(announced.received(date(2026, 7, 10)).model_copy(update={"outstanding_after": yuan(60_000)}))
    await bank.hear(announced.written_off(date(2026, 8, 1), OTHER))
    await bank.hear(recovered(700, date(2026, 9, 1)))
    await bank.hear(repayment.BusinessDateClosed(closed_on=date(2026, 9, 30), opened_on=date(2026, 10, 1)))
    await bank.caught_up()


async def test_the_book_is_shown_as_it_stood_on_any_day(bank: Bank) -> None:
    await a_book(bank)

    async def on(day: str) -> Any:
        return (await bank.get("/v1/provisions", on=day)).json()

    assert (await on("2026-03-01")) == {"on": "2026-03-01", "groups": [], "totals": []}
    [sound] = (await on("2026-03-02"))["groups"]
    assert (sound["loans"], sound["classification"], sound["stage"], sound["assumed"]) == (2, "normal", 1, 0)
    [bad] = (await on("2026-07-02"))["groups"]
    assert (bad["classification"], bad["stage"], bad["loans"]) == ("substandard", 3, 2)
    assert (bad["outstanding"]["amount"], bad["specific"]["amount"]) == ("200000.00", "50000.00")
    [rest] = (await on("2026-08-01"))["groups"]
    assert (rest["loans"], rest["outstanding"]["amount"], rest["specific"]["amount"]) == (1, "60000.00", "15000.00")


async def test_a_loan_whose_payoff_is_taken_back_is_provided_for_again_but_not_for_the_days_between(bank: Bank) -> None:
    await bank.hear(announced.disbursed())
    await bank.hear(announced.received(date(2026, 5, 1)).model_copy(update={"outstanding_after": yuan(0)}))
    await bank.hear(announced.settled(date(2026, 5, 1)))
    await bank.hear(announced.reversed_payoff(date(2026, 6, 1), days=12, outstanding=60_000))
    await bank.hear(repayment.BusinessDateClosed(closed_on=date(2026, 9, 30), opened_on=date(2026, 10, 1)))
    await bank.caught_up()

    async def owed(day: str) -> list[tuple[str, str]]:
        groups = (await bank.get("/v1/provisions", on=day)).json()["groups"]
        return [(one["classification"], one["outstanding"]["amount"]) for one in groups]

    assert await owed("2026-04-30") == [("normal", "100000.00")]
    assert await owed("2026-05-31") == []
    assert await owed("2026-06-01") == [("special_mention", "60000.00")]
    [row] = (await bank.get("/v1/classifications")).json()["items"]
    assert (row["classification"], row["left_on"], row["days_past_due"]) == ("special_mention", None, 12)
    await bank.rebuild(standings)


async def test_the_allowance_in_the_ledger_is_the_specific_provision_and_what_was_recovered(bank: Bank) -> None:
    await a_book(bank)
    [total] = (await bank.get("/v1/provisions")).json()["totals"]
    assert total["ledger"]["recovered"]["amount"] == "700.00"
    assert total["ledger"]["expected_balance"]["amount"] == "15700.00"
    # 150 % of 60,000 non-performing is more than 2.5 % of all
    assert (total["required"]["amount"], total["shortfall"]["amount"]) == ("90000.00", "74300.00")
    assert Decimal(total["coverage_percent"]) == Decimal("26.166667")


async def test_what_is_measured_is_announced_once_and_goes_back_when_the_loans_are_gone(bank: Bank) -> None:
    await bank.hear(announced.submitted())
    await bank.assessment(APPLICATION)
    await bank.hear(announced.disbursed(LOAN))
    await bank.caught_up()
    [sound] = (await bank.get("/v1/provisions")).json()["groups"]
    route = "/v1/provisions/measurements"
    measured = await bank.post(route, {}, roles="operator", branch="HQ")
    assert measured.status_code == 200, measured.text
    [group] = measured.json()["items"]
    assert group["expected_loss"] == group["top_up"] == sound["booked"]
    assert (group["branch"], group["loans"], group["specific"]["amount"]) == ("SH", 1, "0.00")
    again = await bank.post(route, {}, roles="operator", branch="HQ")
    assert again.json() == measured.json()
    await bank.hear(announced.settled(TODAY))
    await bank.caught_up()
    [gone] = (await bank.post(route, {}, roles="operator", branch="HQ")).json()["items"]
    assert (gone["loans"], gone["top_up"]["amount"]) == (0, "0.00")
    past = await bank.engine.store.read(loss_measurement.stream(group_id("SH", "CNY")))
    told = [one for one in map(to_integration_event, past) if isinstance(one, risk.ProvisionMeasured)]
    assert [one.top_up.amount for one in told] == [Decimal(group["top_up"]["amount"]), 0]
    assert {one.meta.branch for one in past} == {"SH"}
    assert (await bank.post(route, {}, roles="operator")).status_code == 403


def test_what_is_held_beside_the_classes_follows_the_banks_policy() -> None:
    """By the rule the sum is the expected loss; a bank that books the higher lets no loan make up for another."""
    for booking, top_up in (("expected_loss", 500), ("higher", 700)):
        group = MeasuredGroup("SH", "CNY", booking)  # type: ignore[arg-type]
        for booked, specific in ((900, 200), (300, 500)):
            group.add(2, Money(10_000), Money(booked), Money(specific))
        assert (group.specific, group.top_up, group.stages) == (700, top_up, {2: [2, 20_000, 1_200]})


def test_what_may_still_be_drawn_is_lost_to_the_share_that_will_be() -> None:
    limit = UndrawnLimit(yuan(100_000), 1, Decimal(2), Decimal(45), Decimal(5), 24)
    assert undrawn_loss(limit, TODAY, Decimal(40)).booked == yuan("342.86")  # 40,000 x 2 % x 45 % / 1.05
    risen = undrawn_loss(replace(limit, stage=2), TODAY, Decimal(40))
    assert (risen.booked, risen.twelve_months) == (yuan("662.86"), yuan("342.86"))  # and 320 of the second year
    assert undrawn_loss(replace(limit, stage=3), TODAY, Decimal(40)).booked == yuan(18_000)
    assert undrawn_loss(UndrawnLimit(yuan(100_000)), TODAY, Decimal(40)).booked == yuan(4_800)  # 20 % x 60 %, a year


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2026, 3, 30), date(2026, 2, 28)),
        (date(2026, 3, 31), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 3, 31)),
        (date(2027, 1, 1), date(2026, 12, 31)),
        (date(2028, 2, 29), date(2028, 2, 29)),
    ],
)
def test_a_months_border_is_its_last_day(day: date, found: date) -> None:
    assert month_end_by(day) == found


def undrawn(amount: int, on: date = TODAY) -> repayment.CommitmentMoved:
    return repayment.CommitmentMoved(
        contract_id=announced.CONTRACT, application_id=APPLICATION, undrawn=yuan(amount), moved_on=on
    )


async def measurements(bank: Bank) -> list[Any]:
    return [one.event for one in await bank.engine.store.read(loss_measurement.stream(group_id("SH", "CNY")))]


async def test_the_last_day_of_a_month_is_measured_by_itself_once(bank: Bank) -> None:
    await bank.new_day(date(2026, 3, 31))
    assert await measurements(bank) == []  # nothing was lent: there is nothing to say
    await bank.hear(announced.submitted())
    await bank.assessment(APPLICATION)
    await bank.hear(undrawn(300_000, date(2026, 4, 1)))
    await bank.hear(announced.disbursed(on=date(2026, 4, 1)))
    await bank.hear(undrawn(200_000, date(2026, 4, 1)))
    for day in (date(2026, 4, 29), date(2026, 4, 30), date(2026, 5, 1)):
        await bank.new_day(day)
    [april] = await measurements(bank)
    assert april.measured_on == date(2026, 4, 30)
    assert (april.undrawn, april.booking) == (yuan(200_000), "expected_loss")
    [stage] = april.stages
    assert april.top_up == stage.expected_loss != yuan(0)
    assert april.undrawn_loss != yuan(0)
    shown = (await bank.get("/v1/provisions", on="2026-04-30")).json()["totals"][0]
    assert (shown["undrawn"]["amount"], shown["undrawn_loss"]["amount"]) == (
        "200000.00",
        str(april.undrawn_loss.amount),
    )
    assert (await bank.get("/v1/provisions", on="2026-03-31")).json()["totals"] == []
    await bank.hear(announced.settled(date(2026, 5, 4)))
    await bank.hear(undrawn(0, date(2026, 5, 4)))
    await bank.new_day(date(2026, 6, 2))  # the bank was shut on the last of May
    [_, may] = await measurements(bank)
    assert (may.measured_on, may.top_up, may.undrawn, may.undrawn_loss) == (date(2026, 5, 31), *[yuan(0)] * 3)
    await bank.rebuild(standings)


async def test_a_limit_of_a_debtor_in_arrears_is_in_the_stage_of_his_loan(bank: Bank) -> None:
    await bank.hear(announced.submitted())
    await bank.assessment(APPLICATION)
    await bank.hear(announced.disbursed())
    await bank.hear(undrawn(200_000))
    await bank.caught_up()

    async def lost() -> Decimal:
        return Decimal((await bank.get("/v1/provisions")).json()["totals"][0]["undrawn_loss"]["amount"])

    sound = await lost()
    await bank.hear(announced.aged(91, TODAY))
    await bank.caught_up()
    assert await lost() > 10 * sound > 0


async def test_the_loans_behind_the_sums_are_paged_and_limited_to_the_callers_branch(bank: Bank) -> None:
    await a_book(bank)
    first = (await bank.get("/v1/provisions/loans", on="2026-07-02", limit=1)).json()
    second = (await bank.get("/v1/provisions/loans", on="2026-07-02", limit=1, after=first["next"])).json()
    assert {page["items"][0]["loan_id"] for page in (first, second)} == {str(LOAN), str(OTHER)}
    assert second["next"] is None
    assert first["items"][0]["pd_percent"] is not None
    elsewhere = (await bank.get("/v1/provisions", on="2026-07-02", branch="BJ")).json()
    assert (elsewhere["groups"], elsewhere["totals"]) == ([], [])
    assert (await bank.get("/v1/provisions", roles="partner")).status_code == 403
    assert (await bank.get("/v1/provisions", on="no day")).status_code == 422


async def test_people_classify_by_their_roles_and_four_eyes_improve(bank: Bank) -> None:
    await bank.hear(announced.disbursed())
    acts = f"/v1/classifications/{LOAN}"
    noted = await bank.post(f"{acts}/signs", {"sign": "evading_debt", "reason": "assets moved"}, who="li")
    assert noted.status_code == 201, noted.text
    assert (noted.json()["classification"], noted.json()["floors"]) == ("doubtful", {"evading_debt": "doubtful"})
    better = {"classification": "substandard", "reason": "explained"}
    proposal = (await bank.post(f"{acts}/proposals", better, who="li")).json()["improvement"]
    decide = f"{acts}/proposals/{proposal['proposal_id']}/decision"
    yes = {"decision": "approve", "reason": "papers seen"}
    own = await bank.post(decide, yes, who="li", roles="approver")
    assert (own.status_code, own.json()["type"]) == (409, "urn:liudai:problem:same-person")
    assert (await bank.post(decide, yes, roles="officer")).status_code == 403
    approved = await bank.post(decide, yes, who="wang", roles="approver")
    assert (approved.status_code, approved.json()["classification"]) == (200, "substandard")
    assert (await bank.post(decide, yes, who="wang", roles="approver")).status_code == 404
    plan = {"first_due_on": "2026-04-21", "repayment_period_months": 1, "reason": "orders delayed"}
    eased = (await bank.post(f"{acts}/restructurings", plan)).json()
    assert (eased["observed_until"], eased["floors"]["restructured"]) == ("2027-04-21", "special_mention")
    nowhere = f"/v1/classifications/{UUID(int=1)}/signs"
    assert (await bank.post(nowhere, {"sign": "misused", "reason": "x"})).status_code == 404
    assert (await bank.post(f"{acts}/signs", {"sign": "ugly", "reason": "x"})).status_code == 422
    await bank.caught_up()
    [row] = (await bank.get("/v1/classifications")).json()["items"]
    assert (row["classification"], row["observed_until"]) == ("substandard", "2027-04-21")
