"""The application service, declared."""

from fastapi import APIRouter

from services.application import end_of_day, routes
from services.application.domain.borrower import borrower
from services.application.domain.loan_application import loan_application
from services.application.end_of_day import on_business_date
from services.application.projections import projections
from services.application.publications import announces, to_integration_event
from services.application.subscriptions import subscriptions
from shared.service import Service, create_app

router = APIRouter()
router.include_router(routes.router)
router.include_router(end_of_day.router)

service = Service(
    name="application",
    deciders=(borrower, loan_application),
    router=router,
    subscriptions=subscriptions,
    announces=announces,
    announce=to_integration_event,
    projections=projections,
    on_business_date=on_business_date,
)
app = create_app(service)
