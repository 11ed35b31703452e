"""liudai risk train: the models that ship trained again to the same bytes, or one from a bank's own history."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.operations.cli_options import Json
from services.operations.cli_risk import TRAINING
from services.operations.terminal import Exit, Failure, Screen

if TYPE_CHECKING:
    from services.risk.training.__main__ import Written
    from services.risk.training.build import Recipe


def train(
    segments: Annotated[list[str] | None, typer.Argument(metavar="SEGMENT...", help="Default: all. 客群。")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="A CSV of your own history. 自有历史数据。")] = None,
    schema: Annotated[Path | None, typer.Option("--schema", help="What its columns are, JSON. 列说明。")] = None,
    from_log: Annotated[
        bool, typer.Option("--from-log", help="From past decisions and what became of them. 由决策与结果训练。")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for model, card and plots. 输出目录。")] = None,
    as_json: Json = False,
) -> None:
    """训练 · Train score models; print and store a model card (Markdown) and its plots (PNG).

    Without --data: the models that ship, from the data that they name (LIUDAI_RISK_DATA for a file that does not
    ship). Ends with 1 where a hash is another than the committed one.

    --data FILE --schema FILE.json: a model of your own; the schema names model_id, version, segment, label, signs
    (feature: 1 where more of it means more risk, else -1), categories, source. --from-log: rows and schema from the
    bank's log: features of each recorded decision, bad where the loan was non-performing or written off within 12
    months. Put the files of --out where LIUDAI_RISK_LIBRARY points, and propose them: POST /v1/model-aliases.
    """
    try:
        from services.risk.training.__main__ import recipe_of, write  # noqa: PLC0415
        from services.risk.training.labelled_file import FileUnfitError  # noqa: PLC0415
        from services.risk.training.segments import RECIPES  # noqa: PLC0415
        from services.risk.training.sources import DataMissingError  # noqa: PLC0415
        from services.risk.training.weight_of_evidence import TooLittleInformationError  # noqa: PLC0415
    except ImportError:
        raise Failure(Exit.WRONG, TRAINING) from None
    from services.risk.registry import MODELS  # noqa: PLC0415

    if (data is None) != (schema is None) or (data is not None and from_log):
        raise Failure(Exit.USAGE, "give --data with its --schema, or --from-log, or neither")
    if unknown := sorted(set(segments or ()) - set(RECIPES)):
        raise Failure(Exit.USAGE, f"there is no segment {', '.join(unknown)}; there are {', '.join(RECIPES)}")
    screen, written = Screen(as_json=as_json), []
    own = data is not None or from_log
    folder = out or (Path() if own else MODELS)
    try:
        recipes = _own(data, schema, segments, folder) if own else map(recipe_of, segments or RECIPES)
        for recipe in recipes:
            screen.note(f"{recipe.model_id} …")
            written.append(write(recipe, folder))
            _tell(screen, written[-1], own=own)
    except (DataMissingError, FileExistsError, FileUnfitError) as error:
        raise Failure(Exit.WRONG, str(error)) from None
    except TooLittleInformationError:
        raise Failure(Exit.WRONG, "no feature tells good from bad: nothing can be learnt from this") from None
    answer = [
        {"model": str(one.path), "sha256": one.sha256, "same": one.was_there, "card": str(one.card_path)}
        for one in written
    ]
    screen.answer(answer)


def _tell(screen: Screen, written: "Written", *, own: bool) -> None:
    if screen.as_json:
        return
    print(written.card)
    same = "" if own or not written.was_there else "  [green]✓[/green] 与已提交模型一致 the committed bytes"
    screen.say(f"{written.path}  sha256 {written.sha256}{same}\n{written.card_path}")


def _own(data: Path | None, schema: Path | None, segments: list[str] | None, folder: Path) -> "list[Recipe]":
    from services.operations.lifecycle import calendar_today  # noqa: PLC0415
    from services.risk import registry  # noqa: PLC0415
    from services.risk.training.own_history import own_recipe, schema_of  # noqa: PLC0415

    today = calendar_today()
    if data is not None and schema is not None:
        told = schema_of(schema)
        return [own_recipe(data, told, registry.library().in_force(told.segment, today).five_c)]
    from services.operations.decision_log import written_history  # noqa: PLC0415

    if len(segments or ()) != 1:
        raise Failure(Exit.USAGE, "--from-log trains one segment: name it")
    path, told, five_c = written_history((segments or [""])[0], folder)
    return [own_recipe(path, told, five_c)]
