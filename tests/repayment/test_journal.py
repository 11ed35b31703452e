"""The journal table: every fact has a row, every entry balances, and the ledger agrees with the loans."""

from datetime import date, timedelta
from typing import Any, get_args

import pytest

from services.repayment.domain.events import (
    AccrualLine,
    BusinessDateEvent,
    InterestAccrued,
    LoanAccountEvent,
)
from services.repayment.domain.journal import CHART_OF_ACCOUNTS, JOURNAL, entries
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
        ("Dr", CHART_OF_ACCOUNTS[line.account], str(line.debit))
        if line.debit
        else ("Cr", CHART_OF_ACCOUNTS[line.account], str(line.credit))
        for line in entries(event)
    ]


def test_every_fact_has_a_row_in_the_table() -> None:
    assert set(JOURNAL) == {*get_args(LoanAccountEvent), *get_args(BusinessDateEvent), InterestAccrued}


def test_every_account_of_the_table_is_in_the_chart() -> None:
    accounts = {side for pairs in JOURNAL.values() for pair in pairs for side in (pair.debit, pair.credit)}
    assert accounts == set(CHART_OF_ACCOUNTS)


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
    ]
    assert posted(recovered)[:4] == [
        ("Dr", "贷款—已减值", "287842"),
        ("Cr", "贷款损失准备", "287842"),
        ("Dr", "吸收存款—借款人", "287842"),
        ("Cr", "贷款—已减值", "287842"),
    ]


def test_an_accrual_batch_is_one_entry_and_a_correction_turns_it_round() -> None:
    lines = (
        AccrualLine(loan_id=LOAN, interest_minor=2000, penalty_minor=0),
        AccrualLine(loan_id=SECOND_RECEIPT, interest_minor=500, penalty_minor=-30),
    )
    batch = InterestAccrued(accrued_on=DRAWN_ON, chunk=1, currency="CNY", lines=lines)
    assert posted(batch) == [
        ("Dr", "应收利息", "2500"),
        ("Cr", "利息收入", "2500"),
        ("Dr", "利息收入—罚息及复利", "30"),
        ("Cr", "应收利息—罚息及复利", "30"),
    ]


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
