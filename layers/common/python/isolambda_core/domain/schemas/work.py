"""How much there is to check of one value, at most, so that time can be bounded beforehand.

A unit is what takes about 10 ns for a short value. Properties of an object are alternatives, as one
of its values has one name; what stands in ``allOf`` and the like adds up.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from typing import Any, Final

from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.schemas.keywords import ASSERTIONS, UNEVALUATED, mapping_of, subschemas

_Levels = list[int]
"""The units of a value, of each value in it, of each value in those, and so on."""
_AGAIN: Final = 4
"""How often ``unevaluated…`` goes through what stands beside it."""
_UNIQUE: Final = 40
"""To find an item among all others."""
_INTEGER: Final = 50
"""To divide a number by an integer, exactly."""
_FRACTION: Final = 300
"""To divide a number by one that is none, exactly; either may have hundreds of digits."""
_BOUND, _EXACT_BOUND = 4, 12
"""To compare a number with a small integer, and with any other number."""
_EQUAL, _EXACTLY_EQUAL = 10, 20
"""To tell a number from a small integer, and from any other number, or from an array or object."""
_SMALL: Final = 2**53
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_SAME: Final = ("not", "if", "then", "else")


def units_of(schema: JsonValue, of_pattern: Callable[[str], int]) -> int:
    """Return the most units that one byte of a value takes, for an expanded schema.

    ``of_pattern`` returns the units of a pattern for one character.
    """
    return max(_levels(schema, of_pattern))


def compares_items(schema: JsonValue) -> bool:
    """Return whether an expanded schema demands of any array that no item is there twice."""
    if not isinstance(schema, Mapping):
        return False
    inner = (subschema for _, subschema in subschemas(schema))
    return schema.get("uniqueItems") is True or any(map(compares_items, inner))


def _levels(schema: JsonValue, of_pattern: Callable[[str], int]) -> _Levels:
    if not isinstance(schema, Mapping):
        return [1]

    def levels(subschema: JsonValue) -> _Levels:
        return _levels(subschema, of_pattern)

    same = [[_own(schema, of_pattern)]]
    same += [levels(item) for key in _LISTS for item in _items(schema.get(key))]
    same += [levels(schema[key]) for key in _SAME if key in schema]
    dependent = mapping_of(schema.get("dependentSchemas"))
    same += [[1], *map(levels, dependent.values())]
    found = _sum([*same, [0, *_below(schema, levels, of_pattern)]])
    return [_AGAIN * each for each in found] if _is_unevaluated(schema) else found


def _own(schema: Mapping[str, Any], of_pattern: Callable[[str], int]) -> int:
    """Return the units of the keywords that have no subschemas."""
    units = 1 + sum(key in schema for key in ASSERTIONS)
    units += sum(map(_to_compare, [*schema.get("enum", ()), schema.get("const")]))
    units += sum(
        _BOUND if _is_small(schema[key]) else _EXACT_BOUND for key in _BOUNDS if key in schema
    )
    units += len(schema.get("dependentRequired", ()))
    if (multiple := schema.get("multipleOf")) is not None:
        units += _INTEGER if float(multiple).is_integer() else _FRACTION
    units += of_pattern(schema["pattern"]) if "pattern" in schema else 0
    return units


def _to_compare(value: JsonValue) -> int:
    """Return the units of a comparison with a value of ``enum`` or ``const``."""
    if isinstance(value, str | bool | None):
        return 0
    return _EQUAL if _is_small(value) else _EXACTLY_EQUAL


def _is_small(value: JsonValue) -> bool:
    return isinstance(value, int) and -_SMALL < value < _SMALL


def _below(
    schema: Mapping[str, Any],
    levels: Callable[[JsonValue], _Levels],
    of_pattern: Callable[[str], int],
) -> _Levels:
    """Return the levels of what the value holds, of that of an object or of an array."""

    def of(*keys: str) -> list[_Levels]:
        return [levels(schema[key]) for key in keys if key in schema]

    patterns = mapping_of(schema.get("patternProperties"))
    named = [*map(levels, mapping_of(schema.get("properties")).values())]
    in_object = [_most([*named, *of("additionalProperties")])]
    in_object += of("propertyNames", "unevaluatedProperties")
    in_object += [_sum([levels(each), [of_pattern(name)]]) for name, each in patterns.items()]
    placed = [*map(levels, _items(schema.get("prefixItems")))]
    in_array = [_most([*placed, *of("items")]), [_UNIQUE if schema.get("uniqueItems") else 0]]
    in_array += of("contains", "unevaluatedItems")
    return _most([_sum(in_object), _sum(in_array)])


def _is_unevaluated(schema: Mapping[str, JsonValue]) -> bool:
    return any(key in schema for key in UNEVALUATED)


def _items(value: JsonValue) -> Iterable[JsonValue]:
    return value if isinstance(value, list) else ()


def _sum(found: Iterable[_Levels]) -> _Levels:
    return [sum(level) for level in zip_longest(*found, fillvalue=0)]


def _most(found: Iterable[_Levels]) -> _Levels:
    return [max(level) for level in zip_longest(*found, fillvalue=0)]
