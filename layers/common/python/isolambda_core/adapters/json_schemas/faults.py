"""Where a value does not fit a schema, in words of ours that have nothing of the value."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from isolambda_core.domain.json_text import JsonValue, dump_readable
from isolambda_core.domain.limits import VIOLATION_KEY_CHARACTERS, VIOLATION_VALUE_CHARACTERS
from isolambda_core.domain.schemas.contract import Fault
from isolambda_core.domain.schemas.keywords import UNEVALUATED, subschemas, with_subschemas

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

_CHOICES: Final = ("anyOf", "oneOf")
_OPAQUE: Final = ("not", "if")
"""Keywords whose subschemas have no errors of their own."""
_SAYS: Final[Mapping[str, str]] = {
    "type": "must be of type {types}",
    "enum": "must be one of {options}",
    "const": "must be {expected_value}",
    "multipleOf": "must be a multiple of {multiple_of}",
    "minimum": "must be at least {limit}",
    "maximum": "must be at most {limit}",
    "exclusiveMinimum": "must be more than {limit}",
    "exclusiveMaximum": "must be less than {limit}",
    "minLength": "must have at least {limit} characters",
    "maxLength": "must have at most {limit} characters",
    "minItems": "must have at least {limit} items",
    "maxItems": "must have at most {limit} items",
    "minProperties": "must have at least {limit} properties",
    "maxProperties": "must have at most {limit} properties",
    "pattern": "must match the pattern {pattern}",
    "uniqueItems": "must not have an item twice",
    "contains": "must have an item that fits `contains`",
    "minContains": "must have more items that fit `contains`",
    "maxContains": "must have fewer items that fit `contains`",
    "required": "is missing",
    "additionalProperties": "is not allowed",
    "unevaluatedProperties": "is not allowed",
    "unevaluatedItems": "has items that are not allowed",
    "falseSchema": "is not allowed",
    "anyOf": "must fit one of the schemas in `anyOf`",
    "oneOf": "must fit one of the schemas in `oneOf`, and no other",
    "not": "must not fit the schema in `not`",
    "propertyNames": "is no name that is allowed",
}


def outside(schema: JsonValue) -> JsonValue:
    """Return an expanded schema for which no error costs more than a copy of the value.

    An error of ``anyOf`` has a copy for each of its schemas, one of ``not`` has none besides; so a
    double ``not`` is around each choice. That hides from ``unevaluated…`` what was evaluated, so
    those keywords are left out.
    """
    if not isinstance(schema, Mapping):
        return schema
    kept: dict[str, Any] = {
        key: value for key, value in schema.items() if key not in (*UNEVALUATED, *_CHOICES)
    }
    inner = [
        (keys, outside(subschema)) for keys, subschema in subschemas(kept) if keys[0] not in _OPAQUE
    ]
    made = with_subschemas(kept, inner)
    # Without any, the library names no property that is additional.
    made.setdefault("properties", {})
    choices = [{"not": {"not": {key: schema[key]}}} for key in _CHOICES if key in schema]
    return {**made, "allOf": [*made.get("allOf", ()), *choices]} if choices else made


def fault_of(error: "ValidationError") -> Fault:
    """Return the fault that an error of the library tells of."""
    path, details = [str(key) for key in error.instance_path], _details_of(error)
    keyword = _keyword_of(error, details)
    match keyword:
        case "required":
            path.append(details["property"])
        case "additionalProperties" | "unevaluatedProperties" if details.get("unexpected"):
            path.append(details["unexpected"][0])
        case "propertyNames":
            path.append(str(details["error"].instance))
    said = {name: _shown(value) for name, value in details.items() if name != "error"}
    message = _cut(_SAYS.get(keyword, "does not fit").format(**said), VIOLATION_VALUE_CHARACTERS)
    return Fault(tuple(_cut(key, VIOLATION_KEY_CHARACTERS) for key in path), keyword, message)


def _details_of(error: "ValidationError") -> dict[str, Any]:
    kind: Any = error.kind
    return {name: getattr(kind, name) for name in kind.__match_args__}


def _keyword_of(error: "ValidationError", details: Mapping[str, Any]) -> str:
    name = error.kind.name
    if name == "contains":  # of `minContains` and `maxContains`, too
        return str(error.schema_path[-1])
    if name != "not":
        return name
    match details["schema"]:
        case {"not": {"anyOf": _}}:
            return "anyOf"
        case {"not": {"oneOf": _}}:
            return "oneOf"
    return name


def _shown(value: Any) -> str:
    match value:
        case [*items]:
            return ", ".join(map(_shown, items[:VIOLATION_VALUE_CHARACTERS]))
        case _:
            return dump_readable(value)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
