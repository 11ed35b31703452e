"""Borrowers who do not exist: names, register numbers and facts, drawn by seed from the data that risk learnt from.

Companies' statements are scaled from the published ratios of `kz_common.csv` (LI, AuditSt: litigation, audit),
persons' facts from `credit_data.csv.gz`. Every number has a right check digit and belongs to nobody known to us.
"""

import csv
import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, TypeVar

import yaml
from stdnum.cn import ric, uscc

ASSETS = {"micro": (1_500_000, 5_000_000), "small": (8_000_000, 40_000_000), "medium": (60_000_000, 200_000_000)}
"""Total assets in yuan, from and to, by size."""
ADULT_FROM, BORN_FROM = 22, 1985
"""Register offices of earlier years are not all in the table that the check of resident numbers uses."""
EMPLOYED_FROM = 17
"""The least age from which years of work are counted, and one for a birthday still to come."""
YUAN = 100
"""What one unit of the amounts in `credit_data` stands for."""

MONTHS_LEFT, DRAWS_MAX = 12, 300

T = TypeVar("T")

_BOUNDS = {
    "current_ratio": ("0.2", "6"),
    "quick_ratio": ("0.05", "6"),
    "cash_ratio": ("0.01", "3"),
    "debt_to_assets": ("0.05", "0.92"),
    "roa": ("-0.3", "0.25"),
    "asset_turnover": ("0.1", "4"),
    "receivable_days": ("0", "360"),
    "interest_cover": ("-20", "50"),
}
_SOUND = {"roa": ("0.02", "1"), "interest_cover": ("2", "1000"), "debt_to_assets": ("0.3", "0.65"),
          "cash_ratio": ("0", "0.4"), "quick_ratio": ("0", "1.3"), "current_ratio": ("0.8", "3")}  # fmt: skip
"""What a company that earns enough and yet needs working capital looks like; both ends included."""
_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True)
class Drawn:
    """One borrower as `POST /loan/apply` asks for him: particulars and facts together, `beside` them other parts."""

    segment: str
    name: str
    particulars: Mapping[str, Any]
    facts: Mapping[str, Any]
    beside: Mapping[str, Any] = field(default_factory=dict)


@cache
def _names() -> Any:
    return yaml.safe_load((files("services.operations") / "demo_names.yaml").read_text(encoding="utf-8"))


