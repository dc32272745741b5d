"""Carry what one execution asks for to who performs it, and the replies to its worker.

The supervisor's end, which trusts no worker: messages are counted, and checked as input from
outside, before anything performs them.
"""

import threading
from typing import TYPE_CHECKING, Final, TypeGuard

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.json_text import InvalidJsonError, dump, parse
from isolambda_core.domain.limits import (
    KIB,
    OPERATION_CHARACTERS,
    OPERATION_MESSAGES,
    REPLY_BYTES,
    REPLY_FIELDS_BYTES,
)
from isolambda_executor.connection import Connection
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.messages import CHARACTER_BYTES
from isolambda_executor.operation_frames import OperationReply, encode_operation_reply
from isolambda_executor.operations import (
    Fields,
    Operations,
    OperationsEndedError,
    PerformsOperations,
)

if TYPE_CHECKING:
    from isolambda_core.domain.executions.operations import RecordedOperations

_BYTES_MAX: Final = CHARACTER_BYTES * OPERATION_CHARACTERS
_ID_MAX: Final = 2**31 - 1
_WHOLE_BYTES: Final = 32 * KIB
"""Linux splits what is sent to a Unix socket only beyond half of its buffer, at least 100 KB."""


class Channel:
    """The operations of one execution in a worker, from its first message on; close it."""

    def __init__(self, connection: Connection, request_id: bytes, deadline: float) -> None:
        """Send to ``connection`` until ``deadline``, in seconds of ``time.monotonic``."""
        self._connection = connection
        self._request_id = request_id
        self._deadline = deadline
        self._opened_in = threading.get_ident()
        self._operations: Operations | None = None
        self._taking = threading.Lock()  # a message is taken before `close`, or not at all
        self._messages = self._bytes = 0
        self._turn = threading.Lock()  # of one frame after the other
        self._lock = threading.Lock()  # held while no system call waits, so that `close` never does
        self._ended = False
        self.fetches: tuple[FetchRecord, ...] = ()
        """What was fetched, once it is closed."""
        self.recorded: RecordedOperations | None = None
        """The operations, once it is closed, where they were to be recorded."""

    def open(self, performs: PerformsOperations, request: ExecutionRequest) -> None:
        """Have the operations of a request performed."""
        self._operations = performs.open(request, self._deadline, self.send)

    def take(self, messages: bytes) -> None:
        """Take a frame of messages, and return at once.

        Raises:
            BrokenPeerError: no honest worker sends these, or as many.
        """
        self._messages += messages.count(b"\n") + 1
        self._bytes += len(messages)
        if self._messages > OPERATION_MESSAGES or self._bytes > _BYTES_MAX:
            raise BrokenPeerError("more messages than an execution has")
        for line in messages.split(b"\n"):
            message = _read(line)
            with self._taking:
                if self._operations is not None:
                    self._operations.take(message)

    def send(self, fields: Fields, content: bytes) -> None:
        """Send a reply; see ``operations.Send``.

        Raises:
            BlockingIOError: the thread that opened it would have to wait; nothing was sent.
            OperationsEndedError: the execution is over.
            ValueError: it has no id, or is longer than a reply may be.
        """
        operation, ends = fields.get("id"), fields.get("end") is True
        encoded = dump(fields).encode()
        if not _is_id(operation) or len(encoded) > REPLY_FIELDS_BYTES or len(content) > REPLY_BYTES:
            raise ValueError("not a reply")
        reply = OperationReply(self._request_id, operation, ends, encoded, content)
        frame = memoryview(encode_operation_reply(reply))
        if threading.get_ident() == self._opened_in:
            self._send_at_once(frame)
            return
        with self._turn:
            while rest := self._sent(frame):
                frame = rest
                if not self._connection.await_writable(self._deadline):
                    self._end()

    def close(self) -> None:
        """End all operations; nothing is sent from then on. May be called again."""
        self._end()
        with self._taking:
            operations, self._operations = self._operations, None
        if operations is not None:
            self.fetches = tuple(operations.close())
            self.recorded = operations.recorded

    def _send_at_once(self, frame: memoryview) -> None:
        if len(frame) > _WHOLE_BYTES or not self._turn.acquire(blocking=False):
            raise BlockingIOError
        try:
            rest = self._sent(frame)
        finally:
            self._turn.release()
        if len(rest) == len(frame):
            raise BlockingIOError
        if rest:  # of a short frame: nothing but its rest may follow
            self._end()
            raise OperationsEndedError

    def _sent(self, frame: memoryview) -> memoryview:
        """Send what there is room for, and return the rest."""
        with self._lock:
            if self._ended:
                raise OperationsEndedError
            try:
                return self._connection.send_now(frame)
            except BrokenPeerError as error:
                raise OperationsEndedError from error

    def _end(self) -> None:
        with self._lock:
            self._ended = True


def _read(line: bytes) -> Fields:
    try:
        message = parse(line)
    except InvalidJsonError as error:
        raise BrokenPeerError("a message that is not JSON") from error
    if not isinstance(message, dict) or not _is_id(message.get("id")):
        raise BrokenPeerError("a message of no operation")
    if not isinstance(message.get("kind"), str):
        raise BrokenPeerError("a message of no kind")
    return message


def _is_id(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 < value <= _ID_MAX
