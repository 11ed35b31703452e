"""From a published row's `inputs` to a calculator's request, and from its answer to the names of `expected`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from services.operations.calculators import CALCULATORS
from services.risk.domain.asset_class import AssetClass
from tests.risk.builders import TODAY
from tests.shared.vectors import Row

D = Decimal
Found = dict[str, Any]
CLASS = dict(zip(("正常", "关注", "次级", "可疑", "损失"), AssetClass, strict=True))
CHINESE = {found.value: name for name, found in CLASS.items()}
FINE = 10_000
"""Amounts in 万元 with more decimals than a fen are calculated in yuan."""


def calculated(name: str, request: Row) -> Row:
    """The calculator's answer as JSON."""
    answer: Row = CALCULATORS[name].of_json(request, TODAY).model_dump(mode="json")
    return answer


def scale_of(*amounts: str) -> int:
    return FINE if any(-int(D(one).as_tuple().exponent) > 2 for one in amounts) else 1


def money(amount: Any, scale: int = 1) -> Row:
    return {"amount": str((D(str(amount)) * scale).quantize(D("0.01")))}


def plain(shown: Row | None, scale: int = 1) -> Decimal | None:
    return None if shown is None else D(shown["amount"]) / scale


# working_capital_need ---------------------------------------------------------------------------------


def need(given: Row) -> Found:
    balances = given.get("average_balances", {})
    scale = scale_of(given["last_year_revenue"], given.get("last_year_cost", "0"), *balances.values())
    request: Row = {
        "revenue": money(given["last_year_revenue"], scale),
        "margin_percent": str(D(given.get("profit_margin", "0")) * 100),
        "growth_percent": str(D(given.get("growth", "0")) * 100),
        "own_funds": money(given.get("own_funds", "0"), scale),
        "existing_working_capital_loans": money(given.get("existing_working_capital_loans", "0"), scale),
        "other_channels": money(given.get("other_channels", "0"), scale),
        "year_days": int(given.get("year_days", 360)),
        "basis": given.get("basis", {}),
    }
    if "turnover_days" in given:
        request["turnover_days"] = given["turnover_days"]
    if balances:
        request["average_balances"] = {name: money(amount, scale) for name, amount in balances.items()}
        request["cost_of_sales"] = money(given["last_year_cost"], scale)
    for side in ("opening", "closing"):
        if f"{side}_balances" in given:
            request[side] = {name: money(amount, scale) for name, amount in given[f"{side}_balances"].items()}
            request["cost_of_sales"] = money(given["last_year_cost"], scale)
    answer = calculated("working-capital-need", request)
    return {
        "turnover_times": {name: one["times"] for name, one in answer["items"].items()},
        "turnover_days": {name: one["days"] for name, one in answer["items"].items()},
        "cash_cycle_days": answer["cycle_days"],
        "working_capital_turnover": answer["turnover"],
        "working_capital_need": plain(answer["need"], scale),
        "raw_limit": plain(answer["raw_limit"], scale),
        "new_loan_limit": plain(answer["new_limit"], scale),
        "error": answer["reason"],
        "action": "manual_measurement" if answer["manual_measurement"] else None,
    }


# limits -----------------------------------------------------------------------------------------------


def collateral(given: Row) -> Found:
    request: Row = {
        "collateral": [
            {
                "collateral_class": item["class"],
                "value": money(item["value"]),
                "prior_liens": money(item.get("prior_liens", "0")),
            }
            for item in given["collateral"]
        ],
        "rates_percent": {name: str(D(rate) * 100) for name, rate in given["rates"].items()},
    }
    if "outstanding" in given:
        request["outstanding"] = money(given["outstanding"])
    answer = calculated("collateral-limit", request)
    return {
        "accepted": [plain(one["accepted"]) for one in answer["accepted"]],
        "total": plain(answer["total"]),
        "ltv_percent": answer["loan_to_value_percent"],
        "shortfall": plain(answer["shortfall"]),
    }


def priced_collateral(given: Row) -> Found:
    """Security told by quantity, price and the haircut, which is what the class's rate leaves off."""
    worths = [D(item["quantity"]) * D(item["price"]) for item in given["collateral"]]
    items = [{"class": f"item {number}", "value": worth} for number, worth in enumerate(worths)]
    rates = {
        item["class"]: str(1 - D(told["haircut_percent"]) / 100)
        for item, told in zip(items, given["collateral"], strict=True)
    }
    found = collateral({"collateral": items, "rates": rates, "outstanding": given["loan_outstanding"]})
    return {"security_value": sum(worths), "value_after_haircut": found["total"], "shortfall": found["shortfall"]}


