"""Check a value against a JSON Schema that is a dictionary: the rules of a document as a table.

Of JSON Schema it knows the keywords of :class:`Schema`. Descriptions, examples and defaults check
nothing: the OpenAPI document shows them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import NoneType
from typing import TypedDict

from isolambda_core.domain.errors import Violation, first_of
from isolambda_core.domain.json_text import JsonValue


class Schema(TypedDict, total=False):
    """A table of rules. A pattern matches the whole text; of several types the first is named."""

    type: str | Sequence[str]
    enum: Sequence[str]
    minLength: int
    maxLength: int
    pattern: str
    minimum: int
    maximum: int
    minItems: int
    maxItems: int
    items: "Schema"
    properties: Mapping[str, "Schema"]
    required: Sequence[str]
    additionalProperties: bool
    description: str
    examples: Sequence[JsonValue]
    default: JsonValue


Path = tuple[str, ...]
"""The keys and indexes that lead to a value."""
Rule = Callable[[JsonValue], Iterator[Violation]]
"""A rule that no schema expresses; the paths of its violations start at the value."""

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": Mapping,
    "null": NoneType,
}
_NO_RULES: Mapping[str, Rule] = {}


def check(
    value: JsonValue, schema: Schema, path: Path = (), rules: Mapping[str, Rule] = _NO_RULES
) -> Iterator[Violation]:
    """Yield the violations of a schema, no more than :func:`first_of` does.

    Properties are checked in the order of the table, unknown keys before them. An object in which
    nothing is required is checked in its own order. ``rules`` are by property, and are asked about
    a property that follows the table.
    """
    return first_of(_check(value, schema, path, rules))


def _check(
    value: JsonValue, schema: Schema, path: Path, rules: Mapping[str, Rule]
) -> Iterator[Violation]:
    types = schema.get("type", ())
    types = (types,) if isinstance(types, str) else types
    if types and not any(_is_of(value, name) for name in types):
        yield Violation(path, "type", types[0], value)
    elif "enum" in schema and value not in schema["enum"]:
        yield Violation(path, "enum", list(schema["enum"]), value)
    elif isinstance(value, str):
        yield from _check_string(value, schema, path)
    elif isinstance(value, Mapping):
        yield from _check_object(value, schema, path, rules)
    elif isinstance(value, list):
        yield from _check_array(value, schema, path)
    elif isinstance(value, int | float):
        yield from _check_number(value, schema, path)


def paths_of(schema: Schema, of_type: str | None = None) -> Iterator[Path]:
    """Yield the paths of all properties of a schema, or of those that may be of a type."""
    for key, inner in schema.get("properties", {}).items():
        if of_type is None or of_type in inner.get("type", ()):
            yield (key,)
        for path in paths_of(inner, of_type):
            yield (key, *path)


def _is_of(value: JsonValue, name: str) -> bool:
    return isinstance(value, _TYPES[name]) and (not isinstance(value, bool) or name == "boolean")


def _check_string(value: str, schema: Schema, path: Path) -> Iterator[Violation]:
    if len(value) < schema.get("minLength", 0):
        yield Violation(path, "minLength", schema["minLength"], value)
    elif "maxLength" in schema and len(value) > schema["maxLength"]:
        yield Violation(path, "maxLength", schema["maxLength"], value)
    elif "pattern" in schema and re.fullmatch(schema["pattern"], value) is None:
        yield Violation(path, "pattern", schema["pattern"], value)


def _check_number(value: float, schema: Schema, path: Path) -> Iterator[Violation]:
    if "minimum" in schema and value < schema["minimum"]:
        yield Violation(path, "minimum", schema["minimum"], value)
    elif "maximum" in schema and value > schema["maximum"]:
        yield Violation(path, "maximum", schema["maximum"], value)


def _check_array(value: Sequence[JsonValue], schema: Schema, path: Path) -> Iterator[Violation]:
    if len(value) < schema.get("minItems", 0):
        yield Violation(path, "minItems", schema["minItems"], len(value))
    elif "maxItems" in schema and len(value) > schema["maxItems"]:
        yield Violation(path, "maxItems", schema["maxItems"], len(value))
    elif "items" in schema:
        for index, item in enumerate(value):
            yield from check(item, schema["items"], (*path, str(index)))


def _check_object(
    value: Mapping[str, JsonValue], schema: Schema, path: Path, rules: Mapping[str, Rule]
) -> Iterator[Violation]:
    properties, required = schema.get("properties", {}), schema.get("required", ())
    is_open = schema.get("additionalProperties", True)
    unknown = () if is_open else [key for key in value if key not in properties]
    for key in (*unknown, *properties) if required else value:
        at = (*path, key)
        if key not in properties:
            if not is_open:
                yield Violation(at, "additionalProperties", None, key)
        elif key in value:
            broken = list(check(value[key], properties[key], at))
            yield from broken
            if key in rules and not broken:
                for violation in rules[key](value[key]):
                    yield replace(violation, path=at + violation.path)
        elif key in required:
            yield Violation(at, "required", None, key)
