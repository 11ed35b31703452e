"""A file of receipts as bytes → its good rows and its bad ones, by name of line, field and rule. CSV or XLSX.

The columns, in any order: reference, amount, received_on, and of loan_id, borrower_id, payer_reference and currency
those that the core system has. Nothing is guessed: a formula, a number that lost digits or a date in another form is
a bad cell, not a reading of it.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from services.repayment.domain.events.receipts import BadRow, FileRow, ReceiptTaken
from shared.messages import Rejected
from shared.money import Money

ROWS_MAX = 10_000
UNPACKED_BYTES_MAX = 64 * 1024 * 1024
TEXT_MAX = 200
REQUIRED = ("reference", "amount", "received_on")
COLUMNS = (*REQUIRED, "loan_id", "borrower_id", "payer_reference", "currency")
_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?")
_FORMULA = ("=", "+", "@")
_XLSX = b"PK\x03\x04"


@dataclass
class ReadFile:
    """What a file says: every row is in `rows`, or named in `bad`."""

    rows: list[FileRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


class _BadCell(Exception):  # noqa: N818  (caught three lines further on)
    def __init__(self, field_name: str, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.rule, self.detail = field_name, rule, detail


def read_receipts(content: bytes, today: date) -> ReadFile:
    """The rows of a file. Rejected, as a whole, when it is no table of receipts at all."""
    lines = _xlsx_lines(content) if content.startswith(_XLSX) else _csv_lines(content)
    try:
        _, header = next(lines, (0, []))
        places = _places([_text(cell).lower() for cell in header])
        return _read(lines, places, today)
    except (csv.Error, zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, EOFError, OSError) as error:
        raise Rejected("file_corrupt", f"The file cannot be read as a table: {error}"[:300], field="file") from error


def _read(lines: Iterator[tuple[int, list[Any]]], places: dict[str, int], today: date) -> ReadFile:
    read, seen = ReadFile(), dict[str, int]()
    for n, (line, cells) in enumerate(lines, start=1):
        if n > ROWS_MAX:
            raise Rejected("file_too_long", f"A file may have {ROWS_MAX} rows: split it.", field="file")
        row = {name: cells[place] if place < len(cells) else None for name, place in places.items()}
        if not any(_text(cell) for cell in cells):
            continue
        try:
            taken = _receipt(row, today)
            if taken.reference in seen:
                raise _BadCell("reference", "receipt_used", f"line {seen[taken.reference]} has the same reference")  # noqa: TRY301
        except _BadCell as bad:
            read.bad.append(BadRow(line=line, field=bad.field, rule=bad.rule, detail=bad.detail))
        else:
            seen[taken.reference] = line
            read.rows.append(FileRow(line=line, taken=taken))
    return read


def _places(header: list[str]) -> dict[str, int]:
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name and name not in COLUMNS]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if missing or unknown or twice:
        detail = f"missing {missing}, unknown {unknown}, twice {twice}; the columns are {', '.join(COLUMNS)}"
        raise Rejected("columns_differ", f"The first line does not name the columns: {detail}"[:400], field="file")
    return {name: n for n, name in enumerate(header) if name}


def _receipt(row: dict[str, Any], today: date) -> ReceiptTaken:
    for name, cell in row.items():
        text = cell.strip() if isinstance(cell, str) else ""
        if text.startswith(_FORMULA) or (text.startswith("-") and name != "amount"):
            raise _BadCell(name, "formula", "a formula, or what a spreadsheet would take for one")
        if len(text) > TEXT_MAX or "\x00" in text:
            raise _BadCell(name, "text", f"at most {TEXT_MAX} characters, and none of them NUL")
    reference = _text(row["reference"])
    if not reference:
        raise _BadCell("reference", "missing", "every receipt has the core system's reference")
    return ReceiptTaken(
        reference=reference,
        amount=_amount(row["amount"], _text(row.get("currency")) or "CNY"),
        received_on=_day(row["received_on"], today),
        loan_id=_uuid("loan_id", row),
        borrower_id=_uuid("borrower_id", row),
        payer_reference=_text(row.get("payer_reference")) or None,
    )


def _amount(cell: Any, currency: str) -> Money:
    """More than nil and in whole fen. A spreadsheet's number is taken by its shortest text, never by its float."""
    if isinstance(cell, bool | date):
        raise _BadCell("amount", "amount", "not an amount")
    text = _text(cell)
    if not _AMOUNT.fullmatch(text):
        raise _BadCell("amount", "amount", "digits with a decimal point, e.g. 1234.50")
    try:
        amount = Money.of(text, currency)
    except ValueError as error:
        rule = "currency" if "currency" in str(error) else "decimal_places"
        raise _BadCell("currency" if rule == "currency" else "amount", rule, str(error)) from error
    if amount.minor <= 0:
        raise _BadCell("amount", "amount_not_positive", "money received is more than nothing")
    return amount


def _day(cell: Any, today: date) -> date:
    if isinstance(cell, datetime):
        cell = cell.date()
    try:
        day = cell if isinstance(cell, date) else date.fromisoformat(_text(cell))
    except ValueError as error:
        raise _BadCell("received_on", "date", "a day as 2026-03-31") from error
    if day > today:
        raise _BadCell("received_on", "received_in_future", f"the business date is {today}")
    return day


def _uuid(name: str, row: dict[str, Any]) -> UUID | None:
    if not (text := _text(row.get(name))):
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise _BadCell(name, "uuid", "an id as 018f4e9a-2f63-7c1e-9d51-2f0c3a7b9e10") from error


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _csv_lines(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    """Each record with the number of its last line: UTF-8, or GB 18030 as Chinese spreadsheets write it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise Rejected("file_corrupt", "The text is neither UTF-8 nor GB 18030.", field="file") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    for cells in reader:
        yield reader.line_num, list(cells)


def _xlsx_lines(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    """The first sheet's rows; formulas come as their text, so that they can be refused."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(one.file_size for one in packed.infolist()) > UNPACKED_BYTES_MAX:
            raise Rejected("file_too_large", f"It unpacks to more than {UNPACKED_BYTES_MAX} bytes.", field="file")
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        for line, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            yield line, list(cells)
    finally:
        book.close()
