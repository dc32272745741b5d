"""Write an execution's request and result as bytes, and read them in another Lambda.

They are JSON in ASCII. Above ``_COMPRESS_ABOVE`` the same JSON in UTF-8 is deflated, as base64 in a
small JSON object, and so is a result with a lone surrogate, which Lambda's runtime cannot write.
The largest input or result, five MiB of random text in one script, then stays below Lambda's
payload limit of 6 MB, beside a source that is deflated to 200 KiB, as a MiB of most code is. Only
random text in many mixed scripts, or with a longer source, can exceed it; Lambda refuses that.

A deployment replaces one Lambda after the other. So what an older one does not know is left out
where an execution does not use it, and what an older one left out is empty.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, cast

from isolambda_core.domain.compression import inflate
from isolambda_core.domain.executions.execution import (
    ExceededLimit,
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.reach import FetchRecord, GrantedSecret, KvGrant, ToolGrant
from isolambda_core.domain.json_text import (
    InvalidJsonError,
    JsonValue,
    dump,
    dump_readable,
    dump_utf8,
    parse,
    to_utf8,
)
from isolambda_core.domain.limits import MIB, Limits

if TYPE_CHECKING:
    from isolambda_core.domain.executions.operations import RecordedOperations

_COMPRESS_ABOVE = MIB
_LAMBDA_BYTES = 6_000_000
"""Below what Lambda takes."""
_SURROGATE = b"\\ud"
_REACH = ("net", "secrets", "kv", "tools")
_RECORDING = ("record_operations", "replay")


class MalformedMessageError(ValueError):
    """This module did not write the bytes."""


def dump_request(request: ExecutionRequest) -> bytes:
    """Return a request as bytes."""
    replay = request.replay
    fields = asdict(request if replay is None else replace(request, replay=None))
    fields["input"] = request.input.decode()
    if replay is not None:
        fields["replay"] = _dump_operations(replay)
    del fields["tenant"]  # a Lambda has one worker, and no tenants that take turns
    for key in (*_REACH, *_RECORDING, "hops"):
        if not fields[key]:
            del fields[key]
    return _pack(cast("JsonValue", fields))


def load_request(message: Mapping[str, JsonValue]) -> ExecutionRequest:
    """Return the request in a parsed message, which Lambda passes to a handler.

    Raises:
        MalformedMessageError: not a request.
    """
    try:
        fields = dict(_unpack(message))
        limits = Limits(**cast("dict[str, int]", fields.pop("limits")))
        features = tuple(cast("list[str]", fields.pop("features")))
        given = to_utf8(cast("str", fields.pop("input")))
        reach = _load_reach(fields)
        if "replay" in fields:
            reach["replay"] = _load_operations(fields.pop("replay"))
        rest = cast("dict[str, Any]", fields)
        return ExecutionRequest(**rest, **reach, input=given, features=features, limits=limits)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedMessageError("not an execution request") from error


def dump_result(result: ExecutionResult) -> bytes:
    """Return a result as bytes; its recorded operations are left out where they do not fit."""
    message = _pack(fields_of_result(result), by_runtime=True)
    if result.recorded is None or len(message) <= _LAMBDA_BYTES:
        return message
    recorded = replace(result.recorded, operations=(), complete=False)
    return _pack(fields_of_result(replace(result, recorded=recorded)), by_runtime=True)


def load_result(message: bytes) -> ExecutionResult:
    """Return the result that :func:`dump_result` wrote.

    Raises:
        MalformedMessageError: not a result.
    """
    try:
        return load_result_fields(_unpack(cast("Mapping[str, JsonValue]", parse(message))))
    except (InvalidJsonError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedMessageError("not an execution result") from error


def fields_of_result(result: ExecutionResult) -> JsonValue:
    """Return the fields of a result; the result of the function stays text in there."""
    returned = None if result.result is None else result.result.decode()
    recorded = result.recorded
    fields = asdict(result if recorded is None else replace(result, recorded=None))
    fields |= {"result": returned, "usage": fields_of_usage(result.usage)}
    if recorded is None:
        del fields["recorded"]
    else:
        fields["recorded"] = _dump_operations(recorded)
    if not result.fetches:
        del fields["fetches"]
    if result.source_sha256 is None:
        del fields["source_sha256"]
    return cast("JsonValue", fields)


def load_result_fields(fields: Mapping[str, JsonValue]) -> ExecutionResult:
    """Return the result that has these fields.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: they are not the fields of a result.
    """
    returned = cast("str | None", fields["result"])
    return ExecutionResult(
        execution_id=cast("str", fields["execution_id"]),
        outcome=Outcome(cast("str", fields["outcome"])),
        result=None if returned is None else to_utf8(returned),
        error=load_error(fields["error"]),
        logs=tuple(LogLine(**line) for line in cast("list[dict[str, str]]", fields["logs"])),  # type: ignore[arg-type]
        usage=Usage(**cast("dict[str, float]", fields["usage"])),  # type: ignore[arg-type]
        fetches=tuple(
            FetchRecord(**fetch)
            for fetch in cast("list[dict[str, Any]]", fields.get("fetches", ()))
        ),
        recorded=_load_operations(fields["recorded"]) if "recorded" in fields else None,
        source_sha256=cast("str | None", fields.get("source_sha256")),
    )


def fields_of_usage(usage: Usage) -> dict[str, JsonValue]:
    """Return the fields of a usage, without those that are 0 or false, as they are by default."""
    return {name: value for name, value in asdict(usage).items() if value}


def load_error(fields: JsonValue) -> ExecutionError | None:
    """Return the error that has these fields, or None for null.

    Raises:
        TypeError, AttributeError: they are not the fields of an error.
    """
    if fields is None:
        return None
    if not isinstance(fields, dict):
        raise TypeError("an error is an object")
    exceeded = fields.get("exceeded")
    return ExecutionError(
        **{**fields, "exceeded": None if exceeded is None else ExceededLimit(**exceeded)}
    )


def _dump_operations(recorded: "RecordedOperations") -> JsonValue:
    # Few executions are recorded so, and a cold start does without.
    from isolambda_core.domain.executions.operations import dump_operations  # noqa: PLC0415

    return dump_operations(recorded)


def _load_operations(fields: JsonValue) -> "RecordedOperations":
    from isolambda_core.domain.executions.operations import load_operations  # noqa: PLC0415

    return load_operations(fields)


def _load_reach(fields: dict[str, JsonValue]) -> dict[str, Any]:
    """Take what an execution may reach out of the fields of a request."""
    net, secrets, kv, tools = (cast("Any", fields.pop(key, None)) for key in _REACH)
    return {
        "net": tuple(tuple(patterns) for patterns in net or ()),
        "secrets": tuple(
            GrantedSecret(**{**secret, "hosts": tuple(secret["hosts"])}) for secret in secrets or ()
        ),
        "kv": None if kv is None else KvGrant(**{**kv, "namespaces": tuple(kv["namespaces"])}),
        "tools": None if tools is None else ToolGrant(**tools),
    }


def _pack(value: JsonValue, *, by_runtime: bool = False) -> bytes:
    plain = dump(value).encode()
    writable = not (by_runtime and _has_lone_surrogate(value, plain))
    if len(plain) <= _COMPRESS_ABOVE and writable:
        return plain
    deflated = base64.b64encode(zlib.compress(dump_utf8(value), level=1))
    return b'{"deflated":"' + deflated + b'"}'


def _has_lone_surrogate(value: JsonValue, plain: bytes) -> bool:
    if _SURROGATE not in plain:
        return False
    try:
        dump_readable(value).encode()
    except UnicodeEncodeError:
        return True
    return False


def _unpack(message: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    if "deflated" not in message:
        return message
    try:
        plain = inflate(base64.b64decode(cast("str", message["deflated"]), validate=True))
        return cast("Mapping[str, JsonValue]", parse(plain))
    except (zlib.error, ValueError) as error:
        raise MalformedMessageError("cannot be inflated") from error
