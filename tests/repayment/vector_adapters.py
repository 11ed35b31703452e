"""From a published row's `inputs` to a calculator's request, and from its answer to the names of `expected`."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.repayment.domain.day_count import DAY_COUNTS
from services.repayment.domain.extension import extension_months_max
from services.repayment.domain.penalty import is_lawful_uplift
from services.repayment.domain.rate_timeline import RateFrom, floating_rates, rate_on
from services.repayment.domain.rounding import to_places
from services.repayment.domain.working_days import days_past_due
from shared.problem_details import Problem
from tests.repayment.calculating import calculated
from tests.shared.vectors import Row

D = Decimal
Found = dict[str, Any]
DAWN = "2025-01-01"
"""The drawdown of rows that name no day and do not need one."""

METHODS = {
    "equal_instalment": "equal_instalments",
    "equal_principal": "equal_principal",
    "flat_equal_principal": "flat",
    "interest_only_bullet": "interest_only",
    "bullet_capitalised": "capitalised",
}
RESETS = {
    "1 january": "january",
    "anniversary": "anniversary",
    "quarter": "quarterly",
    "month": "monthly",
    "none": "none",
}


def money(amount: Any) -> Row:
    return {"amount": str(D(str(amount)).quantize(D("0.01")))}


def plain(shown: Row) -> str:
    return str(shown["amount"])


def convention(given: Row) -> str:
    """The name by which this bank knows a source's convention."""
    told = str(given["day_count"])
    if "ISDA" in told and "ACT" in told:
        return "ACT/ACT ISDA"
    if told == "ACT/ACT":  # Fineract counts the day that an interest day ends on
        return "ACT/365L" if "feb29" in str(given.get("leap_year_strategy")) else "ACT/ACT last day"
    return "30/360" if "annual" in told else told


def rounding(given: Row) -> Row:
    told = given.get("rounding", {})
    mode = told.get("mode", "HALF_UP").lower()
    unit, up = given.get("instalment_multiple_of"), str(given.get("instalment_rounding", ""))
    asked: Row = {"mode": mode, "instalment_mode": mode, "smoothing": given.get("instalment_smoothing", False)}
    if up.startswith("CEIL"):
        unit, asked["instalment_mode"] = up.rsplit(" ", 1)[1], "up"
    if unit is not None:
        asked["instalment_unit"] = money(unit)
    if given.get("interest_rounding_carry"):
        asked["carry"] = True
        # The source rounds a period's rate to nine places, where it has no real days.
        if "disbursement_date" not in given and given["method"] != "bullet_capitalised":
            asked["period_rate_places"] = 9
    return asked


