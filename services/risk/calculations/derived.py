"""What is asked and shown of stored values: the same fields, money as a decimal string."""

from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from shared.http import RequestBody
from shared.money import Money, MoneyText

_ASKED: dict[Any, Any] = {
    Money: MoneyText,
    int: Annotated[int, Field(ge=-1_000_000, le=1_000_000)],
    Decimal: Annotated[Decimal, Field(ge=-1_000_000, le=1_000_000, decimal_places=6)],
}
"""In a request every number has bounds, so that no arithmetic can be led out of its range."""


@cache
def view_of(stored: type[BaseModel]) -> type[BaseModel]:
    """A response model with the fields of `stored`, where every `Money` is a `MoneyText`.

    Derived, because a record that shows less than what is stored would not be the record.
    """
    fields: dict[str, Any] = {
        name: (_mapped(field.annotation, {Money: MoneyText}, view_of), ...)
        for name, field in stored.model_fields.items()
    }
    config = ConfigDict(from_attributes=True)
    view: type[BaseModel] = create_model(f"{stored.__name__}View", __config__=config, __doc__=stored.__doc__, **fields)
    return view


@cache
def request_of(stored: type[BaseModel], without: tuple[str, ...] = ()) -> type[RequestBody]:
    """A request body with the fields of `stored`; what may be left out there may be left out here."""
    fields: dict[str, Any] = {
        name: (_mapped(field.annotation, _ASKED, request_of), ... if field.is_required() else field.default)
        for name, field in stored.model_fields.items()
        if name not in without
    }
    name = f"{stored.__name__}Body"
    body: type[RequestBody] = create_model(name, __base__=RequestBody, __doc__=stored.__doc__, **fields)
    return body


def _mapped(annotation: Any, replaced: dict[Any, Any], nested: Any) -> Any:
    if annotation in replaced:
        return replaced[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return nested(annotation)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return Union[tuple(_mapped(part, replaced, nested) for part in parts)]  # noqa: UP007  (built at run time)
    if origin is tuple:
        return tuple[tuple(_mapped(part, replaced, nested) for part in parts)]  # type: ignore[misc]
    return annotation
