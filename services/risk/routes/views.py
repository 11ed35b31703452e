"""What the routes share: the models and policy that this process serves with."""

from typing import Annotated

from fastapi import Depends

from services.risk.registry import Library
from services.risk.scoring import ModelShelf
from shared.http import ServiceEngine


async def model_shelf(engine: ServiceEngine) -> ModelShelf:
    """Files and aliases, as this process has them."""
    shelf: ModelShelf = engine.outside.shelf
    return shelf


Shelf = Annotated[ModelShelf, Depends(model_shelf)]


async def loaded_library(shelf: Shelf) -> Library:
    """The models and policy that this process serves with, aliases as they stand in the log."""
    return await shelf.library()


LoadedLibrary = Annotated[Library, Depends(loaded_library)]
