"""决策模拟: past applications through another model, policy or price book, and what would have been different.

A simulated decision is concluded as any other is; only what is kept of one (the record, its counterfactuals) is left
out, so that many can be tried in a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.risk.domain.credit_decision import conclude
from services.risk.domain.decision_record import Outcome
from services.risk.domain.facts import ApplicationFacts, Segment
from services.risk.domain.rulebook import Rulebook
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision in the figures that are compared. Amounts in minor units of the application's currency."""

    outcome: Outcome
    grade: str
    pd_percent: float
    limit_minor: int
    annual_rate_percent: float
    expected_loss_minor: int


@dataclass(frozen=True, slots=True)
class PastApplication:
    """The facts as they were told, the decision as it was made, and what became of the money.

    `defaulted`: whether a loan of it was non-performing or written off within twelve months of its payout; None
    where none was paid out or the twelve months are not over.
    """

    facts: ApplicationFacts
    decided: Decided
    assessed_on: date
    defaulted: bool | None
    lent_minor: int


def simulated(past: PastApplication, rules: Rulebook) -> Decided:
    """The decision that these rules give on the day of the recorded one. LookupError without a benchmark of that day.

    A declined applicant's limit is nil, and with it the loss that is expected of it.
    """
    found = conclude(past.facts, rules, past.assessed_on)
    terms = found.terms
    return Decided(
        outcome=found.outcome,
        grade=found.grade,
        pd_percent=float(found.scored.pd_percent),
        limit_minor=0 if found.declined else terms.limit_amount.minor,
        annual_rate_percent=float(terms.price.annual_rate_percent),
        expected_loss_minor=terms.expected_loss.minor,
    )


@dataclass(slots=True)
class Side:
    """One side of the comparison, added up. Expected loss is that of the limits of who is not declined."""

    outcomes: dict[Outcome, int] = field(default_factory=lambda: {"approve": 0, "refer": 0, "decline": 0})
    grades: dict[str, int] = field(default_factory=dict)
    limit_minor: int = 0
    expected_loss_minor: int = 0
    rate_times_limit: float = 0.0
    pd_sum: float = 0.0

    def add(self, one: Decided) -> None:
        self.outcomes[one.outcome] += 1
        self.grades[one.grade] = self.grades.get(one.grade, 0) + 1
        self.pd_sum += one.pd_percent
        if one.outcome != "decline":
            self.limit_minor += one.limit_minor
            self.expected_loss_minor += one.expected_loss_minor
            self.rate_times_limit += one.annual_rate_percent * one.limit_minor


@dataclass(slots=True)
class Realised:
    """What became of loans whose twelve months are over; amounts as paid out, in minor units."""

    loans: int = 0
    defaults: int = 0
    lent_minor: int = 0
    defaulted_minor: int = 0

    def add(self, past: PastApplication) -> None:
        self.loans += 1
        self.lent_minor += past.lent_minor
        if past.defaulted:
            self.defaults += 1
            self.defaulted_minor += past.lent_minor


@dataclass(slots=True)
class Comparison:
    """Recorded against simulated. `moved` counts outcomes from → to; `not_decided` what had no rules of its day."""

    currency: str
    applications: int = 0
    recorded: Side = field(default_factory=Side)
    simulated: Side = field(default_factory=Side)
    moved: dict[tuple[Outcome, Outcome], int] = field(default_factory=dict)
    limits_up: int = 0
    limits_down: int = 0
    prices_up: int = 0
    prices_down: int = 0
    realised: Realised = field(default_factory=Realised)
    realised_if_declined: Realised = field(default_factory=Realised)
    """Of the loans that were made, those that the simulated rules would have declined."""
    realised_if_approved: Realised = field(default_factory=Realised)
    """Of the loans that were made, those that they would have approved by themselves."""
    not_decided: dict[str, int] = field(default_factory=dict)

    @property
    def approvals_gained(self) -> int:
        """Approved now without a person, and not before."""
        return sum(n for (before, after), n in self.moved.items() if after == "approve" != before)

    @property
    def approvals_lost(self) -> int:
        """Approved before without a person, and not now."""
        return sum(n for (before, after), n in self.moved.items() if before == "approve" != after)

    def add(self, past: PastApplication, new: Decided) -> None:
        """Count one application."""
        old = past.decided
        self.applications += 1
        self.recorded.add(old)
        self.simulated.add(new)
        self.moved[old.outcome, new.outcome] = self.moved.get((old.outcome, new.outcome), 0) + 1
        self.limits_up += new.limit_minor > old.limit_minor
        self.limits_down += new.limit_minor < old.limit_minor
        self.prices_up += new.annual_rate_percent > old.annual_rate_percent
        self.prices_down += new.annual_rate_percent < old.annual_rate_percent
        if past.defaulted is not None:
            self.realised.add(past)
            if new.outcome == "decline":
                self.realised_if_declined.add(past)
            elif new.outcome == "approve":
                self.realised_if_approved.add(past)


def compare(comparison: Comparison, past: PastApplication, rules: Mapping[Segment, Rulebook]) -> Decided | None:
    """Simulate one application and count it. None, and counted apart, where nothing can be decided.

    That is: no rules for its segment, another currency than the comparison's, no benchmark of its day.
    """
    why = "currency" if past.facts.currency != comparison.currency else None
    if past.facts.segment not in rules:
        why = "segment"
    if why is None:
        try:
            new = simulated(past, rules[past.facts.segment])
        except (LookupError, ValueError):
            why = "rules_of_the_day"
        else:
            comparison.add(past, new)
            return new
    comparison.not_decided[why] = comparison.not_decided.get(why, 0) + 1
    return None


@dataclass(frozen=True, slots=True)
class Difference:
    """One application whose decision changes, as a line of a table."""

    application_id: UUID
    segment: Segment
    assessed_on: date
    requested: Money
    recorded: Decided
    simulated: Decided
    defaulted: bool | None

    @classmethod
    def of(cls, past: PastApplication, new: Decided) -> "Difference":
        facts = past.facts
        return cls(
            facts.application_id, facts.segment, past.assessed_on, facts.requested_amount, past.decided, new,
            past.defaulted,
        )  # fmt: skip
