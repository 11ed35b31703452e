"""What is asked of a simulation and what it answers, for the API and the command alike."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.risk.domain.decision_record import DocumentReference, Outcome
from services.risk.domain.facts import Segment
from services.risk.domain.simulation import Comparison, Decided, Difference, PastApplication, Realised, Side, compare
from services.risk.registry import Library, Stored
from shared.dates import Day
from shared.http import RequestBody
from shared.money import Money, MoneyText

Name = Annotated[str, Field(min_length=1, max_length=100)]


class SimulationBody(RequestBody):
    """Past applications, and the documents to try on them: each by hash, model id or version; the rest as today's.

    A model is tried on the applications of its segment. With none named, today's rules are tried.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"from": "2026-01-01", "to": "2026-03-31", "policy": "2026.2"}]},
        validate_by_name=True,
    )
    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]
    model: Name | None = None
    policy: Name | None = None
    prices: Name | None = None
    segment: Segment | None = None

    @model_validator(mode="after")
    def _is_a_time(self) -> "SimulationBody":
        if self.last < self.first:
            raise ValueError("`to` must not be before `from`")
        return self


class SideView(BaseModel):
    """Figures of one side; limits, rate and loss are those of applicants who were not declined."""

    outcomes: dict[str, int]
    grades: dict[str, int]
    limits: MoneyText
    mean_rate_percent: Decimal | None
    expected_loss: MoneyText
    mean_pd_percent: Decimal | None


class RealisedView(BaseModel):
    """Loans whose twelve months are over, and those of them that were non-performing or written off within."""

    loans: int
    lent: MoneyText
    defaults: int
    defaulted: MoneyText
    default_rate_percent: Decimal | None


class DecidedView(BaseModel):
    outcome: Outcome
    grade: str
    pd_percent: Decimal
    limit: MoneyText
    annual_rate_percent: Decimal


class ChangeView(BaseModel):
    """An application whose outcome would be another."""

    application_id: UUID
    segment: Segment
    assessed_on: date
    requested: MoneyText
    recorded: DecidedView
    simulated: DecidedView
    defaulted: bool | None


class SimulationView(BaseModel):
    """Recorded decisions against simulated ones; `changes` holds the first of them that differ in outcome."""

    first: date
    last: date
    tried: list[DocumentReference]
    applications: int
    not_decided: dict[str, int]
    recorded: SideView
    simulated: SideView
    moved: dict[str, int]
    approvals_gained: int
    approvals_lost: int
    limits_up: int
    limits_down: int
    prices_up: int
    prices_down: int
    realised: RealisedView
    realised_if_approved: RealisedView
    realised_if_declined: RealisedView
    changes: list[ChangeView]


CHANGES_MAX = 200
"""Of the applications whose outcome would be another, so many are told one by one."""


class Simulation:
    """A comparison that grows by one application after the other."""

    def __init__(self, body: SimulationBody, library: Library, today: date, extra: Sequence[Stored] = ()) -> None:
        """LookupError for a name that the library does not know. `extra` are tried without being in the library."""
        named = (("score_model", body.model), ("credit_policy", body.policy), ("price_book", body.prices))
        self.body = body
        self.tried = [*extra, *(library.named(kind, name) for kind, name in named if name is not None)]
        of_model = next((getattr(one.document, "segment", None) for one in self.tried if _is_model(one)), None)
        wanted = body.segment or of_model
        segments: Sequence[Segment] = [wanted] if wanted else get_args(Segment)
        self.rules = {segment: library.with_documents(segment, today, self.tried) for segment in segments}
        self.comparison = Comparison(next(iter(self.rules.values())).policy.currency)
        self.changes: list[Difference] = []

    def take(self, past: PastApplication) -> Difference | None:
        """Try the rules on one application; None where they cannot decide it, which is counted."""
        new = compare(self.comparison, past, self.rules)
        if new is None:
            return None
        difference = Difference.of(past, new)
        if new.outcome != past.decided.outcome and len(self.changes) < CHANGES_MAX:
            self.changes.append(difference)
        return difference

    def shown(self) -> SimulationView:
        """The comparison as it is answered."""
        body, comparison, currency = self.body, self.comparison, self.comparison.currency
        return SimulationView(
            first=body.first,
            last=body.last,
            tried=[one.reference() for one in self.tried],
            applications=comparison.applications,
            not_decided=comparison.not_decided,
            recorded=_side(comparison.recorded, comparison),
            simulated=_side(comparison.simulated, comparison),
            moved={f"{before}→{after}": n for (before, after), n in sorted(comparison.moved.items())},
            approvals_gained=comparison.approvals_gained,
            approvals_lost=comparison.approvals_lost,
            limits_up=comparison.limits_up,
            limits_down=comparison.limits_down,
            prices_up=comparison.prices_up,
            prices_down=comparison.prices_down,
            realised=_realised(comparison.realised, currency),
            realised_if_approved=_realised(comparison.realised_if_approved, currency),
            realised_if_declined=_realised(comparison.realised_if_declined, currency),
            changes=[_change(one) for one in self.changes],
        )


