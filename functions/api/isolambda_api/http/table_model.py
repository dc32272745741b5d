"""Models for the OpenAPI document whose properties a table of the domain describes."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic_core import CoreSchema, to_jsonable_python
from typing_extensions import override

from isolambda_core.domain.json_schema import Schema


class TableModel(BaseModel):
    """A model with the properties of ``table``, and its own fields.

    A field with the name of a property says which component describes that property, or its items;
    any other field stands in the place of the property.
    """

    table: ClassVar[Schema]

    @classmethod
    @override
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> dict[str, Any]:
        """Return the model's own schema with that of the table in it."""
        own = handler.resolve_ref_schema(handler(core_schema))
        rules: dict[str, Any] = to_jsonable_python(cls.table)
        rules.pop("default", None)
        table = rules.get("properties", {})
        fields: dict[str, Any] = own.get("properties", {})
        shared = {
            key: _with_component(table[key], fields[key]) for key in fields.keys() & table.keys()
        }
        required = [
            *rules.get("required", ()),
            *(key for key in own.get("required", ()) if key not in table),
        ]
        own |= {**rules, "properties": {**table, **fields, **shared}}
        own.pop("required", None)
        return {**own, "required": required} if required else own


def patch_of(table: Schema, removable: Sequence[str] = ()) -> Schema:
    """Return the table of a document of which some keys are sent: none is required.

    The keys of ``removable`` may be null, which removes them.
    """
    properties = table["properties"]
    nullable = {key: _or_null(properties[key]) for key in removable}
    return {**table, "required": (), "properties": {**properties, **nullable}}


def _or_null(rule: Schema) -> Schema:
    types = rule["type"]
    names = (types,) if isinstance(types, str) else types
    return {**rule, "type": (*names, "null"), "default": None}


def _with_component(rule: dict[str, Any], field: dict[str, Any]) -> dict[str, Any]:
    if "items" in field:
        return {**rule, "items": field["items"]}
    return {**field, **_annotations(rule)}


def _annotations(rule: dict[str, Any]) -> dict[str, Any]:
    return {key: rule[key] for key in ("description", "default") if key in rule}
