"""The collection service, declared."""

from services.collection.domain.collection_case import collection_case
from services.collection.domain.contact_log import contact_log
from services.collection.end_of_day import break_promises
from services.collection.projections import projections
from services.collection.publications import announces, to_integration_event
from services.collection.routes import router
from services.collection.subscriptions import subscriptions
from shared.service import Service, create_app

service = Service(
    name="collection",
    deciders=(collection_case, contact_log),
    router=router,
    subscriptions=subscriptions,
    announces=announces,
    announce=to_integration_event,
    projections=projections,
    on_business_date=break_promises,
)
app = create_app(service)
