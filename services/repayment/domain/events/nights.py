"""Facts of the nightly accrual and of the business date."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Self
from uuid import UUID

from shared.messages import Event, Value
from shared.money import Money


class AccrualLine(Value):
    """What one loan accrued since its last accrual, in minor units; `penalty_minor` includes compound interest.

    Negative where too much had been booked, because a payment was dated back. `…_so_far` is the loan's whole life
    with this night; a fact of version 1 did not say it.
    """

    loan_id: UUID
    interest_minor: int
    penalty_minor: int
    interest_so_far: int | None = None
    penalty_so_far: int | None = None


class AccrualLines(Value):
    """Lines of `AccrualLine`, each field a column of text with commas between, in one order.

    A million loans accrue each night: as text they cost nothing to read until somebody asks for one.
    """

    count: int
    loan_ids: str
    interest: str
    penalty: str
    interest_so_far: str | None
    penalty_so_far: str | None
    interest_sum: int
    penalty_sum: int

    @classmethod
    def of(cls, lines: Iterable[AccrualLine]) -> Self:
        """Lines that all say what is so far, or none of which does."""
        rows = list(lines)
        is_told = all(line.interest_so_far is not None for line in rows)
        return cls(
            count=len(rows),
            loan_ids=_column(line.loan_id for line in rows),
            interest=_column(line.interest_minor for line in rows),
            penalty=_column(line.penalty_minor for line in rows),
            interest_so_far=_column(line.interest_so_far for line in rows) if is_told else None,
            penalty_so_far=_column(line.penalty_so_far for line in rows) if is_told else None,
            interest_sum=sum(line.interest_minor for line in rows),
            penalty_sum=sum(line.penalty_minor for line in rows),
        )

    def __add__(self, more: "AccrualLines") -> "AccrualLines":
        """Both, one after the other; both say what is so far."""
        columns = ("loan_ids", "interest", "penalty", "interest_so_far", "penalty_so_far")
        return AccrualLines(
            count=self.count + more.count,
            interest_sum=self.interest_sum + more.interest_sum,
            penalty_sum=self.penalty_sum + more.penalty_sum,
            **{name: ",".join(filter(None, (getattr(self, name), getattr(more, name)))) for name in columns},
        )

    def each(self) -> Iterator[AccrualLine]:
        """One by one."""
        if not self.count:
            return
        untold = [None] * self.count
        columns = (
            self.loan_ids.split(","), self.interest.split(","), self.penalty.split(","),
            untold if self.interest_so_far is None else self.interest_so_far.split(","),
            untold if self.penalty_so_far is None else self.penalty_so_far.split(","),
        )  # fmt: skip
        for values in zip(*columns, strict=True):
            yield AccrualLine.model_validate(dict(zip(AccrualLine.model_fields, values, strict=True)))


def _column(values: Iterable[Any]) -> str:
    return ",".join(map(str, values))


def _in_columns(data: dict[str, Any]) -> dict[str, Any]:
    lines = AccrualLines.of(AccrualLine.model_validate(line) for line in data["lines"])
    return {**data, "lines": lines.model_dump()}


class InterestAccrued(Event):
    """计提: one chunk of the nightly accrual, of one branch and currency, `accrued_on` included.

    Version 1 had its lines one by one, and did not say what had accrued so far.
    """

    upcasters = (_in_columns,)

    accrued_on: date
    chunk: int
    currency: str
    lines: AccrualLines

    @property
    def interest(self) -> Money:
        return Money(self.lines.interest_sum, self.currency)

    @property
    def penalty(self) -> Money:
        return Money(self.lines.penalty_sum, self.currency)


class InstallmentsBilled(Event):
    """出账: instalments of a chunk that reach their due date on `billed_on` and for which no money is held.

    Nothing else changes in these loans: what is due is what their schedules say. So this is one fact for all of
    them; a loan's own stream records `InstallmentBilled` when the next thing happens to it. Columns as in
    `AccrualLines`.
    """

    billed_on: date
    chunk: int
    count: int
    loan_ids: str
    installment_nos: str


class BusinessDateOpened(Event):
    """开业: the first business date of the bank."""

    opened_on: date


class BusinessDateClosed(Event):
    """日终: end of day was run for `closed_on`; the bank now works on `opened_on`, the next calendar day."""

    closed_on: date
    opened_on: date
