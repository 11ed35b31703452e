"""Counters → the report on each model version: drift, back-test, overrides, vintages."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.risk.domain import monitoring
from services.risk.domain.monitoring import Backtest, Drift, backtest, cumulative, override_verdict, windows

REFERENCE = "reference"
SCORE = "score"
PLACES = 6
YEAR_MONTHS = 12
VINTAGE_MONTHS_MAX = 60


class WindowView(BaseModel):
    """Months together. `too_few` is no good news; `no_reference`: the model has not decided 300 yet."""

    model_config = ConfigDict(from_attributes=True)
    first_month: str
    last_month: str
    cases: int
    index: float
    border: float
    verdict: Drift


class CharacteristicDrift(BaseModel):
    """`score` (by grade: PSI) or a feature of the card (by its bins: CSI), oldest months first."""

    characteristic: str
    windows: list[WindowView]


class BacktestRow(BaseModel):
    """Loans paid out a year ago or earlier, of one grade or (`all`) of all: expected and bad within twelve months."""

    grade: str
    loans: int
    expected: float
    bad: int
    pd_percent: float
    observed_percent: float
    low_percent: float
    high_percent: float
    verdict: Backtest


class OverrideView(BaseModel):
    """People's decisions, those against the recommendation, and what became of loans approved against it."""

    decided: int
    up: int
    down: int
    rate_percent: float
    verdict: Drift
    up_loans: int
    up_bad: int
    up_bad_percent: float | None


class Vintage(BaseModel):
    """Loans of one grade paid out in one month: bad until each month on book, of those months that have passed."""

    grade: str
    paid_month: str
    loans: int
    bad_until_month: list[int]


class ModelReport(BaseModel):
    """One model version in one segment; the reference is that of its first decisions, for its file holds none."""

    segment: str
    model_version: str
    decisions: int
    reference: str = f"the first {monitoring.REFERENCE_DECISIONS} decisions of this model version"
    drift: list[CharacteristicDrift]
    backtest: list[BacktestRow]
    overrides: OverrideView
    vintages: list[Vintage]


class MonitoringReport(BaseModel):
    as_of: date
    models: list[ModelReport]


async def monitoring_report(
    db: Any, today: date, *, segment: str | None, model_version: str | None
) -> MonitoringReport:
    """Every model version that has decided, or those that are named."""
    rows = await db.fetch(
        "select * from model_decisions where ($1::text is null or segment = $1)"
        " and ($2::text is null or model_version = $2) order by segment, model_version",
        segment,
        model_version,
    )
    return MonitoringReport(as_of=today, models=[await _model(db, row, today) for row in rows])


async def _model(db: Any, model: Any, today: date) -> ModelReport:
    key = (model["segment"], model["model_version"])
    of_model = "where segment = $1 and model_version = $2"
    bins = await db.fetch(f"select * from bin_counts {of_model} order by characteristic, period, bin", *key)
    cohorts = await db.fetch(f"select * from cohorts {of_model} order by grade, paid_month", *key)
    bads = await db.fetch(f"select * from cohort_bads {of_model}", *key)
    overrides = await db.fetchrow(f"select * from override_counts {of_model}", *key)
    by_cohort: dict[tuple[str, date], dict[int, int]] = defaultdict(dict)
    for row in bads:
        by_cohort[row["grade"], row["paid_month"]][row["months_on_book"]] = row["bad"]
    return ModelReport(
        segment=key[0],
        model_version=key[1],
        decisions=model["decisions"],
        drift=_drift(bins),
        backtest=_backtest(cohorts, by_cohort, today),
        overrides=_overrides(overrides),
        vintages=[_vintage(row, by_cohort[row["grade"], row["paid_month"]], today) for row in cohorts],
    )


def _drift(rows: Sequence[Any]) -> list[CharacteristicDrift]:
    counts: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        counts[row["characteristic"]][row["period"]][row["bin"]] = row["cases"]
    found = []
    for characteristic in sorted(counts, key=lambda name: (name != SCORE, name)):
        periods = counts[characteristic]
        months = [(month, periods[month]) for month in sorted(periods) if month != REFERENCE]
        shown = [WindowView.model_validate(one) for one in windows(periods.get(REFERENCE, {}), months)]
        rounded = [one.model_copy(update={"index": _places(one.index), "border": _places(one.border)}) for one in shown]
        found.append(CharacteristicDrift(characteristic=characteristic, windows=rounded))
    return found


def _backtest(cohorts: Sequence[Any], bads: dict[tuple[str, date], dict[int, int]], today: date) -> list[BacktestRow]:
    sums: dict[str, list[float]] = {}
    for row in cohorts:
        if _months_since(row["paid_month"], today) <= YEAR_MONTHS:  # its last loan is not a year old yet
            continue
        by_month = bads[row["grade"], row["paid_month"]]
        bad = sum(n for month, n in by_month.items() if month < YEAR_MONTHS)
        for grade in (row["grade"], "all"):
            of_grade = sums.setdefault(grade, [0, 0, 0])
            for n, value in enumerate((row["loans"], float(row["pd_sum"]) / 100, bad)):
                of_grade[n] += value
    grades = sorted(sums, key=lambda grade: (grade == "all", grade))
    return [_backtest_row(grade, int(sums[grade][0]), sums[grade][1], int(sums[grade][2])) for grade in grades]


def _backtest_row(grade: str, loans: int, expected: float, bad: int) -> BacktestRow:
    found = backtest(loans, expected, bad)
    return BacktestRow(
        grade=grade,
        loans=loans,
        expected=_places(expected),
        bad=bad,
        pd_percent=_places(100 * expected / loans),
        observed_percent=_places(100 * bad / loans),
        low_percent=_places(100 * found.low),
        high_percent=_places(100 * found.high),
        verdict=found.verdict,
    )


def _overrides(row: Any) -> OverrideView:
    counted = dict(row) if row else {}
    decided, up, down = (int(counted.get(name, 0)) for name in ("decided", "up", "down"))
    loans, bad = int(counted.get("up_loans", 0)), int(counted.get("up_bad", 0))
    return OverrideView(
        decided=decided,
        up=up,
        down=down,
        rate_percent=_places(100 * (up + down) / decided) if decided else 0.0,
        verdict=override_verdict(decided, up + down),
        up_loans=loans,
        up_bad=bad,
        up_bad_percent=_places(100 * bad / loans) if loans else None,
    )


def _vintage(row: Any, bads: dict[int, int], today: date) -> Vintage:
    months = min(VINTAGE_MONTHS_MAX, max(0, _months_since(row["paid_month"], today)))
    return Vintage(
        grade=row["grade"],
        paid_month=f"{row['paid_month']:%Y-%m}",
        loans=row["loans"],
        bad_until_month=cumulative(bads, months),
    )


def _months_since(month: date, today: date) -> int:
    return (today.year - month.year) * YEAR_MONTHS + today.month - month.month


def _places(value: float) -> float:
    return round(value, PLACES)
