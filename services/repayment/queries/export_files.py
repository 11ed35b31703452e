"""Rows into a file of one of three formats, at a memory that does not grow with them."""

import csv
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.repayment.domain.events.books import ExportFormat
from services.repayment.queries.exports import Column

if TYPE_CHECKING:
    from collections.abc import Iterator

Rows = Sequence[Sequence[Any]]
Writer = Callable[[Rows], None]
EXCEL_ROWS_MAX = 1_048_575
"""Rows of a sheet below its heading; the next ones go on a sheet of their own."""
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def csv_file(path: Path, columns: Sequence[Column]) -> "Iterator[Writer]":
    """UTF-8 with its mark, by which Excel knows it; no text can be taken for a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([one.name for one in columns])
        yield lambda rows: writer.writerows([_plain(value) for value in row] for row in rows)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"'{value}" if isinstance(value, str) and value.startswith(STARTS_A_FORMULA) else value


@contextmanager
def excel_file(path: Path, columns: Sequence[Column]) -> "Iterator[Writer]":
    """Headings in Chinese; dates and amounts as such. A cell of Excel is a double, which holds 15 digits."""
    import xlsxwriter  # noqa: PLC0415  (only who exports waits for it)

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        heading = book.add_format({"bold": True})
        formats = {
            "amount": book.add_format({"num_format": "#,##0.00"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        sheet, at = _new_sheet(book, columns, heading), 1

        def write(rows: Rows) -> None:
            nonlocal sheet, at
            for row in rows:
                if at > EXCEL_ROWS_MAX:
                    sheet, at = _new_sheet(book, columns, heading), 1
                _write_row(sheet, at, row, columns, formats)
                at += 1

        yield write


def _new_sheet(book: Any, columns: Sequence[Column], heading: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for no, column in enumerate(columns):
        sheet.set_column(no, no, 38 if column.name.endswith("_id") else 16)
        sheet.write_string(0, no, column.zh, heading)
    return sheet


def _write_row(sheet: Any, at: int, row: Sequence[Any], columns: Sequence[Column], formats: dict[str, Any]) -> None:
    for no, (column, value) in enumerate(zip(columns, row, strict=True)):
        if value is None:
            continue
        match column.kind:
            case "text":
                sheet.write_string(at, no, str(value))
            case "date":
                sheet.write_datetime(at, no, value, formats["date"])
            case kind:
                sheet.write_number(at, no, float(value), formats.get(kind))


@contextmanager
def parquet_file(path: Path, columns: Sequence[Column]) -> "Iterator[Writer]":
    """Amounts and rates as decimals, dates as dates."""
    import pyarrow as pa  # noqa: PLC0415  (only who exports waits for it)
    import pyarrow.parquet as pq  # noqa: PLC0415

    types = {
        "text": pa.string(), "date": pa.date32(), "integer": pa.int64(), "rate": pa.decimal128(12, 6),
        "amount": pa.decimal128(20, 2),
    }  # fmt: skip
    schema = pa.schema([(one.name, types[one.kind]) for one in columns])
    with pq.ParquetWriter(path, schema) as file:

        def write(rows: Rows) -> None:
            arrays = [
                pa.array(_texts(values) if column.kind == "text" else values, types[column.kind])
                for column, values in zip(columns, zip(*rows, strict=True), strict=True)
            ]
            file.write_table(pa.Table.from_arrays(arrays, schema=schema))

        yield write


def _texts(values: Iterable[Any]) -> list[str | None]:
    return [None if value is None else str(value) for value in values]


FILES: dict[ExportFormat, tuple[str, Callable[[Path, Sequence[Column]], AbstractContextManager[Writer]]]] = {
    "csv": ("text/csv; charset=utf-8", csv_file),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", excel_file),
    "parquet": ("application/vnd.apache.parquet", parquet_file),
}
"""By format: the media type, and what opens a writer of batches."""
