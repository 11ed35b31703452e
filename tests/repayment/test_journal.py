"""The journal table: every fact has a row, every entry balances, and the ledger agrees with the loans."""

import json
from datetime import date, timedelta
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.repayment.domain.events import AccrualLine, AccrualLines, InterestAccrued
from services.repayment.domain.journal import NAMED
from services.repayment.main import service
from services.repayment.registry import BOOKS, books, entries
from shared.messages import Event
from tests.repayment.builders import (
    DRAWN_ON,
    FIRST_DUE,
    LOAN,
    SECOND_RECEIPT,
    after,
    age,
    book,
    pay_off,
    reclassify,
    recover,
    repay,
    write_off,
)

LATE = date(2026, 4, 20)


def posted(event: Any) -> list[tuple[str, str, str]]:
    """(side, account, amount in fen) of one fact."""
    return [
        ("Dr", books().chart[line.account].zh, str(line.debit))
        if line.debit
        else ("Cr", books().chart[line.account].zh, str(line.credit))
        for line in entries(event)
    ]


GOLDEN = Path(__file__).resolve().parents[1] / "golden/repayment"
FACTS: list[type[Event]] = [kind for decider in service.deciders for kind in decider.events]


def test_every_fact_has_a_row_in_the_table() -> None:
    assert set(books().rows) == {kind.__name__ for kind in FACTS}


def test_every_account_of_the_table_is_in_the_chart_and_no_two_share_a_code() -> None:
    postings = [posting for row in books().rows.values() for posting in row.postings]
    named = {key for one in postings for key in (one.debit, one.credit, one.vat) if key}
    assert named <= {*books().accounts, NAMED}
    assert len(books().chart) == len(books().accounts)


def test_a_taxed_posting_earns_on_exactly_one_side() -> None:
    taxed = [posting for row in books().rows.values() for posting in row.postings if posting.vat]
    assert taxed
    for one in taxed:
        assert [books().accounts[key].type for key in (one.debit, one.credit)].count("income") == 1


def test_no_entry_mixes_what_is_on_and_off_the_balance_sheet() -> None:
    for row in books().rows.values():
        for one in (posting for posting in row.postings if not posting.each):
            assert books().accounts[one.debit].on_balance is books().accounts[one.credit].on_balance, one


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.__name__)
def test_every_row_reads_every_shape_of_its_fact_that_was_ever_stored(kind: type[Event]) -> None:
    for stored in json.loads((GOLDEN / f"{kind.__name__}.json").read_text("utf-8")):
        stale = kind.upcasters[stored["schema_v"] - 1 :]
        event = kind.model_validate_json(json.dumps(reduce(lambda old, upcast: upcast(old), stale, stored["data"])))
        assert sum(line.debit - line.credit for line in entries(event)) == 0


def test_parameters_that_were_used_are_never_edited() -> None:
    """A digest for each version that shipped. Books rebuilt from the log would come out otherwise: add a version."""
    shipped = {"2016-05-01": "977ebb7a3dc014d6"}
    stored = json.loads((BOOKS / "parameters.json").read_text("utf-8"))
    digests = {one["version"]: sha256(json.dumps(one, sort_keys=True).encode()).hexdigest()[:16] for one in stored}
    assert digests == shipped
    assert len({one["from_on"] for one in stored}) == len(stored)


def test_a_disbursement_lends_into_the_borrowers_account() -> None:
    assert posted(after(book())[0]) == [("Dr", "贷款—本金", "10000000"), ("Cr", "吸收存款—借款人", "10000000")]


def test_an_entrusted_disbursement_goes_on_to_the_payee_and_one_of_unknown_mode_does_not() -> None:
    assert posted(after(book(mode="entrusted"))[0]) == [
        ("Dr", "贷款—本金", "10000000"),
        ("Cr", "吸收存款—借款人", "10000000"),
        ("Dr", "吸收存款—借款人", "10000000"),
        ("Cr", "清算资金往来", "10000000"),
    ]
    assert len(posted(after(book(mode=None))[0])) == 2


def test_a_repayment_is_split_by_component_and_what_is_held() -> None:
    receipt = after(book(), age(FIRST_DUE), repay(1000, FIRST_DUE))[-1]
    assert posted(receipt) == [
        ("Dr", "吸收存款—借款人", "62000"),
        ("Cr", "应收利息", "62000"),
        ("Dr", "吸收存款—借款人", "38000"),
        ("Cr", "其他应付款—还款暂收", "38000"),
    ]


