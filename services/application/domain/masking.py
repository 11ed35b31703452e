"""Masking (脱敏): what of a personal datum may be shown to whoever has no need of it."""

from shared.messages import Personal

ERASED = "[erased]"


def masked_name(name: Personal[str]) -> str:
    """The first character, then a star for each other: 张**."""
    return ERASED if name.value is None else name.value[:1] + "*" * (len(name.value) - 1)


def masked_number(number: Personal[str]) -> str:
    """A number's last four characters, the others starred; nothing of a number of four or fewer."""
    if number.value is None:
        return ERASED
    shown = number.value[-4:] if len(number.value) > len("1234") else ""
    return "*" * (len(number.value) - len(shown)) + shown


def plain(value: Personal[str]) -> str:
    """The datum itself, for those who may see it."""
    return ERASED if value.value is None else value.value
