"""The journal (会计分录): the double entry that a fact makes, by the bank's chart and its reviewed table, both data.

A posting has one amount for both sides, so every entry balances by construction. What the table needs and no fact
carries is a parameter of the fact's own business date: whoever posts the fact again, in whatever year, posts the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from shared.messages import Event, Value
from shared.money import Money

AccountType = Literal["asset", "liability", "common", "equity", "income", "expense", "memo"]
HUNDRED = Decimal(100)
NAMED = "@account"


class Account(Value):
    """An account of the chart. `normal` is the side on which it grows; `memo` accounts are off the balance sheet."""

    key: str
    code: str
    zh: str
    en: str
    type: AccountType
    normal: Literal["debit", "credit"]
    on_balance: bool


class Posting(Value):
    """Debit one account and credit another with the sum of the fields `amount`; a negative sum turns the sides round.

    `when`: only where the fact's fields have these values. `vat`: the account that takes the tax within the amount
    out of the side that is income. `each`: once for each part in this field, in the part's branch; there
    `NAMED` stands for the account that the part names.
    """

    debit: str
    credit: str
    amount: tuple[str, ...] = Field(min_length=1)
    when: Mapping[str, str] = {}
    vat: str | None = None
    each: str | None = None

    @cached_property
    def _amounts(self) -> tuple[Callable[[Any], Money | None], ...]:
        return tuple(map(attrgetter, self.amount))

    def parts(self, event: Event) -> Sequence[Any]:
        """What it posts for: the fact, or each of its parts; nothing where it does not apply."""
        if any(getattr(event, name) != value for name, value in self.when.items()):
            return ()
        told: Sequence[Any] = getattr(event, self.each) if self.each else (event,)
        return told

    def money(self, part: Any) -> Money | None:
        """What it moves for a part; None where that is nil, or was not told."""
        told: list[Money | None] = [read(part) for read in self._amounts]
        return Money.sum(amount for amount in told if amount is not None) or None


class FactRow(Value):
    """What one kind of fact posts, in the words of both languages. `on` is the field that holds its date."""

    zh: str
    en: str
    on: str | None = None
    postings: tuple[Posting, ...] = ()

    @model_validator(mode="after")
    def _is_dated(self) -> Self:
        if self.postings and self.on is None:
            raise ValueError("what is posted has a date")
        return self


class BookParameters(Value):
    """What holds from `from_on` on. `vat_percent` is the rate on interest, which is told with the tax in it."""

    version: str
    from_on: date
    vat_percent: Decimal
    source: str


@dataclass(frozen=True)
class Books:
    """The chart by key, the table by the name of the fact, and the parameters, the oldest first."""

    accounts: Mapping[str, Account]
    rows: Mapping[str, FactRow]
    parameters: Sequence[BookParameters]

    @cached_property
    def chart(self) -> Mapping[str, Account]:
        """The accounts by their code."""
        return {one.code: one for one in self.accounts.values()}

    def on(self, day: date) -> BookParameters | None:
        """The parameters of a day; None before the first ones, when no such tax was levied."""
        return next((one for one in reversed(self.parameters) if one.from_on <= day), None)


@dataclass(frozen=True)
class Entry:
    """One line of the journal, in minor units: one of `debit` and `credit` is positive, the other 0.

    `branch` where the fact tells it, else None: it is then the branch of the loan.
    """

    account: str
    debit: int
    credit: int
    currency: str
    branch: str | None = None


def entries(event: Event, books: Books) -> tuple[Entry, ...]:
    """The journal lines of a fact, debit before credit; none where nothing moves. LookupError for one without a row."""
    row = books.rows[type(event).__name__]
    lines: list[Entry] = []
    for posting in row.postings:
        for part in posting.parts(event):
            money = posting.money(part)
            if money is None:
                continue
            tax = _tax(money, books.on(getattr(event, row.on or ""))) if posting.vat else None
            lines += _lines(posting, part, money, tax, books)
    return tuple(lines)


def _tax(money: Money, parameters: BookParameters | None) -> Money | None:
    """The tax within `money`, rounded half up once (财税〔2016〕36号: price = with tax ÷ (1 + rate))."""
    if parameters is None:
        return None
    rate = parameters.vat_percent
    return Money.round(money.amount * rate / (HUNDRED + rate), money.currency) or None


def _lines(posting: Posting, part: Any, money: Money, tax: Money | None, books: Books) -> list[Entry]:
    """Debits before credits; the tax follows the side that it was taken from."""
    sides: dict[int, list[tuple[str, int]]] = {1: [(posting.debit, money.minor)], -1: [(posting.credit, money.minor)]}
    if tax is not None and posting.vat is not None:
        earned = 1 if books.accounts[posting.debit].type == "income" else -1
        sides[earned] = [(sides[earned][0][0], money.minor - tax.minor), (posting.vat, tax.minor)]
    branch = part.branch if posting.each else None
    sign = 1 if money.minor > 0 else -1

    def code(key: str) -> str:
        return str(part.account) if key == NAMED else books.accounts[key].code

    debits = [Entry(code(key), abs(minor), 0, money.currency, branch) for key, minor in sides[sign]]
    credits_ = [Entry(code(key), 0, abs(minor), money.currency, branch) for key, minor in sides[-sign]]
    return debits + credits_