def test_a_better_class_turns_the_provision_entry_round() -> None:
    history = after(book(), age(LATE), reclassify("loss", "100", on=LATE), reclassify("special_mention", "2", on=LATE))
    assert posted(history[-1]) == [("Dr", "贷款损失准备", "9800000"), ("Cr", "信用减值损失", "9800000")]


def test_a_write_off_uses_the_allowance_up_and_a_recovery_returns_to_it() -> None:
    history = after(book(), age(LATE), write_off(LATE), recover(5000, LATE))
    written_off, recovered = history[-2:]
    assert posted(written_off) == [
        ("Dr", "信用减值损失", "10212158"),
        ("Cr", "贷款损失准备", "10212158"),
        ("Dr", "贷款损失准备", "10000000"),
        ("Cr", "贷款—本金", "10000000"),
        ("Dr", "贷款损失准备", "180000"),
        ("Cr", "应收利息", "180000"),
        ("Dr", "贷款损失准备", "32158"),
        ("Cr", "应收利息—罚息及复利", "32158"),
        ("Dr", "已核销资产（账销案存）", "10212158"),
        ("Cr", "已核销资产备查", "10212158"),
    ]
    assert posted(recovered)[:4] == [
        ("Dr", "贷款—已减值", "287842"),
        ("Cr", "贷款损失准备", "287842"),
        ("Dr", "吸收存款—借款人", "287842"),
        ("Cr", "贷款—已减值", "287842"),
    ]
    assert posted(recovered)[-2:] == [("Dr", "已核销资产备查", "500000"), ("Cr", "已核销资产（账销案存）", "500000")]


def accrued(interest: int, penalty: int = 0, *, on: date = DRAWN_ON) -> InterestAccrued:
    lines = (
        AccrualLine(loan_id=LOAN, interest_minor=interest - 500, penalty_minor=0),
        AccrualLine(loan_id=SECOND_RECEIPT, interest_minor=500, penalty_minor=penalty),
    )
    return InterestAccrued(accrued_on=on, chunk=1, currency="CNY", lines=AccrualLines.of(lines))


def test_an_accrual_batch_is_one_entry_less_its_tax_and_a_correction_turns_both_round() -> None:
    assert posted(accrued(2500, -30)) == [
        ("Dr", "应收利息", "2500"),
        ("Cr", "利息收入", "2358"),  # 25.00 ÷ 1.06
        ("Cr", "应交税费—增值税（销项税额）", "142"),  # 1.415… rounded half up
        ("Dr", "利息收入—罚息及复利", "28"),
        ("Dr", "应交税费—增值税（销项税额）", "2"),
        ("Cr", "应收利息—罚息及复利", "30"),
    ]


@pytest.mark.parametrize(
    ("on", "tax"),
    [
        (date(2016, 4, 30), 0),  # the day before the tax on interest began
        (date(2016, 5, 1), 600),
        (date(2026, 1, 10), 600),
    ],
)
def test_interest_bears_the_tax_of_its_own_day(on: date, tax: int) -> None:
    account = books().accounts["output_vat"].code
    assert sum(line.credit for line in entries(accrued(10600, on=on)) if line.account == account) == tax


def test_interest_too_small_for_a_fen_of_tax_bears_none() -> None:
    """0.08 × 6 ÷ 106 = 0.0045…: the border of half a fen lies between 0.08 and 0.09."""
    assert [len(entries(accrued(minor))) for minor in (8, 9)] == [2, 3]


@pytest.mark.parametrize(
    "history",
    [
        after(book(), repay(1000, FIRST_DUE), pay_off("99920.00", FIRST_DUE + timedelta(days=15), receipt=LOAN)),
        after(book(), age(LATE), reclassify("loss", "100", on=LATE), write_off(LATE), recover(5000, LATE)),
    ],
    ids=["paid off early", "written off and partly recovered"],
)
def test_every_entry_of_a_loans_life_balances(history: tuple[Any, ...]) -> None:
    for event in history:
        assert sum(line.debit - line.credit for line in entries(event)) == 0
        assert all(line.debit >= 0 and line.credit >= 0 for line in entries(event))
