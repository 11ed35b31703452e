"""The repayment service, declared."""

from fastapi import APIRouter

from services.repayment.domain.accounting_period import accounting_period
from services.repayment.domain.accrual_batch import accrual_batch
from services.repayment.domain.business_date import business_date
from services.repayment.domain.commitment import commitment
from services.repayment.domain.core_receipt import core_receipt
from services.repayment.domain.expected_loss import expected_loss
from services.repayment.domain.export import export
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.lpr_table import lpr_table
from services.repayment.domain.receipt_file import receipt_file
from services.repayment.domain.statement import statement
from services.repayment.end_of_day.loan_routes import router as loan_end_of_day_router
from services.repayment.end_of_day.routes import router as business_date_router
from services.repayment.projections import projections
from services.repayment.publications import announces, to_integration_event
from services.repayment.queries.nightly_work import OPERATIONAL_TABLES
from services.repayment.receiving.effects import effects
from services.repayment.receiving.routes import router as receipts_router
from services.repayment.routes import router as loan_router
from services.repayment.subscriptions import subscriptions
from shared.service import Service, create_app

router = APIRouter()
router.include_router(loan_router)
router.include_router(receipts_router)
router.include_router(business_date_router)
router.include_router(loan_end_of_day_router)

service = Service(
    name="repayment",
    deciders=(
        loan_account,
        accrual_batch,
        business_date,
        statement,
        lpr_table,
        core_receipt,
        receipt_file,
        accounting_period,
        export,
        expected_loss,
        commitment,
    ),
    router=router,
    subscriptions=subscriptions,
    announces=announces,
    announce=to_integration_event,
    projections=projections,
    effects=effects,
    tables=OPERATIONAL_TABLES,
)
app = create_app(service)
