"""liudai risk replay and simulate: past decisions computed again, as they were or by other rules."""

import asyncio
import csv
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.operations.cli_options import Json, bank
from services.operations.terminal import Exit, Failure, Screen

if TYPE_CHECKING:
    from services.operations.bank_client import BankClient
    from services.risk.calculations.simulations import SimulationView

SIDES = ("recorded 原决策", "simulated 模拟")


def replay(
    application_id: Annotated[str | None, typer.Argument(metavar="APPLICATION_ID", help="申请编号。")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every decision there is. 全部决策。")] = False,
    as_json: Json = False,
) -> None:
    """决策重算 · Compute a past decision again from its record, with the very model and policy that it names.

    Ends with 0 where the same bytes come out, with 1 where some do not; then it names the parts that differ. Nothing
    is changed.
    """
    if (application_id is None) != every:
        raise Failure(Exit.USAGE, "name an application, or give --all")
    screen = Screen(as_json=as_json)
    with bank() as client:
        asked = [application_id] if application_id else _decided(client)
        answers = []
        with screen.progress() as progress:
            task = progress.add_task("decisions", total=len(asked))
            for one in asked:
                answers.append(_replayed(client, one))
                progress.advance(task)
    raise typer.Exit(_show(screen, answers))


def _decided(client: "BankClient") -> list[str]:
    rows = client.every("risk", "/v1/assessments")
    return [row["application_id"] for row in rows if row["status"] == "assessed"]


def _replayed(client: "BankClient", application_id: str) -> dict[str, Any]:
    """The answer of the service; where it cannot compute the decision again, its reason in the place of the parts."""
    from services.operations.bank_client import Refused  # noqa: PLC0415

    try:
        answer: dict[str, Any] = client.post("risk", f"/v1/assessments/{application_id}/replay")
    except Refused as refused:
        return {"application_id": application_id, "equal": False, "differing": [], "refused": refused.message}
    return answer


def _show(screen: Screen, answers: list[dict[str, Any]]) -> Exit:
    unlike = [one for one in answers if not one["equal"]]
    screen.answer({"replayed": len(answers), "equal": len(answers) - len(unlike), "unlike": unlike})
    for one in unlike:
        screen.note(f"{one['application_id']}: {one.get('refused') or 'differs in ' + ', '.join(one['differing'])}")
    if not answers:
        screen.say("没有已作出的决策 there is no decision yet")
    elif len(answers) == 1 and not unlike:
        screen.say(f"[green]✓[/green] 一致 the same bytes: sha256 {answers[0]['recorded_sha256']}")
    else:
        screen.say(
            f"{len(answers) - len(unlike):,} of {len(answers):,} 一致 came out byte for byte as they were recorded"
        )
    return Exit.WRONG if unlike else Exit.OK


def simulate(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day of decisions. 起始日。")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day of decisions. 截止日。")],
    model: Annotated[str | None, typer.Option("--model", help="Hash, id or file of a model. 模型。")] = None,
    policy: Annotated[str | None, typer.Option("--policy", help="Likewise, of a policy. 政策。")] = None,
    prices: Annotated[str | None, typer.Option("--prices", help="Likewise, of a price book. 价格表。")] = None,
    segment: Annotated[str | None, typer.Option("--segment", help="Only that segment. 客群。")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="A line per application. 逐笔明细。")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE.png", help="A picture. 图。")] = None,
    as_json: Json = False,
) -> None:
    """决策模拟 · Past applications through another model, policy or price book: what would have been different.

    Approvals gained and lost, limits, prices and expected loss, and what became of the loans that were made. A model
    is tried on its segment; what is not named is today's. --csv - writes the lines to standard output.

    Reads the database (DATABASE_URL, or the bank started here); nothing is changed.
    """
    screen = Screen(as_json=as_json or csv_file == Path("-"))
    try:
        draw = import_module("services.operations.simulation_plot").draw if plot else None
    except ImportError:
        raise Failure(Exit.WRONG, "--plot needs matplotlib: install liudai[training]") from None
    drawn: list[dict[str, Any]] = []
    with ExitStack() as stack:
        takers = [drawn.append] if plot else []
        if csv_file is not None:
            takers.append(_writer(csv_file, stack))
        view = _simulated(screen, (first, last), (model, policy, prices), segment, takers)
    if plot is not None and draw is not None:
        draw(plot, drawn)
    if as_json:
        screen.answer(view.model_dump(mode="json"))
    _show_simulation(screen, view)