def sales_ratio(given: Row) -> Found:
    revenue = given.get("annual_revenue", given.get("annual_sales"))
    existing = given.get("existing_working_capital_loans", given.get("existing_loans", "0"))
    ratio = given["ratio_percent"] if "ratio_percent" in given else D(given["ratio"]) * 100
    request = {
        "annual_revenue": money(revenue),
        "ratio_percent": str(ratio),
        "existing_working_capital_loans": money(existing),
    }
    answer = calculated("sales-limit", request)
    return {"limit": plain(answer["limit"]), "raw_limit": plain(answer["raw_limit"])}


def lowest(given: Row) -> Found:
    request = {
        "candidates": [
            {"method": method, "amount": None if amount is None else money(amount)}
            for method, amount in given["candidates"].items()
        ],
        "round_down_to": money(given.get("round_down_to", "0.01")),
    }
    answer = calculated("limit", request)
    return {"limit": plain(answer["limit"]), "binding": answer["binding"]}


def concentration(given: Row) -> Found:
    [capital] = [given[name] for name in given if name.endswith("capital")]
    [percent] = [given[name] for name in given if name.endswith("_percent")]
    existing = next((given[name] for name in given if name.startswith("existing")), "0")
    cap = {"capital": money(capital), "existing": money(existing), "percent": percent}
    request = {
        "candidates": [{"method": "requested", "amount": money(given["new_loan"])}],
        "concentration": {"group" if any("group" in name for name in given) else "single_borrower": cap},
        "round_down_to": money("0.01"),
    }
    answer = calculated("limit", request)
    requested, room = answer["candidates"]
    return {"accepted": answer["limit"] == requested["amount"], "headroom": plain(room["amount"])}


# pricing_raroc ----------------------------------------------------------------------------------------


def risk_pricing(given: Row) -> Found:
    loan = D(given.get("loan", "100"))

    def percent(amount: str) -> str:
        return str((D(amount) * 100 / loan).quantize(D("0.000001")))

    def cost_of(name: str) -> str:
        return given[f"{name}_percent"] if f"{name}_percent" in given else percent(given.get(name, "0"))

    capital = given.get("economic_capital_percent")
    request: Row = {
        "funding_percent": cost_of("funding_cost"),
        "operating_percent": cost_of("operating_cost"),
        "pd_percent": given["pd_percent"],
        "lgd_percent": given["lgd_percent"],
        "capital": {
            "method": "given",
            "percent": percent(given["economic_capital"]) if capital is None else capital,
        },
        "hurdle_percent": given.get("hurdle_roe_percent", given.get("hurdle_percent", "12")),
        # The sources name tax, credit and VAT where they have them, and have none where they do not.
        "tax_percent": given.get("tax_percent", "0"),
        "capital_credit_percent": given.get("return_on_economic_capital_percent", "0"),
        "vat_percent": given.get("vat_percent", "0"),
    }
    if "loan_rate_percent" in given:
        request["annual_rate_percent"] = given["loan_rate_percent"]
    answer = calculated("raroc", request)

    def amount(name: str) -> Decimal | None:
        return None if answer[name] is None else D(answer[name]) * loan / 100

    return {
        "revenue": amount("revenue_percent"),
        "expected_loss": amount("expected_loss_percent"),
        "economic_capital": amount("capital_percent"),
        "return_on_capital": amount("capital_credit_percent"),
        "profit": amount("profit_after_tax_percent"),
        "raroc_percent": answer["raroc_percent"],
        "expected_loss_percent": answer["expected_loss_percent"],
        "capital_charge_percent": answer["capital_charge_percent"],
        "rate_percent": answer["risk_based_rate_percent"],
    }


def logistic(given: Row) -> Found:
    return {"probability": calculated("score", {"logit": str(given["z"])})["probability"]}


# scoring ----------------------------------------------------------------------------------------------

