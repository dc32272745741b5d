"""What an execution asks of the trusted side, and who performs it.

The isolate sends messages, each a JSON object with the ``id`` of an operation and a ``kind``: that
of the operation where it begins, ``send`` for more of it, ``abandon`` for its end. Replies go back.
What is asked comes from a worker, which may be hostile: who performs it decides by the request of
the execution alone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.json_text import JsonValue

if TYPE_CHECKING:
    from isolambda_core.domain.executions.operations import RecordedOperations

Fields = Mapping[str, JsonValue]
"""A message, or the part of a reply that is JSON."""

Send = Callable[[Fields, bytes], None]
"""Sends a reply to the isolate: fields with the ``id`` of the operation, and in the last one a true
``end``, up to ``limits.REPLY_FIELDS_BYTES`` of JSON; and up to ``limits.REPLY_BYTES`` bytes.

Safe for threads. It waits while the worker does not read, until the deadline of the execution, so
do not call it in ``Operations.take``. In the thread that opened the operations, which may be that
of an event loop, it raises ``BlockingIOError`` in place of waiting, and has sent nothing. It raises
``OperationsEndedError`` once the execution is over; the sender then just stops.
"""


class OperationsEndedError(Exception):
    """The execution is over, so nothing is sent to it any more."""


class Operations(Protocol):
    """What one execution asks of the trusted side."""

    def take(self, message: Fields) -> None:
        """Begin an operation, go on with it, or abandon it; return at once.

        Raises:
            BrokenPeerError: no honest worker sends that.
        """
        ...

    def close(self) -> Sequence[FetchRecord]:
        """End all that is under way, and return what was fetched; return at once."""
        ...

    @property
    def recorded(self) -> "RecordedOperations | None":
        """The operations, once they are closed, where they were to be recorded."""
        ...


class PerformsOperations(Protocol):
    """Performs the operations of executions; safe for threads."""

    def open(self, request: ExecutionRequest, deadline: float, send: Send) -> Operations:
        """Return what takes the messages of an execution, at the first one.

        ``deadline`` is in seconds of ``time.monotonic``.
        """
        ...
