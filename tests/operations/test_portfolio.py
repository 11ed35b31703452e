"""The demo portfolio's borrowers: invented, but such that every rule of the bank for applicants is met."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from stdnum.cn import ric, uscc

from services.application.main import service as application
from services.operations.bank_client import BankClient
from services.operations.deployment import all_in_one
from services.operations.portfolio import DAYS_OF_MONTH, PLANS, Teller, days_between
from services.operations.portfolio_people import Borrowers, Drawn, money
from shared.service import create_app

SEEDS = range(12)
SEED = 7
START, END = date(2025, 11, 25), date(2026, 11, 25)


def drawn(seed: int) -> list[Drawn]:
    borrowers = Borrowers(seed, 2025)
    return [
        *(borrowers.company(size, 500_000) for size in ("micro", "small", "medium")),
        borrowers.company("micro", 100_000, good=False),
        borrowers.person(100_000),
        borrowers.person(100_000, good=False),
        borrowers.small_firm("micro", 100_000),
        borrowers.supplier("small", 500_000),
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_register_numbers_have_right_check_digits(seed: int) -> None:
    for one in drawn(seed):
        if one.segment != "person":
            assert uscc.is_valid(one.particulars["unified_social_credit_code"])
        else:
            assert ric.is_valid(one.particulars["resident_id"])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_balance_sheet_balances_and_no_part_exceeds_its_whole(seed: int) -> None:
    for one in drawn(seed):
        for year in ("previous", "latest") if one.segment == "company" else ():
            stated = {n: Decimal(m["amount"]) for n, m in one.facts[year].items() if isinstance(m, dict)}
            current = stated["cash"] + stated["receivables"] + stated["inventory"]
            assert current <= stated["current_assets"]
            assert stated["current_assets"] <= stated["total_assets"]
            assert stated["payables"] + stated["advance_receipts"] <= stated["current_liabilities"]
            assert stated["current_liabilities"] <= stated["total_liabilities"] <= stated["total_assets"]
            assert all(amount >= 0 for name, amount in stated.items() if name not in {"operating_profit", "net_profit"})


def test_the_same_seed_draws_the_same_borrowers_and_another_seed_others() -> None:
    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)


def test_the_application_service_knows_every_field_of_every_borrower() -> None:
    schemas = create_app(application).openapi()["components"]["schemas"]
    applicant = {"company": "CompanyApplicant", "person": "PersonApplicant", "small_firm": "SmallFirmApplicant"}
    for one in drawn(1):
        assert set(one.particulars) | set(one.facts) <= set(schemas[applicant[one.segment]]["properties"])
        assert set(one.beside) <= set(schemas["LoanRequestBody"]["properties"])
        assert set(one.beside.get("supply_chain", ())) <= set(schemas["SupplyChain-Input"]["properties"])


def test_invented_amounts_are_whole_yuan() -> None:
    assert money(Decimal("1234.56")) == {"amount": "1235.00", "currency": "CNY"}


def test_there_are_thirty_eight_borrowers_and_every_state_is_among_their_stories() -> None:
    stories = Counter(plan.story.__name__ for plan in PLANS)
    assert len(PLANS) == 38
    assert set(stories) == {
        "runs", "pays_off_early", "is_declined", "lets_the_offer_expire", "withdraws", "is_refused_by_core_banking",
        "has_an_unknown_outcome", "is_cured", "breaks_its_promise", "is_written_off", "is_written_off_and_recovered",
        "waits_for_review", "waits_for_decision", "waits_for_signature", "waits_for_release",
    }  # fmt: skip


def test_things_happen_on_three_days_a_month_within_the_year() -> None:
    days = days_between(START, END)
    assert {day.day for day in days} == set(DAYS_OF_MONTH)
    assert days[0] == date(2025, 11, 26)
    assert days[-1] == date(2026, 11, 16)
    assert len(days) == 36


def test_every_story_begins_by_waiting_for_its_day_and_calls_nobody_before() -> None:
    days = days_between(START, END)
    nowhere = BankClient(all_in_one("http://127.0.0.1:9", "http://127.0.0.1:9"), {})
    for no, plan in enumerate(PLANS, start=1):
        assert next(plan.story(Teller(nowhere, plan, no, SEED, days))) in days
