"""Functions as tools of language models: what a document says of one, and what it is called."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.tool_documents import TOOL_SCHEMA
from isolambda_core.domain.json_schema import check
from isolambda_core.domain.json_text import JsonValue

LIVE = "live"
"""The alias whose version a tool is, where the function has it; else the draft is the tool."""

_OBJECT = "object"
_WRAPPED = "input"
_UNFIT = re.compile("[^A-Za-z0-9_-]+")
_DATA = frozenset(("const", "enum", "default", "examples", "example"))
"""Keywords whose values are data, in which a reference is none."""


class MissingInputError(IsolambdaError):
    """The arguments of a tool lack the one that is its function's input."""

    def __init__(self) -> None:
        super().__init__(f"the argument {_WRAPPED!r} is required")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of an account, as its function's draft describes it.

    ``name`` is of letters, digits, ``_`` and ``-``. ``draft`` is the document of the draft, without
    its source.
    """

    name: str
    function_id: str
    draft: Document

    @property
    def description(self) -> str:
        """What the tool is for, as a model reads it."""
        return cast("str", self._said["description"])

    @property
    def annotations(self) -> Mapping[str, JsonValue]:
        """What its author says of it besides: a title, and hints."""
        return cast("Mapping[str, JsonValue]", self._said.get("annotations", {}))

    @property
    def needs_approval(self) -> bool:
        """Whether its calls wait until they are approved."""
        return self._said.get("approval") is True

    @property
    def _said(self) -> Mapping[str, JsonValue]:
        return cast("Mapping[str, JsonValue]", self.draft["tool"])


def is_tool(function: Function) -> bool:
    """Return whether a function is a tool: its draft is enabled, and says what it is for."""
    said = function.document.get("tool")
    # Documents of before the key had a meaning may hold anything there.
    return function.enabled and said is not None and not any(check(said, TOOL_SCHEMA))


def tools_in(functions: Iterable[Function]) -> Mapping[str, Tool]:
    """Return the tools among functions in the order of their ids, by name.

    Of several with one name the first has it, and the others are none.
    """
    tools: dict[str, Tool] = {}
    for function in functions:
        if is_tool(function):
            name = name_of(function)
            tools.setdefault(name, Tool(name, function.id, function.document))
    return tools


def name_of(function: Function) -> str:
    """Return what the tool of a function is called: as it says, or as the function is, made fit."""
    said = cast("Mapping[str, JsonValue]", function.document["tool"]).get("name")
    if said is not None:
        return cast("str", said)
    fit = _UNFIT.sub("_", str(function.document["name"])).strip("_")
    return fit[: limits.TOOL_NAME_CHARACTERS] or f"function_{function.id}"


def arguments_schema(document: Document) -> Mapping[str, Any]:
    """Return the JSON Schema of a tool's arguments, which are an object whatever the input is.

    An input that is no object is the argument ``input`` of it; see :func:`input_of`.
    """
    schema = _schema_in(document, "input_schema")
    if _takes_objects(schema):
        return {**schema, "type": _OBJECT}
    inner = cast("Mapping[str, Any]", _moved(schema, f"#/properties/{_WRAPPED}"))
    return {"type": _OBJECT, "properties": {_WRAPPED: inner}, "required": [_WRAPPED]}


def input_of(document: Document, arguments: Mapping[str, JsonValue]) -> JsonValue:
    """Return the input of a function for the arguments of its tool.

    Raises:
        MissingInputError: the input is the argument of that name, and there is none.
    """
    if _takes_objects(_schema_in(document, "input_schema")):
        return arguments
    if _WRAPPED not in arguments:
        raise MissingInputError
    return arguments[_WRAPPED]


def result_schema(document: Document) -> Mapping[str, Any] | None:
    """Return the JSON Schema of a tool's result, or None where its document has none."""
    return _schema_in(document, "result_schema") if "result_schema" in document else None


def _schema_in(document: Document, key: str) -> Mapping[str, Any]:
    schema = document.get(key)
    if schema is None:  # sooner than by the type
        return {}
    return schema if isinstance(schema, Mapping) else {}


def _takes_objects(schema: Mapping[str, Any]) -> bool:
    types = schema.get("type", _OBJECT)
    return types == _OBJECT or (isinstance(types, list) and _OBJECT in types)


def _moved(schema: JsonValue, to: str) -> JsonValue:
    """Return a schema whose references to itself hold where it stands at ``to``."""
    if isinstance(schema, Mapping):
        return {
            key: _reference(value, to)
            if key == "$ref"
            else value
            if key in _DATA
            else _moved(value, to)
            for key, value in schema.items()
        }
    if isinstance(schema, Sequence) and not isinstance(schema, str):
        return [_moved(each, to) for each in schema]
    return schema


def _reference(reference: JsonValue, to: str) -> JsonValue:
    if isinstance(reference, str) and (reference == "#" or reference.startswith("#/")):
        return to + reference[1:]
    return reference
