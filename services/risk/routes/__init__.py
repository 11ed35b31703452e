"""HTTP → one query, one folded stream or one calculation → JSON. Risk is asked by events; people read, and classify."""

from fastapi import APIRouter

from services.risk.routes import (
    assessments,
    calculations,
    classification_acts,
    classifications,
    debtors,
    documents,
    model_aliases,
    monitoring,
    post_loan,
    provisions,
    shadow_scores,
    simulations,
)

router = APIRouter(prefix="/v1", tags=["risk"])
for part in (
    assessments,
    calculations,
    classifications,
    classification_acts,
    debtors,
    post_loan,
    provisions,
    documents,
    model_aliases,
    monitoring,
    shadow_scores,
    simulations,
):
    router.include_router(part.router)
