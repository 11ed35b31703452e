"""The ledger of the core-banking stand-in: payments and their legs in one file that survives kill -9."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from shared.money import Money

LOANS = "loans"
"""The bank's claim on its borrowers (贷款), the other side of every disbursement."""

_TABLES = """
create table if not exists payments (
    payment_no integer primary key,
    reference text not null,
    copy_no integer not null,  -- above 0 only where deduplication was taken away
    idempotency_key text,
    status text not null check (status in ('paid', 'refused', 'voided')),
    core_reference text unique,
    reason text,
    currency text,
    amount_minor integer,
    borrower_account text,
    account text,
    value_on text,
    unique (reference, copy_no),
    unique (idempotency_key, copy_no)
);
create table if not exists legs (
    leg_no integer primary key,
    core_reference text not null references payments (core_reference),
    debit_account text not null,
    credit_account text not null,
    currency text not null,
    amount_minor integer not null check (amount_minor > 0),
    value_on text not null
);
"""


@dataclass(frozen=True)
class Order:
    """What is to be paid. `payee_account` None: the money stays on the borrower's account."""

    reference: str
    amount: Money
    borrower_account: str
    payee_account: str | None
    value_on: str

    @property
    def account(self) -> str:
        return self.payee_account or self.borrower_account

    @property
    def legs(self) -> list[tuple[str, str]]:
        """(debit, credit): loan → borrower's account, and in entrusted payment → payee."""
        borrower = f"account:{self.borrower_account}"
        onward = [(borrower, f"account:{self.payee_account}")] if self.payee_account else []
        return [(LOANS, borrower), *onward]


@dataclass(frozen=True)
class Said:
    """What a reference was used for; `is_other` when another key than the caller's had used it before."""

    payment: dict[str, Any]
    is_other: bool


class Ledger:
    """Every method is one transaction, on disk before it returns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @classmethod
    @contextmanager
    def open(cls, file: Path) -> Iterator["Ledger"]:
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, isolation_level=None, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            connection.executescript(_TABLES)
            yield cls(connection)
        finally:
            connection.close()

    def pay(self, order: Order, key: str, *, again: bool = False) -> Said:
        """Pay, unless reference or key have been used; `again` pays even then, but never a void reference."""
        with self._transaction():
            first = self._first(order.reference)
            if first is None and self._is_used(key):
                self._insert(order, 0, None, "refused", reason="idempotency_key_used")
            elif first is None or (again and first["status"] == "paid"):
                copies = self._db.execute("select count(*) from payments where reference = ?", (order.reference,))
                core_reference = f"CB{uuid4().hex[:20].upper()}"
                self._insert(order, copies.fetchone()[0], key, "paid", core_reference=core_reference)
                self._post(order, core_reference)
            return self._said(order.reference, key)

    def refuse(self, order: Order, key: str, reason: str) -> Said:
        """Refuse for good, unless the reference has been used."""
        with self._transaction():
            if self._first(order.reference) is None:
                self._insert(order, 0, key, "refused", reason=reason)
            return self._said(order.reference, key)

    def void(self, reference: str) -> dict[str, Any]:
        """Make a later payment under `reference` impossible; what it was used for before stays."""
        with self._transaction():
            if self._first(reference) is None:
                self._db.execute(
                    "insert into payments (reference, copy_no, status, reason) values (?, 0, 'voided', 'voided')",
                    (reference,),
                )
        return self.find(reference)

    def find(self, reference: str) -> dict[str, Any]:
        """What `reference` was used for; status `unknown_reference` when for nothing."""
        row = self._first(reference)
        return _payment(row) if row else {"reference": reference, "status": "unknown_reference"}

    def page(self, after: int, limit: int) -> dict[str, Any]:
        """Payments with a number above `after`; `next` is what to ask after then, None at the end."""
        rows = self._db.execute(
            "select * from payments where payment_no > ? order by payment_no limit ?", (after, limit + 1)
        ).fetchall()
        page = rows[:limit]
        return {
            "payments": [_payment(row) for row in page],
            "next": page[-1]["payment_no"] if len(rows) > limit else None,
        }

    def book(self) -> dict[str, Any]:
        """The legs in order, and debits less credits of each account."""
        legs = self._db.execute("select * from legs order by leg_no").fetchall()
        balances: dict[tuple[str, str], int] = {}
        for leg in legs:
            for account, sign in ((leg["debit_account"], 1), (leg["credit_account"], -1)):
                of = (account, leg["currency"])
                balances[of] = balances.get(of, 0) + sign * leg["amount_minor"]
        return {
            "legs": [
                {
                    "core_reference": leg["core_reference"],
                    "debit_account": leg["debit_account"],
                    "credit_account": leg["credit_account"],
                    "amount": _text(leg["amount_minor"], leg["currency"]),
                    "value_on": leg["value_on"],
                }
                for leg in legs
            ],
            "balances": [
                {"account": account, "balance": _text(minor, currency)}
                for (account, currency), minor in sorted(balances.items())
            ],
        }

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def _first(self, reference: str) -> sqlite3.Row | None:
        query = "select * from payments where reference = ? and copy_no = 0"
        row: sqlite3.Row | None = self._db.execute(query, (reference,)).fetchone()
        return row

    def _is_used(self, key: str) -> bool:
        query = "select 1 from payments where idempotency_key = ?"
        return self._db.execute(query, (key,)).fetchone() is not None

    def _said(self, reference: str, key: str) -> Said:
        row = self._first(reference)
        assert row is not None, "just written, or there before"
        return Said(_payment(row), is_other=row["idempotency_key"] not in (key, None))

    def _insert(
        self,
        order: Order,
        copy_no: int,
        key: str | None,
        status: str,
        *,
        core_reference: str | None = None,
        reason: str | None = None,
    ) -> None:
        self._db.execute(
            "insert into payments (reference, copy_no, idempotency_key, status, core_reference, reason,"
            " currency, amount_minor, borrower_account, account, value_on)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(order.reference, copy_no, key, status, core_reference, reason),
                *(order.amount.currency, order.amount.minor),
                *(order.borrower_account, order.account, order.value_on),
            ),
        )

    def _post(self, order: Order, core_reference: str) -> None:
        self._db.executemany(
            "insert into legs"
            " (core_reference, debit_account, credit_account, currency, amount_minor, value_on)"
            " values (?, ?, ?, ?, ?, ?)",
            [
                (core_reference, debit, credit, order.amount.currency, order.amount.minor, order.value_on)
                for debit, credit in order.legs
            ],
        )


def _payment(row: sqlite3.Row) -> dict[str, Any]:
    minor, currency = row["amount_minor"], row["currency"]
    return {
        "reference": row["reference"],
        "status": row["status"],
        "core_reference": row["core_reference"],
        "reason": row["reason"],
        "amount": None if minor is None else _text(minor, currency),
        "borrower_account": row["borrower_account"],
        "account": row["account"],
        "value_on": row["value_on"],
    }


def _text(minor: int, currency: str) -> dict[str, str]:
    return {"currency": currency, "amount": str(Money(minor, currency).amount)}
