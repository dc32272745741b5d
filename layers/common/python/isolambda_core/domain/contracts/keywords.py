"""Compare what single keywords of JSON Schemas in their normal form demand.

``old`` are parts of the old schema, all of which a value fits.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import cast

from isolambda_core.domain.json_text import JsonValue, dump, parse

Part = Mapping[str, JsonValue]

_NUMBER = frozenset({"integer", "fraction"})
_TYPES = frozenset({"null", "boolean", "object", "array", "string"}) | _NUMBER
_SHOWN_CHARACTERS = 100
_CONCERNS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _NUMBER
    ),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), frozenset({"string"})),
    **dict.fromkeys(
        (
            *("minItems", "maxItems", "uniqueItems"),
            *("contains", "minContains", "maxContains", "unevaluatedItems"),
        ),
        frozenset({"array"}),
    ),
    **dict.fromkeys(
        (
            *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas"),
            *("propertyNames", "unevaluatedProperties"),
        ),
        frozenset({"object"}),
    ),
}
"""The types of the values that a keyword says anything about; of all others, where not here."""
_NEVER_ALONE = frozenset({"if", "contains", "unevaluatedItems", "unevaluatedProperties"})
"""Keywords that mean something else beside other ones."""
_BESIDE: Mapping[str, tuple[str, Callable[[float, float], bool]]] = {
    "minimum": ("exclusiveMinimum", operator.ge),
    "maximum": ("exclusiveMaximum", operator.le),
    "exclusiveMinimum": ("minimum", operator.gt),
    "exclusiveMaximum": ("maximum", operator.lt),
}
"""The other keyword for the same bound, and how it has to compare."""
_LEAST = frozenset({"minLength", "minItems", "minProperties"})
_MOST = frozenset({"maxLength", "maxItems", "maxProperties"})


def may_be(old: Sequence[Part], *types: str) -> bool:
    """Return whether a value may be of one of these types."""
    return not _types_of(old).isdisjoint(types)


def newly_required(old: Sequence[Part], names: JsonValue) -> Sequence[str]:
    """Return the names of properties that an object may lack."""
    if not may_be(old, "object"):
        return ()
    there = {name for part in old for name in cast("Sequence[str]", part.get("required", ()))}
    return [name for name in cast("Sequence[str]", names) if name not in there]


def most_items(old: Sequence[Part]) -> float:
    """Return how many items an array has at the most."""
    return min((_number(part["maxItems"]) for part in old if "maxItems" in part), default=2**53)


def narrowing(old: Sequence[Part], name: str, value: JsonValue) -> str | None:
    """Return what a value may be that does not fit a keyword of the new schema; None for nothing.

    A keyword that this does not know is only known to fit where the old schema has it as well.
    """
    if name in _CONCERNS and not may_be(old, *_CONCERNS[name]):
        return None
    if name == "type":
        more = _types_of(old) - _types_named(value)
        return f"may be of the type {_named(more)}" if more else None
    if name == "enum":
        return _beyond(old, cast("Sequence[str]", value))
    if any(name in part and _implies(part, name, value) for part in old):
        return None
    if _is_implied(old, name, value):
        return None
    return f"may break {name} {_shown(dump(value))}" if name in _CONCERNS else f"may break {name}"


def _is_implied(old: Sequence[Part], name: str, value: JsonValue) -> bool:
    """Return whether other keywords of the old schema make this one hold."""
    if name in _LEAST:
        return _number(value) <= 0
    if name == "uniqueItems":
        return value is False or most_items(old) <= 1
    if name == "multipleOf":
        return _number(value) == 1 and "fraction" not in _types_of(old)
    other, holds = _BESIDE.get(name, ("", operator.eq))
    return any(holds(_number(part[other]), _number(value)) for part in old if other in part)


def _implies(part: Part, name: str, value: JsonValue) -> bool:
    """Return whether the same keyword of a part of the old schema demands as much."""
    before = part[name]
    if name in {"minimum", "exclusiveMinimum"} or name in _LEAST:
        return _number(before) >= _number(value)
    if name in {"maximum", "exclusiveMaximum"} or name in _MOST:
        return _number(before) <= _number(value)
    if name == "multipleOf":
        return (_fraction(before) / _fraction(value)).denominator == 1
    return before == value and name not in _NEVER_ALONE


def _beyond(old: Sequence[Part], values: Sequence[str]) -> str | None:
    lists = [set(cast("Sequence[str]", part["enum"])) for part in old if "enum" in part]
    if not lists:
        return "may be another value than those of enum"
    more = sorted(set.intersection(*lists) - set(values))
    return f"may be {_shown(', '.join(more))}" if more else None


def _types_of(old: Sequence[Part]) -> frozenset[str]:
    found = _TYPES
    for part in old:
        if "type" in part:
            found &= _types_named(part["type"])
        if "enum" in part:
            found &= frozenset(_types_in(cast("Sequence[str]", part["enum"])))
    return found


def _types_named(names: JsonValue) -> frozenset[str]:
    found = set(cast("Sequence[str]", names))
    return frozenset(found - {"number"} | (_NUMBER if "number" in found else set()))


def _types_in(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        match parse(text):
            case None:
                yield "null"
            case bool():
                yield "boolean"
            case int():
                yield "integer"
            case float():
                yield "fraction"
            case str():
                yield "string"
            case list():
                yield "array"
            case _:
                yield "object"


def _named(types: frozenset[str]) -> str:
    names = types - {"fraction"} | ({"number"} if "fraction" in types else set())
    return " or ".join(sorted(names - {"integer"} if "number" in names else names))


def _number(value: JsonValue) -> float:
    return cast("float", value)


def _fraction(value: JsonValue) -> Fraction:
    return Fraction(str(value))


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
