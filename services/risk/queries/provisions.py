"""Loans and undrawn limits as they stood on a day → what is to be provided, by class, stage and branch."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.risk.domain.asset_class import NON_PERFORMING, AssetClass
from services.risk.domain.expected_credit_loss import Stage
from services.risk.domain.fractions import six_places
from services.risk.domain.loan_loss import LoanLoss, StandingLoan, UndrawnLimit, loan_loss, undrawn_loss
from services.risk.domain.loan_loss_allowance import supervisory_allowance
from services.risk.domain.measured_group import MeasuredGroup
from services.risk.domain.provisioning_policy import policy_on
from shared.money import Money, MoneyText

LOANS_AT_ONCE = 5000
ALLOWANCE_ACCOUNT = "1304"
_STANDING = (
    "select s.*, t.branch, t.currency, t.annual_rate_percent, t.repayment_method, t.matures_on, t.borrower_id,"
    " r.pd_percent, r.lgd_percent from standings s join loan_terms t using (loan_id)"
    " left join application_risks r using (application_id)"
    " where from_on <= $1 and (until_on is null or until_on > $1) and t.currency is not null"
    " and ($2::text[] is null or t.branch = any($2)) and ($3::uuid is null or s.loan_id > $3)"
    " order by s.loan_id limit $4"
)

_LIMITS = (
    "select u.*, r.pd_percent, r.lgd_percent, r.annual_rate_percent, r.term_months, coalesce((select max(s.stage)"
    " from standings s join loan_terms t using (loan_id) where t.application_id = u.application_id"
    " and s.from_on <= $1 and (s.until_on is null or s.until_on > $1)), 1) stage"
    " from undrawn_limits u left join application_risks r using (application_id)"
    " where u.undrawn_minor > 0 and u.from_on <= $1 and (u.until_on is null or u.until_on > $1)"
    " and ($2::text[] is null or u.branch = any($2)) and ($3::uuid is null or u.contract_id > $3)"
    " order by u.contract_id limit $4"
)


class LoanLossRow(BaseModel):
    """One loan on the day. `booked` is the expected loss of its stage; `is_assumed`: PD or LGD was not known here."""

    loan_id: UUID
    borrower_id: UUID | None
    branch: str
    classification: AssetClass
    stage: Stage
    days_past_due: int
    outstanding: MoneyText
    pd_percent: Decimal | None
    lgd_percent: Decimal | None
    specific: MoneyText
    general: MoneyText
    twelve_months: MoneyText
    lifetime: MoneyText
    booked: MoneyText
    is_assumed: bool


class LossGroup(BaseModel):
    """The loans of one branch, class, stage and currency together; `assumed` of them without a known PD or LGD."""

    branch: str
    classification: AssetClass
    stage: Stage
    loans: int
    assumed: int
    outstanding: MoneyText
    specific: MoneyText
    general: MoneyText
    twelve_months: MoneyText
    lifetime: MoneyText
    booked: MoneyText


class LedgerCheck(BaseModel):
    """What the ledger's allowance account should hold that day, and why it is more than the specific provision."""

    account: str
    specific: MoneyText
    recovered: MoneyText
    expected_balance: MoneyText
    zh: str = "1304 余额 = 专项准备 + 累计收回的已核销贷款: 收回款项回到当初承担核销的准备金, 不随在册贷款变动."
    en: str = (
        "Account 1304 holds the specific provisions and all that was recovered of written-off loans: a recovery goes"
        " back to the allowance that had borne the loss, and stays there whatever becomes of the loans in the books."
    )


class CurrencyTotal(BaseModel):
    """All loans in one currency: sums, both supervisory ratios of what the ledger holds, and the check against it.

    `undrawn_loss` of the limits that may still be drawn, `undrawn` in all, is expected to be lost besides.
    """

    outstanding: MoneyText
    non_performing: MoneyText
    specific: MoneyText
    general: MoneyText
    expected_loss_booked: MoneyText
    undrawn: MoneyText
    undrawn_loss: MoneyText
    required: MoneyText
    shortfall: MoneyText
    loan_provision_percent: Decimal | None
    coverage_percent: Decimal | None
    ledger: LedgerCheck


class ProvisionsAsOf(BaseModel):
    on: date
    groups: list[LossGroup]
    totals: list[CurrencyTotal]


@dataclass(frozen=True)
class LimitLoss:
    """An undrawn limit and what is expected to be lost of it."""

    contract_id: UUID
    branch: str
    undrawn: Money
    expected_loss: Money


async def loan_losses(
    db: Any, on: date, *, branches: Sequence[str] | None, after: tuple[UUID] | None, limit: int
) -> list[LoanLossRow]:
    """Up to `limit` loans behind `after` in the order of their ids, as they stood at the end of `on`."""
    [loan_id] = after or (None,)
    return [_row(row, on) for row in await db.fetch(_STANDING, on, branches, loan_id, limit)]


