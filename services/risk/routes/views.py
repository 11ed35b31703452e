"""What is shown of stored values: the same fields, money as a decimal string."""

from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, create_model

from services.risk import registry
from services.risk.domain.fractions import HUNDRED
from services.risk.registry import Library
from shared.money import MINOR_MAX, Money, MoneyText
from shared.problem_details import Problem


async def loaded_library() -> Library:
    """The models and policy that this process serves with."""
    return registry.library()


LoadedLibrary = Annotated[Library, Depends(loaded_library)]


@cache
def view_of(stored: type[BaseModel]) -> type[BaseModel]:
    """A response model with the fields of `stored`, where every `Money` is a `MoneyText`.

    Derived, because a record that shows less than what is stored would not be the record.
    """
    fields: dict[str, Any] = {name: (_shown(field.annotation), ...) for name, field in stored.model_fields.items()}
    view: type[BaseModel] = create_model(
        f"{stored.__name__}View",
        __config__=ConfigDict(from_attributes=True),
        __doc__=stored.__doc__,
        **fields,
    )
    return view


def _shown(annotation: Any) -> Any:
    if annotation is Money:
        return MoneyText
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return view_of(annotation)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return Union[tuple(_shown(part) for part in parts)]  # noqa: UP007  (built at run time)
    if origin is tuple:
        return tuple[tuple(_shown(part) for part in parts)]  # type: ignore[misc]
    return annotation


def money_shown(amount: Decimal, currency: str) -> Money:
    """The amount, half up; 422 for one beyond ten trillion, which only impossible figures give."""
    if abs(amount) * HUNDRED > MINOR_MAX:
        raise Problem(422, "invalid-request", "These figures give an amount that no money can say.")
    return Money.round(amount, currency)
