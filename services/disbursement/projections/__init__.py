"""Read models: facilities with their drawdowns and payments, and what became of the money."""

from services.disbursement.projections.facilities import FACILITIES, PAYMENTS, project_facilities, project_payments
from services.disbursement.projections.fund_use import FUND_USES, project_fund_uses
from shared.projection import Projection

projections = (
    Projection(name="facilities", tables=FACILITIES, project=project_facilities),
    Projection(name="payments", tables=PAYMENTS, project=project_payments),
    Projection(name="fund_uses", tables=FUND_USES, project=project_fund_uses),
)
