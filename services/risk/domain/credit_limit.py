"""孰低法: the credit limit is the lowest of every measure that applies, and its name is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from services.risk.domain.fractions import HUNDRED, NIL


@dataclass(frozen=True)
class Candidate:
    """One measure of how much may be lent, in yuan; None where it gives no result and a person must measure."""

    method: str
    amount: Decimal | None


@dataclass(frozen=True)
class Limit:
    """The limit in yuan, a multiple of the unit, and the measure that binds; every candidate is kept."""

    amount: Decimal
    binding: str
    candidates: tuple[Candidate, ...]


def lowest_of(candidates: Sequence[Candidate], unit: Decimal) -> Limit:
    """The lowest candidate rounded down to a multiple of `unit` yuan; of equals the first binds.

    A candidate without a result does not count. Where none has one, the limit is nil and
    `nothing_measured` binds.
    """
    measured = [(candidate.amount, candidate) for candidate in candidates if candidate.amount is not None]
    if not measured:
        return Limit(NIL, "nothing_measured", tuple(candidates))
    amount, binding = min(measured, key=lambda pair: pair[0])
    return Limit(round_down(max(amount, NIL), unit), binding.method, tuple(candidates))


def round_down(amount: Decimal, unit: Decimal) -> Decimal:
    """The largest multiple of `unit` not above `amount`, for an amount of nil or more."""
    return (amount / unit).to_integral_value(ROUND_DOWN) * unit


def single_borrower_room(net_capital: Decimal, existing_loans: Decimal, percent: Decimal) -> Decimal:
    """What may still be lent to one borrower, in yuan, not below nil.

    Loans to one borrower are at most 10 % of the bank's net capital (商业银行法 art. 39).
    """
    return room_below(net_capital, existing_loans, percent)


def room_below(capital: Decimal, existing: Decimal, percent: Decimal) -> Decimal:
    """What `percent` of a measure of capital leaves beside what is lent already, in yuan, not below nil.

    Large exposures: 15 % of tier 1 capital to one non-bank customer, 20 % to a group of connected ones
    (商业银行大额风险暴露管理办法, as generally known).
    """
    return max(capital * percent / HUNDRED - existing, NIL)


def purpose_limit(evidenced: Decimal, financed: Decimal, share: Decimal) -> Decimal:
    """(Contracts and invoices shown - what other loans finance of them) x share, in yuan, not below nil.

    A loan may not exceed what its purpose needs; the share that a bank finances is its policy's.
    """
    return max(evidenced - financed, NIL) * share
