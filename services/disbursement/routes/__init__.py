"""HTTP → one command or query → JSON."""

from fastapi import APIRouter

from services.disbursement.routes import facilities, fund_use

router = APIRouter()
router.include_router(facilities.router)
router.include_router(fund_use.router)
