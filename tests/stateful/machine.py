"""One way to drive a decider: any command in any order, from nothing, and what must hold after each.

A `Driven` says in a few lines what is particular of one decider: how its commands are drawn, in which state nothing
more happens, what is true of every state, and which commands change nothing when they come again at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from shared.decider import Decider
from shared.messages import Command, Event, Personal, Rejected
from shared.money import Money

FIRST_DAY = date(2026, 3, 2)
IDS = [UUID(int=n) for n in (1, 2, 3)]
PERSONS = ["chen", "li", "wang", "zhao"]

days = st.dates(FIRST_DAY, date(2026, 7, 2)) | st.just(FIRST_DAY)
amounts = st.sampled_from([Money(n) for n in (0, 1, 99, 40_000_00, 100_000_00, 500_000_00)]) | st.integers(
    0, 10**8
).map(Money)
_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    date: days,
    Money: amounts,
    UUID: st.sampled_from(IDS),
    str: st.sampled_from(PERSONS),
    bool: st.booleans(),
    Decimal: st.sampled_from([Decimal(0), Decimal("4.35"), Decimal(20)]),
    int: st.integers(0, 400),
    Personal[str]: st.builds(Personal[str], subject_id=st.just(IDS[0]), value=st.sampled_from(["a", "b"])),
}
_BY_TYPE[Decimal | None] = st.none() | _BY_TYPE[Decimal]
_BY_TYPE[Money | None] = st.none() | amounts
_BY_TYPE[str | None] = st.none() | _BY_TYPE[str]
_BY_TYPE[int | None] = st.none() | _BY_TYPE[int]


@dataclass(frozen=True)
class Driven:
    """What is particular of one decider. A third of its commands are any at all, the rest near to what suits."""

    decider: Decider[Any, Any, Any]
    any: st.SearchStrategy[Command]
    suited: Callable[[Any], st.SearchStrategy[Command] | None] = lambda state: None
    may_follow: Callable[[Any], tuple[type[Event], ...] | None] = lambda state: None
    """In a terminal state: the few types that may still happen. None: the state is not terminal."""
    holds: Callable[[Any, Sequence[Any]], None] = lambda state, events: None
    """Raises AssertionError when state and history are not right."""
    told: Callable[[Any, Sequence[Any]], Any] = lambda command, history: command
    """The command with what whoever asks it has to read of the stream's facts first."""
    once: tuple[type[Command], ...] = ()
    """Commands that, asked again at once, change nothing: what another service tells may be told twice."""


def any_of(kinds: Any, **fields: Any) -> st.SearchStrategy[Command]:
    """Any command of a union. A field is drawn by `Command.field` or its name where that is given, else by its type."""
    return st.one_of(*[_command(kind, fields) for kind in get_args(kinds) or (kinds,)])


def _command(kind: type[Command], fields: Mapping[str, Any]) -> st.SearchStrategy[Command]:
    drawn = {}
    for name, field in kind.model_fields.items():
        given = fields.get(f"{kind.__name__}.{name}", fields.get(name))
        if given is None:
            given = _BY_TYPE[field.annotation] if field.annotation in _BY_TYPE else st.from_type(field.annotation)  # type: ignore[arg-type]
        drawn[name] = given if isinstance(given, st.SearchStrategy) else st.just(given)
    return st.builds(kind, **drawn)


class DeciderMachine(RuleBasedStateMachine):
    """Asks, checks and folds on."""

    driven: Driven
    happened: set[type[Event]]

    def __init__(self) -> None:
        super().__init__()
        self.state, self.history, self.stored = self.driven.decider.initial, list[Event](), list[Event]()

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        driven, decider = self.driven, self.driven.decider
        suited = driven.suited(self.state) if data.draw(st.integers(0, 2)) else None
        command = data.draw(driven.any if suited is None else suited)
        command = driven.told(command, self.history)
        before = repr(self.state)
        said = _said(decider, command, self.state)
        assert _said(decider, command, self.state) == said, "asked twice, answered twice the same"
        assert repr(self.state) == before, "deciding changes nothing"
        if isinstance(said, str):
            return  # refused: nothing happened
        note(f"{[type(event).__name__ for event in said]}")
        allowed = driven.may_follow(self.state)
        assert allowed is None or not said or isinstance(said[0], allowed), "it had ended"
        assert all(type(event) in decider.events for event in said), "every fact is of the decider's"
        self.history += said
        self.happened |= {type(event) for event in said}
        self.state = decider.fold(said, self.state)
        self.stored += [type(event).model_validate_json(event.model_dump_json()) for event in said]
        assert decider.fold(self.stored) == self.state, "what was stored folds to the same state"
        driven.holds(self.state, self.history)
        if isinstance(command, driven.once):
            assert _said(decider, command, self.state) == [], "told twice, it happened once"


def _said(decider: Decider[Any, Any, Any], command: Command, state: Any) -> list[Event] | str:
    """The new facts, or the code of the refusal; any other exception is a bug and comes out."""
    try:
        return list(decider.decide(command, state))
    except Rejected as rejected:
        return rejected.code


def drive(driven: Driven, how: settings) -> set[type[Event]]:
    """Run random lives of one decider; the kinds of fact that happened in them."""
    happened = set[type[Event]]()
    own = {"driven": driven, "happened": happened}
    run_state_machine_as_test(type(f"{driven.decider.category}_machine", (DeciderMachine,), own), settings=how)
    return happened
