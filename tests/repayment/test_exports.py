"""The books as files: every row, exact, of the caller's branches alone, and never without a record of it."""

import csv
import io
import re
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import httpx
import pyarrow.parquet as pq
import pytest

from services.repayment.domain.events.books import ExportContent
from services.repayment.queries.export_files import FILES
from services.repayment.queries.exports import CONTENTS, Column
from tests.repayment.bank import ONE_DAY, Bank, disbursed
from tests.repayment.builders import DRAWN_ON, FIRST_DUE

JOURNAL = tuple(CONTENTS["journal"].columns)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


async def lent(bank: Bank) -> None:
    await bank.hear(disbursed(loan_id=UUID(int=1)))
    await bank.hear(disbursed(loan_id=UUID(int=2), principal=10_000), branch="BJ")
    await bank.close_until(FIRST_DUE)
    await bank.repay("700.00", loan_id=UUID(int=1))
    await bank.close_until(FIRST_DUE + ONE_DAY)
    await bank.engine.caught_up()


async def exported(bank: Bank, content: str, file_format: str = "csv", **asked: Any) -> httpx.Response:
    """The file; asked for and fetched by an auditor of the whole bank unless the test says otherwise."""
    who = {"roles": "auditor", "branch": asked.pop("branch", "HQ")}
    body = {"content": content, "file_format": file_format, **asked}
    told = await bank.post("/v1/exports", body, **who)
    assert told.status_code == 201, told.text
    answer = await bank.get(told.json()["file"], **who)
    assert answer.status_code == 200, answer.text
    return answer


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel knows UTF-8 by its mark"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_the_journal_as_a_file_is_the_journal(bank: Bank) -> None:
    await lent(bank)
    answer = await exported(bank, "journal", since="2026-01-01", until=FIRST_DUE.isoformat())
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"journal_2026-01-01_{FIRST_DUE}.csv" in answer.headers["content-disposition"]
    rows = rows_of(answer)
    listed: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while len(listed) < len(rows):
        page = (await bank.get("/v1/journal-entries", branch="HQ", posted_to=FIRST_DUE, limit=200, **more)).json()
        listed += page["items"]
        more = {"after": page["next"]}
    assert page["next"] is None
    assert [(row["pos"], row["line"], row["account"], row["debit"], row["credit"]) for row in rows] == [
        (str(one["pos"]), str(one["line"]), one["account"], one["debit"]["amount"], one["credit"]["amount"])
        for one in listed
    ]
    assert {row["account_zh"] for row in rows} >= {"贷款—本金", "应收利息"}


async def test_the_trial_balance_as_a_file_closes_by_branch(bank: Bank) -> None:
    await lent(bank)
    rows = rows_of(await exported(bank, "trial_balance", since="2026-01-10", until=FIRST_DUE.isoformat()))
    for branch in ("SH", "BJ"):
        own = [row for row in rows if row["branch"] == branch]
        assert sum(Decimal(row["debit"]) - Decimal(row["credit"]) for row in own) == 0
        assert sum(Decimal(row["balance"]) for row in own) == 0
        assert any(Decimal(row["balance"]) for row in own)


async def test_a_branch_takes_out_its_own_rows_alone(bank: Bank) -> None:
    await lent(bank)
    for content in ("journal", "trial_balance", "sub_ledger", "loans", "accruals"):
        answer = await exported(bank, content, branch="BJ", since="2026-01-01")
        assert {row["branch"] for row in rows_of(answer)} == {"BJ"}, content


@pytest.mark.parametrize("content", ["journal", "trial_balance", "sub_ledger", "loans", "accruals"])
async def test_the_three_formats_hold_the_same_rows(bank: Bank, content: ExportContent, tmp_path: Path) -> None:
    await lent(bank)
    asked = {"since": "2026-01-10", "until": FIRST_DUE.isoformat()}
    plain = rows_of(await exported(bank, content, "csv", **asked))
    (tmp_path / "rows.parquet").write_bytes((await exported(bank, content, "parquet", **asked)).content)
    table = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    sheet = sheet_rows((await exported(bank, content, "xlsx", **asked)).content)
    columns = CONTENTS[content].columns
    assert plain
    assert [[_text(row[one.name]) for one in columns] for row in table] == [
        list(map(_plain, row.values())) for row in plain
    ]
    assert sheet[0] == [one.zh for one in columns]
    amounts = [no for no, one in enumerate(columns) if one.kind == "amount"]
    names = [one.name for one in columns]
    for shown, row in zip(sheet[1:], plain, strict=True):
        assert [Decimal(shown[no]) for no in amounts] == [Decimal(row[names[no]]) for no in amounts]


