"""减值政策 as named parameters with the day from which they hold: what is booked, and how much of a limit is drawn.

A changed figure is a new version; what was measured carries its results, so no measurement is ever made again.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Booking = Literal["expected_loss", "higher"]
"""`expected_loss`: the books hold what is expected to be lost (CAS 22). `higher`: loan by loan the higher of that and
the specific provision of the class."""


@dataclass(frozen=True)
class ProvisioningPolicy:
    """One version. `conversion_percent` of what is undrawn is taken to be drawn by the time of a default."""

    version: str
    effective_on: date
    booking: Booking
    conversion_percent: Decimal


POLICIES = (ProvisioningPolicy("2020-1", date(2020, 1, 1), "expected_loss", Decimal(40)),)
"""All versions, oldest first. 40 %: 商业银行资本管理办法 (2023) for commitments that cannot be cancelled at any time,
from general knowledge of the rule; a bank replaces it by its own experience."""


def policy_on(business_date: date) -> ProvisioningPolicy:
    """The version in force on `business_date`; before the first one, the first one."""
    in_force = [policy for policy in POLICIES if policy.effective_on <= business_date]
    return in_force[-1] if in_force else POLICIES[0]
