"""HTTP → one command or query → JSON."""

from services.collection.routes.cases import router

__all__ = ["router"]
