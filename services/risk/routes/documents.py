"""模型与政策: what decides, in which version, with which hash; the measures of a model with its limits of use."""

from datetime import date
from typing import Any, get_args

from fastapi import APIRouter
from pydantic import BaseModel

from services.risk.calculations.grounds import Grounds
from services.risk.domain.decision_record import DocumentReference
from services.risk.domain.facts import Segment
from services.risk.domain.rulebook import Rulebook
from services.risk.domain.score_model import TrainingData
from services.risk.registry import Alias
from services.risk.routes.views import LoadedLibrary
from shared.http import Today

router = APIRouter()


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


class ModelList(BaseModel):
    items: list[ModelView]


class PolicyView(BaseModel):
    """One document in force for a segment: which, since when, and all it says."""

    reference: DocumentReference
    effective_from: date
    content: dict[str, Any]


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
    """All score models in the library."""
    return ModelList(
        items=[
            ModelView(
                model_id=model.model_id,
                segment=model.segment,
                version=model.version,
                sha256=sha,
                aliases=[alias for alias in library.aliases if alias.sha256 == sha],
                characteristics=[one.feature for one in model.card.characteristics],
                data=list(model.data),
                seeds=model.seeds,
                split=model.split,
                metrics=model.metrics,
                limits_of_use=list(model.limits_of_use),
            )
            for model, sha in library.models()
        ]
    )


@router.get("/policies/current")
async def read_current_policies(library: LoadedLibrary, today: Today) -> CurrentPolicies:
    """Every document that would decide an application today, by segment."""
    grounds = Grounds(library, today)
    return CurrentPolicies(as_of=today, segments=[_policy(grounds.rules(one)) for one in get_args(Segment)])


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
