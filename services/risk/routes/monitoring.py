"""模型监测: drift, back-test, overrides and vintages of every model version, for the whole bank."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.risk.domain.facts import Segment
from services.risk.queries import monitoring
from services.risk.queries.monitoring import MonitoringReport
from shared.http import Db, Today, whole_bank

router = APIRouter()
Version = Annotated[str | None, Query(max_length=200, description="Only this model version")]


@router.get("/monitoring", dependencies=[Depends(whole_bank)])
async def read_monitoring(
    db: Db, today: Today, segment: Segment | None = None, model_version: Version = None
) -> MonitoringReport:
    """Per segment and model version: PSI and CSI that know their sample size, back-test, overrides, vintages."""
    return await monitoring.monitoring_report(db, today, segment=segment, model_version=model_version)
