"""Deciders read as specifications: given these facts, when this is asked, then this happens."""

from collections.abc import Sequence
from typing import Any

from shared.decider import Decider
from shared.messages import Command, Event, Rejected


class Given:
    """A decider and what has happened before."""

    def __init__(self, decider: Decider[Any, Any, Any], events: Sequence[Event]) -> None:
        self._decider, self._state = decider, decider.fold(events)

    def when(self, command: Command) -> "When":
        """Ask for something."""
        return When(self._decider, self._state, command)


class When:
    """What was asked, waiting to be compared with what happens."""

    def __init__(self, decider: Decider[Any, Any, Any], state: Any, command: Command) -> None:
        self._decider, self._state, self._command = decider, state, command

    def then(self, *expected: Event) -> None:
        """Exactly these facts, and the state can be folded over them."""
        happened = tuple(self._decider.decide(self._command, self._state))
        assert happened == expected, f"expected {expected}, got {happened}"
        self._decider.fold(happened, self._state)

    def then_nothing(self) -> None:
        """No fact: a repetition."""
        self.then()

    def then_rejected(self, code: str) -> None:
        """Refused with this code."""
        try:
            happened = self._decider.decide(self._command, self._state)
        except Rejected as rejected:
            assert rejected.code == code, f"expected {code}, got {rejected}"  # noqa: PT017  (no pytest at run time)
        else:
            raise AssertionError(f"expected a refusal {code}, got {happened}")


def given(decider: Decider[Any, Any, Any], *events: Event) -> Given:
    """Start from these facts."""
    return Given(decider, events)
