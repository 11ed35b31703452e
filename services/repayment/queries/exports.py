"""The rows that leave as files: their columns, and a batch at a time from one look at the database."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from services.repayment.domain.events.books import ExportContent
from services.repayment.queries.trial_balance import ACCRUED, TRIAL_BALANCE
from services.repayment.registry import books
from shared.money import Money

BATCH = 2_000
FETCH_SECONDS = 120
Kind = Literal["text", "date", "integer", "rate", "amount"]


@dataclass(frozen=True)
class Column:
    """A column of a file: its name, its heading for people, and what it holds. Amounts are in the row's currency."""

    name: str
    zh: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Content:
    """What can be exported: its columns and its rows. Amounts come in minor units; `add` completes a row."""

    columns: tuple[Column, ...]
    sql: str
    dated: bool = True
    """Whether `sql` asks for the two days: $1 and $2, the branches then being $3, else $1."""
    add: Callable[[dict[str, Any]], None] = lambda row: None
    more: tuple[Any, ...] = ()


def _named(row: dict[str, Any]) -> None:
    account = books().chart[row["account"]]
    row["account_zh"], row["account_en"] = account.zh, account.en


def _balanced(row: dict[str, Any]) -> None:
    _named(row)
    row["balance"] = row["opening"] + row["debit"] - row["credit"] + row["transferred"]


_ACCOUNT = (Column("account", "科目"), Column("account_zh", "科目名称"), Column("account_en", "Account"))
_CURRENCY = Column("currency", "币种")
_LOAN = (Column("loan_id", "贷款编号"), Column("borrower_id", "借款人编号"), Column("branch", "机构"), _CURRENCY,
         Column("status", "状态"))  # fmt: skip
_ITS_ACCRUAL = (
    "interest_accrued - interest_taken interest_receivable, penalty_accrued - penalty_taken penalty_receivable"
)

CONTENTS: Mapping[ExportContent, Content] = {
    "journal": Content(
        (Column("pos", "序号", "integer"), Column("line", "行", "integer"), Column("business_date", "会计日期", "date"),
         Column("branch", "机构"), Column("loan_id", "贷款编号"), Column("fact", "业务"), *_ACCOUNT, _CURRENCY,
         Column("debit", "借方", "amount"), Column("credit", "贷方", "amount")),
        "select pos, line, business_date, branch, loan_id, fact, account, currency, debit, credit from journal_entries"
        " where business_date between $1 and $2 and ($3::text[] is null or branch = any($3)) order by pos, line",
        add=_named,
    ),
    "trial_balance": Content(
        (Column("branch", "机构"), _CURRENCY, *_ACCOUNT, Column("opening", "期初余额", "amount"),
         Column("debit", "借方发生额", "amount"), Column("credit", "贷方发生额", "amount"),
         Column("transferred", "结转损益", "amount"), Column("balance", "期末余额", "amount")),
        TRIAL_BALANCE,
        add=_balanced,
        more=(True,),
    ),
    "sub_ledger": Content(
        (*_LOAN, Column("outstanding", "本金余额", "amount"), Column("interest_receivable", "应收利息", "amount"),
         Column("penalty_receivable", "应收罚息及复利", "amount"), Column("credit", "还款暂收", "amount"),
         Column("claim", "已核销债权", "amount"), Column("provision", "专项准备", "amount")),
        f"select l.loan_id, l.borrower_id, l.branch, l.currency, l.status, l.outstanding, {_ITS_ACCRUAL}, l.credit,"
        f" l.claim, l.provision from loans l join loan_receivables using (loan_id) {ACCRUED}"
        " where $1::text[] is null or l.branch = any($1) order by l.loan_id",
        dated=False,
    ),
    "loans": Content(
        (*_LOAN, Column("contract_id", "合同编号"), Column("principal", "放款金额", "amount"),
         Column("outstanding", "本金余额", "amount"), Column("annual_rate_percent", "年利率%", "rate"),
         Column("repayment_method", "还款方式"), Column("disbursed_on", "放款日", "date"),
         Column("maturity_on", "到期日", "date"), Column("closed_on", "结清日", "date"),
         Column("classification", "五级分类"), Column("days_past_due", "逾期天数", "integer")),
        "select loan_id, borrower_id, branch, currency, status, contract_id, principal, outstanding,"
        " annual_rate_percent, repayment_method, disbursed_on, maturity_on, closed_on, classification, days_past_due"
        " from loans where $1::text[] is null or branch = any($1) order by loan_id",
        dated=False,
    ),
    "accruals": Content(
        (Column("accrued_on", "计提日", "date"), Column("loan_id", "贷款编号"), Column("branch", "机构"), _CURRENCY,
         Column("interest", "利息", "amount"), Column("penalty", "罚息及复利", "amount")),
        "select accrued_on, loan_id, branch, currency, interest, penalty from accruals join loans using (loan_id, part)"
        " where accrued_on between $1 and $2 and ($3::text[] is null or branch = any($3)) order by accrued_on, loan_id",
    ),
}  # fmt: skip


async def batches(
    pool: Any, content: Content, since: date, until: date, branches: Sequence[str] | None
) -> AsyncIterator[list[list[Any]]]:
    """The rows in the order of the columns, amounts as exact decimals, all from one snapshot."""
    days = (since, until) if content.dated else ()
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(f"set local statement_timeout = '{FETCH_SECONDS}s'")
        await connection.execute("set local idle_in_transaction_session_timeout = 0")  # a file is written meanwhile
        cursor = await connection.cursor(content.sql, *days, branches, *content.more, timeout=FETCH_SECONDS)
        while rows := await cursor.fetch(BATCH, timeout=FETCH_SECONDS):
            yield [_values(dict(row), content) for row in rows]


def _values(row: dict[str, Any], content: Content) -> list[Any]:
    content.add(row)
    return [
        Money(row[one.name], row["currency"]).amount if one.kind == "amount" else row[one.name]
        for one in content.columns
    ]
