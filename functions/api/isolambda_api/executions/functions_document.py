"""The OpenAPI document of an account's own functions."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from isolambda_api.executions.execute import ROUTE
from isolambda_api.http.openapi import REFERENCE, SECURED, SECURITY_SCHEMES
from isolambda_core import __version__
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.schemas.keywords import (
    SHAPES,
    SINGLE,
    subschemas,
    with_subschemas,
)
from isolambda_core.services.functions.live_functions import LiveFunction

_NO_WORD: Final = re.compile(r"[^A-Za-z0-9_]+")
_WITH_ID: Final = re.compile(r"_[0-9a-f]{32}$")
_LEFT_OUT: Final = ("$schema", "contentSchema")
_KEPT: Final = {*SHAPES, *SINGLE, "default", "example"}.difference(_LEFT_OUT)
"""Keywords of schemas that mean the same to OpenAPI; others may be its own, of another meaning."""
_ERROR: Final = {
    "description": "Refused: the message says why, and `data` where.",
    "content": {"application/json": {"schema": {"$ref": REFERENCE.format(model="Error")}}},
}
_SCHEMAS: Final[Mapping[str, Any]] = {
    "Error": {
        "type": "object",
        "required": ["status", "error", "message", "data"],
        "properties": {
            "status": {"const": "error"},
            "error": {"type": "string", "description": "The HTTP status."},
            "message": {"type": "string"},
            "data": {"type": ["object", "array"]},
        },
    }
}


def document_of(
    title: str, url: str, functions: Sequence[LiveFunction], more: str
) -> Mapping[str, Any]:
    """Return the document: each function is an operation, under a name of its own.

    ``url`` is that of the service; ``more`` says where there are more functions, or is empty.
    """
    paths, schemas = {}, dict(_SCHEMAS)
    for name, each in zip(_names(functions), functions, strict=True):
        path = ROUTE.format(account_id=each.function.account_id, function_id=each.function.id)
        paths[path] = {"post": _operation(name, each, schemas)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": __version__,
            "description": f"The functions of the account that may be executed. {more}".strip(),
        },
        "servers": [{"url": url}],
        **SECURED,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                name: SECURITY_SCHEMES[name] for each in SECURED["security"] for name in each
            },
        },
    }


def _names(functions: Sequence[LiveFunction]) -> Iterator[str]:
    """Yield an operation's name for each function, its id in it where others may have that name."""
    fit = [_NO_WORD.sub("_", f"{each.function.document['name']}").strip("_") for each in functions]
    times = Counter(fit)
    for name, each in zip(fit, functions, strict=True):
        is_own = name and times[name] == 1 and not _WITH_ID.search(name)
        yield name if is_own else f"{name or 'function'}_{each.function.id}"


def _operation(name: str, live: LiveFunction, schemas: dict[str, Any]) -> Mapping[str, Any]:
    document = live.function.document
    data: Mapping[str, Any] = {"type": "object"}
    result: Mapping[str, Any] = {}
    for key in ("input_schema", "result_schema"):
        schema = document.get(key)
        if isinstance(schema, Mapping):  # documents of before the key had a meaning may differ
            model = f"{name}.{key.removesuffix('_schema')}"
            reference = {"$ref": REFERENCE.format(model=model)}
            schemas[model] = _moved(schema, reference["$ref"])
            data, result = (reference, result) if key == "input_schema" else (data, reference)
    about = document.get("description")
    return {
        "operationId": name,
        "summary": document["name"],
        **({"description": about} if isinstance(about, str) else {}),
        **({} if live.qualifier == LATEST else {"parameters": [_parameter(live.qualifier)]}),
        "requestBody": {
            "required": True,
            "content": _json({"data": data}),
        },
        "responses": {
            "200": {
                "description": "The execution ended; `outcome` says how.",
                "content": _json({"status": {"const": "success"}, "data": _execution(result)}),
            },
            "default": _ERROR,
        },
    }


def _parameter(qualifier: str) -> Mapping[str, Any]:
    return {
        "name": "qualifier",
        "in": "query",
        "required": True,
        "description": "The alias whose version this describes.",
        "schema": {"const": qualifier},
    }


def _execution(result: Mapping[str, Any]) -> Mapping[str, Any]:
    of_none = {"type": "null", "description": "Where the outcome is not `ok`."}
    return _object(
        {
            "execution_id": {"type": "string"},
            "outcome": {"enum": [each.value for each in Outcome]},
            "result": {"anyOf": [result, of_none]} if result else {},
            "error": {"type": ["object", "null"]},
            "version": {"type": "string"},
        }
    )


def _json(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"application/json": {"schema": _object(properties)}}


def _object(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "required": [*properties], "properties": properties}


def _moved(schema: JsonValue, place: str) -> JsonValue:
    """Return a schema whose references lead to what they did, also when it stands at ``place``.

    It has the keywords that OpenAPI has for the same, and those that begin with ``x-``.
    """
    if not isinstance(schema, Mapping):
        return schema
    kept = {key: schema[key] for key in schema if key in _KEPT or key.startswith("x-")}
    inner = [(keys, _moved(subschema, place)) for keys, subschema in subschemas(kept)]
    moved = with_subschemas(kept, inner)
    if isinstance(reference := kept.get("$ref"), str):
        moved["$ref"] = place + reference.removeprefix("#")
    return moved