def _is_model(stored: Stored) -> bool:
    return stored.document.kind == "score_model"


def _side(side: Side, comparison: Comparison) -> SideView:
    count, limits = comparison.applications, side.limit_minor
    return SideView(
        outcomes={str(name): n for name, n in side.outcomes.items()},
        grades=dict(sorted(side.grades.items())),
        limits=Money(limits, comparison.currency),
        mean_rate_percent=_places(side.rate_times_limit / limits) if limits else None,
        expected_loss=Money(side.expected_loss_minor, comparison.currency),
        mean_pd_percent=_places(side.pd_sum / count) if count else None,
    )


def _realised(found: Realised, currency: str) -> RealisedView:
    return RealisedView(
        loans=found.loans,
        lent=Money(found.lent_minor, currency),
        defaults=found.defaults,
        defaulted=Money(found.defaulted_minor, currency),
        default_rate_percent=_places(100 * found.defaults / found.loans) if found.loans else None,
    )


def _change(one: Difference) -> ChangeView:
    currency = one.requested.currency
    return ChangeView(
        application_id=one.application_id,
        segment=one.segment,
        assessed_on=one.assessed_on,
        requested=one.requested,
        recorded=_decided(one.recorded, currency),
        simulated=_decided(one.simulated, currency),
        defaulted=one.defaulted,
    )


def _decided(one: Decided, currency: str) -> DecidedView:
    return DecidedView(
        outcome=one.outcome,
        grade=one.grade,
        pd_percent=_places(one.pd_percent),
        limit=Money(one.limit_minor, currency),
        annual_rate_percent=_places(one.annual_rate_percent),
    )


def _places(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")


_SIDE = ("outcome", "grade", "pd_percent", "limit", "annual_rate_percent", "expected_loss")
LINE = (
    "application_id", "segment", "assessed_on", "currency", "requested",
    *(f"recorded_{name}" for name in _SIDE), *(f"simulated_{name}" for name in _SIDE), "defaulted",
)  # fmt: skip
"""The columns of a CSV; amounts in whole units of the currency."""


def line_of(one: Difference) -> dict[str, Any]:
    """One application as a line of it."""
    requested = one.requested
    line: dict[str, Any] = {
        "application_id": one.application_id,
        "segment": one.segment,
        "assessed_on": one.assessed_on,
        "currency": requested.currency,
        "requested": requested.amount,
        "defaulted": one.defaulted,
    }
    for name, side in (("recorded", one.recorded), ("simulated", one.simulated)):
        limit, loss = (Money(n, requested.currency).amount for n in (side.limit_minor, side.expected_loss_minor))
        told = (side.outcome, side.grade, side.pd_percent, limit, side.annual_rate_percent, loss)
        line |= {f"{name}_{key}": value for key, value in zip(_SIDE, told, strict=True)}
    return line