class Borrowers:
    """Draws borrowers; the same seed draws the same ones. `good` is how somebody turned out in the data."""

    def __init__(self, seed: int, year: int) -> None:
        self._random, self._year = Random(seed), year  # noqa: S311  (a demo must come out the same again)

    def company(self, size: str, needs_yuan: int, *, good: bool = True) -> Drawn:
        """A company of that size which needs that much, with two years' statements of which `year` is the latest."""
        draw = self._random
        particulars, industry = self._firm()
        growth_percent = draw.randint(2, 15) if good else draw.randint(-30, 2)

        def statements() -> tuple[Mapping[str, str], dict[str, Any], dict[str, Any]]:
            row, assets = draw.choice(_companies(good=good)), Decimal(draw.randrange(*ASSETS[size], 10_000))
            before = statement(row, assets * 100 / (100 + growth_percent), self._year - 1)
            return row, before, statement(row, assets, self._year)

        row, previous, latest = self._suited(statements, lambda drawn: not good or _needs(drawn[2], needs_yuan))
        facts = {
            "size": size,
            "industry": industry,
            "years_in_business": draw.randint(4, 22) if good else draw.randint(1, 6),
            "previous": previous,
            "latest": latest,
            "revenue_growth_forecast_percent": str(growth_percent),
            "existing_working_capital_loans": money(0),
            "largest_customer_share_percent": str(draw.randint(8, 45)),
            "audited": row["AuditSt"] == "1" or size == "medium",
        }
        return Drawn("company", particulars["name"], particulars, facts)

    def small_firm(self, size: str, needs_yuan: int, *, good: bool = True) -> Drawn:
        """A firm without statements, whose account, tax and invoices show a turnover that bears the loan."""
        draw = self._random
        particulars, industry = self._firm()
        turnover = needs_yuan * (draw.randint(8, 14) if good else draw.randint(1, 3))
        facts = {
            "size": size,
            "industry": industry,
            "years_in_business": draw.randint(3, 15) if good else 1,
            "employees": draw.randint(4, 40),
            "turnover_by_account": money(turnover),
            "turnover_by_tax": money(Decimal(turnover) * draw.randint(85, 98) / 100),
            "turnover_by_invoices": money(Decimal(turnover) * draw.randint(88, 100) / 100),
            "existing_loans": money(0),
            "guaranteed_percent": "80",
            "owner": {"overdue_count_24_months": 0 if good else 7, "worst_days_past_due": 0 if good else 95},
        }
        return Drawn("small_firm", particulars["name"], particulars, facts)

    def supplier(self, size: str, needs_yuan: int, *, good: bool = True) -> Drawn:
        """A company whose claims on an anchor enterprise (核心企业) are confirmed, assigned and worth the loan."""
        draw = self._random
        claims = {
            "anchor_grade": draw.choice(["R1", "R2"] if good else ["R6", "R7"]),
            "confirmed_receivables": money(Decimal(needs_yuan) * draw.randint(150, 220) / 100),
            "dilution_percent": str(draw.randint(0, 3)),
            "anchor_sales_share_percent": str(draw.randint(25, 45)),
            "notice_given": True,
            "assigned": True,
        }
        return replace(self.company(size, needs_yuan, good=good), beside={"supply_chain": claims})

    def person(self, needs_yuan: int, *, good: bool = True) -> Drawn:
        """A person who runs a business and can repay that much out of what is left each month."""
        draw = self._random
        young = [one for one in _persons(good=good) if int(one["Age"]) < self._year - BORN_FROM]
        row = self._suited(lambda: draw.choice(young), lambda one: not good or _left(one) * MONTHS_LEFT > needs_yuan)
        area = draw.choice(list(_names()["places"].values()))
        born = date(self._year - int(row["Age"]), 1, 1) + timedelta(days=draw.randrange(365))
        name = self._person_name()
        facts = {
            "monthly_income": money(Decimal(row["Income"]) * YUAN),
            "monthly_expenses": money(Decimal(row["Expenses"]) * YUAN),
            "assets": money(Decimal(row["Assets"]) * YUAN),
            "debts": money(Decimal(row["Debt"]) * YUAN),
            "seniority_years": max(0, min(int(row["Seniority"]), int(row["Age"]) - EMPLOYED_FROM)),
            "job": row["Job"],
            "home": "private" if row["Home"] == "priv" else row["Home"],
        }
        particulars = {"name": name, "resident_id": resident_id(draw, area, born), "phone": phone(draw)}
        return Drawn("person", name, particulars, facts)

    def _firm(self) -> tuple[dict[str, str], str]:
        """A firm's particulars, and its industry."""
        draw, names = self._random, _names()
        trade, industry = draw.choice(list(names["trades"].items()))
        place, area = draw.choice(list(names["places"].items()))
        particulars = {
            "name": f"{place}{draw.choice(names['styles'])}{trade}有限公司",
            "unified_social_credit_code": company_code(draw, area),
            "legal_representative": self._person_name(),
            "phone": phone(draw),
        }
        return particulars, industry

    def _suited(self, draw: Callable[[], T], suits: Callable[[T], bool]) -> T:
        """The first of many draws that suits, or the last of them."""
        for _ in range(DRAWS_MAX):
            drawn = draw()
            if suits(drawn):
                break
        return drawn

    def _person_name(self) -> str:
        return str(self._random.choice(_names()["surnames"]) + self._random.choice(_names()["given_names"]))


