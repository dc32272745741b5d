"""The keywords of JSON Schema 2020-12 that check something, and what may stand in each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from isolambda_core.domain.json_schema import Path, Schema
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import SCHEMA_PATTERN_CHARACTERS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
"""What ``$schema`` may say."""

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_NUMBER: Final[Schema] = {"type": "number"}
_NAMES: Final[Schema] = {"type": "array", "items": {"type": "string"}}
_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
TYPES: Final = ("null", "boolean", "object", "array", "number", "string", "integer")

ASSERTIONS: Final[Mapping[str, Schema]] = {
    "type": {
        "type": ("string", "array"),
        "minItems": 1,
        "items": {"type": "string", "enum": TYPES},
    },
    "enum": {"type": "array", "minItems": 1},
    "const": {},
    "multipleOf": _NUMBER,
    "maximum": _NUMBER,
    "exclusiveMaximum": _NUMBER,
    "minimum": _NUMBER,
    "exclusiveMinimum": _NUMBER,
    "maxLength": _COUNT,
    "minLength": _COUNT,
    "pattern": {"type": "string", "maxLength": SCHEMA_PATTERN_CHARACTERS},
    "maxItems": _COUNT,
    "minItems": _COUNT,
    "uniqueItems": {"type": "boolean"},
    "maxContains": _COUNT,
    "minContains": _COUNT,
    "maxProperties": _COUNT,
    "minProperties": _COUNT,
    "required": _NAMES,
    "dependentRequired": {"type": "object"},
}
"""Keywords without subschemas, and a schema of the value of each."""
ANNOTATIONS: Final[Mapping[str, Schema]] = {
    **dict.fromkeys(
        ("$comment", "title", "description", "format", "contentEncoding", "contentMediaType"), _TEXT
    ),
    **dict.fromkeys(("deprecated", "readOnly", "writeOnly"), _FLAG),
    "examples": {"type": "array"},
    "contentSchema": {"type": ("object", "boolean")},
}
"""Keywords that say nothing of which values fit, as far as 2020-12 says what stands in them."""
IN_PLACE: Final = ("not", "if", "then", "else", "propertyNames")
"""Keywords with a subschema for the same value, or for the names in it."""
OF_CHILDREN: Final = (
    "items", "contains", "additionalProperties", "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
"""Keywords with a subschema for what the value holds."""
SINGLE: Final = (*IN_PLACE, *OF_CHILDREN)
LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
"""Keywords with a list of subschemas, of which only ``prefixItems`` is for what the value holds."""
MAPS: Final = ("properties", "patternProperties", "dependentSchemas")
"""Keywords with subschemas by names, of which only ``dependentSchemas`` is for the same value."""
UNEVALUATED: Final = ("unevaluatedItems", "unevaluatedProperties")
DEFINITIONS: Final = "$defs"
REFUSED: Final = (
    "$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor",
    "$vocabulary",
)  # fmt: skip
"""Keywords by which a schema would mean what is not written where it stands."""

SHAPES: Final[Mapping[str, Schema]] = {
    **ASSERTIONS,
    **ANNOTATIONS,
    "$schema": {"enum": (DIALECT, f"{DIALECT}#")},
    "$ref": {"type": "string"},
    **dict.fromkeys(LISTS, Schema(type="array", minItems=1)),
    **dict.fromkeys((*MAPS, DEFINITIONS), Schema(type="object")),
}
"""A schema of what stands in a keyword, without the subschemas in it."""


def subschemas(schema: Mapping[str, JsonValue]) -> Iterator[tuple[Path, JsonValue]]:
    """Yield what stands where a subschema belongs, with the way to it: a keyword, and a name."""
    for key, value in schema.items():
        if key in SINGLE:
            yield (key,), value
        elif key in LISTS and isinstance(value, list):
            yield from (((key, str(index)), item) for index, item in enumerate(value))
        elif key in (*MAPS, DEFINITIONS):
            yield from (((key, name), item) for name, item in mapping_of(value).items())


def with_subschemas(
    schema: Mapping[str, JsonValue], others: Sequence[tuple[Path, JsonValue]]
) -> dict[str, Any]:
    """Return a schema with other subschemas, where :func:`subschemas` found them, in that order."""
    made: dict[str, Any] = dict(schema)
    made |= {keys[0]: [] if keys[0] in LISTS else {} for keys, _ in others}
    for keys, subschema in others:
        match keys:
            case (key,):
                made[key] = subschema
            case (key, _) if key in LISTS:
                made[key].append(subschema)
            case key, name:
                made[key][name] = subschema
    return made


def mapping_of(value: JsonValue) -> Mapping[str, JsonValue]:
    """Return an object as it is, and none for any other value."""
    return value if isinstance(value, Mapping) else {}
