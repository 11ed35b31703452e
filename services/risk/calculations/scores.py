"""评分: an applicant's whole score with its reasons; and the parts of one: a logit, weighted sub-scores, bands."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.risk.calculations.applicants import APPLICANTS
from services.risk.calculations.derived import request_of, view_of
from services.risk.calculations.grounds import Grounds, Name
from services.risk.domain.credit_decision import decide_credit
from services.risk.domain.decision_record import CounterfactualRecord, Outcome, ReasonRecord, ScoreRecord
from services.risk.domain.facts import ApplicationFacts
from services.risk.domain.five_c import Band, banded, weighted
from services.risk.domain.fractions import HUNDRED, six_places
from services.risk.domain.plausibility import implausible
from services.risk.domain.scorecard import probability
from shared.dates import Day
from shared.http import RequestBody
from shared.problem_details import FieldProblem, invalid, refused

NOBODY = UUID(int=0)
Points = Annotated[Decimal, Field(ge=0, le=100, decimal_places=6)]
Number = Annotated[Decimal, Field(ge=-1_000_000_000, le=1_000_000_000, decimal_places=6)]

ApplicantBody = request_of(
    ApplicationFacts, without=("application_id", "borrower_id", "submitted_on", "bureau_consent", "sources")
)
ScoreRecordView = view_of(ScoreRecord)


class SubScoreBody(RequestBody):
    """A sub-score from 0 to 100 and its weight in percent; the weights of all sum to 100."""

    points: Points
    weight_percent: Points


class BandBody(RequestBody):
    """Values from `from_value` (included; null: any) up to the next band's get these points, or this label."""

    from_value: Number | None
    points: Number | None = None
    label: Name | None = None


class ScoreBody(RequestBody):
    """One of: an `applicant`, scored by the champion of its segment; a `logit`; `sub_scores`; a `value` in `bands`.

    `bands` also name the level of the weighted sum of `sub_scores`. They begin with null and rise, so that they
    leave no gap. `on` is the day whose models and policy count, today where none is named.
    """

    model_config = ConfigDict(json_schema_extra={"examples": APPLICANTS})
    applicant: ApplicantBody | None = None  # type: ignore[valid-type]
    on: Day | None = None
    logit: Annotated[Decimal, Field(ge=-1000, le=1000, decimal_places=12)] | None = None
    sub_scores: Annotated[tuple[SubScoreBody, ...], Field(max_length=50)] = ()
    value: Number | None = None
    bands: Annotated[tuple[BandBody, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        asked = [self.applicant is not None, self.logit is not None, bool(self.sub_scores), self.value is not None]
        if asked.count(True) != 1:
            raise ValueError("give one of applicant, logit, sub_scores and value")
        return self


class ApplicantView(BaseModel):
    """What the bank's models say, and what its policy would do: the same computation that decides applications."""

    model_config = ConfigDict(from_attributes=True)
    score: ScoreRecordView  # type: ignore[valid-type]
    missing: list[str]
    outcome: Outcome
    reasons: list[ReasonRecord]
    counterfactuals: list[CounterfactualRecord]
    referrals: list[ReasonRecord]
    model_version: str
    policy_version: str


class ScoreView(BaseModel):
    """The answer to what was asked; the other fields are null."""

    applicant: ApplicantView | None = None
    probability: Decimal | None = None
    points: Decimal | None = None
    label: str | None = None


def score(body: ScoreBody, grounds: Grounds) -> ScoreView:
    """P = 1 / (1 + e^-z) of a logit; the weighted sum; the band; or all of an applicant's score."""
    applicant: Any = body.applicant
    if applicant is not None:
        return ScoreView(applicant=_applicant(applicant, body.on or grounds.today, grounds))
    if body.logit is not None:
        return ScoreView(probability=six_places(probability(float(body.logit))))
    if body.sub_scores:
        if sum(one.weight_percent for one in body.sub_scores) != HUNDRED:
            raise refused("sub_scores", "weights_are_whole", "their weights sum to 100 percent")
        points = weighted([(one.points, one.weight_percent) for one in body.sub_scores])
        label = _band(points, body.bands).label if body.bands else None
        return ScoreView(points=six_places(points), label=label)
    assert body.value is not None, "one of the four was given"
    band = _band(body.value, body.bands)
    return ScoreView(points=band.points, label=band.label)


def _band(value: Decimal, bands: tuple[BandBody, ...]) -> BandBody:
    lower = [band.from_value for band in bands]
    numbers = [bound for bound in lower if bound is not None]
    if not bands or lower[0] is not None or None in lower[1:] or numbers != sorted(set(numbers)):
        raise refused("bands", "no_gap", "they begin with from_value null and then rise")
    numbered = tuple(Band(from_value=low, points=Decimal(number)) for number, low in enumerate(lower))
    return bands[int(banded(value, numbered))]


def _applicant(body: Any, on: date, grounds: Grounds) -> ApplicantView:
    given = {name: getattr(body, name) for name in type(body).model_fields}
    named = given | {"application_id": NOBODY, "borrower_id": NOBODY, "submitted_on": on}
    facts = ApplicationFacts.model_validate(named, from_attributes=True)
    if not facts.has_its_parts:
        raise refused("applicant.segment", "facts_of_segment", f"give the facts of a {facts.segment}, and only those")
    rules = grounds.rules(facts.segment, on)
    if wrong := implausible(facts, rules.collateral.classes, on):
        lines = [FieldProblem(field=f"applicant.{one.line}", rule=one.rule, detail=one.detail) for one in wrong]
        raise invalid(*lines)
    record = decide_credit(facts, rules, assessment_id=NOBODY, assessed_on=on)
    return ApplicantView.model_validate(record)
