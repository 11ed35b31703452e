"""Waiting for what risk decides about an application."""

import asyncio
from contextlib import suppress
from uuid import UUID

from services.application.domain.application_state import NoApplication, Submitted
from services.application.domain.loan_application import loan_application
from services.application.routes.answers import Loaded
from shared.request_commands import RequestCommands

DECISION_SECONDS = 5.0


async def assessed(application_id: UUID, commands: RequestCommands) -> Loaded | None:
    """The application as soon as risk has spoken of it, or None after `DECISION_SECONDS`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DECISION_SECONDS):
            while True:
                loaded = await commands.load(loan_application, application_id)
                if not isinstance(loaded.state, NoApplication | Submitted):
                    return loaded
                await asyncio.sleep(0.02)
    return None
