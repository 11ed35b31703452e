"""Who can log in to the demo issuer, as `demo_people.yaml` lists them."""

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict


class Holder(BaseModel):
    """A person or client of the demo bank, with what its tokens say of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    roles: tuple[str, ...]
    branch: str
    branches: tuple[str, ...] = ()
    legal_entity: str = "LD01"


class Holders(BaseModel):
    """`demo_people.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    password: str
    people: dict[str, Holder]
    clients: dict[str, Holder]


@cache
def demo_holders() -> Holders:
    """Everybody who can log in here."""
    text = (files("services.operations") / "demo_people.yaml").read_text(encoding="utf-8")
    return Holders.model_validate(yaml.safe_load(text))
