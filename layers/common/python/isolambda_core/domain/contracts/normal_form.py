"""Bring a JSON Schema into a form in which two of them can be compared keyword by keyword.

References and annotations are gone, and ``enum`` holds texts, since 1 and true are equal to Python.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from isolambda_core.domain.contracts.canonical import canonical
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.schemas.expansion import expanded
from isolambda_core.domain.schemas.keywords import LISTS, MAPS, SINGLE

Schema = Mapping[str, JsonValue] | bool
"""A JSON Schema of the dialect 2020-12, or a part of one."""


def normal_form(schema: Mapping[str, JsonValue]) -> Schema:
    """Return a schema in the form that is compared.

    Raises:
        InvalidDocumentError: its references lead nowhere, or it is too large.
    """
    return _normal(expanded(schema))


def _normal(schema: JsonValue) -> Schema:
    if not isinstance(schema, Mapping):
        return schema is not False
    found = {name: _keyword(name, value) for name, value in schema.items() if name != "const"}
    if "const" not in schema:
        return found
    constant: JsonValue = {"enum": [canonical(schema["const"])]}
    return {**found, "allOf": [*cast("list[JsonValue]", found.get("allOf", [])), constant]}


def _keyword(name: str, value: JsonValue) -> JsonValue:
    if name in MAPS:
        named = cast("Mapping[str, JsonValue]", value)
        return {key: _normal(each) for key, each in named.items()}
    if name in LISTS:
        return [_normal(each) for each in cast("Sequence[JsonValue]", value)]
    if name in SINGLE:
        return _normal(value)
    if name == "type" and isinstance(value, str):
        return [value]
    if name == "enum":
        return sorted({canonical(each) for each in cast("Sequence[JsonValue]", value)})
    return value
