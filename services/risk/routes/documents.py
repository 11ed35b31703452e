"""模型与政策: what decides, in which version, with which hash; the measures of a model with its limits of use."""

from datetime import date
from typing import Annotated, Any, get_args

from fastapi import APIRouter
from fastapi import Path as PathParameter
from pydantic import BaseModel

from services.risk.calculations.grounds import Grounds
from services.risk.domain.challenger import ChallengerModel
from services.risk.domain.decision_record import DocumentReference
from services.risk.domain.facts import Segment
from services.risk.domain.rulebook import Rulebook
from services.risk.domain.score_model import ScoreModel, TrainingData
from services.risk.registry import Alias, Library, Stored, card
from services.risk.routes.views import LoadedLibrary
from shared.http import Today
from shared.problem_details import Problem

router = APIRouter()

Sha256 = Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]


class ModelView(BaseModel):
    """A score model: how it was trained, how well it does on the part held back, what it must not be used for."""

    model_id: str
    segment: Segment
    version: str
    sha256: str
    aliases: list[Alias]
    characteristics: list[str]
    data: list[TrainingData]
    seeds: dict[str, int]
    split: str
    metrics: dict[str, dict[str, float]]
    limits_of_use: list[str]


class ModelDocument(ModelView):
    """The whole model, as its file says it, and the card that training wrote of it (Markdown), where there is one."""

    card: str | None
    content: dict[str, Any]


class ModelList(BaseModel):
    items: list[ModelView]


class PolicyView(BaseModel):
    """One document in force for a segment: which, since when, and all it says."""

    reference: DocumentReference
    effective_from: date
    content: dict[str, Any]


class PolicyRow(BaseModel):
    """One version of one kind of policy data; `segment` where it is of one alone."""

    kind: str
    version: str
    sha256: str
    segment: Segment | None
    effective_from: date


class PolicyList(BaseModel):
    items: list[PolicyRow]


class SegmentPolicy(BaseModel):
    segment: Segment
    model_version: str
    policy_version: str
    documents: list[PolicyView]


class CurrentPolicies(BaseModel):
    as_of: date
    segments: list[SegmentPolicy]


@router.get("/models")
async def list_models(library: LoadedLibrary) -> ModelList:
    """All models in the library: score models, then challengers, whose aliases say that they never decide."""
    score_models = [ModelView(**_model(model, sha, library)) for model, sha in library.models()]
    challengers = [ModelView(**_model(model, sha, library)) for model, sha in library.challengers()]
    return ModelList(items=[*score_models, *challengers])


@router.get("/models/{sha256}")
async def read_model(sha256: Sha256, library: LoadedLibrary) -> ModelDocument:
    """One model with all it says, and its card."""
    stored = library.stored(sha256)
    if stored is None or not isinstance(stored.document, ScoreModel | ChallengerModel):
        raise _unknown("model")
    model = stored.document
    content = model.model_dump(mode="json")
    return ModelDocument(**_model(model, sha256, library), card=card(model.model_id, sha256), content=content)


@router.get("/policies")
async def list_policies(library: LoadedLibrary) -> PolicyList:
    """Every version of every piece of policy data in the library."""
    rows = [
        _policy_row(one) for one in library.documents() if not isinstance(one.document, ScoreModel | ChallengerModel)
    ]
    return PolicyList(items=sorted(rows, key=lambda row: (row.kind, row.segment or "", row.effective_from)))


@router.get("/policies/current")
async def read_current_policies(library: LoadedLibrary, today: Today) -> CurrentPolicies:
    """Every document that would decide an application today, by segment."""
    grounds = Grounds(library, today)
    return CurrentPolicies(as_of=today, segments=[_policy(grounds.rules(one)) for one in get_args(Segment)])


@router.get("/policies/{sha256}")
async def read_policy(sha256: Sha256, library: LoadedLibrary) -> PolicyView:
    """One piece of policy data with all it says, in force or not."""
    stored = library.stored(sha256)
    if stored is None or isinstance(stored.document, ScoreModel | ChallengerModel):
        raise _unknown("policy")
    content = stored.document.model_dump(mode="json")
    return PolicyView(reference=stored.reference(), effective_from=stored.effective_from, content=content)


def _unknown(what: str) -> Problem:
    return Problem(404, "not-found", f"No {what} of the library has this hash.")


def _model(model: ScoreModel | ChallengerModel, sha: str, library: Library) -> dict[str, Any]:
    return {
        "model_id": model.model_id,
        "segment": model.segment,
        "version": model.version,
        "sha256": sha,
        "aliases": [alias for alias in library.aliases if alias.sha256 == sha],
        "characteristics": list(model.features)
        if isinstance(model, ChallengerModel)
        else [one.feature for one in model.card.characteristics],
        "data": list(model.data),
        "seeds": model.seeds,
        "split": model.split,
        "metrics": model.metrics,
        "limits_of_use": list(model.limits_of_use),
    }


def _policy_row(stored: Stored) -> PolicyRow:
    return PolicyRow(
        kind=stored.document.kind,
        version=stored.document.version,
        sha256=stored.sha256,
        segment=getattr(stored.document, "segment", None),
        effective_from=stored.effective_from,
    )


def _policy(rules: Rulebook) -> SegmentPolicy:
    contents = {one.kind: one for one in rules.policy_documents}
    return SegmentPolicy(
        segment=rules.model.segment,
        model_version=rules.model_version,
        policy_version=rules.policy_version,
        documents=[
            PolicyView(
                reference=reference,
                effective_from=contents[reference.kind].effective_from,
                content=contents[reference.kind].model_dump(mode="json"),
            )
            for reference in rules.references
            if reference.kind in contents
        ],
    )