async def provisions_as_of(db: Any, on: date, *, branches: Sequence[str] | None) -> ProvisionsAsOf:
    """Every loan that stood in the books at the end of `on`, summed."""
    groups: dict[tuple[str, str, str, int], LossGroup] = {}
    async for row in _all_losses(db, on, branches):
        key = (row.outstanding.currency, row.branch, row.classification.value, row.stage)
        groups[key] = _added(groups.get(key), row)
    recoveries = await db.fetch(
        "select currency, sum(amount_minor)::bigint minor from recoveries where recovered_on <= $1"
        " and ($2::text[] is null or branch = any($2)) group by currency",
        on,
        branches,
    )
    recovered = {row["currency"]: Money(row["minor"], row["currency"]) for row in recoveries}
    found = [groups[key] for key in sorted(groups)]
    limits: dict[str, tuple[Money, Money]] = {}
    async for one in _all_limits(db, on, branches):
        nil = Money(0, one.undrawn.currency)
        undrawn, lost = limits.get(nil.currency, (nil, nil))
        limits[nil.currency] = (undrawn + one.undrawn, lost + one.expected_loss)
    currencies = sorted({one.outstanding.currency for one in found} | set(recovered) | set(limits))
    totals = [
        _total(
            [one for one in found if one.outstanding.currency == currency],
            recovered.get(currency, Money(0, currency)),
            limits.get(currency, (Money(0, currency), Money(0, currency))),
        )
        for currency in currencies
    ]
    return ProvisionsAsOf(on=on, groups=found, totals=totals)


async def measured_losses(db: Any, on: date) -> list[MeasuredGroup]:
    """The whole bank by branch and currency, nil where a branch has no loan left: what it held goes back."""
    booking = policy_on(on).booking
    rows = await db.fetch(
        "select branch, currency from loan_terms where currency is not null"
        " union select branch, currency from undrawn_limits"
    )
    found = {(row["branch"], row["currency"]): MeasuredGroup(row["branch"], row["currency"], booking) for row in rows}
    async for row in _all_losses(db, on, None):
        found[row.branch, row.outstanding.currency].add(row.stage, row.outstanding, row.booked, row.specific)
    async for limit in _all_limits(db, on, None):
        found[limit.branch, limit.undrawn.currency].add_limit(limit.undrawn, limit.expected_loss)
    return [found[key] for key in sorted(found)]


async def _all_losses(db: Any, on: date, branches: Sequence[str] | None) -> AsyncIterator[LoanLossRow]:
    after: tuple[UUID] | None = None
    while rows := await loan_losses(db, on, branches=branches, after=after, limit=LOANS_AT_ONCE):
        for row in rows:
            yield row
        after = (rows[-1].loan_id,)


async def _all_limits(db: Any, on: date, branches: Sequence[str] | None) -> AsyncIterator[LimitLoss]:
    after, share = None, policy_on(on).conversion_percent
    while rows := await db.fetch(_LIMITS, on, branches, after, LOANS_AT_ONCE):
        for row in rows:
            undrawn = Money(row["undrawn_minor"], row["currency"])
            told = {name: row[name] for name in ("pd_percent", "lgd_percent", "annual_rate_percent", "term_months")}
            loss = undrawn_loss(UndrawnLimit(undrawn, row["stage"], **told), on, share)
            yield LimitLoss(row["contract_id"], row["branch"], undrawn, loss.booked)
        after = rows[-1]["contract_id"]


def _row(row: Any, on: date) -> LoanLossRow:
    outstanding = Money(row["outstanding_minor"], row["currency"])
    asset_class = AssetClass(row["asset_class"])
    loss = loan_loss(
        StandingLoan(
            asset_class=asset_class,
            stage=row["stage"],
            outstanding=outstanding,
            pd_percent=row["pd_percent"],
            lgd_percent=row["lgd_percent"],
            annual_rate_percent=row["annual_rate_percent"],
            repayment_method=row["repayment_method"],
            matures_on=row["matures_on"],
        ),
        on,
    )
    told = {name: row[name] for name in LoanLossRow.model_fields if name in row.keys()}  # noqa: SIM118  (a Record)
    return LoanLossRow(**told, classification=asset_class, outstanding=outstanding, **_amounts(loss))


def _amounts(loss: LoanLoss) -> dict[str, Any]:
    names = ("specific", "general", "twelve_months", "lifetime", "booked", "is_assumed")
    return {name: getattr(loss, name) for name in names}


def _added(group: LossGroup | None, row: LoanLossRow) -> LossGroup:
    amounts = {name: getattr(row, name) for name in _SUMMED}
    if group is None:
        return LossGroup(
            branch=row.branch, classification=row.classification, stage=row.stage, loans=1, assumed=row.is_assumed,
            **amounts,
        )  # fmt: skip
    for name, amount in amounts.items():
        setattr(group, name, getattr(group, name) + amount)
    group.loans += 1
    group.assumed += row.is_assumed
    return group


_SUMMED = ("outstanding", "specific", "general", "twelve_months", "lifetime", "booked")


def _total(groups: Sequence[LossGroup], recovered: Money, limits: tuple[Money, Money]) -> CurrencyTotal:
    currency = recovered.currency

    def summed(amounts: Iterable[Money]) -> Money:
        return Money.sum(amounts, currency)

    outstanding, specific = summed(one.outstanding for one in groups), summed(one.specific for one in groups)
    bad = summed(one.outstanding for one in groups if one.classification in NON_PERFORMING)
    held = specific + recovered
    required = supervisory_allowance(outstanding.amount, bad.amount, held.amount)
    by_loans, coverage = required.loan_provision_percent, required.coverage_percent
    return CurrencyTotal(
        outstanding=outstanding,
        non_performing=bad,
        specific=specific,
        general=summed(one.general for one in groups),
        expected_loss_booked=summed(one.booked for one in groups),
        undrawn=limits[0],
        undrawn_loss=limits[1],
        required=Money.round(required.required, currency),
        shortfall=Money.round(required.shortfall, currency),
        loan_provision_percent=None if by_loans is None else six_places(by_loans),
        coverage_percent=None if coverage is None else six_places(coverage),
        ledger=LedgerCheck(account=ALLOWANCE_ACCOUNT, specific=specific, recovered=recovered, expected_balance=held),
    )
