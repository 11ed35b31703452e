"""Field types of request bodies: lines without control characters, registered numbers, exact percentages."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from services.application.domain.code_lists import COLLATERAL_CLASSES, INDUSTRIES

_NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_NO_CONTROL)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_CONTROL)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
"""Prose of people: lines and tabs are allowed."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,63}$")]
Phone = Annotated[
    str,
    StringConstraints(pattern=r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})$"),
    Field(examples=["13800138000"]),
]
Count = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Years = Annotated[int, Field(strict=True, ge=0, le=300)]
Months = Annotated[int, Field(strict=True, ge=1, le=360)]


_PERCENTAGE = r"-?[0-9]{1,4}(\.[0-9]{1,4})?"


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(_PERCENTAGE, value):
        return value
    raise ValueError('a percentage is a string, e.g. "4.35": a JSON number may have lost digits')


def _shown(minimum: int, maximum: int) -> WithJsonSchema:
    number = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": f"^{_PERCENTAGE}$"}, number], "examples": ["4.35"]}, mode="validation"
    )


Percent = Annotated[Decimal, BeforeValidator(_exact), Field(ge=-100, le=1000), _shown(-100, 1000)]
RatePercent = Annotated[Decimal, BeforeValidator(_exact), Field(gt=0, le=100), _shown(1, 100)]


def _company_code(value: str) -> str:
    return _checked(uscc.validate, value, "no unified social credit code: 18 characters with a right check digit")


def _resident_id(value: str) -> str:
    return _checked(ric.validate, value, "no resident identity number: 18 characters with a right check digit")


def _checked(validate: Any, value: str, refusal: str) -> str:
    try:
        number: str = validate(value)
    except ValidationError:
        raise ValueError(refusal) from None
    return number


UnifiedSocialCreditCode = Annotated[
    str,
    StringConstraints(min_length=18, max_length=18),
    AfterValidator(_company_code),
    Field(examples=["91110000600037341L"]),
]
"""统一社会信用代码: format and check digit of GB 32100."""
ResidentId = Annotated[
    str,
    StringConstraints(min_length=18, max_length=18),
    AfterValidator(_resident_id),
    Field(examples=["11010519491231002X"]),
]
"""居民身份证: place, date of birth and check digit of GB 11643."""


def _listed(codes: Mapping[str, str]) -> AfterValidator:
    def on_the_list(value: str) -> str:
        if value not in codes:
            raise ValueError(f"not on the list: {', '.join(codes)}")
        return value

    return AfterValidator(on_the_list)


def _list_shown(codes: Mapping[str, str]) -> Any:
    meanings = "; ".join(f"{code} {meaning}" for code, meaning in codes.items())
    return Field(description=meanings, json_schema_extra={"enum": list(codes)})


Industry = Annotated[str, _listed(INDUSTRIES), _list_shown(INDUSTRIES)]
CollateralClass = Annotated[str, _listed(COLLATERAL_CLASSES), _list_shown(COLLATERAL_CLASSES)]