def _text(value: Any) -> str:
    """A value of Parquet as CSV has it; trailing zeros of a rate say nothing."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def _plain(text: str) -> str:
    return f"{Decimal(text).normalize():f}" if re.fullmatch(r"-?\d+\.\d+", text) else text


def sheet_rows(content: bytes) -> list[list[str]]:
    """The first sheet, cell by cell, empty ones too."""
    book = zipfile.ZipFile(io.BytesIO(content))
    shared = []
    if "xl/sharedStrings.xml" in book.namelist():
        shared = ["".join(one.itertext()) for one in ET.fromstring(book.read("xl/sharedStrings.xml"))]
    rows = []
    for row in ET.fromstring(book.read("xl/worksheets/sheet1.xml")).iter(f"{SHEET}row"):
        cells: dict[int, str] = {}
        for cell in row:
            letters = re.match("[A-Z]+", cell.attrib["r"])
            assert letters is not None
            place = 0
            for letter in letters[0]:
                place = place * 26 + ord(letter) - 64
            text = "".join(cell.itertext())
            cells[place - 1] = shared[int(text)] if cell.attrib.get("t") == "s" else text
        rows.append([cells.get(no, "") for no in range(max(cells) + 1)])
    return rows


async def test_who_took_what_is_on_record_and_nobody_else_fetches_it(bank: Bank) -> None:
    await lent(bank)
    body = {"content": "loans", "file_format": "csv"}
    told = (await bank.post("/v1/exports", body, who="zhao", key="k")).json()
    assert (await bank.post("/v1/exports", body, who="zhao", key="k")).json() == told
    assert (await bank.get(told["file"], who="zhao")).status_code == 200
    assert (await bank.get(told["file"], who="qian")).status_code == 404
    await bank.engine.caught_up()
    [listed] = (await bank.get("/v1/exports", roles="auditor", branch="HQ")).json()["items"]
    assert (listed["export_id"], listed["requested_by"], listed["branches"]) == (told["export_id"], "zhao", ["SH"])
    assert (await bank.get("/v1/exports")).status_code == 403


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"since": "2026-02-01", "until": "2026-01-10"}, "days-reversed"),
        ({"until": "2027-01-01"}, "day-in-future"),
    ],
)
async def test_days_that_cannot_be_are_refused(bank: Bank, asked: dict[str, str], code: str) -> None:
    await bank.hear(disbursed())
    answer = await bank.post("/v1/exports", {"content": "journal", **asked})
    assert (answer.status_code, answer.json()["type"]) == (409, f"urn:liudai:problem:{code}")
    assert answer.json()["errors"][0]["field"] in {"since", "until"}


async def test_an_empty_export_has_its_headings(bank: Bank, tmp_path: Path) -> None:
    await bank.hear(disbursed())
    names = [one.name for one in CONTENTS["accruals"].columns]
    assert (await exported(bank, "accruals")).content.decode("utf-8-sig").strip().split(",") == names
    assert len(sheet_rows((await exported(bank, "accruals", "xlsx")).content)) == 1
    (tmp_path / "rows.parquet").write_bytes((await exported(bank, "accruals", "parquet")).content)
    assert pq.read_table(tmp_path / "rows.parquet").column_names == names


def test_no_text_of_a_file_is_taken_for_a_formula(tmp_path: Path) -> None:
    columns = (Column("branch", "机构"), Column("amount", "金额", "amount"))
    for file_format in ("csv", "xlsx"):
        with FILES[file_format][1](tmp_path / file_format, columns) as write:
            write([["=1+1", Decimal("-2.50")], ["@x", Decimal("0.00")]])
    assert (tmp_path / "csv").read_text("utf-8-sig").splitlines()[1:] == ["'=1+1,-2.50", "'@x,0.00"]
    book = zipfile.ZipFile(tmp_path / "xlsx")
    assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_a_sheet_that_is_full_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.repayment.queries.export_files.EXCEL_ROWS_MAX", 3)
    with FILES["xlsx"][1](tmp_path / "rows.xlsx", (Column("day", "日", "date"),)) as write:
        write([[DRAWN_ON]] * 2)
        write([[date(2026, 2, 1)]] * 5)
    book = zipfile.ZipFile(tmp_path / "rows.xlsx")
    sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert [book.read(name).count(b"<row ") for name in sorted(sheets)] == [4, 4, 2]
