"""A file of receipts: durable as a whole before it is acknowledged, and the same file is the same stream."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never, get_args
from uuid import UUID, uuid5

from services.repayment.domain.events.receipts import (
    BadRow,
    ReceiptFileEvent,
    ReceiptFileTaken,
    ReceiptRowsPosted,
    ReceiptRowsTaken,
)
from services.repayment.domain.receipt_commands import NoteRowsPosted, ReceiptFileCommand, TakeReceiptFile
from shared.decider import Decider
from shared.messages import Rejected

PART_ROWS = 200
"""Rows of one fact: what is done again at most when a process dies over a file."""
_FILES = UUID("4f0f4b1e-9c1d-5b52-8f6e-7f4a6d2b9c11")


def file_id_of(legal_entity: str, sha256: str) -> UUID:
    """The id of a file by what is in it, whatever it is called."""
    return uuid5(_FILES, f"{legal_entity}/{sha256}")


@dataclass(frozen=True)
class NoFile:
    """This file has not been seen."""


@dataclass(frozen=True)
class TakenFile:
    """A file that is durable, and how far its rows have come. `bad` were named on reading it or on posting it."""

    taken: ReceiptFileTaken
    bad: tuple[BadRow, ...]
    applied: int = 0
    suspended: int = 0
    refused: int = 0
    parts_posted: frozenset[int] = frozenset()

    @property
    def is_done(self) -> bool:
        return self.applied + self.suspended + self.refused == self.taken.rows


ReceiptFile = NoFile | TakenFile


def decide(command: ReceiptFileCommand, file: ReceiptFile) -> Sequence[ReceiptFileEvent]:
    """All of a file at once; nothing for a file, or for a part's outcome, that is known."""
    match command:
        case TakeReceiptFile():
            return take(command) if isinstance(file, NoFile) else []
        case NoteRowsPosted():
            if not isinstance(file, TakenFile):
                raise Rejected("file_unknown", "No file has been taken under this id.")
            if command.part in file.parts_posted:
                return []
            return [ReceiptRowsPosted(**dict(command))]
        case _:
            assert_never(command)


def take(command: TakeReceiptFile) -> Sequence[ReceiptFileEvent]:
    """The file and its rows in parts."""
    taken = ReceiptFileTaken(
        file_id=command.file_id,
        sha256=command.sha256,
        name=command.name,
        rows=len(command.rows),
        bad=command.bad,
        branches=command.branches,
        taken_by=command.taken_by,
        taken_on=command.today,
    )
    parts = [command.rows[start : start + PART_ROWS] for start in range(0, len(command.rows), PART_ROWS)]
    return [taken, *(ReceiptRowsTaken(file_id=command.file_id, part=n, rows=rows) for n, rows in enumerate(parts, 1))]


def evolve(file: ReceiptFile, event: ReceiptFileEvent) -> ReceiptFile:
    match event:
        case ReceiptFileTaken():
            return TakenFile(event, event.bad)
        case ReceiptRowsTaken():
            return file
        case ReceiptRowsPosted():
            assert isinstance(file, TakenFile), "rows belong to a file that was taken"
            return replace(
                file,
                bad=file.bad + event.bad,
                applied=file.applied + event.applied,
                suspended=file.suspended + event.suspended,
                refused=file.refused + len(event.bad),
                parts_posted=file.parts_posted | {event.part},
            )
        case _:
            assert_never(event)


receipt_file = Decider[ReceiptFile, ReceiptFileCommand, ReceiptFileEvent](
    category="receipt_file",
    stream_id=lambda command: command.file_id,
    initial=NoFile(),
    decide=decide,
    evolve=evolve,
    events=get_args(ReceiptFileEvent),
)
