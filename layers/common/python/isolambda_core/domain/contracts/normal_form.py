"""Bring a JSON Schema into a form in which two of them can be compared keyword by keyword.

References are replaced by what they stand for, annotations are gone, and ``const`` and ``enum``
hold texts, since 1 and true are equal to Python.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from isolambda_core.domain.contracts.canonical import canonical
from isolambda_core.domain.json_text import JsonValue

Schema = Mapping[str, JsonValue] | bool
"""A JSON Schema of the dialect 2020-12."""

NODES = 2_000
"""Subschemas that are looked at; a schema that is kept has fewer."""

DEPTH = 100
"""How deep they may nest; what Python can follow."""

_BY_NAME = frozenset({"properties", "patternProperties", "dependentSchemas"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLE = frozenset(
    {
        *("additionalProperties", "items", "contains", "propertyNames", "not", "if", "then"),
        *("else", "unevaluatedItems", "unevaluatedProperties"),
    }
)
_PLAIN = frozenset(
    {
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems"),
        *("minContains", "maxContains", "minProperties", "maxProperties", "dependentRequired"),
        *("type", "required"),
    }
)


class NotComparableError(Exception):
    """A schema is too large, recurses, or refers to what it does not have."""


def normal_form(schema: Schema) -> Schema:
    """Return a schema in the form that is compared.

    Raises:
        NotComparableError: it cannot be brought into it.
    """
    return _Normalizing(schema).of(schema)


class _Normalizing:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._left = NODES
        self._depth = 0

    def of(self, schema: JsonValue) -> Schema:
        self._left -= 1
        self._depth += 1
        if self._left < 0 or self._depth > DEPTH:
            raise NotComparableError
        found = self._of(schema)
        self._depth -= 1
        return found

    def _of(self, schema: JsonValue) -> Schema:
        if not isinstance(schema, Mapping):
            return schema is not False
        found = {name: self._keyword(name, value) for name, value in schema.items()}
        demanded = {name: value for name, value in found.items() if value is not None}
        return self._with_parts(schema, demanded)

    def _keyword(self, name: str, value: JsonValue) -> JsonValue:
        """Return what a keyword demands, or None if it demands nothing by itself."""
        if name in _BY_NAME:
            named = cast("Mapping[str, JsonValue]", value)
            return {key: self.of(each) for key, each in named.items()}
        if name in _LISTS:
            return [self.of(each) for each in cast("Sequence[JsonValue]", value)]
        if name in _SINGLE:
            return self.of(value)
        if name == "type" and isinstance(value, str):
            return [value]
        if name == "enum":
            return sorted({canonical(each) for each in cast("Sequence[JsonValue]", value)})
        return value if name in _PLAIN else None

    def _with_parts(
        self, schema: Mapping[str, JsonValue], found: Mapping[str, JsonValue]
    ) -> Mapping[str, JsonValue]:
        """Add what stands for ``const`` and for a reference, beside what is there."""
        parts: list[JsonValue] = []
        if "const" in schema:
            parts.append({"enum": [canonical(schema["const"])]})
        if "$ref" in schema:
            parts.append(self.of(_resolved(self._root, f"{schema['$ref']}")))
        if not parts:
            return found
        return {**found, "allOf": [*cast("list[JsonValue]", found.get("allOf", [])), *parts]}


def _resolved(root: Schema, reference: str) -> JsonValue:
    """Return what a local reference stands for."""
    if reference == "#":
        return cast("JsonValue", root)
    if not reference.startswith("#/"):
        return _anchored(root, reference.removeprefix("#"))
    found: JsonValue = cast("JsonValue", root)
    for key in reference.removeprefix("#/").split("/"):
        name = key.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            raise NotComparableError
    return found


def _anchored(root: Schema, anchor: str) -> JsonValue:
    waiting: list[JsonValue] = [cast("JsonValue", root)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if each.get("$anchor") == anchor:
                return each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    raise NotComparableError