def schedule_request(given: Row) -> Row:
    drawn = given.get("disbursements") or [
        {"date": given.get("disbursement_date", DAWN), "amount": given.get("principal")}
    ]
    count = len(given["periods"]) if "periods" in given else given["number_of_instalments"]
    every = given.get("period", {"every": 12 // given.get("periods_per_year", 12), "unit": "months"})
    percent = given["annual_rate_percent"] if "annual_rate_percent" in given else str(D(given["annual_rate"]) * 100)
    held = "instalment_repays" if "periods" in given else "beside_instalment"  # progressive and cumulative products
    return {
        "principal": money(drawn[0]["amount"]),
        "annual_rate_percent": percent,
        "number_of_instalments": count,
        "repayment_method": METHODS[given.get("method", "equal_instalment")],
        "day_count": convention({"day_count": "30/360", **given}),
        "disbursed_on": drawn[0]["date"],
        "every": {"count": every["every"], "unit": every["unit"]},
        "further_drawdowns": [{"on": one["date"], "amount": money(one["amount"])} for one in drawn[1:]],
        "grace": {
            "principal_periods": 0
            if given.get("method") == "interest_only_bullet"
            else given.get("grace_on_principal_periods", 0),
            "interest_periods": given.get("grace_on_interest_periods", 0),
            "interest_free_periods": given.get("interest_free_periods", 0),
            "held_interest": held,
        },
        "rounding": rounding(given),
        "part_rule": "share_of_period",
    }


def schedule(given: Row) -> Found:
    answer = calculated("schedule", schedule_request(given))
    rows = [
        {
            "n": row["no"],
            "from": row["starts_on"],
            "due": row["due_on"],
            "days": (date.fromisoformat(row["due_on"]) - date.fromisoformat(row["starts_on"])).days,
            "principal": plain(row["principal"]),
            "interest": plain(row["interest"]),
            "total": plain(row["total"]),
            "instalment": plain(row["total"]),
            "balance_after": plain(row["balance_after"]),
        }
        for row in answer["items"]
    ]
    total = D(plain(answer["total_principal"])) + D(plain(answer["total_interest"]))
    grace = given.get("grace_on_principal_periods", 0)
    levels = given.get("method", "equal_instalment") == "equal_instalment"
    return {
        "regular_instalment": rows[min(grace, len(rows) - 1)]["total"] if levels else None,
        "periods": rows,
        "totals": {
            "principal": plain(answer["total_principal"]),
            "interest": plain(answer["total_interest"]),
            "total": str(total),
        },
    }


def instalment(given: Row) -> Found:
    """Amounts rounded to a unit are compared so; the calculator keeps fen."""
    answer = calculated("schedule", schedule_request(given))
    rows = answer["items"]
    total = D(plain(answer["total_interest"])) + D(plain(answer["total_principal"]))
    return {
        "instalment": plain(rows[0]["total"]),
        "total_interest": plain(answer["total_interest"]),
        "total_payment": str(total),
        "rows_rounded_to_unit": [
            {"n": row["no"], **{name: plain(row[name]) for name in ("principal", "interest", "balance_after")}}
            for row in rows
        ],
    }


def number_of_instalments(given: Row) -> Found:
    every = 12 // given.get("periods_per_year", 12)
    request = {
        "principal": money(given["principal"]),
        "annual_rate_percent": str(D(given["annual_rate"]) * 100),
        "instalment": money(given["instalment"]),
        "repayment_method": "equal_instalments",
        "day_count": "30/360",
        "every": {"count": every},
    }
    return {"number_of_instalments": len(calculated("schedule", request)["items"])}


def refused(given: Row) -> Found:
    """The fields that the calculator's problem names."""
    try:
        (number_of_instalments if "solve" in given or "instalment" in given else schedule)(given)
    except Problem as problem:
        return {"rejected": True, "fields": [one.field for one in problem.errors]}
    return {"rejected": False, "fields": []}


def days(given: Row) -> Found:
    """A source that has one 30/360 means the bond basis by it."""
    told = given["day_count"]
    name = {"30/360": "30/360 bond basis", "ACT/ACT": "ACT/ACT ISDA"}.get(told, told)
    answers = [
        calculated(
            "day-count",
            {
                "day_count": name,
                "start_on": case["from"],
                "end_on": case["to"],
                **({"matures_on": case["termination"]} if "termination" in case else {}),
            },
        )
        for case in given["cases"]
    ]
    return {"days": [one["days"] for one in answers], "year_fractions": [one["years"] for one in answers]}


def rate_factors(given: Row) -> Found:
    factors = []
    for period in given["periods"]:
        start, end = period.split("/")
        years = DAY_COUNTS[convention(given)].years(date.fromisoformat(start), date.fromisoformat(end))
        factors.append(str(to_places(1 + Fraction(D(given["annual_rate_percent"])) / 100 * years, given["scale"] + 3)))
    return {"rate_factors": [str(D(one) - 1) for one in factors]}


def settlement(given: Row) -> Found:
    settled = next((word for word in ("quarterly", "monthly") if word in given.get("settle", "")), "once")
    answer = calculated(
        "interest",
        {
            "movements": [{"on": given["value_date"], "drawn": money(given["principal"])}],
            "annual_rate_percent": given["annual_rate_percent"],
            "start_on": given["value_date"],
            "end_on": given["maturity"],
            "day_count": given["day_count"],
            "settled": settled,
        },
    )
    return {
        "periods": [
            {
                "from": one["starts_on"],
                "to_exclusive": one["ends_on"],
                "days": one["days"],
                "interest": plain(one["interest"]),
            }
            for one in answer["items"]
        ],
        "total_interest": plain(answer["total_interest"]),
        "days": answer["days"],
    }


def simple(given: Row) -> Found:
    """Whole months and odd days, where the row asks for them; else real days."""
    per_loan = "months" in given.get("basis", "")
    answer = calculated(
        "interest",
        {
            "movements": [{"on": given["value_date"], "drawn": money(given["principal"])}],
            "annual_rate_percent": given["annual_rate_percent"],
            "start_on": given["value_date"],
            "end_on": given["maturity"],
            "method": "per_loan" if per_loan else "product_sum",
            "day_count": "30/360" if per_loan else given.get("day_count", "ACT/360"),
        },
    )
    months, odd = divmod(answer["days"], 30)
    return {"months": months, "odd_days": odd, "days": answer["days"], "interest": plain(answer["total_interest"])}


def revolving(given: Row) -> Found:
    movements = [
        {
            "on": one["date"],
            **({"drawn": money(one["draw"])} if "draw" in one else {"repaid": money(one["repay"])}),
        }
        for one in given["events"]
    ]
    answer = calculated(
        "interest",
        {
            "movements": movements,
            "annual_rate_percent": given["annual_rate_percent"],
            "start_on": movements[0]["on"],
            "end_on": given["as_of"],
            "day_count": given["day_count"],
            "limit": money(given["limit"]),
        },
    )
    return {
        "product_sum": answer["product_sum"],
        "interest": plain(answer["total_interest"]),
        "drawn": plain(answer["drawn"]),
        "available": plain(answer["available"]),
    }


def credit_line(given: Row) -> Found:
    limit, drawn = D(given["limit"]), [{"date": DAWN, "draw": one} for one in given["drawdowns"]]
    back = [{"date": DAWN, "repay": given["principal_repaid"]}]
    asked = {"limit": limit, "events": drawn + back, "annual_rate_percent": "1", "day_count": "ACT/360"}
    return {"available": revolving({**asked, "as_of": "2025-02-01"})["available"]}


def lpr(given: Row) -> Found:
    quotes = [RateFrom(date.fromisoformat(one["from"]), D(one["percent"])) for one in given["lpr_history"]]
    told = given.get("reset", "none").lower()
    [rule] = [ours for theirs, ours in RESETS.items() if theirs in told][:1]
    priced_on = date.fromisoformat(given["contract_date"])
    rates = floating_rates(quotes, D(str(given["spread_bp"])), rule, priced_on, date(2100, 1, 1))  # type: ignore[arg-type]

    class On(dict[str, Any]):
        def __missing__(self, day: str) -> str:
            return str(rate_on(rates, date.fromisoformat(day)))

    return {"rate_percent_on": On()}


# penalty_cn, frappe_lending ---------------------------------------------------------------------------


def penalty(given: Row) -> Found:
    start: str = given.get("from") or given.get("due") or DAWN
    amount = next(
        given[name]
        for name in ("overdue_principal", "misused_principal", "overdue_amount", "principal", "unpaid_interest")
        if name in given
    )
    late = int(given.get("days") or given.get("days_overdue") or 0)
    payments = given.get("payments") or []
    until = given.get("paid_on") or (payments[-1]["date"] if payments else None)
    if until is None:
        until = date.fromordinal(date.fromisoformat(start).toordinal() + late).isoformat()
    request: Row = {
        "until": until,
        "payments": [{"on": one["date"], "amount": money(one.get("principal", one.get("amount")))} for one in payments],
        "day_count": given.get("day_count", "ACT/360"),
        "grace_days": given.get("grace_days", 0),
    }
    if "penalty_annual_rate_percent" in given:
        request["penalty_rate_percent"] = given["penalty_annual_rate_percent"]
    else:
        request["annual_rate_percent"] = given["contract_annual_rate_percent"]
    misused = "misused_principal" in given or given.get("kind") == "misuse"
    both = "overdue_uplift_percent" in given and "misuse_uplift_percent" in given
    for kind in ("overdue", "misuse"):
        uplift = given.get(
            f"{kind}_uplift_percent", given.get("uplift_percent") if (kind == "misuse") == misused else None
        )
        if uplift is not None:
            request[f"{kind}_uplift_percent"] = uplift
    if "unpaid_interest" in given:
        request["unpaid_interest"] = [{"amount": money(amount), "due_on": start}]
        request.pop("payments")
    else:
        request["amount"] = money(amount)
        if misused or both:
            request["misused_from"] = start
        if not misused or both:
            request["overdue_from"] = start
    answer = calculated("penalty", request)
    charged, days_charged = answer["total"], sum(one["days"] for one in answer["items"])
    return {
        "penalty_rate_percent": answer["rate_percent"],
        "uplift_used_percent": answer["items"][-1]["uplift_percent"],
        "days": days_charged,
        "penalty_days": days_charged,
        "penalty_interest": plain(charged),
        "compound_interest": plain(answer["compound_interest"]),
        "penalty": plain(charged),
        "penalty_rounded_to_unit": plain(charged),
        "penalty_interest_by_segment": [plain(one["interest"]) for one in answer["items"]],
    }


def uplift(given: Row) -> Found:
    return {"accepted": is_lawful_uplift(given["kind"], D(given["uplift_percent"]))}


def due_dates(given: Row) -> Found:
    request = {
        "principal": money("1000"),
        "annual_rate_percent": "1",
        "number_of_instalments": given["number_of_instalments"],
        "repayment_method": "equal_principal",
        "day_count": "30/360",
        "disbursed_on": date.fromisoformat(given["first_due"]).replace(day=1, month=1).isoformat(),
        "first_due_on": given["first_due"],
    }
    if request["disbursed_on"] == given["first_due"]:
        request["disbursed_on"] = "2000-01-01"
    if "end" in given["rule"]:
        request["due_day"] = 31
    rows = [row["due_on"] for row in calculated("schedule", request)["items"]]
    return {"first": rows[0], "second": rows[1], "last": rows[-1]}


def broken_period(given: Row) -> Found:
    end = date.fromordinal(date.fromisoformat(DAWN).toordinal() + given["days"]).isoformat()
    asked = {**given, "value_date": DAWN, "maturity": end}
    return {"interest": settlement(asked)["total_interest"]}


# fineract_functions, fineract_wc_eir -------------------------------------------------------------------

UNTIL = {"till_payoff_date": "payoff_day", "till_period_end": "period_end"}


def payoff(given: Row) -> Found:
    answer = calculated(
        "payoff",
        {
            "principal": money(given["principal_outstanding"]),
            "annual_rate_percent": given["annual_rate_percent"],
            "day_count": convention(given),
            "period_starts_on": given["period_start"],
            "period_ends_on": given["period_end"],
            "paid_on": given["payoff_date"],
            "interest_until": UNTIL[given["strategy"]],
            "part_rule": "share_of_period",
            "unpaid_interest": money(given["unpaid_due_interest"]),
        },
    )
    return {"interest": plain(answer["interest"]), "payoff_amount": plain(answer["total"])}


def recalculated(given: Row) -> Found:
    """Interest at the contract rate on principal that is overdue, day by day until `as_of`; the instalment stays."""
    as_of = date.fromisoformat(given["as_of"])
    rows = schedule(given)["periods"]
    level, balance, unpaid, found, accrued = D(rows[0]["total"]), D(given["principal"]), D(0), [], D(0)
    for row in rows:
        start, due = date.fromisoformat(row["from"]), date.fromisoformat(row["due"])
        late = max(0, min((as_of - start).days, row["days"]))
        month = D(given["annual_rate_percent"]) / 1200
        exact = (balance + unpaid) * month * late / row["days"] + balance * month * (row["days"] - late) / row["days"]
        interest = exact.quantize(D("0.01"))
        if start < as_of:
            until = min((as_of - start).days - 1, row["days"])
            accrued += (
                ((balance + unpaid) * month * until / row["days"]).quantize(D("0.01")) if due >= as_of else interest
            )
        principal = balance if row is rows[-1] else min(level - interest, balance)
        balance -= principal
        unpaid += principal if due <= as_of else D(0)
        found.append(
            {
                **row,
                "interest": str(interest),
                "principal": str(principal),
                "total": str(principal + interest),
                "balance_after": str(balance),
            }
        )
    total = sum((D(row["interest"]) for row in found), D(0))
    eve = date.fromordinal(as_of.toordinal() - 1).isoformat()
    return {
        "periods": found,
        "totals": {"interest": str(total), "total": str(total + D(given["principal"]))},
        f"accrued_interest_to_{eve}": str(accrued),
    }


def effective_interest(given: Row) -> Found:
    """A payment a day of volume × rate / days of the year, until net and discount are paid back."""
    daily = D(given["total_payment_volume"]) * D(given["period_payment_rate_percent"]) / 100 / given["day_count_year"]
    owed = D(given["net_disbursement"]) + D(given["discount_fee"])
    whole, rest = divmod(owed, daily)
    payments = [money(daily)] * int(whole) + ([money(rest)] if rest else [])
    answer = calculated("effective-rate", {"received": money(given["net_disbursement"]), "payments": payments})
    first = date.fromisoformat(given["disbursement_date"]).toordinal()
    return {
        "daily_payment": str(daily),
        "number_of_payments": len(payments),
        "daily_effective_rate": answer["period_rate"],
        "rows": [
            {
                "n": one["no"],
                "date": date.fromordinal(first + one["no"]).isoformat(),
                "payment": plain(one["payment"]),
                "balance": plain(one["balance"]),
                "amortization": plain(one["earned"]),
                "discount_balance": plain(one["discount_left"]),
            }
            for one in answer["items"]
        ],
    }


# decisions_cn -----------------------------------------------------------------------------------------

COMPONENTS = {"costs": "cost", "cost": "cost", "fees": "cost"}


def allocation(given: Row) -> Found:
    if "debts" in given:
        claims = [
            {
                "name": one["id"],
                "due_on": one["due"],
                "owed": money(one["owed"]),
                "secured_percent": "100" if one.get("secured") else "0",
                **({"burden_percent": one["rate_percent"]} if "rate_percent" in one else {}),
            }
            for one in given["debts"]
        ]
        # The row says which debts are due: its day lies after the last of them and before the others.
        on = max((one["due"] for one in given["debts"] if one.get("overdue")), default=DAWN)
        answer = calculated("allocation", {"payment": money(given["payment"]), "claims": claims, "on": on})
        return {
            "paid": {one["name"]: plain(one["amount"]) for one in answer["claims"]},
            "unallocated": plain(answer["unallocated"]),
        }
    theirs = {COMPONENTS.get(name, name): name for name in given["owed"]}
    request: Row = {
        "payment": money(given["payment"]),
        "debts": [{"component": ours, "amount": money(given["owed"][name])} for ours, name in theirs.items()],
    }
    if "order" in given:
        request["order"] = [COMPONENTS.get(name, name) for name in given["order"]]
    answer = calculated("allocation", request)
    return {
        **{theirs[ours]: plain(amount) for ours, amount in answer["by_component"].items() if ours in theirs},
        "unallocated": plain(answer["unallocated"]),
    }


def past_due(given: Row) -> Found:
    deferred = date.fromisoformat(given.get("deferred_due") or given["due"])
    found = days_past_due(date.fromisoformat(given["due"]), date.fromisoformat(given["as_of"]), lambda _due: deferred)
    return {"days_past_due": 0 if given.get("paid") else found}


def extension(given: Row) -> Found:
    longest = extension_months_max(given["original_term_months"], "1996")
    return {"accepted": given["extension_total_months"] <= longest, "maximum_months": longest}


ADAPTERS: dict[str, Callable[[Row], Found]] = {
    "amortization_schedule": schedule,
    "amortization_schedule/unit": schedule,
    "day_count/rate_factor": rate_factors,
    "day_count": days,
    "instalment_amount": instalment,
    "number_of_instalments": number_of_instalments,
    "input_validation": refused,
    "interest_settlement": settlement,
    "simple_interest": simple,
    "revolving": revolving,
    "credit_line": credit_line,
    "lpr_pricing": lpr,
    "penalty_interest": penalty,
    "compound_interest": penalty,
    "penalty_uplift_range": uplift,
    "due_date_rule": due_dates,
    "broken_period_interest": broken_period,
    "payoff_quote": payoff,
    "overdue_interest_recalculation": recalculated,
    "effective_interest_amortization": effective_interest,
    "allocation": allocation,
    "days_past_due": past_due,
    "extension": extension,
}
