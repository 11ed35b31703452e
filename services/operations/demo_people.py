"""Who can log in to the demo issuer, as `demo_people.toml` lists them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Holder:
    """A person or client of the demo bank, with what its tokens say of it."""

    name: str
    roles: tuple[str, ...]
    branch: str
    branches: tuple[str, ...] = ()
    legal_entity: str = "LD01"


@dataclass(frozen=True)
class Holders:
    """`demo_people.toml`."""

    password: str
    people: Mapping[str, Holder]
    clients: Mapping[str, Holder]


@cache
def demo_holders() -> Holders:
    """Everybody who can log in here."""
    listed = tomllib.loads((files("services.operations") / "demo_people.toml").read_text(encoding="utf-8"))
    return Holders(listed["password"], _holders(listed["people"]), _holders(listed["clients"]))


def _holders(listed: Mapping[str, dict[str, Any]]) -> dict[str, Holder]:
    return {login: Holder(**{**said, **_tuples(said)}) for login, said in listed.items()}


def _tuples(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) for name, value in said.items() if isinstance(value, list)}
