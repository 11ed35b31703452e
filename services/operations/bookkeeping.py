"""`liudai ledger`: the trial balance, exports and the close of a month, over the API of repayment."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.markup import escape

from services.operations.bank_client import OPERATOR, BankClient
from services.operations.terminal import Exit, Failure, Screen

FORMATS = ("csv", "xlsx", "parquet")
AMOUNTS = ("opening", "debit", "credit", "transferred", "balance")


def show_trial_balance(
    screen: Screen, client: BankClient, on: str | None, since: str | None, *, by_branch: bool
) -> Exit:
    """A table for each currency (and branch); WRONG where it does not balance or the loans do not explain it."""
    with screen.progress() as progress:
        task = progress.add_task("ledger", total=2)
        shown = client.get("repayment", "/v1/trial-balance", on=on, since=since, by_branch=by_branch)
        progress.update(task, advance=1)
        checked = client.get("repayment", "/v1/sub-ledger/check")
        progress.update(task, advance=1)
    screen.answer({"trial_balance": shown, "sub_ledger": checked})
    for one in shown["currencies"]:
        where = f" · {one['branch']}" if one["branch"] else ""
        screen.say(f"[bold]{shown['since']} – {shown['on']} · {one['currency']}{escape(where)}[/bold]")
        rows = [
            (row["account"], row["account_name"], row["account_name_en"], *(row[name]["amount"] for name in AMOUNTS))
            for row in one["accounts"]
        ]
        screen.table(("科目", "", "account", *AMOUNTS), rows, right=AMOUNTS)
    off = [one for one in checked["accounts"] if Decimal(one["difference"]["amount"])]
    for one in off if checked["complete"] else ():
        screen.say(
            f"[red]{one['branch']} {one['account']} {one['account_name']}: the loans come to"
            f" {one['sub_ledger']['amount']}, the ledger to {one['general_ledger']['amount']}[/red]"
        )
    if not checked["complete"]:
        screen.say("[yellow]the read models are still behind the log: ask again for the sub-ledger[/yellow]")
    elif not off:
        screen.say("[green]✓[/green] the loans explain every control account 总分相符")
    if not shown["balanced"]:
        screen.say("[red]debits and credits differ[/red]")
    return Exit.OK if shown["balanced"] and not (off and checked["complete"]) else Exit.WRONG


def export_to(
    screen: Screen, client: BankClient, content: str, out: Path, since: str | None, until: str | None
) -> None:
    """Ask for the export and fetch its file; a file that is there already is not written over."""
    file_format = out.suffix.removeprefix(".")
    if file_format not in FORMATS:
        raise Failure(Exit.USAGE, f"{out}: the file's ending is one of {', '.join(FORMATS)}")
    if out.exists():
        raise Failure(Exit.USAGE, f"{out} is there already")
    asked: dict[str, Any] = {"content": content, "file_format": file_format, "since": since, "until": until}
    told = client.post("repayment", "/v1/exports", {name: value for name, value in asked.items() if value})
    with screen.progress() as progress:
        task = progress.add_task(out.name, total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total or None)

        size = client.download(client.url("repayment", told["file"]), out, tell)
    screen.answer({**told, "path": str(out), "bytes": size})
    screen.say(
        f"{escape(str(out))}: {size:,} bytes, {told['since']} – {told['until']}, recorded as {told['export_id']}"
    )


def close_period(screen: Screen, client: BankClient, period: str, login: str, *, approve: bool) -> None:
    """Propose or approve; what goes to profit is shown by branch and account."""
    step = "approve" if approve else "close"
    with screen.progress() as progress:
        task = progress.add_task(f"{period} {step}", total=1)
        told = client.post("repayment", f"/v1/accounting-periods/{period}/{step}", as_=login)
        progress.update(task, advance=1)
    screen.answer(told)
    rows = [
        (row["branch"], row["account"], row["account_name"], row["account_name_en"], row["balance"]["amount"])
        for row in told["transferred"]
    ]
    screen.table(("机构", "科目", "", "account", "balance"), rows, right=("balance",))
    if told["status"] == "closed":
        screen.say(f"closed until [bold]{told['closed_until']}[/bold], for ever")
    else:
        who = "another person approves it" if login == OPERATOR else "another person (the operator, say) approves it"
        screen.say(f"proposed by {escape(told['proposed_by'])}; {who}: liudai ledger close {period} --approve")
