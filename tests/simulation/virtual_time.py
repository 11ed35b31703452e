"""An event loop whose time is a number: waiting costs nothing, and the same seed gives the same order of everything."""

import asyncio
import selectors
from typing import Any


class Stuck(Exception):  # noqa: N818
    """Everything waits for something that will never happen."""


class _NoWaiting(selectors.DefaultSelector):
    """Where a real loop would sleep, the clock is put forward."""

    loop: "VirtualTimeLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck
        if timeout > 0:
            self.loop.now += timeout
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """`now` is in seconds from the beginning of the simulation."""

    def __init__(self) -> None:
        selector = _NoWaiting()
        selector.loop = self
        self.now = 0.0
        super().__init__(selector)

    def time(self) -> float:
        return self.now
