"""模型别名: which model decides, challenges or is tried in a segment, and from when: four eyes move it.

One stream per segment. What ships is the beginning (`models/aliases.json`); every later move is a fact here.
Duties are separate by 商业银行互联网贷款管理暂行办法 art. 34: who develops a model does not put it to use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import assert_never, get_args
from uuid import UUID, uuid5

from services.risk.domain.commands import (
    ApproveModelAlias,
    ModelAliasCommand,
    ProposeModelAlias,
    RejectModelAlias,
)
from services.risk.domain.events import (
    ModelAliasApproved,
    ModelAliasEvent,
    ModelAliasProposed,
    ModelAliasRejected,
)
from services.risk.domain.facts import Segment
from shared.decider import Decider
from shared.messages import Rejected

_SEGMENTS = UUID("5a1c7f7e-3d0b-5b7e-9c65-0f7c5b0f9a21")


@dataclass(frozen=True)
class ModelAliases:
    """Proposals that wait, by id, and the moves that were approved, in their order."""

    pending: Mapping[UUID, ModelAliasProposed] = field(default_factory=lambda: MappingProxyType({}))
    moved: tuple[ModelAliasApproved, ...] = ()
    closed: frozenset[UUID] = frozenset()


def stream_of(segment: Segment) -> UUID:
    """The id of a segment's one stream."""
    return uuid5(_SEGMENTS, segment)


def decide(command: ModelAliasCommand, aliases: ModelAliases) -> Sequence[ModelAliasEvent]:
    match command:
        case ProposeModelAlias():
            return propose(command, aliases)
        case ApproveModelAlias():
            return [approve(command, aliases)]
        case RejectModelAlias():
            return [reject(command, aliases)]
        case _:
            assert_never(command)


def propose(command: ProposeModelAlias, aliases: ModelAliases) -> Sequence[ModelAliasProposed]:
    """Ask for a move. Its model has been checked by whoever sends the command, on as many golden applicants as it says.

    Rejected from a day that has passed, and where a proposal for the same alias waits.
    """
    if command.proposal_id in aliases.pending or command.proposal_id in aliases.closed:
        return []
    if command.effective_from < command.proposed_on:
        raise Rejected("effective_from_past", "an alias moves today or later", field="effective_from")
    if any(one.alias == command.alias for one in aliases.pending.values()):
        raise Rejected("alias_proposal_pending", f"another {command.alias} is proposed and waits to be decided")
    return [ModelAliasProposed(**dict(command))]


def approve(command: ApproveModelAlias, aliases: ModelAliases) -> ModelAliasApproved:
    """Move the alias. Rejected by who proposed it, and once the day has passed on which it should have moved."""
    proposed = _waiting(command.proposal_id, aliases)
    if command.approved_by == proposed.proposed_by:
        raise Rejected("same_person", "who proposes a model does not approve it")
    if proposed.effective_from < command.approved_on:
        raise Rejected("effective_from_past", "the day of the move has passed: propose it anew")
    return ModelAliasApproved(
        segment=proposed.segment,
        proposal_id=proposed.proposal_id,
        alias=proposed.alias,
        model_id=proposed.model_id,
        sha256=proposed.sha256,
        effective_from=proposed.effective_from,
        proposed_by=proposed.proposed_by,
        approved_by=command.approved_by,
        approved_on=command.approved_on,
    )


def reject(command: RejectModelAlias, aliases: ModelAliases) -> ModelAliasRejected:
    """Nothing moves. Who proposed may take it back so."""
    proposed = _waiting(command.proposal_id, aliases)
    return ModelAliasRejected(
        segment=proposed.segment,
        proposal_id=proposed.proposal_id,
        reason=command.reason,
        rejected_by=command.rejected_by,
        rejected_on=command.rejected_on,
    )


def _waiting(proposal_id: UUID, aliases: ModelAliases) -> ModelAliasProposed:
    if proposal_id not in aliases.pending:
        raise Rejected("proposal_not_pending", "no such proposal waits to be decided")
    return aliases.pending[proposal_id]


def evolve(aliases: ModelAliases, event: ModelAliasEvent) -> ModelAliases:
    match event:
        case ModelAliasProposed():
            return replace(aliases, pending=MappingProxyType({**aliases.pending, event.proposal_id: event}))
        case ModelAliasApproved():
            return replace(_closed(aliases, event.proposal_id), moved=(*aliases.moved, event))
        case ModelAliasRejected():
            return _closed(aliases, event.proposal_id)
        case _:
            assert_never(event)


def _closed(aliases: ModelAliases, proposal_id: UUID) -> ModelAliases:
    left = {one: proposed for one, proposed in aliases.pending.items() if one != proposal_id}
    return replace(aliases, pending=MappingProxyType(left), closed=aliases.closed | {proposal_id})


model_alias = Decider[ModelAliases, ModelAliasCommand, ModelAliasEvent](
    category="model_alias",
    stream_id=lambda command: stream_of(command.segment),
    initial=ModelAliases(),
    decide=decide,
    evolve=evolve,
    events=get_args(ModelAliasEvent),
    of_bank=True,
)
