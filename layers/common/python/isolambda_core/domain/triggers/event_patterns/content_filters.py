"""The content filters of an event pattern: what it demands of one value.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TypeGuard

from isolambda_core.domain.json_text import JsonValue

Filter = Callable[[JsonValue], bool]
"""Tells whether a value of an event, never an object or an array, is what is demanded."""

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_REFUSABLE = ("prefix", "suffix", "equals-ignore-case", "wildcard")
# Narrower than Python's: no zone, and no IPv4 address within an IPv6 one.
_ADDRESS = r"[0-9.]{7,15}|[0-9A-Fa-f:]{2,39}"
_ADDRESS_CHARACTERS = 39
_BLOCK = rf"({_ADDRESS})/[0-9]{{1,3}}"
_WILDCARD = r"(?:[^*\\]|\\[*\\]|\*(?!\*))*"
_WILDCARD_PART = re.compile(r"\*|\\[*\\]|[^*\\]+")
_CASE_CHARACTERS = 3
"""The most characters that one becomes in its other case."""


class InvalidFilterError(ValueError):
    """EventBridge takes no such filter; ``str(error)`` says why."""


def filter_of(item: JsonValue) -> Filter | None:
    """Return what one item of a list demands; None for ``{"exists": false}``, which no value is.

    Raises:
        InvalidFilterError: EventBridge would not take it.
    """
    if isinstance(item, list):
        raise InvalidFilterError("A list holds values and filters, not lists")
    if not isinstance(item, Mapping):
        return one_of([item])
    name, operand = _only(item)
    if name == "exists":
        return _exists(operand)
    if name not in _FILTERS:
        raise InvalidFilterError(f"A filter is one of exists, {', '.join(_FILTERS)}")
    return _FILTERS[name](operand)


def one_of(values: list[JsonValue]) -> Filter:
    """Return what demands one of these values, none of which is an object or an array."""
    wanted = frozenset(map(_distinct, values))
    return lambda value: _distinct(value) in wanted


def _distinct(value: JsonValue) -> tuple[bool, JsonValue]:
    return isinstance(value, bool), value  # for Python True is 1


def _only(item: Mapping[str, JsonValue]) -> tuple[str, JsonValue]:
    if len(item) != 1:
        raise InvalidFilterError("A filter is an object of one key")
    return next(iter(item.items()))


def _string(name: str, operand: JsonValue) -> str:
    if not isinstance(operand, str):
        raise InvalidFilterError(f"{name} is a string")
    return operand


def _of_text(test: Callable[[str], bool]) -> Filter:
    return lambda value: isinstance(value, str) and test(value)


def _exists(operand: JsonValue) -> Filter | None:
    if not isinstance(operand, bool):
        raise InvalidFilterError("exists is true or false")
    return (lambda _: True) if operand else None


def _prefix(operand: JsonValue) -> Filter:
    if isinstance(operand, Mapping):
        any_case = re.compile(_any_case(_ignoring_case(operand)))
        return _of_text(lambda text: any_case.match(text) is not None)
    start = _string("prefix", operand)
    return _of_text(lambda text: text.startswith(start))


def _suffix(operand: JsonValue) -> Filter:
    if isinstance(operand, Mapping):
        end = _ignoring_case(operand)
        any_case = re.compile(_any_case(end) + r"\Z")
        # A long text is not searched from its beginning.
        longest = _CASE_CHARACTERS * len(end)
        return _of_text(lambda text: any_case.search(text, max(0, len(text) - longest)) is not None)
    end = _string("suffix", operand)
    return _of_text(lambda text: text.endswith(end))


def _ignoring_case(operand: Mapping[str, JsonValue]) -> str:
    name, wanted = _only(operand)
    if name != "equals-ignore-case":
        raise InvalidFilterError("A prefix or suffix is a string, or equals-ignore-case")
    return _string(name, wanted)


def _equals_ignore_case(operand: JsonValue) -> Filter:
    any_case = re.compile(_any_case(_string("equals-ignore-case", operand)))
    return _of_text(lambda text: any_case.fullmatch(text) is not None)


def _any_case(text: str) -> str:
    # No two cases of a character begin alike, so that an expression of these never goes back.
    return "".join(f"(?:{re.escape(one.lower())}|{re.escape(one.upper())})" for one in text)


def _wildcard(operand: JsonValue) -> Filter:
    wanted = _string("wildcard", operand)
    if re.fullmatch(_WILDCARD, wanted) is None:
        raise InvalidFilterError(r"A wildcard has no ** in it, and of escapes only \* and \\")
    pieces = [""]
    for part in _WILDCARD_PART.findall(wanted):
        if part == "*":
            pieces.append("")
        else:
            pieces[-1] += part.removeprefix("\\")
    return _of_text(lambda text: _is_made_of(text, pieces))


def _is_made_of(text: str, pieces: list[str]) -> bool:
    """Return whether a text is these pieces, in order, with anything in between.

    Each piece is taken where it is found first: that leaves the most room for the others, so that
    nothing is ever tried again.
    """
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    at, end = len(first), len(text) - len(last)
    if at > end or not (text.startswith(first) and text.endswith(last)):
        return False
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _cidr(operand: JsonValue) -> Filter:
    wanted = _string("cidr", operand)
    message = "cidr is a block of addresses, such as 10.0.0.0/24"
    if re.fullmatch(_BLOCK, wanted) is None:
        raise InvalidFilterError(message)
    try:
        block = ip_network(wanted, strict=False)
    except ValueError as error:
        raise InvalidFilterError(message) from error
    if block.num_addresses == 1:
        raise InvalidFilterError("cidr is a block of more than one address")

    version, first, last = block.version, int(block[0]), int(block[-1])

    def is_in_block(text: str) -> bool:
        address = _address(text) if len(text) <= _ADDRESS_CHARACTERS else None
        return address is not None and address[0] == version and first <= address[1] <= last

    return _of_text(is_in_block)


@lru_cache(10_000)
def _address(text: str) -> tuple[int, int] | None:
    """Return the version and the number of an address; of anything else None.

    Kept, since many blocks are compared with one address of an event.
    """
    if re.fullmatch(_ADDRESS, text) is None:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.version, int(address)


def _numeric(operand: JsonValue) -> Filter:
    match operand:
        case [str(name), wanted] if name in _COMPARISONS:
            return _compared(name, _number(wanted))
        case [">" | ">=" as above, bottom, "<" | "<=" as below, top]:
            if _number(bottom) >= _number(top):
                raise InvalidFilterError("The bottom of a range is below its top")
            is_above, is_below = _compared(above, _number(bottom)), _compared(below, _number(top))
            return lambda value: is_above(value) and is_below(value)
        case _:
            message = 'numeric is a list like ["<", 5], or for a range like [">", 0, "<=", 5]'
            raise InvalidFilterError(message)


def _compared(name: str, wanted: float) -> Filter:
    compare = _COMPARISONS[name]
    return lambda value: _is_number(value) and compare(value, wanted)


def _is_number(value: JsonValue) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: JsonValue) -> float:
    if not _is_number(value):
        raise InvalidFilterError(f"numeric compares numbers, and this is {_kind(value)}")
    try:
        if float(value) == value:
            return value
    except OverflowError:
        pass
    raise InvalidFilterError("A number is one that a double can hold")


def _kind(value: JsonValue) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "a string"
        case Mapping():
            return "an object"
        case list():
            return "a list"
        case _:
            return "a number"


def _anything_but(operand: JsonValue) -> Filter:
    if isinstance(operand, Mapping):
        name, wanted = _only(operand)
        refused = [_refused(name, value) for value in _listed(wanted)]
    else:
        refused = [one_of(_of_one_kind(_listed(operand)))]
    return lambda value: not any(test(value) for test in refused)


def _listed(operand: JsonValue) -> list[JsonValue]:
    values = operand if isinstance(operand, list) else [operand]
    if not values:
        raise InvalidFilterError("A list must not be empty")
    return values


def _refused(name: str, value: JsonValue) -> Filter:
    if name not in _REFUSABLE:
        raise InvalidFilterError(f"anything-but takes of the filters {', '.join(_REFUSABLE)}")
    text = _string(name, value)
    if not text and name in ("prefix", "suffix"):
        raise InvalidFilterError(f"{name} must not be empty in anything-but")
    return _FILTERS[name](text)


def _of_one_kind(values: list[JsonValue]) -> list[JsonValue]:
    if all(isinstance(value, str) for value in values):
        return values
    if all(_is_number(value) for value in values):
        return [_number(value) for value in values]
    kinds = {_kind(value) for value in values}
    for kind in sorted(kinds - {"a string", "a number"}):
        raise InvalidFilterError(f"anything-but takes strings or numbers, and this is {kind}")
    raise InvalidFilterError("anything-but takes strings or numbers, not both")


_FILTERS: Mapping[str, Callable[[JsonValue], Filter]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "cidr": _cidr,
    "numeric": _numeric,
    "anything-but": _anything_but,
}