def _writer(csv_file: Path, stack: ExitStack) -> Callable[[dict[str, Any]], Any]:
    from services.risk.calculations.simulations import LINE  # noqa: PLC0415

    is_out = csv_file == Path("-")
    file = sys.stdout if is_out else stack.enter_context(csv_file.open("w", encoding="utf-8", newline=""))
    writer = csv.DictWriter(file, LINE)
    writer.writeheader()
    return writer.writerow


def _simulated(
    screen: Screen,
    days: tuple[str, str],
    named: tuple[str | None, str | None, str | None],
    segment: str | None,
    takers: list[Callable[[dict[str, Any]], Any]],
) -> "SimulationView":
    from pydantic import ValidationError  # noqa: PLC0415

    from services.operations import decision_log  # noqa: PLC0415
    from services.risk.calculations.simulations import SimulationBody  # noqa: PLC0415

    files = [Path(one) for one in named if one and one.endswith(".json")]
    model, policy, prices = (None if one and one.endswith(".json") else one for one in named)
    told = {"model": model, "policy": policy, "prices": prices, "segment": segment}
    try:
        first, last = map(date.fromisoformat, days)
        body = SimulationBody.model_validate({"from": first, "to": last, **told})
    except ValidationError as error:
        raise Failure(Exit.USAGE, str(error.errors(include_url=False)[0]["msg"])) from None
    except ValueError as error:
        raise Failure(Exit.USAGE, f"a date is like 2026-03-02: {error}") from None
    with screen.progress() as progress:
        task = progress.add_task("applications", total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        def take(line: dict[str, Any]) -> None:
            for one in takers:
                one(line)

        return asyncio.run(decision_log.simulate(body, files, tell, take if takers else None))


def _show_simulation(screen: Screen, view: "SimulationView") -> None:
    if screen.as_json:
        return
    tried = ", ".join(f"{one.kind} {one.version} ({one.sha256[:12]})" for one in view.tried) or "today's rules"
    screen.say(f"{view.applications:,} 笔 applications, {view.first} – {view.last}: {tried}")
    if view.not_decided:
        screen.say("not decided: " + ", ".join(f"{why} {n:,}" for why, n in view.not_decided.items()))
    old, new = view.recorded, view.simulated
    rows: list[tuple[Any, ...]] = [
        *((name, old.outcomes[name], new.outcomes[name]) for name in ("approve", "refer", "decline")),
        ("limits", old.limits, new.limits),
        ("mean rate %", old.mean_rate_percent, new.mean_rate_percent),
        ("expected loss", old.expected_loss, new.expected_loss),
        ("mean PD %", old.mean_pd_percent, new.mean_pd_percent),
    ]
    screen.table(("", *SIDES), rows, right=SIDES)
    screen.say(
        f"approvals 自动通过: {view.approvals_gained:,} gained, {view.approvals_lost:,} lost · limits: "
        f"{view.limits_up:,} up, {view.limits_down:,} down · prices: {view.prices_up:,} up, {view.prices_down:,} down"
    )
    realised = (("all", view.realised), ("would be approved", view.realised_if_approved),
                ("would be declined", view.realised_if_declined))  # fmt: skip
    screen.say("已知结果 Loans whose twelve months are over:")
    columns = ("loans", "lent", "defaults", "of them", "rate %")
    screen.table(
        ("", *columns),
        [(name, one.loans, one.lent, one.defaults, one.defaulted, one.default_rate_percent) for name, one in realised],
        right=columns,
    )