BANDS: dict[str, list[tuple[Any, int]]] = {
    "credit_score": [(None, 6), (640, 12), (680, 16), (720, 20)],
    "dscr": [(None, 3), (1, 10), ("1.10", 18), ("1.25", 25)],
    "years": [(None, 4), (2, 8), (5, 12)],
    "owner_share_percent": [(None, 1), (51, 3)],
    "coverage": [(None, 0), ("1.2", 12), ("1.5", 15)],
    "years_in_trade": [(None, 0), (3, 3), (6, 6), (8, 8)],
    "management_degree_share": [(None, 0), (10, 1), (30, 2), (60, 3)],
}
"""The published tables, their gaps closed upwards: a band reaches to the next one."""
LEVELS: dict[str, dict[str, int]] = {
    "personal_character": {"excellent": 6, "very_good": 6, "good": 4, "fair": 1, "average": 1},
    "credit_record": {"good": 4, "minor_overdue": 2},
    "education": {"bachelor": 3, "college": 2, "high_school": 1},
    "management": {"excellent": 3, "very_good": 3, "good": 2, "fair": 1, "average": 1},
    "form": {"corporation": 5, "llc": 5, "other": 3},
}
ALIASES = (("owner", "owner_share_percent"), ("structure", "form"))
MAX = {"credit_score": 20, "dscr": 25, "years": 12, "coverage": 15, "owner_share_percent": 3, "form": 5}
BELOW_PUBLISHED = {"coverage": D("1.2")}
"""Below these values the source publishes no points."""


def band(given: Row) -> Found:
    name = str(given.get("indicator") or next(key for key in given if key != "component"))
    value: Any = given.get("value", given.get(name))
    name = next((known for part, known in ALIASES if part in name), name)
    if name in LEVELS:
        return {"points": LEVELS[name][str(value).lower()], "max": MAX.get(name)}
    bands = [{"from_value": None if low is None else str(low), "points": points} for low, points in BANDS[name]]
    return {"points": calculated("score", {"value": str(value), "bands": bands})["points"], "max": MAX.get(name)}


def weighted_score(given: Row) -> Found:
    lower = sorted((int(bounds.split("-")[0]), level) for level, bounds in given["bands"].items())
    bands = [{"from_value": str(low) if low else None, "label": level} for low, level in lower]
    pairs = zip(given["sub_scores_0_100"], given["weights"], strict=True)
    request = {
        "sub_scores": [{"points": str(points), "weight_percent": str(weight)} for points, weight in pairs],
        "bands": bands,
    }
    answer = calculated("score", request)
    return {"score": answer["points"], "risk": answer["label"]}


# risk_classification_cn -------------------------------------------------------------------------------

SIGNS = (
    ("days_past_due", "days_past_due"),
    ("impaired", "credit_impaired"),
    ("ecl_percent", "expected_loss_percent"),
    ("again", "restructured_again"),
    ("restructured", "restructured"),
    ("renewal", "qualified_renewal"),
    ("refinanc", "refinanced"),
    ("misuse", "misused"),
    ("purpose_changed", "misused"),
    ("overdue", "overdue_elsewhere_percent"),
    ("other_bank", "non_performing_elsewhere"),
    ("elsewhere", "non_performing_elsewhere"),
    ("rating", "rating_fell_sharply"),
    ("evad", "evading_debt"),
    ("bankrupt", "in_liquidation"),
    ("liquidation", "in_liquidation"),
)
"""What a published input's name contains, and the sign that it is: the first that fits."""
NO_SIGNS = {"reason", "debtor_type", "npl_amount", "total_claims", "repayment_period_months"}


def sign_of(name: str) -> str:
    """KeyError for an input that no rule of ours asks for."""
    for part, sign in SIGNS:
        if part in name:
            return sign
    raise KeyError(name)


def classification(given: Row) -> Found:
    request: Row = {
        sign_of(name): value
        for name, value in given.items()
        if name not in NO_SIGNS and not name.endswith(("_on", "_type"))
    }
    if "reason" in given:
        request["technical"] = given["reason"] == "operational_or_technical"
    if "debtor_type" in given:
        request["debtor"] = {
            "retail": given["debtor_type"] != "non_retail",
            "non_performing": money(given["npl_amount"]),
            "claims": money(given["total_claims"]),
        }
    started = next((given[name] for name in given if name.endswith("_on")), None)
    if started:
        request["observation"] = {
            "of": "restructured" if "restructured_on" in given else "non_performing",
            "started_on": started,
            "repayment_period_months": given["repayment_period_months"],
        }
    answer = calculated("classification", request)
    return {
        "floor": CHINESE[answer["classification"]],
        "result": "all_at_least_次级" if answer["contaminated"] else "not_contaminated",
        "observation_end_not_before": answer["observation_ends_on"],
        "upgrade_not_before": answer["observation_ends_on"],
    }


# provision_ecl ----------------------------------------------------------------------------------------


