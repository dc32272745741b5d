"""Attributes of DynamoDB, which names the type of each value, as JSON."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from isolambda_core.domain.json_text import JsonValue
from isolambda_dispatcher.parsing import text

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SAFE_INTEGER = 2**53 - 1


def plain(attributes: object) -> JsonValue:
    """Return the attributes of an item by name: a set is a list in order, bytes are base64.

    Raises:
        TypeError: they are none, or a value is not of the type that it names.
        ValueError: a value names no type, or several, or is no number though it names that type.
        LookupError: the type is unknown.
    """
    if not isinstance(attributes, Mapping):
        raise TypeError
    return {text(name): _value(attribute) for name, attribute in attributes.items()}


def number(written: object) -> int | float | str:
    """Return a number, or its text where JavaScript's numbers lose one of its digits.

    Integers beyond 2^53 - 1 are text, those that a double holds by chance included, so that ids
    which count up are all of one type.

    Raises:
        TypeError: it is no text.
        ValueError: it is no number.
    """
    digits = text(written)
    if _NUMBER.fullmatch(digits) is None:
        raise ValueError
    nearest, exact = float(digits), Decimal(digits)
    if Decimal(repr(nearest)) != exact:
        return digits
    if not nearest.is_integer():
        return nearest
    return int(nearest) if abs(nearest) <= _SAFE_INTEGER else digits


def _value(attribute: object) -> JsonValue:
    if not isinstance(attribute, Mapping):
        raise TypeError
    [(name, value)] = attribute.items()
    return _TYPES[name](value)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _null(value: object) -> None:
    if value is not True:
        raise ValueError


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


_TYPES: Mapping[str, Callable[[object], JsonValue]] = {
    "S": text,
    "N": number,
    "B": text,
    "BOOL": _boolean,
    "NULL": _null,
    "M": plain,
    "L": lambda value: [_value(item) for item in _list(value)],
    "SS": lambda value: sorted(map(text, _list(value))),
    "NS": lambda value: [number(item) for item in sorted(_list(value), key=Decimal)],
    "BS": lambda value: sorted(map(text, _list(value))),
}
