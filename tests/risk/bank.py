"""The risk service: it hears what a test announces and assesses by itself."""

from typing import Any
from uuid import UUID

from services.risk.main import service
from tests.risk.builders import TODAY
from tests.shared.running_service import RunningService


class Bank(RunningService):
    """Called by a reviewer of Shanghai."""

    service = service
    opening_date = TODAY
    roles = "reviewer"

    async def assessment(self, application_id: UUID) -> dict[str, Any]:
        """The assessment of an application, as soon as it is decided."""
        return await self.seen(f"/v1/assessments/{application_id}", lambda found: found["status"] == "assessed")
