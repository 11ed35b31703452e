"""Several debts of one payer (数项债务的清偿抵充): which a payment discharges where nobody says. Source: 民法典 560."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from services.repayment.domain.rounding import rounded
from shared.money import Money


@dataclass(frozen=True)
class Claim:
    """One of several debts to the same creditor. `burden_percent` is the heavier the dearer: its rate."""

    name: str
    due_on: date
    owed: Money
    secured_percent: Decimal = Decimal(0)
    burden_percent: Decimal = Decimal(0)


def discharge(
    payment: Money, claims: Sequence[Claim], on: date, named: Sequence[str] = ()
) -> tuple[dict[str, Money], Money]:
    """What each claim receives by name, and what is left over.

    First the claims that the payer `named`; then what is due, the least secured, the heaviest burden, the oldest;
    equals share by amount, the residue to the last. The shares and the rest sum to the payment.
    """

    def place(claim: Claim) -> tuple[int, bool, Decimal, Decimal, date]:
        first = named.index(claim.name) if claim.name in named else len(named)
        return first, claim.due_on > on, claim.secured_percent, -claim.burden_percent, claim.due_on

    shares: dict[str, Money] = {}
    rest = payment
    for _, equals in groupby(sorted(claims, key=place), key=place):
        group = list(equals)
        owed = Money.sum((one.owed for one in group), payment.currency)
        part = min(rest, owed)
        shares |= _shared(part, group, owed)
        rest -= part
    return shares, rest


def _shared(part: Money, claims: Sequence[Claim], owed: Money) -> dict[str, Money]:
    """`part` by the claims' amounts; running totals are rounded, so that the shares sum to it and none is exceeded."""
    shares, given, reached = {}, 0, 0
    for claim in claims:
        reached += claim.owed.minor
        until = rounded(Fraction(part.minor * reached, owed.minor), "down") if owed else 0
        shares[claim.name], given = Money(until - given, part.currency), until
    return shares
