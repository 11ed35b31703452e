"""Published and derived figures of risk, read from the folder that LIUDAI_VECTORS names; an adapter per kind."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.risk.domain.asset_class import (
    AssetClass,
    Signs,
    contaminates,
    floor,
    general_provision,
    observation_ends_on,
    specific_provision,
)
from services.risk.domain.collateral_value import accepted_value
from services.risk.domain.credit_limit import Candidate, lowest_of, single_borrower_room
from services.risk.domain.expected_credit_loss import expected_credit_loss, impairment_stage
from services.risk.domain.five_c import Band, banded, weighted
from services.risk.domain.knock_outs import fires
from services.risk.domain.risk_price import CapitalTerms, expected_loss_percent, raroc_percent, risk_based_price
from services.risk.domain.scorecard import probability
from services.risk.domain.working_capital_need import (
    Balances,
    TurnoverDays,
    turnover_days,
    working_capital_need,
)
from tests.risk.builders import rulebook
from tests.shared.vectors import Row, published

pytestmark = pytest.mark.vectors
FILES = (
    "working_capital_need", "limits", "pricing_raroc", "scoring",
    "risk_classification_cn", "provision_ecl", "decisions_cn",
)  # fmt: skip
D = Decimal
CLASS = dict(zip(("正常", "关注", "次级", "可疑", "损失"), AssetClass, strict=True))

OTHERS = {
    "entrusted_payment": "disbursement decides how money is paid",
    "extension": "extensions are not lent yet",
    "allocation": "repayment allocates what is received",
    "maker_checker": "persons act in the other services",
    "ageing_bucket": "collection keeps ageing buckets",
    "days_past_due": "repayment counts days past due",
    "non_accrual": "repayment keeps the ledger",
    "provision_coverage": "the supervisory ratios of a whole book are not measured yet",
}


@pytest.mark.parametrize("row", published(FILES))
def test_a_published_figure_holds(row: Row) -> None:
    adapter = ADAPTERS.get(row["category"])
    if adapter is None:
        pytest.skip(OTHERS.get(row["category"], f"{row['category']} is out of scope of risk"))
    adapter(row["inputs"], row["expected"], row["tolerance"])


def close(found: Decimal, expected: str, tolerance: str) -> bool:
    return abs(found - D(expected)) <= D(tolerance.split(maxsplit=1)[0])


def need_of_days(given: Row, expected: Row, tolerance: str) -> None:
    if "average_balances" in given:
        turnover_of_balances(given, expected)
        return
    days = TurnoverDays(**{name: D(value) for name, value in given["turnover_days"].items()})
    need = working_capital_need(
        days,
        revenue=D(given["last_year_revenue"]),
        margin=D(given["profit_margin"]),
        growth=D(given["growth"]),
        own_funds=D(given["own_funds"]),
        existing_loans=D(given["existing_working_capital_loans"]),
        other_channels=D(given["other_channels"]),
    )
    if "error" in expected:
        assert need is None
        return
    assert need is not None
    assert close(days.cycle, expected["cash_cycle_days"], tolerance)
    assert close(need.turnover, expected["working_capital_turnover"], tolerance)
    assert close(need.need, expected["working_capital_need"], tolerance)
    assert close(need.new_limit, expected["new_loan_limit"], tolerance)
    assert close(need.raw_limit, expected["raw_limit"], tolerance)


def turnover_of_balances(given: Row, expected: Row) -> None:
    balances = Balances(**{name: D(value) for name, value in given["average_balances"].items()})
    days = turnover_days(balances, D(given["last_year_revenue"]), D(given["last_year_cost"]))
    assert days is not None
    for name, value in expected["turnover_days"].items():
        found = getattr(days, name)
        assert close(found, value, "0.001"), name
        assert close(360 / found, expected["turnover_times"][name], "0.02"), name


def collateral(given: Row, expected: Row, tolerance: str) -> None:
    rates = {name: D(rate) for name, rate in given["rates"].items()}
    found = [
        accepted_value(item["class"], D(item["value"]), D(item.get("prior_liens", "0")), rates)
        for item in given["collateral"]
    ]
    assert all(close(one, value, tolerance) for one, value in zip(found, expected["accepted"], strict=True))
    assert close(sum(found, D(0)), expected["total"], tolerance)
    shipped = rulebook().collateral.rates
    assert {name: shipped.get(name) for name in rates} == rates


def lowest(given: Row, expected: Row, tolerance: str) -> None:
    candidates = [
        Candidate(method, None if amount is None else D(amount)) for method, amount in given["candidates"].items()
    ]
    limit = lowest_of(candidates, D(given["round_down_to"]))
    assert close(limit.amount, expected["limit"], tolerance)
    assert limit.binding == expected["binding"]


def concentration(given: Row, expected: Row, tolerance: str) -> None:
    room = single_borrower_room(
        D(given["bank_net_capital"]), D(given["existing_loans"]), D(given["single_borrower_percent"])
    )
    assert (D(given["new_loan"]) <= room) is expected["accepted"]
    assert close(room, expected["headroom"], tolerance)


def risk_pricing(given: Row, expected: Row, tolerance: str) -> None:
    if "loan" in given:
        raroc_of_a_loan(given, expected, tolerance)
        return
    price = risk_based_price(
        funding_percent=D(given["funding_cost_percent"]),
        operating_percent=D(given["operating_cost_percent"]),
        pd_percent=D(given["pd_percent"]),
        lgd_percent=D(given["lgd_percent"]),
        capital_percent=D(given["economic_capital_percent"]),
        terms=CapitalTerms(D(given["hurdle_roe_percent"]), D(given["tax_percent"]), D(0)),
    )
    assert close(price.expected_loss_percent, expected["expected_loss_percent"], tolerance)
    assert close(price.capital_charge_percent, expected["capital_charge_percent"], tolerance)
    assert close(price.rate_percent, expected["rate_percent"], tolerance)


def raroc_of_a_loan(given: Row, expected: Row, tolerance: str) -> None:
    loan = D(given["loan"])
    revenue = loan * D(given["loan_rate_percent"]) / 100
    loss = loan * expected_loss_percent(D(given["pd_percent"]), D(given["lgd_percent"])) / 100
    capital = loan * D(given["economic_capital_percent"]) / 100
    credit = capital * D(given["return_on_economic_capital_percent"]) / 100
    raroc = raroc_percent(
        revenue=revenue,
        operating=D(given["operating_cost"]),
        funding=D(given["funding_cost"]),
        expected_loss=loss,
        capital=capital,
        credit=credit,
        tax_percent=D(0),
    )
    found = {"revenue": revenue, "expected_loss": loss, "economic_capital": capital, "return_on_capital": credit}
    assert all(close(amount, expected[name], tolerance) for name, amount in found.items())
    assert close(raroc, expected["raroc_percent"], tolerance)


def logistic(given: Row, expected: Row, tolerance: str) -> None:
    assert abs(probability(float(given["z"])) - float(expected["probability"])) <= float(tolerance)


def bands(*lower_and_points: tuple[str | None, int]) -> tuple[Band, ...]:
    return tuple(Band(from_value=None if low is None else D(low), points=D(points)) for low, points in lower_and_points)


TABLES = {
    "credit_score": bands((None, 6), ("640", 12), ("680", 16), ("720", 20)),
    "dscr": bands((None, 3), ("1", 10), ("1.10", 18), ("1.25", 25)),
    "years": bands((None, 4), ("2", 8), ("5", 12)),
    "coverage": bands(("1.2", 12), ("1.5", 15)),
    "years_in_trade": bands((None, 0), ("3", 3), ("6", 6), ("9", 8)),
    "management_degree_share": bands((None, 0), ("10", 1), ("30", 2), ("60", 3)),
}
"""The published tables, their gaps closed upwards: a band reaches to the next one."""
LEVELS = {"personal_character": {"excellent": 6, "good": 4, "fair": 1}}


def band(given: Row, expected: Row, tolerance: str) -> None:
    name = str(given.get("indicator") or next(key for key in given if key != "component"))
    value: Any = given.get("value", given.get(name))
    if name in LEVELS:
        assert LEVELS[name][str(value)] == expected["points"]
    elif name in TABLES:
        assert close(banded(D(str(value)), TABLES[name]), str(expected["points"]), tolerance)
    else:
        pytest.skip(f"the table of {name} was not published in full")


RISK = bands((None, 0), ("40", 1), ("60", 2), ("80", 3))
RISK_NAMES = ("VERY_HIGH", "HIGH", "MODERATE", "LOW")


def weighted_score(given: Row, expected: Row, tolerance: str) -> None:
    pairs = zip(given["sub_scores_0_100"], given["weights"], strict=True)
    score = weighted([(D(points), D(weight)) for points, weight in pairs])
    assert close(score, expected["score"], tolerance)
    assert RISK_NAMES[int(banded(score, RISK))] == expected["risk"]


def classification(given: Row, expected: Row, tolerance: str) -> None:
    del tolerance
    if "debtor_type" in given:
        found = contaminates(
            D(given["npl_amount"]), D(given["total_claims"]), retail=given["debtor_type"] != "non_retail"
        )
        assert found is (expected["result"] == "all_at_least_次级")
    elif "restructured_on" in given:
        ends_on = observation_ends_on(
            date.fromisoformat(given["restructured_on"]), given["repayment_period_months"], 12
        )
        assert ends_on == date.fromisoformat(expected["observation_end_not_before"])
    else:
        assert floor(signs(given)) == CLASS[expected["floor"]]


def signs(given: Row) -> Signs:
    return Signs(
        days_past_due=given.get("days_past_due", 0),
        technical=given.get("reason") == "operational_or_technical",
        credit_impaired=given.get("credit_impaired", False),
        expected_loss_percent=D(given.get("ecl_percent_of_book", "0")),
        misused=given.get("misused", False) or given.get("purpose_changed", False),
        refinanced=given.get("refinanced_by_new_loan", False),
        qualified_renewal=given.get("eligible_small_enterprise_renewal", False),
        restructured=given.get("restructured", False),
        overdue_elsewhere_percent=D(given.get("other_banks_overdue_90_percent", "0")),
        in_liquidation=given.get("bankruptcy_liquidation", False),
    )


def provisioning(given: Row, expected: Row, tolerance: str) -> None:
    balance, asset_class = D(given["balance"]), CLASS[given["class"]]
    if "float_percent" in given:
        share = D(given["float_percent"])
        assert close(specific_provision(asset_class, balance, float_percent=-share), expected["low"], tolerance)
        assert close(specific_provision(asset_class, balance, float_percent=share), expected["high"], tolerance)
        return
    # The source calls the general provision, 1 % of every loan, the rate of 正常.
    of_normal = asset_class == AssetClass.NORMAL
    found = general_provision(balance) if of_normal else specific_provision(asset_class, balance)
    assert close(found, expected["provision"], tolerance)
    assert close(found * 100 / balance, expected["rate_percent"], tolerance)


def ecl(given: Row, expected: Row, tolerance: str) -> None:
    loss = expected_credit_loss(
        [D(exposure) for exposure in given["ead_by_year"]],
        [D(pd) for pd in given["pd_by_year_percent"]],
        lgd_percent=D(given["lgd_percent"]),
        rate_percent=D(given["eir_percent"]),
        survival_weighting=given["survival_weighting"],
    )
    assert all(close(one, value, tolerance) for one, value in zip(loss.marginal, expected["marginal_ecl"], strict=True))
    assert close(loss.twelve_months, expected["ecl_12_month"], tolerance)
    assert close(loss.lifetime, expected["ecl_lifetime"], tolerance)


def stage(given: Row, expected: Row, tolerance: str) -> None:
    del tolerance
    found = impairment_stage(
        given["days_past_due"], risk_has_risen=given["sicr"], credit_impaired=given["credit_impaired"]
    )
    assert found == expected["stage"]


def use_of_funds(given: Row, expected: Row, tolerance: str) -> None:
    del tolerance
    [rule] = [one for one in rulebook().knock_outs.rules if one.feature == "purpose"]
    assert fires(rule, given["use"]) is not expected["accepted"]


def term_limit(given: Row, expected: Row, tolerance: str) -> None:
    """More than three years is referred, so that a person confirms the slow recovery; five years end it."""
    del tolerance
    rules = {one.result: one for one in rulebook().knock_outs.rules if one.feature == "term_months"}
    rule = rules["decline" if given["long_cash_recovery"] else "refer"]
    assert fires(rule, D(given["term_months"])) is not expected["accepted"]


ADAPTERS: dict[str, Callable[[Row, Row, str], None]] = {
    "working_capital_need": need_of_days,
    "collateral_limit": collateral,
    "lowest_of": lowest,
    "concentration": concentration,
    "risk_based_pricing": risk_pricing,
    "logistic": logistic,
    "scoring_band": band,
    "scoring_band_cn": band,
    "scoring_weighted": weighted_score,
    "risk_classification": classification,
    "provisioning": provisioning,
    "ecl": ecl,
    "ifrs9_stage": stage,
    "use_of_funds": use_of_funds,
    "term_limit": term_limit,
}
