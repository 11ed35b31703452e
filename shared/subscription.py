"""Another service's announcement → our command."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.decider import Decider
from shared.messages import Command, IntegrationEvent

M = TypeVar("M", bound=IntegrationEvent)


@dataclass(frozen=True)
class Subscription(Generic[M]):
    """Hear `to`; `then` translates it, purely, into a command of `decider` (or None: nothing to do)."""

    to: type[M]
    then: Callable[[M], Command | None]
    decider: Decider[Any, Any, Any]
