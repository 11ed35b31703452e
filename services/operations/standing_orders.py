"""Time moved on in the sandbox while everybody who is in good order goes on paying, as by standing order."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID, uuid5

from services.operations.bank_client import BankClient
from services.operations.loan_life import CASHIER
from services.operations.seed import business_date

_ORDERS = UUID("b1a4d0f2-6c1e-5e0a-9d52-7f3a1c9e8b44")


def advance_with_standing_orders(client: BankClient, to: date, *, except_for: str) -> Iterator[tuple[date, int]]:
    """Move the sandbox clock to `to`, stopping where instalments fall due. Yields (day, how many were paid).

    The loan `except_for` is left to whoever asks, and so are loans that are past due.
    """
    while (today := business_date(client)) < to:
        stop = min((day for day in _next_due(client, except_for) if today < day < to), default=to)
        for _ in client.stream(f"{client.deployment.sandbox}/clock/advance", {"to": stop.isoformat()}):
            pass  # the stream ends when everything rests
        if paid := sum(_pay(client, loan_id, stop) for loan_id in _in_good_order(client, except_for)):
            yield stop, paid


def _in_good_order(client: BankClient, except_for: str) -> list[str]:
    loans = client.every("repayment", "/v1/loans", status="open", overdue="false")
    return [loan["loan_id"] for loan in loans if loan["loan_id"] != except_for]


def _next_due(client: BankClient, except_for: str) -> list[date]:
    loans = [client.get("repayment", f"/v1/loans/{one}") for one in _in_good_order(client, except_for)]
    return [date.fromisoformat(loan["next_due_on"]) for loan in loans if loan["next_due_on"]]


def _pay(client: BankClient, loan_id: str, on: date) -> int:
    """Pay what falls due on that day, once; how many instalments that were."""
    rows = client.get("repayment", f"/v1/loans/{loan_id}/schedule")["items"]
    due = [row for row in rows if row["due_on"] == on.isoformat() and row["status"] != "paid"]
    for row in due:
        key = f"standing-{loan_id}-{row['no']}"
        body = {"receipt_id": str(uuid5(_ORDERS, key)), "amount": row["total"]}
        client.post("repayment", f"/v1/loans/{loan_id}/repayments", body, as_=CASHIER, key=key)
    return len(due)
