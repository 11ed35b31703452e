"""The risk service, declared."""

from services.risk.domain.credit_assessment import credit_assessment
from services.risk.domain.debtor import debtor
from services.risk.domain.final_decision import final_decision
from services.risk.domain.inspection_plan import inspection_plan
from services.risk.domain.loan_classification import loan_classification
from services.risk.domain.loss_measurement import loss_measurement
from services.risk.domain.model_alias import model_alias
from services.risk.domain.shadow_score import shadow_score
from services.risk.domain.undrawn_limit import undrawn_limit
from services.risk.effects import effects, open_outside
from services.risk.end_of_day import measure_month_end
from services.risk.projections import projections
from services.risk.publications import announces, to_integration_event
from services.risk.routes import router
from services.risk.subscriptions import subscriptions
from shared.service import Service, create_app

service = Service(
    name="risk",
    deciders=(
        credit_assessment,
        loan_classification,
        debtor,
        inspection_plan,
        model_alias,
        final_decision,
        shadow_score,
        loss_measurement,
        undrawn_limit,
    ),
    router=router,
    subscriptions=subscriptions,
    announces=announces,
    announce=to_integration_event,
    projections=projections,
    effects=effects,
    on_business_date=measure_month_end,
    outside=open_outside,
)

app = create_app(service)
