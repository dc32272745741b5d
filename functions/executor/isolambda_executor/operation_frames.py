"""Write and read the frames of operations, which supervisor and worker exchange meanwhile.

Messages: the id of the request, and one JSON object a line, which the worker does not read. Reply:
a head, the fields as JSON in ASCII, and bytes. Each has the id of its request: what comes late is
for no other execution.
"""

import struct
from typing import Final, NamedTuple

from isolambda_executor.frames import Frame, encode_frame
from isolambda_executor.messages import REQUEST_ID_BYTES

_HEAD: Final = struct.Struct(f"!{REQUEST_ID_BYTES}sI?")
"""The ids of the request and of the operation, and whether the reply is its last."""


class OperationReply(NamedTuple):
    """A reply to an operation, as the worker passes it on."""

    request_id: bytes
    operation: int
    ends: bool
    fields: bytes
    content: bytes


def encode_messages(request_id: bytes, messages: bytes) -> bytes:
    """Return the bytes of a frame of messages."""
    return encode_frame(request_id, messages)


def encode_operation_reply(reply: OperationReply) -> bytes:
    """Return the bytes of a frame of a reply."""
    request_id, operation, ends, fields, content = reply
    return encode_frame(_HEAD.pack(request_id, operation, ends), fields, content)


def read_operation_reply(frame: Frame) -> OperationReply | None:
    """Return the reply in a frame of the supervisor's, or None if it is a request."""
    head, fields, content = frame
    if len(head) != _HEAD.size:
        return None
    request_id, operation, ends = _HEAD.unpack(head)
    return OperationReply(request_id, operation, ends, fields, bytes(content))
