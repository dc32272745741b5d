"""What code asks of a tool, read from fields that a stranger wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from isolambda_core.domain.json_text import JsonValue, dump_readable, to_utf8
from isolambda_core.domain.limits import (
    TOOL_ARGUMENTS_BYTES,
    TOOL_CALLS,
)
from isolambda_core.domain.tools.errors import CallLimitError, InvalidCallError

Fields = Mapping[str, JsonValue]

_NAME_CHARACTERS = 128
"""Longer than the name of any tool, and short enough to be repeated in an error."""


@dataclass(slots=True)  # a frozen one costs several times as much to make
class ToolCall:
    """A call of the tool ``name``; ``arguments`` is any JSON, an object unless code errs.

    ``text`` is that as JSON in UTF-8.
    """

    name: str
    arguments: JsonValue
    text: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.text = json_of(self.arguments)


def read_call(fields: Fields) -> ToolCall:
    """Return the call that fields say; other fields than its own have no meaning.

    Raises:
        InvalidCallError: they say none.
        CallLimitError: its arguments are longer than ``limits.TOOL_ARGUMENTS_BYTES``.
    """
    name = fields.get("tool")
    if not isinstance(name, str) or not 0 < len(name) <= _NAME_CHARACTERS:
        raise InvalidCallError(
            f"the name of a tool is a text of 1 to {_NAME_CHARACTERS} characters"
        )
    arguments = fields.get("arguments", {})
    called = ToolCall(name, arguments)
    size = len(called.text)
    if size > TOOL_ARGUMENTS_BYTES:
        what = "bytes of the arguments"
        raise CallLimitError(what, "tool_arguments_bytes", TOOL_ARGUMENTS_BYTES, size)
    return called


def json_of(value: JsonValue) -> bytes:
    """Return JSON in UTF-8, as a function gets it."""
    return to_utf8(dump_readable(value))


def require_calls(calls: int) -> None:
    """Let pass as many calls of one execution, with those that its tools make.

    Raises:
        CallLimitError: they are more than ``limits.TOOL_CALLS``.
    """
    if calls > TOOL_CALLS:
        raise CallLimitError("calls of tools", "tool_calls", TOOL_CALLS, calls)
