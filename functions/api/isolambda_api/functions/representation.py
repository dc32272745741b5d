"""What clients see of a function: alone, and in a list."""

from collections.abc import Callable, Mapping, Sequence

from isolambda_api.kazoo.document_warnings import with_warnings
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_core.domain.document_warnings import DocumentWarning
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, parse

ItemOf = Callable[[Function], Mapping[str, JsonValue]]
NO_FIELDS = InvalidDocumentError([Violation(("fields",), "type", "array", "name")])
"""An example of what a query is refused for."""
FULL_DOCS = {
    "name": "full_docs",
    "in": "query",
    "description": "`true` for all keys of each function (KAZOO 5).",
    "schema": {"type": "string"},
}
FIELDS = {
    "name": "fields",
    "in": "query",
    "description": "The keys that each item is to have beside `id`, as a JSON list (KAZOO 5).",
    "schema": {"type": "string", "pattern": r'^\[\s*("\w+"\s*(,\s*"\w+"\s*)*)?\]$'},
    "example": '["name","enabled","_read_only"]',
}


def whole(function: Function, warnings: Sequence[DocumentWarning] = ()) -> Mapping[str, JsonValue]:
    """Return all public keys of a function, and the warnings about what was just written."""
    read_only = with_warnings(_read_only(function), warnings)
    public = {**function.document, "id": function.id, "enabled": function.draft_enabled}
    return {**public, "_read_only": read_only} if read_only else public


def metadata(function: Function) -> Mapping[str, JsonValue]:
    """Return what stands beside a function in its envelope, as KAZOO 5 has it, and the keys."""
    return {"id": function.id, **_writes(function)}


def summary(function: Function) -> Mapping[str, JsonValue]:
    """Return a list item (Kx: priv/couchdb/views/functionsdb-functions.json)."""
    reason = function.disable_reason
    return {
        "id": function.id,
        "name": function.document["name"],
        "function_js": function.source,
        "enabled": function.draft_enabled,
        **({} if reason is None else {"disable_reason": reason}),
    }


def requested_item(query: Mapping[str, str]) -> ItemOf:
    """Return what makes an item of a list as a query asks for it: by default as Kazoo does.

    Raises:
        InvalidDocumentError: ``fields`` is no list of texts.
    """
    fields = query.get("fields")
    if fields is None:
        return _whole_item if query.get("full_docs") == "true" else summary
    keys = frozenset({"id", *_texts_in(fields)})

    def item_of(function: Function) -> Mapping[str, JsonValue]:
        return {key: value for key, value in _whole_item(function).items() if key in keys}

    return item_of


def _texts_in(fields: str) -> Sequence[str]:
    try:
        found = parse(fields)
    except InvalidJsonError:
        found = None
    if not isinstance(found, list) or not all(isinstance(key, str) for key in found):
        raise InvalidDocumentError([Violation(("fields",), "type", "array", fields)])
    return [key for key in found if isinstance(key, str)]


def _whole_item(function: Function) -> Mapping[str, JsonValue]:
    # An item has no envelope of its own.
    return {**whole(function), "_read_only": {**_writes(function), **_read_only(function)}}


def _writes(function: Function) -> Mapping[str, JsonValue]:
    return {
        "created": gregorian(function.created_at),
        "created_by": function.created_by,
        "modified": gregorian(function.modified_at),
        "modified_by": function.modified_by,
    }


def _read_only(function: Function) -> Mapping[str, JsonValue]:
    if not function.breakers:
        return {}
    return {
        "disable_reason": function.disable_reason,
        "disabled": [
            {
                "version": version,
                "reason": breaker.reason,
                "retry_at": gregorian(breaker.open_until),
            }
            for version, breaker in sorted(function.breakers.items())
        ],
    }
