"""The calculators on the command line: JSON in, JSON out, without a bank that runs."""

import json
import sys
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.operations.terminal import Exit, Failure

if TYPE_CHECKING:
    from services.operations.calculators import Calculator

BATCH_MAX = 100_000


def calculate(
    name: Annotated[
        str,
        typer.Argument(
            help="working-capital-need, sales-limit, collateral-limit, limit, score, price, raroc, classification, "
            "provision, ecl; schedule, interest, penalty, payoff, allocation, day-count, effective-rate. 计算器。"
        ),
    ],
    batch: Annotated[bool, typer.Option("--batch", help="An array in, an array out. 批量：数组。")] = False,
    example: Annotated[bool, typer.Option("--example", help="Print a request to begin with. 示例请求。")] = False,
    segment: Annotated[
        str | None,
        typer.Option("--segment", help="Whose example: company, small_firm, person, supply_chain. 哪类客户的示例。"),
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="The business date. 营业日；默认今天。")] = None,
) -> None:
    """试算 · Read a request as JSON from standard input and print the answer; no bank needs to run.

    The requests are those of POST /v1/calculations/NAME of risk and repayment. What is wrong is printed as a problem
    that names the line and the rule, and ends with status 1; of a batch every item has its answer or its problem.
    """
    from services.operations.calculators import CALCULATORS  # noqa: PLC0415  (loaded when it is asked for)

    calculator = CALCULATORS.get(name)
    if calculator is None:
        raise Failure(Exit.USAGE, f"there is no calculator {name}; there are {', '.join(CALCULATORS)}")
    if example:
        shown = _example(calculator, name, segment)
        _print([shown] if batch else shown)
        return
    day, given = _day(on), _given(batch=batch)
    answers = [_answer(calculator, one, day, name) for one in (given if batch else [given])]
    _print([answer for _, answer in answers] if batch else answers[0][1])
    raise typer.Exit(Exit.OK if all(is_right for is_right, _ in answers) else Exit.WRONG)


def _example(calculator: "Calculator", name: str, segment: str | None) -> Any:
    try:
        return calculator.example if segment is None else calculator.example_of(segment)
    except LookupError:
        raise Failure(Exit.USAGE, f"{name} has no example of the segment {segment}") from None


def _day(on: str | None) -> date:
    from services.operations.lifecycle import calendar_today  # noqa: PLC0415

    try:
        return date.fromisoformat(on) if on else calendar_today()
    except ValueError:
        raise Failure(Exit.USAGE, f"a business date is like 2026-03-02, not {on}") from None


def _given(*, batch: bool) -> Any:
    """The JSON of standard input, its fractions as exact decimals."""
    try:
        given = json.loads(sys.stdin.buffer.read(), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Failure(Exit.WRONG, f"standard input is no JSON: {error}") from None
    if batch and not (isinstance(given, list) and len(given) <= BATCH_MAX):
        raise Failure(Exit.WRONG, f"a batch is an array of at most {BATCH_MAX} requests")
    return given


def _answer(calculator: "Calculator", given: Any, on: date, name: str) -> tuple[bool, Any]:
    from shared.problem_details import Problem, problem_response  # noqa: PLC0415

    try:
        return True, calculator.of_json(given, on).model_dump(mode="json")
    except Problem as problem:
        return False, json.loads(bytes(problem_response(f"/v1/calculations/{name}", problem).body))


def _print(answer: Any) -> None:
    print(json.dumps(answer, ensure_ascii=False, indent=2))
