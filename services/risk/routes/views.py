"""What the routes share: the models and policy that this process serves with."""

from typing import Annotated

from fastapi import Depends

from services.risk import registry
from services.risk.registry import Library


async def loaded_library() -> Library:
    """The models and policy that this process serves with."""
    return registry.library()


LoadedLibrary = Annotated[Library, Depends(loaded_library)]
