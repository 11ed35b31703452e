"""HTTP → one query, one folded stream or one calculation → JSON. Risk is asked by events; people only read here."""

from fastapi import APIRouter

from services.risk.routes import assessments, calculations, classifications, documents, model_aliases

router = APIRouter(prefix="/v1", tags=["risk"])
for part in (assessments, calculations, classifications, documents, model_aliases):
    router.include_router(part.router)
