"""HTTP → one command or query → JSON: the versioned API, and the two calls of the first hour under `/loan`."""

from fastapi import APIRouter

from services.application.routes import applications, borrowers, contracts, loan, offers, products, reviews

router = APIRouter()
for part in (borrowers, products, applications, reviews, offers, contracts, loan):
    router.include_router(part.router)