def provisioning(given: Row) -> Found:
    asset_class = CLASS[given["class"]]
    answer = calculated("provision", {"loans": [{"asset_class": asset_class, "balance": money(given["balance"])}]})
    [loan] = answer["loans"]
    # The source calls the general provision, 1 % of every loan, the rate of 正常.
    held = plain(loan["general" if asset_class == AssetClass.NORMAL else "specific"])
    assert held is not None
    return {
        "provision": held,
        "rate_percent": held * 100 / D(given["balance"]),
        "low": plain(loan["specific_low"]),
        "high": plain(loan["specific_high"]),
    }


def book(given: Row) -> Found:
    loans = next(given[name] for name in ("total_loans", "loans", "loan_balance") if name in given)
    bad = next(given[name] for name in ("npl", "npl_balance", "non_performing", "npl_amount") if name in given)
    held = next((given[name] for name in ("provision", "held", "provision_balance", "allowance") if name in given), "0")
    request = {"book": {"loans": money(loans), "non_performing": money(bad), "held": money(held)}}
    answer = calculated("provision", request)["book"]
    needed, by_loans, by_bad = (plain(answer[name]) for name in ("required", "by_loans", "by_non_performing"))
    ratio, coverage, shortfall = (
        answer["loan_provision_percent"],
        answer["coverage_percent"],
        plain(answer["shortfall"]),
    )
    return {
        "required": needed, "required_provision": needed, "by_loan_provision_ratio": by_loans, "by_coverage": by_bad,
        "loan_provision_ratio_percent": ratio, "loan_provision_percent": ratio,
        "coverage_percent": coverage, "provision_coverage_percent": coverage,
        "shortfall": shortfall, "gap": shortfall, "compliant": shortfall == 0,
    }  # fmt: skip


def ecl(given: Row) -> Found:
    payments = given.get("annual_payments") or [None] * len(given["ead_by_year"])
    years = zip(given["ead_by_year"], given["pd_by_year_percent"], payments, strict=True)
    request = {
        "years": [
            {"exposure": money(ead), "pd_percent": pd, "payment": None if paid is None else money(paid)}
            for ead, pd, paid in years
        ],
        "lgd_percent": given["lgd_percent"],
        "effective_rate_percent": given["eir_percent"],
        "survival_weighting": given.get("survival_weighting", False),
    }
    answer = calculated("ecl", request)
    return {
        "marginal_ecl": [plain(one) for one in answer["marginal"]],
        "ecl_12_month": plain(answer["twelve_months"]),
        "ecl_lifetime": plain(answer["lifetime"]),
        "amortised_cost_interest": [plain(one) for one in answer["interest"]],
    }


def stage(given: Row) -> Found:
    request = {
        "days_past_due": given["days_past_due"],
        "risk_has_risen": given.get("sicr", False),
        "credit_impaired": given.get("credit_impaired", False),
        "presumption_rebutted": given.get("rebutted", False),
    }
    return {"stage": calculated("ecl", request)["stage"]}


def non_accrual(given: Row) -> Found:
    interest = {
        "days_past_due": given["days_past_due"],
        "accrued_interest": money(given.get("accrued_interest_on_balance_sheet", "0")),
        "regime": "non_accrual",
    }
    answer = calculated("provision", {"interest": interest})["interest"]
    return {
        "accrual_status": "accrual" if answer["accrues"] else "non_accrual",
        "reverse_income": plain(answer["reversed_income"]),
        "off_balance_interest": plain(answer["off_balance"]),
    }


def loan_to_value(given: Row) -> Found:
    """Debt against a value that is accepted already: its haircut is none."""
    accepted = next(given[name] for name in given if "accepted" in name or "value" in name)
    return collateral(
        {
            "collateral": [{"class": "accepted", "value": accepted}],
            "rates": {"accepted": "1"},
            "outstanding": given["outstanding"],
        }
    )


ADAPTERS: dict[str, Callable[[Row], Found]] = {
    "working_capital_need": need,
    "collateral_limit": collateral,
    "collateral_shortfall": priced_collateral,
    "loan_to_value": loan_to_value,
    "ltv": loan_to_value,
    "sales_limit": sales_ratio,
    "sales_ratio": sales_ratio,
    "lowest_of": lowest,
    "concentration": concentration,
    "risk_based_pricing": risk_pricing,
    "logistic": logistic,
    "scoring_band": band,
    "scoring_band_cn": band,
    "scoring_weighted": weighted_score,
    "risk_classification": classification,
    "provisioning": provisioning,
    "provision_coverage": book,
    "ecl": ecl,
    "ifrs9_stage": stage,
    "non_accrual": non_accrual,
}
