"""Money: an integer of minor units and a currency, shown at every edge as a decimal string.

Stored as `{"currency": "CNY", "minor": 123456}`; in APIs and announcements `MoneyText` reads and
writes `{"currency": "CNY", "amount": "1234.56"}`. Arithmetic in fractions of a fen is done in
`Decimal` by the rule that needs it and rounded once, half up, by `Money.round`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Annotated, Any, Self

from pydantic import AfterValidator, GetCoreSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

_PLAIN = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,2})?")
EXPONENTS = {"CNY": 2, "USD": 2, "EUR": 2, "HKD": 2, "GBP": 2, "JPY": 0}
"""Minor-unit digits by currency (ISO 4217)."""

MINOR_MAX = 10**15
"""Ten trillion yuan: above any loan, within a PostgreSQL bigint even when a million are summed."""


@dataclass(frozen=True, order=False)
class Money:
    """An amount in integer minor units (fen for CNY). May be negative: a balance can be."""

    minor: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise ValueError(f"currency must be one of {', '.join(EXPONENTS)}")

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str = "CNY") -> Self:
        """The exact amount; ValueError when it has more digits than the currency's minor unit."""
        try:
            value = Decimal(amount)
        except InvalidOperation:
            raise ValueError("amount must be a decimal number") from None
        scaled = _scaled(value, currency)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"amount has more than {EXPONENTS[currency]} decimal places")
        return cls(int(scaled), currency)

    @classmethod
    def round(cls, amount: Decimal, currency: str = "CNY") -> Self:
        """The amount rounded half up to the minor unit: the one rounding of a settlement."""
        return cls(int(_scaled(amount, currency).to_integral_value(ROUND_HALF_UP)), currency)

    @classmethod
    def round_down(cls, amount: Decimal, currency: str = "CNY", *, unit: int = 1) -> Self:
        """The amount rounded towards zero to a whole number of `unit` minor units."""
        whole = (_scaled(amount, currency) / unit).to_integral_value(ROUND_DOWN)
        return cls(int(whole) * unit, currency)

    @classmethod
    def sum(cls, amounts: Iterable["Money"], currency: str = "CNY") -> "Money":
        """The total; nil in `currency` when there are none."""
        total = None
        for amount in amounts:
            total = amount if total is None else total + amount
        return total if total is not None else cls(0, currency)

    @property
    def amount(self) -> Decimal:
        """The amount in whole currency units, with the currency's digits, e.g. Decimal('12.30')."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} with {other.currency}")
        return other.minor

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # A dataclass that the validator fills by itself: an event holds many amounts, and a call into Python for
        # each would be most of what reading it costs.
        currency = core_schema.dataclass_field("currency", core_schema.literal_schema(list(EXPONENTS)))
        minor = core_schema.dataclass_field("minor", core_schema.int_schema(strict=True))
        fields = core_schema.dataclass_args_schema("Money", [currency, minor])
        return core_schema.dataclass_schema(cls, fields, ["currency", "minor"], frozen=True)


def _scaled(amount: Decimal, currency: str) -> Decimal:
    if currency not in EXPONENTS:
        raise ValueError(f"currency must be one of {', '.join(EXPONENTS)}")
    if not amount.is_finite():
        raise ValueError("amount must be a finite number")
    scaled = amount.scaleb(EXPONENTS[currency])
    if abs(scaled) > MINOR_MAX:
        raise ValueError("amount is too large")
    return scaled


def _from_text(value: Any) -> Money:
    """`{"amount": "12.30", "currency": "CNY"}` → Money. Only strings: a JSON number may have lost digits."""
    if isinstance(value, Money):
        return value
    if not isinstance(value, dict) or not set(value) <= {"amount", "currency"} or "amount" not in value:
        raise ValueError('money is an object {"amount": "12.30", "currency": "CNY"}')
    amount, currency = value["amount"], value.get("currency", "CNY")
    if not isinstance(amount, str) or not isinstance(currency, str):
        raise ValueError('amount and currency must be strings, e.g. "12.30" and "CNY"')  # noqa: TRY004
    if not _PLAIN.fullmatch(amount):
        raise ValueError('amount must be digits with at most two decimal places, e.g. "12.30"')
    return Money.of(amount, currency)


def _positive(value: Money) -> Money:
    if value.minor <= 0:
        raise ValueError("amount must be greater than 0")
    return value


def _not_negative(value: Money) -> Money:
    if value.minor < 0:
        raise ValueError("amount must not be negative")
    return value


_AMOUNT = {"type": "string", "pattern": f"^{_PLAIN.pattern}$", "examples": ["120000.00"]}
_MONEY_TEXT = {
    "type": "object", "title": "Money",
    "properties": {"amount": _AMOUNT, "currency": {"type": "string", "enum": list(EXPONENTS), "default": "CNY"}},
    "required": ["amount"], "additionalProperties": False,
}  # fmt: skip

_AS_TEXT = PlainSerializer(lambda money: {"currency": money.currency, "amount": str(money.amount)})

MoneyText = Annotated[Money, PlainValidator(_from_text), _AS_TEXT, WithJsonSchema(_MONEY_TEXT)]
"""Money as APIs and announcements write it: a decimal string and a currency."""

PositiveMoney = Annotated[MoneyText, AfterValidator(_positive)]
"""Money greater than nil, in a request."""

MoneyOrNil = Annotated[MoneyText, AfterValidator(_not_negative)]
"""Money of nil or more, in a request."""
