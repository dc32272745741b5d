"""Reading a worker's reply, of which nothing is believed that was not checked."""

import math
from collections.abc import Mapping
from typing import cast

from isolambda_core.domain.execution import (
    ExceededLimit,
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
)
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, parse
from isolambda_executor.frames import Frame

Fields = Mapping[str, JsonValue]


class MalformedReplyError(ValueError):
    """The worker sent what no worker of ours sends."""


def read_reply(request: ExecutionRequest, reply: Frame) -> ExecutionResult:
    """Return the result in a reply to ``request``.

    Raises:
        MalformedReplyError: the reply is not well formed, or larger than the limits allow.
    """
    head, result, rest = reply
    if rest or len(result) > request.limits.result_bytes:
        raise MalformedReplyError("more than was asked for")
    try:
        fields = _object(parse(head))
        outcome = Outcome(_text(fields["outcome"]))
        return ExecutionResult(
            execution_id=request.execution_id,
            outcome=outcome,
            result=None if "empty" in fields else result.decode("utf-8"),
            error=_error(_object(fields["error"])) if "error" in fields else None,
            logs=tuple(_log_line(_object(line)) for line in _list(fields.get("logs", ()))),
            usage=_usage(_object(fields["usage"])),
        )
    except MalformedReplyError:
        raise
    except (InvalidJsonError, KeyError, ValueError) as error:
        raise MalformedReplyError("not a reply") from error


def _error(fields: Fields) -> ExecutionError:
    exceeded = fields.get("exceeded")
    return ExecutionError(
        name=_text(fields["name"]),
        message=_text(fields["message"]),
        stack=_text(fields.get("stack", "")),
        line=_count_or_none(fields.get("line")),
        column=_count_or_none(fields.get("column")),
        exceeded=None if exceeded is None else _exceeded(_object(exceeded)),
    )


def _exceeded(fields: Fields) -> ExceededLimit:
    return ExceededLimit(_text(fields["limit"]), _count(fields["value"]), _count(fields["used"]))


def _log_line(fields: Fields) -> LogLine:
    return LogLine(_text(fields["level"]), _text(fields["text"]), _count(fields["at_ms"]))


def _usage(fields: Fields) -> Usage:
    return Usage(
        wall_ms=_measure(fields["wall_ms"]),
        cpu_ms=_measure(fields["cpu_ms"]),
        memory_mb=_measure(fields["memory_mb"]),
        cold=fields["cold"] is True,
    )


def _object(value: JsonValue) -> Fields:
    if not isinstance(value, dict):
        raise MalformedReplyError("not an object")
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, (list, tuple)):
        raise MalformedReplyError("not a list")
    return cast("list[JsonValue]", value)


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise MalformedReplyError("not a text")
    return value


def _count(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedReplyError("not a whole number")
    return value


def _count_or_none(value: JsonValue) -> int | None:
    return None if value is None else _count(value)


def _measure(value: JsonValue) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise MalformedReplyError("not a number")
    return float(value)