def statement(row: Mapping[str, str], assets: Decimal, year: int) -> dict[str, Any]:
    """A year's statements that have the row's ratios at `assets` in yuan, as far as they can all hold at once."""
    ratio = {name: min(max(Decimal(row[name]), Decimal(low)), Decimal(high)) for name, (low, high) in _BOUNDS.items()}
    liabilities = assets * ratio["debt_to_assets"]
    current_liabilities = min(liabilities * 75 / 100, assets * 85 / 100 / ratio["current_ratio"])
    current_assets = ratio["current_ratio"] * current_liabilities
    quick_assets = min(ratio["quick_ratio"], ratio["current_ratio"]) * current_liabilities
    cash = min(ratio["cash_ratio"] * current_liabilities, quick_assets * 9 / 10)
    revenue = assets * ratio["asset_turnover"]
    net_profit, cover = assets * ratio["roa"], ratio["interest_cover"]
    before_tax = net_profit * 4 / 3 if net_profit > 0 else net_profit
    earns_its_interest = before_tax > 0 and cover > 1
    operating_profit = before_tax * cover / (cover - 1) if earns_its_interest else before_tax + liabilities * 3 / 100
    cost = max(revenue * 92 / 100 - operating_profit, revenue * 30 / 100)
    amounts = {
        "revenue": revenue,
        "cost_of_sales": cost,
        "operating_profit": operating_profit,
        "net_profit": net_profit,
        "interest_expense": operating_profit - before_tax,
        "depreciation": (assets - current_assets) * 4 / 100,
        "cash": cash,
        "receivables": min(revenue * ratio["receivable_days"] / 360, (quick_assets - cash) * 98 / 100),
        "inventory": (current_assets - quick_assets) * 98 / 100,
        "current_assets": current_assets,
        "total_assets": assets,
        "payables": min(cost * 40 / 360, current_liabilities / 2),
        "advance_receipts": min(revenue * 4 / 360, current_liabilities / 10),
        "current_liabilities": current_liabilities,
        "total_liabilities": liabilities,
    }
    return {"year": year, **{name: money(amount) for name, amount in amounts.items()}}


def _needs(latest: Mapping[str, Any], yuan: int) -> bool:
    """Whether short-term debt that is neither trade credit nor held as cash, and sales, are several times as much."""
    borrowed = _yuan(latest, "current_liabilities") - sum(
        _yuan(latest, name) for name in ("cash", "payables", "advance_receipts")
    )
    return borrowed > 3 * yuan and _yuan(latest, "revenue") > 8 * yuan


def _yuan(facts: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(facts[name]["amount"])


def _left(row: Mapping[str, str]) -> Decimal:
    """What a person has left each month, in yuan."""
    return (Decimal(row["Income"]) - Decimal(row["Expenses"])) * YUAN


def money(yuan: Decimal | int) -> dict[str, str]:
    """An invented amount as the APIs write it, in whole yuan."""
    return {"amount": f"{round(yuan)}.00", "currency": "CNY"}


def company_code(draw: Random, area: str) -> str:
    """统一社会信用代码: a company of the market regulator's register (91), with its check digit (GB 32100)."""
    body = f"91{area}MA" + "".join(draw.choice(_LETTERS) for _ in range(7))
    return body + uscc.calc_check_digit(body)


def resident_id(draw: Random, area: str, born: date) -> str:
    """居民身份证: place, date of birth, a number and the check digit (GB 11643)."""
    body = f"{area}{born:%Y%m%d}{draw.randrange(1, 999):03d}"
    return body + ric.calc_check_digit(f"{body}0")  # it wants the number with something in the digit's place


def phone(draw: Random) -> str:
    """A mobile number."""
    return f"1{draw.choice('3578')}{draw.randrange(10**9):09d}"


@cache
def _companies(*, good: bool) -> Sequence[Mapping[str, str]]:
    """Sound borrowers that paid; or else others that defaulted."""
    text = (files("services.risk") / "data/kz_common.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if all(row.values())]
    wanted: Callable[[Mapping[str, str]], bool] = _paid if good else _defaulted
    return [row for row in rows if wanted(row)]


def _paid(row: Mapping[str, str]) -> bool:
    return row["default"] == "0" and row["LI"] == "0" and _is_sound(row)


def _defaulted(row: Mapping[str, str]) -> bool:
    return row["default"] == "1" and not _is_sound(row)


def _is_sound(row: Mapping[str, str]) -> bool:
    return all(Decimal(low) <= Decimal(row[name]) <= Decimal(high) for name, (low, high) in _SOUND.items())


@cache
def _persons(*, good: bool) -> Sequence[Mapping[str, str]]:
    """Adults who paid and earn well above what they spend; or else ones who defaulted before."""
    data = (files("services.risk") / "data/credit_data.csv.gz").read_bytes()
    rows = csv.DictReader(gzip.decompress(data).decode().splitlines())
    known = [row for row in rows if all(row.values()) and "NA" not in row.values()]
    adults = [row for row in known if int(row["Age"]) >= ADULT_FROM]
    if good:
        return [row for row in adults if row["Status"] == "good" and Decimal(row["Income"]) > 2 * int(row["Expenses"])]
    return [row for row in adults if row["Status"] == "bad" and row["Records"] == "yes"]
