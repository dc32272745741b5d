"""Check a schema that a client sends.

It is JSON Schema 2020-12, less what would reach outside of it or never end. Keywords that nothing
here knows are annotations, and so is ``format``.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from isolambda_core.domain.errors import InvalidDocumentError, Violation, first_of
from isolambda_core.domain.json_schema import Path, check
from isolambda_core.domain.json_text import JsonValue, dump, is_deeper_than
from isolambda_core.domain.limits import SCHEMA_BYTES, SCHEMA_DEPTH
from isolambda_core.domain.schemas.expansion import expanded
from isolambda_core.domain.schemas.keywords import (
    REFUSED,
    SHAPES,
    TYPES,
    mapping_of,
    subschemas,
)

_TOO_LONG: Final = f"The schema must not be more than {SCHEMA_BYTES} bytes"
_NOT_TEXT: Final = "The schema has half of a surrogate pair, which is no character"
_TWICE: Final = "The name stands here twice"
_NOT_HERE: Final = "The keyword is not supported: a schema says what it means where it stands"


def check_schema(schema: JsonValue) -> Iterator[Violation]:
    """Yield what is wrong with a schema, no more than :func:`first_of` does.

    Paths start at the schema. Whether its patterns are any is for ``SchemaChecker`` to say.
    """
    if is_deeper_than(schema, SCHEMA_DEPTH):
        yield Violation((), "maxDepth", SCHEMA_DEPTH, None)
        return
    if not isinstance(schema, Mapping):
        yield Violation((), "type", "object", schema)
        return
    violations = list(first_of(chain(_check_text(schema), _check(schema, ()))))
    yield from violations
    if not violations:
        try:
            expanded(schema)
        except InvalidDocumentError as error:
            yield from error.violations


def patterns_in(schema: JsonValue, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the patterns in a schema that has no violations, each with its path."""
    schema = mapping_of(schema)
    if "pattern" in schema:
        yield (*path, "pattern"), str(schema["pattern"])
    for pattern in mapping_of(schema.get("patternProperties")):
        yield (*path, "patternProperties", pattern), pattern
    for keys, subschema in subschemas(schema):
        yield from patterns_in(subschema, path + keys)


def _check_text(schema: JsonValue) -> Iterator[Violation]:
    used = len(dump(schema))
    if used > SCHEMA_BYTES:
        yield Violation((), "maxBytes", SCHEMA_BYTES, used, _TOO_LONG)
    elif _has_half_a_pair(schema):
        yield Violation((), "error", None, None, _NOT_TEXT)


def _has_half_a_pair(value: JsonValue) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, Mapping):
        return any(map(_has_half_a_pair, chain(value, value.values())))
    return isinstance(value, list) and any(map(_has_half_a_pair, value))


def _check(schema: JsonValue, path: Path) -> Iterator[Violation]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield Violation(path, "type", "object", schema)
        return
    for key, value in schema.items():
        at = (*path, key)
        if key in REFUSED:
            yield Violation(at, "error", None, None, _NOT_HERE)
        elif key in SHAPES:
            yield from check(_as_integer(value), SHAPES[key], at)
            yield from _check_more(key, value, at)
    for keys, subschema in subschemas(schema):
        yield from _check(subschema, path + keys)


def _as_integer(value: JsonValue) -> JsonValue:
    """Return a number without a fraction as the integer that it is, however it was written."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _check_more(key: str, value: JsonValue, path: Path) -> Iterator[Violation]:
    """Yield what the table of shapes does not express; the value may have any type."""
    match key, value:
        case "type", str() if value not in TYPES:
            yield Violation(path, "enum", list(TYPES), value)
        case "multipleOf", int() | float() if value <= 0:
            yield Violation(path, "exclusiveMinimum", 0, value)
        case "type" | "required", list():
            yield from _check_once(value, path)
        case "dependentRequired", Mapping():
            for name, names in value.items():
                yield from check(names, SHAPES["required"], (*path, name))
                yield from _check_once(names, (*path, name))
        case "patternProperties", Mapping():
            for pattern in value:
                yield from check(pattern, SHAPES["pattern"], (*path, pattern))


def _check_once(names: JsonValue, path: Path) -> Iterator[Violation]:
    """Yield the names that stand in a list once more; the value may have any type."""
    seen: set[str] = set()
    for index, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str):
            if name in seen:
                yield Violation((*path, str(index)), "error", None, None, _TWICE)
            seen.add(name)
