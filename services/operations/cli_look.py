"""The commands that show where the services stand and what happened, and check that it is right."""

from datetime import date, datetime
from typing import Annotated

import typer

from services.operations import looking
from services.operations.cli_options import Json, ServiceName, bank, chosen
from services.operations.terminal import Exit, Failure, Screen

AsOf = Annotated[str | None, typer.Option(help="A business date, or an instant with its zone. 营业日或时刻。")]


def status(as_json: Json = False) -> None:
    """状态 · Where each service stands: business date, facts, lag, what is under way and what is parked."""
    with bank() as client:
        raise typer.Exit(looking.show_status(Screen(as_json=as_json), client))


def events(
    service: ServiceName = None,
    kind: Annotated[str | None, typer.Option("--type", "-t", help="Facts whose type begins so. 类型。")] = None,
    stream: Annotated[str | None, typer.Option(help="Facts of streams that contain this. 流。")] = None,
    last: Annotated[int, typer.Option("-n", help="How many of the newest. 最近几条。", min=0, max=100_000)] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as they happen. 持续显示。")] = False,
    as_json: Json = False,
) -> None:
    """事件 · The newest facts of all services, and those that come."""
    with bank() as client:
        wanted = looking.Wanted(chosen(service), kind, stream)
        looking.show_events(Screen(as_json=as_json), client, wanted, last, follow=follow)


def show(
    stream: Annotated[str, typer.Argument(help="e.g. loan_account-<uuid>, or a uuid alone. 流或编号。")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """查看流 · One stream's facts and its state, now or as of a date or an instant."""
    if as_of is not None:
        _require_moment(as_of)
    with bank() as client:
        looking.show_stream(Screen(as_json=as_json), client, stream, as_of)


def _require_moment(text: str) -> None:
    try:
        if len(text) > len("2026-01-31"):
            datetime.fromisoformat(text)
        else:
            date.fromisoformat(text)
    except ValueError:
        raise Failure(Exit.USAGE, f"--as-of {text}: give 2026-03-31 or 2026-03-31T17:00:00Z") from None


def quote(
    amount: Annotated[str, typer.Argument(help="In yuan, e.g. 300000 or 300000.50. 金额（元）。")],
    months: Annotated[int, typer.Option(help="期限（月）。", min=1, max=360)] = 12,
    rate: Annotated[str, typer.Option(help="Percent a year. 年利率（%）。")] = "4.35",
    method: Annotated[str, typer.Option(help="equal_instalments, interest_only. 还款方式。")] = "equal_instalments",
    day_count: Annotated[str, typer.Option(help="30/360, ACT/360. 计息基准。")] = "30/360",
    as_json: Json = False,
) -> None:
    """试算 · The repayment schedule of a loan drawn today."""
    terms = {
        "principal": {"amount": amount},
        "annual_rate_percent": rate,
        "term_months": months,
        "repayment_method": method,
        "day_count": day_count,
    }
    with bank() as client:
        looking.show_quote(Screen(as_json=as_json), client, terms)


def verify(
    chain_only: Annotated[bool, typer.Option(help="Leave the streams' versions out. 只核对哈希链。")] = False,
    as_json: Json = False,
) -> None:
    """核对 · Recompute every hash chain and count every stream's versions."""
    from services.operations.checking import verify as run  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(run(Screen(as_json=as_json), client, chain_only=chain_only))


def invariants(
    only: Annotated[list[str] | None, typer.Argument(help="e.g. I1 I2; all where none is named. 不变量。")] = None,
    as_json: Json = False,
) -> None:
    """不变量 · Check what must hold whatever happened: money, messages, streams, persons, answers."""
    from services.operations.invariants import run  # noqa: PLC0415
    from services.operations.replay import migrator_url  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(run(Screen(as_json=as_json), client, migrator_url(), tuple(only or ())))
