"""The registry: the library of models and policy data, and the files that it is read from."""

from services.risk.registry.files import (
    ALIASES,
    CARDS,
    MODELS,
    OWN_FOLDER,
    POLICIES,
    canonical,
    card,
    file_stem,
    folders,
    library,
    load,
    read,
)
from services.risk.registry.library import POLICY_KINDS, Alias, AnyDocument, Library, Stored

__all__ = [
    "ALIASES",
    "CARDS",
    "MODELS",
    "OWN_FOLDER",
    "POLICIES",
    "POLICY_KINDS",
    "Alias",
    "AnyDocument",
    "Library",
    "Stored",
    "canonical",
    "card",
    "file_stem",
    "folders",
    "library",
    "load",
    "read",
]
