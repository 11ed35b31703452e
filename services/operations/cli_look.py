"""The commands that show where the services stand and what happened, and check that it is right."""

import re
from datetime import date, datetime
from typing import Annotated, Literal, get_args

import typer

from services.operations.cli_options import Json, ServiceName, bank, chosen
from services.operations.terminal import Exit, Failure, Screen

AsOf = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="A business date, or an instant with its zone. 营业日或时刻。"),
]
_Method = Literal[
    "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
    "one_payment",
]  # fmt: skip
_DayCount = Literal["30/360", "ACT/360"]


def status(as_json: Json = False) -> None:
    """状态 · Where each service stands: business date, facts, lag, what is under way and what is parked."""
    from services.operations.looking import show_status  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(show_status(Screen(as_json=as_json), client))


def events(
    service: ServiceName = None,
    kind: Annotated[
        str | None, typer.Option("--type", "-t", metavar="TYPE", help="Facts whose type begins so. 类型。")
    ] = None,
    stream: Annotated[
        str | None, typer.Option(metavar="STREAM", help="Facts of streams whose name contains this: an id. 流或编号。")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN", help="From a business date on, or from an instant with its zone. 自营业日或时刻。"
        ),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option(
            "-n", metavar="N", help="How many of the newest; 20, or all --since. 最近几条。", min=0, max=100_000
        ),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as they happen. 持续显示。")] = False,
    as_json: Json = False,
) -> None:
    """事件 · The newest facts of all services, and those that come."""
    from services.operations.telling import Wanted, show_events  # noqa: PLC0415

    begins = None if since is None else _moment("--since", since)
    wanted = Wanted(chosen(service), kind, stream, begins)
    count = last if last is not None else 20 if since is None else 100_000
    with bank() as client:
        show_events(Screen(as_json=as_json), client, wanted, count, follow=follow)


def show(
    stream: Annotated[
        str, typer.Argument(metavar="STREAM", help="e.g. loan_account-<uuid>, or a uuid alone. 流或编号。")
    ],
    as_of: AsOf = None,
    full: Annotated[bool, typer.Option("--full", help="Every field of every fact. 全部字段。")] = False,
    as_json: Json = False,
) -> None:
    """查看流 · One stream's facts and its state, now or as of a date or an instant."""
    from services.operations.showing import show_stream  # noqa: PLC0415

    if as_of is not None:
        _moment("--as-of", as_of)
    with bank() as client:
        show_stream(Screen(as_json=as_json), client, stream, as_of, full=full)


def _moment(option: str, text: str) -> date | datetime:
    """A business date, or an instant; a usage error for anything else."""
    try:
        if len(text) <= len("2026-01-31"):
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Failure(Exit.USAGE, f"{option} {text}: give 2026-03-31 or, with its zone, 2026-03-31T17:00:00Z")
    return instant


def quote(
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="In yuan, e.g. 300000 or 300000.50. 金额（元）。")],
    months: Annotated[int, typer.Option(help="How long, in months. 期限（月）。", min=1, max=360)] = 12,
    rate: Annotated[str, typer.Option(help="Percent a year. 年利率（%）。")] = "4.35",
    method: Annotated[
        _Method, typer.Option(help=f"One of {', '.join(get_args(_Method))}. 还款方式。")
    ] = "equal_instalments",
    day_count: Annotated[
        _DayCount, typer.Option(help=f"One of {', '.join(get_args(_DayCount))}. 计息基准。")
    ] = "30/360",
    as_json: Json = False,
) -> None:
    """试算 · The repayment schedule of a loan drawn today."""
    from services.operations.looking import show_quote  # noqa: PLC0415

    _require_number(
        "AMOUNT", amount, r"(?=.*[1-9])[0-9]{1,13}(\.[0-9]{1,2})?", "yuan above 0, e.g. 300000 or 300000.50"
    )
    _require_number("--rate", rate, r"[0-9]{1,2}(\.[0-9]{1,6})?", "percent a year, e.g. 4.35")
    terms = {
        "principal": {"amount": amount},
        "annual_rate_percent": rate,
        "term_months": months,
        "repayment_method": method,
        "day_count": day_count,
    }
    with bank() as client:
        show_quote(Screen(as_json=as_json), client, terms)


def _require_number(name: str, text: str, shape: str, wanted: str) -> None:
    if not re.fullmatch(shape, text):
        raise Failure(Exit.USAGE, f"{name} {text}: give {wanted}")


def verify(
    chain_only: Annotated[bool, typer.Option(help="Leave the streams' versions out. 只核对哈希链。")] = False,
    as_json: Json = False,
) -> None:
    """核对 · Recompute every hash chain and count every stream's versions."""
    from services.operations.checking import verify as run  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(run(Screen(as_json=as_json), client, chain_only=chain_only))


def invariants(
    only: Annotated[
        list[str] | None, typer.Argument(metavar="INVARIANT", help="e.g. I1 I2; all where none is named. 不变量。")
    ] = None,
    as_json: Json = False,
) -> None:
    """不变量 · Check what must hold whatever happened: money, messages, streams, persons, answers."""
    from services.operations.invariants import run  # noqa: PLC0415
    from services.operations.replay import migrator_url  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(run(Screen(as_json=as_json), client, migrator_url(), tuple(only or ())))
