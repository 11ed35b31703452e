"""模型别名: which model serves as what, since when; proposing another, and deciding on it with a second person."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.risk.domain.challenger import ChallengerModel
from services.risk.domain.commands import ApproveModelAlias, ProposeModelAlias, RejectModelAlias
from services.risk.domain.events import AliasName
from services.risk.domain.facts import Segment
from services.risk.domain.model_alias import ModelAliases, model_alias
from services.risk.domain.score_model import ScoreModel
from services.risk.registry import Alias, Library
from services.risk.routes.views import LoadedLibrary, Shelf
from shared.dates import Day
from shared.http import Caller, Commands, RequestBody, Today
from shared.problem_details import refused

router = APIRouter(prefix="/model-aliases")

Status = Literal["pending", "approved", "rejected"]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ProposalBody(RequestBody):
    """Which model of the library is to serve as what, from which business date, and why."""

    alias: AliasName
    sha256: Sha256
    effective_from: Day
    reason: Text


class RejectionBody(RequestBody):
    reason: Text


class ProposalView(BaseModel):
    """A move that waits to be decided; `golden_applicants` scored as trained when it was proposed."""

    model_config = ConfigDict(from_attributes=True)
    proposal_id: UUID
    alias: AliasName
    model_id: str
    sha256: str
    effective_from: date
    reason: str
    golden_applicants: int
    proposed_by: str
    proposed_on: date


class SegmentAliases(BaseModel):
    """The aliases in force today, every move there was (the first as shipped), and what waits."""

    segment: Segment
    in_force: list[Alias]
    moves: list[Alias]
    pending: list[ProposalView]


class AliasList(BaseModel):
    items: list[SegmentAliases]


class DecidedProposal(BaseModel):
    """What a command made of a proposal."""

    proposal_id: UUID
    status: Status
    segment: Segment


@router.get("")
async def list_model_aliases(shelf: Shelf, library: LoadedLibrary, today: Today) -> AliasList:
    """By segment: what is in force today, what was, what is proposed."""
    return AliasList(
        items=[_shown(segment, await shelf.aliases(segment), library, today) for segment in get_args(Segment)]
    )


@router.get("/{segment}")
async def read_model_aliases(segment: Segment, shelf: Shelf, library: LoadedLibrary, today: Today) -> SegmentAliases:
    """The aliases of one segment."""
    return _shown(segment, await shelf.aliases(segment), library, today)


@router.post("/{segment}/proposals", response_model=DecidedProposal, status_code=201)
async def propose_model_alias(
    segment: Segment, body: ProposalBody, caller: Caller, today: Today, shelf: Shelf, commands: Commands
) -> Response:
    """Propose a move. The model must be in the library, of the segment, one-way and score its golden applicants."""
    commands.require_key()
    shelf.look_again()
    model = _admitted(await shelf.library(), segment, body, caller.person)
    command = ProposeModelAlias(
        segment=segment,
        proposal_id=commands.new_id,
        alias=body.alias,
        model_id=model.model_id,
        sha256=body.sha256,
        effective_from=body.effective_from,
        reason=body.reason,
        golden_applicants=len(model.golden),
        proposed_by=caller.person,
        proposed_on=today,
    )
    location = f"/v1/model-aliases/{segment}"
    answer = _status(segment, commands.new_id, "pending")
    return await commands.handle(model_alias, command, answer=answer, status=201, location=location)


@router.post("/{segment}/proposals/{proposal_id}/approval", response_model=DecidedProposal)
async def approve_model_alias(
    segment: Segment, proposal_id: UUID, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Move the alias; by another person than the one who proposed it."""
    command = ApproveModelAlias(segment=segment, proposal_id=proposal_id, approved_by=caller.person, approved_on=today)
    return await commands.handle(model_alias, command, answer=_status(segment, proposal_id, "approved"))


@router.post("/{segment}/proposals/{proposal_id}/rejection", response_model=DecidedProposal)
async def reject_model_alias(
    segment: Segment, proposal_id: UUID, body: RejectionBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Leave the alias where it is; who proposed may take it back so."""
    command = RejectModelAlias(
        segment=segment, proposal_id=proposal_id, reason=body.reason, rejected_by=caller.person, rejected_on=today
    )
    return await commands.handle(model_alias, command, answer=_status(segment, proposal_id, "rejected"))


def _status(segment: Segment, proposal_id: UUID, status: Status) -> Callable[[Any], DecidedProposal]:
    return lambda _outcome: DecidedProposal(proposal_id=proposal_id, status=status, segment=segment)


def _admitted(library: Library, segment: Segment, body: ProposalBody, person: str) -> ScoreModel | ChallengerModel:
    """The model that may be proposed; 422 naming the rule that it breaks."""
    stored = library.stored(body.sha256)
    if stored is None or not isinstance(stored.document, ScoreModel | ChallengerModel):
        raise refused("sha256", "model_known", f"no model of the library has this hash{_of_refused(library)}")
    model = stored.document
    try:
        library.check(
            Alias(
                alias=body.alias,
                segment=segment,
                model_id=model.model_id,
                sha256=body.sha256,
                effective_from=body.effective_from,
                trained_by=person,
                approved_by="",
            )
        )
    except ValueError as error:
        raise refused("sha256", "model_admitted", str(error)) from error
    return model


def _of_refused(library: Library) -> str:
    return "".join(f"; refused: {name}: {why}" for name, why in sorted(library.refused.items()))


def _shown(segment: Segment, aliases: ModelAliases, library: Library, today: date) -> SegmentAliases:
    in_force = (library.alias(name, segment, today) for name in get_args(AliasName))
    return SegmentAliases(
        segment=segment,
        in_force=[one for one in in_force if one is not None],
        moves=[one for one in library.aliases if one.segment == segment],
        pending=[ProposalView.model_validate(one) for one in aliases.pending.values()],
    )
