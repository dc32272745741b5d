"""Recorded operations: what an execution asked of the trusted side, and what it was answered.

They are kept with the record of an execution whose function's document says so. Another execution
can be answered from them, so that nothing but itself decides what it does.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from isolambda_core.domain.json_text import JsonValue, parse

JsonObject = dict[str, JsonValue]

_TARGETS: Final[Mapping[str, tuple[str, ...]]] = {
    "fetch": ("method", "url"),
    "kv": ("op", "namespace", "key", "prefix", "start_key"),
    "sign": ("key", "hash", "bytes"),
    "tool": ("tool",),
}


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
"""It follows as many levels as a message has, which Python's own recursion does not."""


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """A reply as the isolate got it: its fields, as JSON in ASCII, and its bytes.

    In both, the placeholder of a secret is ``{secret NAME}``. Replies of bytes that followed one
    another are one.
    """

    fields: str
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class RecordedOperation:
    """An operation: what the isolate asked, and the replies that it got, in their order.

    ``kind`` is ``fetch``, ``kv``, ``sign`` or ``tool``. ``asked`` is canonical JSON, in ASCII, of
    what the isolate sent: the placeholder of a secret is ``{secret NAME}``, and what it sent as
    bytes is ``{"length": …, "sha256": …}``, or null where it did not send all. ``replies`` is None
    where they are left out. The last has ``end``, unless the isolate ``abandoned`` the operation,
    or the execution ended before. Replies that only say how much the isolate may send are none.
    """

    kind: str
    asked: str
    replies: tuple[RecordedReply, ...] | None = ()
    abandoned: bool = False

    @property
    def target(self) -> tuple[str, ...]:
        """The kind, and what of the operation names what it is for; equal ones are in turn."""
        return target_of(self.kind, self._fields)

    @property
    def sent_all(self) -> bool:
        """Whether the isolate sent all of a body that it sent in chunks."""
        return self._fields.get("bytes") is not None

    @property
    def _fields(self) -> JsonObject:
        return cast("JsonObject", parse(self.asked))


@dataclass(frozen=True, slots=True)
class RecordedOperations:
    """The operations of an execution, in the order in which they began.

    ``complete``: there were no others, and no reply is left out. Those of an execution that was
    itself answered from recorded operations have no replies; ``unrecorded`` counts those of them
    for which nothing was recorded.
    """

    operations: tuple[RecordedOperation, ...] = ()
    complete: bool = True
    unrecorded: int = 0


def target_of(kind: str, asked: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """Return :attr:`RecordedOperation.target` for what was asked."""
    named = (asked.get(name) for name in _TARGETS.get(kind, ()))
    return kind, *(_text_of(value) for value in named if value is not None)


def dump_asked(asked: JsonObject) -> str:
    """Return what was asked as :attr:`RecordedOperation.asked`."""
    return _CANONICAL.encode(asked)


def of_bytes(content: bytes) -> JsonObject:
    """Return what stands for bytes in what was asked."""
    return {"length": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def dump_operations(recorded: RecordedOperations) -> JsonValue:
    """Return recorded operations as a JSON value."""
    return {
        "operations": [
            {
                "kind": operation.kind,
                "asked": operation.asked,
                "replies": _dump_replies(operation.replies),
                "abandoned": operation.abandoned,
            }
            for operation in recorded.operations
        ],
        "complete": recorded.complete,
        "unrecorded": recorded.unrecorded,
    }


def load_operations(fields: JsonValue) -> RecordedOperations:
    """Return what :func:`dump_operations` wrote.

    Raises:
        KeyError, TypeError, ValueError: it did not.
    """
    found = cast("dict[str, Any]", fields)
    operations = tuple(
        RecordedOperation(
            each["kind"],
            each["asked"],
            _load_replies(each["replies"]),
            each["abandoned"],
        )
        for each in found["operations"]
    )
    return RecordedOperations(operations, found["complete"], found["unrecorded"])


def _dump_replies(replies: tuple[RecordedReply, ...] | None) -> JsonValue:
    if replies is None:
        return None
    return [[reply.fields, base64.b64encode(reply.content).decode()] for reply in replies]


def _load_replies(fields: list[list[str]] | None) -> tuple[RecordedReply, ...] | None:
    if fields is None:
        return None
    return tuple(
        RecordedReply(told, base64.b64decode(content, validate=True)) for told, content in fields
    )


def _text_of(value: JsonValue) -> str:
    return value if isinstance(value, str) else _CANONICAL.encode(value)
