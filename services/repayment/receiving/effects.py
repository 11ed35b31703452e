"""The rows of a file that is durable → receipts, part after part. Whoever dies over a part, the next does it again."""

from collections.abc import Sequence

from services.repayment.domain.core_receipt import Applied, receipt_id_of
from services.repayment.domain.events.receipts import BadRow, ReceiptRowsTaken, ReceiptSource
from services.repayment.domain.receipt_commands import NoteRowsPosted
from services.repayment.domain.receipt_file import TakenFile, receipt_file
from services.repayment.receiving import Posting, post
from shared.effect import Do, Effect, Reaction
from shared.engine import Engine
from shared.event_store import Recorded
from shared.messages import Rejected


async def post_rows(recorded: Recorded[ReceiptRowsTaken], engine: Engine, _attempt: int) -> Sequence[Reaction]:
    """Post each row once, by its reference; name those that are refused."""
    part, meta = recorded.event, recorded.meta
    file = (await engine.commands.load(receipt_file, part.file_id)).state
    assert isinstance(file, TakenFile), "a part belongs to a file"
    bad: list[BadRow] = []
    applied = 0
    for row in part.rows:
        posting = Posting(
            receipt_id=receipt_id_of(meta.legal_entity, row.taken.reference),
            taken=row.taken,
            branches=file.taken.branches,
            meta=meta,
            source=ReceiptSource(file_id=part.file_id, line=row.line),
        )
        try:
            applied += isinstance(await post(engine, posting), Applied)
        except Rejected as refused:
            field = refused.field or "reference"
            bad.append(BadRow(line=row.line, field=field, rule=refused.code, detail=refused.detail))
    command = NoteRowsPosted(
        file_id=part.file_id,
        part=part.part,
        applied=applied,
        suspended=len(part.rows) - applied - len(bad),
        bad=tuple(bad),
    )
    return [Do(receipt_file, command)]


effects = (Effect(name="receipt_files", on=(ReceiptRowsTaken,), act=post_rows),)
