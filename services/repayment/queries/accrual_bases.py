"""What a loan accrues from, as the pure function wants it: for loans that the set-based night leaves to it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from services.repayment.domain.accrual import AccrualBasis, AccrualRow
from services.repayment.domain.installment import Stretch
from shared.money import Money

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Accruable:
    """A loan's accrual so far, and what its target follows from.

    A loan that has left the books has no `basis` any more but a fixed target `charged`
    (interest, penalty with compound).
    """

    loan_id: UUID
    interest_accrued: int
    penalty_accrued: int
    basis: AccrualBasis | None
    charged: tuple[int, int] = (0, 0)

    @classmethod
    def read(cls, loan: Any, rows: Sequence[Any]) -> "Accruable":
        """From the loan's row and its instalments'; ValueError where they make no sense."""
        interest, penalty = loan["accrued_before"]
        booked = (loan["loan_id"], interest, penalty)
        if loan["status"] != "open":
            return cls(*booked, None, (loan["interest_charged"], loan["penalty_charged"]))
        return cls(*booked, _basis(loan, rows))


async def accrual_rows(db: Any, loan_ids: Sequence[UUID], night: date) -> list[tuple[Any, list[Any]]]:
    """Each loan's row with what has accrued before `night`, and its instalments that matter, in one snapshot."""
    until = night + ONE_DAY
    async with db.transaction(isolation="repeatable_read", readonly=True):
        loans = await db.fetch(
            "select l.*, coalesce((select sum(interest) from installments i where i.loan_id = l.loan_id and paid"
            " and due_on <= $2), 0)::bigint interest_before from loans l where loan_id = any($1)",
            loan_ids,
            until,
        )
        rows = await db.fetch(
            "select * from installments where loan_id = any($1) and starts_on < $2 and not (paid and due_on <= $2)",
            loan_ids,
            until,
        )
        sums = await _accrued_before(db, loan_ids, night)
    by_loan: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        by_loan[row["loan_id"]].append(row)
    return [
        (dict(loan) | {"accrued_before": sums.get(loan["loan_id"], (0, 0))}, by_loan[loan["loan_id"]]) for loan in loans
    ]


async def _accrued_before(db: Any, loan_ids: Sequence[UUID], night: date) -> dict[UUID, tuple[int, int]]:
    """What has accrued so far: it stands in the row of the night before, or in the last one that there is."""
    columns = "loan_id, interest_total, penalty_total from accruals join loans using (loan_id, part)"
    found = await db.fetch(  # the date as text of the query: then only its partition is looked at
        f"select {columns} where loan_id = any($1) and accrued_on = date '{night - ONE_DAY}'", loan_ids
    )
    missing = set(loan_ids) - {row["loan_id"] for row in found}
    if missing:
        since = await db.fetchval("select min(disbursed_on) from loans where loan_id = any($1)", list(missing)) or night
        found += await db.fetch(
            f"select distinct on (loan_id) {columns} where loan_id = any($1) and accrued_on < date '{night}'"
            f" and accrued_on >= date '{since}' order by loan_id, accrued_on desc",
            list(missing),
        )
    return {row["loan_id"]: (row["interest_total"], row["penalty_total"]) for row in found}


def _basis(loan: Any, rows: Sequence[Any]) -> AccrualBasis:
    def money(minor: int) -> Money:
        return Money(minor, loan["currency"])

    return AccrualBasis(
        annual_rate_percent=loan["annual_rate_percent"],
        penalty_rate_percent=loan["penalty_rate_percent"],
        interest_before=money(loan["interest_before"]),
        rows=tuple(
            AccrualRow(
                starts_on=row["starts_on"],
                due_on=row["due_on"],
                balance=money(row["balance"]),
                interest=money(row["interest"]),
                unpaid_principal=money(row["principal"] - row["principal_paid"]),
                unpaid_interest=money(row["interest"] - row["interest_paid"]),
                stretches=_stretches(row["stretches"], money),
                adjustment=money(row["adjustment"]) if row["adjustment"] else None,
            )
            for row in rows
        ),
        penalty_settled=money(loan["penalty_settled"]),
        compound_settled=money(loan["compound_settled"]),
        settled_on=loan["settled_on"],
        day_count=loan["day_count"],
        flat_on=money(loan["principal"]) if loan["repayment_method"] == "flat" else None,
    )


def _stretches(kept: str | None, money: Callable[[int], Money]) -> tuple[Stretch, ...]:
    """The stretches of a row from their JSON: [first day, balance in minor units, rate in percent] each."""
    return tuple(
        Stretch(starts_on=date.fromisoformat(on), balance=money(balance), annual_rate_percent=Decimal(rate))
        for on, balance, rate in (orjson.loads(kept) if kept else ())
    )
