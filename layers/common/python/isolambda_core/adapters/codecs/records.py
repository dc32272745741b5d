"""Encode the record of an execution: a head, which lists read, its input and its result.

The head is JSON text. The others are compressed JSON in UTF-8, in which the input and the result of
the function stay text, since they may nest deeper than Python can follow.
"""

from typing import Any, cast

from isolambda_core.domain.compression import (
    compress,
    decompress,
)
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    Origin,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.records import (
    Callback,
    CallbackStatus,
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.executions.wire import (
    fields_of_result,
    fields_of_usage,
    load_error,
    load_result_fields,
)
from isolambda_core.domain.json_text import JsonValue, dump, dump_utf8, parse, to_utf8

_DEFLATE_ABOVE = 512
_LEVEL = 1
"""The fastest: most records are written once and never read."""


def dump_record(record: ExecutionRecord) -> str:
    """Return a record as ASCII JSON, without keys that have no value, or say no."""
    # DynamoDB charges for a write by the KB, and most records are just below one.
    document = {
        key: value
        for key, value in record.document.items()
        if value is not None and value is not False
    }
    if record.usage is not None:
        document["usage"] = fields_of_usage(record.usage)
    return dump(document)


def load_record(text: str) -> ExecutionRecord:
    """Return the record that :func:`dump_record` wrote."""
    fields = cast("dict[str, Any]", parse(text))
    outcome, usage, callback = map(fields.get, ("outcome", "usage", "callback"))
    typed = {
        "status": Status(fields["status"]),
        "outcome": None if outcome is None else Outcome(outcome),
        "error": load_error(fields.get("error")),
        "usage": None if usage is None else Usage(**usage),
        "callback": None if callback is None else _callback_of(callback),
    }
    return ExecutionRecord(**{**fields, **typed})


def dump_input(contents: ExecutionPayload) -> bytes:
    """Return the input of an execution, and what its origin has of its own, as bytes."""
    origin = contents.origin
    own: dict[str, JsonValue] = {"hops": origin.hops} if origin.hops else {}
    if origin.key_id is not None:
        own["key_id"] = origin.key_id
    if origin.trace_parent is not None:
        own["trace_parent"] = origin.trace_parent
    texts = {"meta": dict(origin.meta), "tokens": dict(origin.tokens)}
    return _pack({"input": contents.input.decode(), **texts, **own})


def dump_result(result: ExecutionResult | None) -> bytes | None:
    """Return a result as bytes, None for none."""
    return None if result is None else _pack(fields_of_result(result))


def load_contents(stored_input: bytes, stored_result: bytes | None = None) -> ExecutionPayload:
    """Return the payload that :func:`dump_input` and :func:`dump_result` wrote."""
    fields = _unpack(stored_input)
    return ExecutionPayload(
        input=to_utf8(fields["input"]),
        origin=Origin(
            meta=fields["meta"],
            tokens=fields["tokens"],
            hops=fields.get("hops", 0),
            key_id=fields.get("key_id"),
            trace_parent=fields.get("trace_parent"),
        ),
        result=load_result(stored_result),
    )


def load_result(stored: bytes | None) -> ExecutionResult | None:
    """Return the result that :func:`dump_result` wrote."""
    return None if stored is None else load_result_fields(_unpack(stored))


def _callback_of(fields: dict[str, Any]) -> Callback:
    return Callback(**{**fields, "status": CallbackStatus(fields["status"])})


def _pack(value: JsonValue) -> bytes:
    return compress(dump_utf8(value), above=_DEFLATE_ABOVE, level=_LEVEL)


def _unpack(stored: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", parse(decompress(stored)))
