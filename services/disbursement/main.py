"""The disbursement service, declared."""

from services.disbursement.core_banking import open_core_banking
from services.disbursement.domain.facility import facility
from services.disbursement.effects import effects
from services.disbursement.end_of_day import close_lapsed_facilities
from services.disbursement.projections import projections
from services.disbursement.publications import announces, to_integration_event
from services.disbursement.routes import router
from services.disbursement.subscriptions import subscriptions
from shared.service import Service, create_app

service = Service(
    name="disbursement",
    deciders=(facility,),
    router=router,
    subscriptions=subscriptions,
    announces=announces,
    announce=to_integration_event,
    projections=projections,
    effects=effects,
    outside=lambda _engine: open_core_banking(),
    on_business_date=close_lapsed_facilities,
)

app = create_app(service)
