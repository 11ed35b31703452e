"""liudai risk replay: past decisions computed again; each must come out as it was recorded."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.operations.cli_options import Json, bank
from services.operations.terminal import Exit, Failure, Screen

if TYPE_CHECKING:
    from services.operations.bank_client import BankClient


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
