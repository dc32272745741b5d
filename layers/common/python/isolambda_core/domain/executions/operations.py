"""Recorded operations: what an execution asked of the trusted side, and what it was answered.

They are kept with the record of an execution whose function's document says so. Another execution
can be answered from them, so that nothing but itself decides what it does.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from isolambda_core.domain.json_text import JsonValue, dump, parse

_TARGETS: Final[Mapping[str, tuple[str, ...]]] = {
    "fetch": ("method", "url"),
    "kv": ("op", "namespace", "key", "prefix", "start_key"),
    "sign": ("key", "hash", "bytes"),
    "tool": ("tool",),
}


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
    bytes is ``{"sha256": …, "length": …}``, or null where it did not send all. ``abandoned``: the
    isolate waited for no further reply. Without that, an operation has all its replies, the last of
    them with ``end``, or none was kept.
    """

    kind: str
    asked: str
    replies: tuple[RecordedReply, ...] = ()
    abandoned: bool = False

    @property
    def target(self) -> tuple[str, ...]:
        """The kind, and what of the operation names what it is for; equal ones are in turn."""
        return target_of(self.kind, cast("Mapping[str, JsonValue]", parse(self.asked)))


@dataclass(frozen=True, slots=True)
class RecordedOperations:
    """The operations of an execution, in the order in which they began.

    ``complete``: there were no others, and no reply is left out. ``unrecorded`` counts those that
    an execution that was answered from recorded operations found nothing for.
    """

    operations: tuple[RecordedOperation, ...] = ()
    complete: bool = True
    unrecorded: int = 0


def target_of(kind: str, asked: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """Return :attr:`RecordedOperation.target` for what was asked."""
    named = (asked.get(name) for name in _TARGETS.get(kind, ()))
    return kind, *(_text_of(value) for value in named if value is not None)


def of_bytes(content: bytes) -> dict[str, JsonValue]:
    """Return what stands for bytes in what was asked."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "length": len(content)}


def dump_operations(recorded: RecordedOperations) -> JsonValue:
    """Return recorded operations as a JSON value."""
    return {
        "operations": [
            {
                "kind": operation.kind,
                "asked": operation.asked,
                "replies": [
                    [reply.fields, base64.b64encode(reply.content).decode()]
                    for reply in operation.replies
                ],
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
            tuple(
                RecordedReply(told, base64.b64decode(content, validate=True))
                for told, content in each["replies"]
            ),
            each["abandoned"],
        )
        for each in found["operations"]
    )
    return RecordedOperations(operations, found["complete"], found["unrecorded"])


def _text_of(value: JsonValue) -> str:
    return value if isinstance(value, str) else dump(value)
