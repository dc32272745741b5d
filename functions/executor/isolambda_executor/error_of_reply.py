"""Read the error in a worker's reply, and check every part of it."""

from collections.abc import Mapping
from typing import Final

from isolambda_core.domain.executions.execution import (
    ExceededLimit,
    ExecutionError,
)
from isolambda_core.domain.json_text import JsonValue, dump_readable, is_deeper_than
from isolambda_core.domain.limits import (
    ERROR_DETAILS_CHARACTERS,
    ERROR_TEXT_CHARACTERS,
    FILE_NAME_CHARACTERS,
)

_DETAILS_DEPTH: Final = 100
"""More than the prelude writes: 64 levels of errors, and a few more of their fields."""

_Fields = Mapping[str, JsonValue]


class MalformedReplyError(ValueError):
    """The worker sent what no intact worker sends."""


def read_error(error: JsonValue) -> ExecutionError:
    """Return the checked error of a reply.

    Raises:
        MalformedReplyError: a part has another type, or more than its largest size.
        KeyError: a part is missing.
    """
    fields = _object(error)
    exceeded = fields.get("exceeded")
    details = _object(fields.get("details", {}))
    too_deep = is_deeper_than(details, _DETAILS_DEPTH)
    if too_deep or len(dump_readable(details)) > ERROR_DETAILS_CHARACTERS:
        raise MalformedReplyError("more of an error than is told")
    return ExecutionError(
        name=_text_within(fields["name"], ERROR_TEXT_CHARACTERS),
        message=_text_within(fields["message"], ERROR_TEXT_CHARACTERS),
        stack=_text_within(fields.get("stack", ""), 2 * ERROR_TEXT_CHARACTERS),
        line=_count_or_none(fields.get("line")),
        column=_count_or_none(fields.get("column")),
        exceeded=None if exceeded is None else _exceeded(_object(exceeded)),
        details=_details(details),
        file=_file_or_none(fields.get("file")),
    )


def _details(fields: _Fields) -> _Fields:
    """Return the checked fields, cause and errors that an error carries."""
    details: dict[str, JsonValue] = {}
    for key, value in fields.items():
        match key:
            case "fields":
                details[key] = _object(value)
            case "errors" if isinstance(value, list):
                details[key] = [_carried(_object(error)) for error in value]
            case "cause" | "error" | "suppressed":
                details[key] = _carried(_object(value))
            case _:
                raise MalformedReplyError("not what an error carries")
    return details


def _carried(fields: _Fields) -> _Fields:
    if fields.keys() == {"value"}:
        return fields
    rest = dict(fields)
    file = _file_or_none(rest.pop("file", None))
    return {
        "name": _text(rest.pop("name")),
        "message": _text(rest.pop("message")),
        "stack": _text(rest.pop("stack")),
        "line": _count_or_none(rest.pop("line")),
        "column": _count_or_none(rest.pop("column")),
        **({} if file is None else {"file": file}),
        **_details(rest),
    }


def _exceeded(fields: _Fields) -> ExceededLimit:
    return ExceededLimit(
        _text(fields["limit"]), _count(fields["value"]), _count_or_none(fields["used"])
    )


def _file_or_none(value: JsonValue) -> str | None:
    return None if value is None else _text_within(value, FILE_NAME_CHARACTERS)


def _object(value: JsonValue) -> _Fields:
    if not isinstance(value, dict):
        raise MalformedReplyError("not an object")
    return value


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise MalformedReplyError("not a text")
    return value


def _text_within(value: JsonValue, characters: int) -> str:
    text = _text(value)
    if len(text) > characters + 1:  # the mark at the end of a cut text is one more
        raise MalformedReplyError("a longer text than is told")
    return text


def _count(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedReplyError("not a whole number")
    return value


def _count_or_none(value: JsonValue) -> int | None:
    return None if value is None else _count(value)
