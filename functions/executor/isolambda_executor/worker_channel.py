"""Pass on what an isolate asks of the supervisor, and what the supervisor replies.

The worker reads neither: it knows no kind of operation.
"""

from isolambda_executor.connection import Connection
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.messages import WorkerRequest, read_request
from isolambda_executor.operation_frames import (
    OperationReply,
    encode_messages,
    read_operation_reply,
)


class WorkerChannel:
    """The worker's end of the connection: requests, and the operations of one at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._request_id = b""
        self.is_used = False
        """Whether the execution has sent messages, so that it may have had an effect."""

    @property
    def is_ahead(self) -> bool:
        """Whether more than the last frame was received."""
        return self._connection.is_ahead

    def await_readable(self, timeout_ms: float) -> bool:
        """Return whether there is something to receive, or the peer is gone, in time."""
        return self._connection.await_readable(timeout_ms)

    def next_request(self) -> WorkerRequest:
        """Return the next request; replies that come late are dropped.

        Raises:
            BrokenPeerError: the supervisor is gone.
        """
        while read_operation_reply(frame := self._connection.receive()) is not None:
            pass
        request = read_request(frame)
        self._request_id, self.is_used = request.request_id, False
        return request

    def send(self, messages: bytes) -> None:
        """Send messages of the execution, however long the supervisor takes to read them.

        Raises:
            BrokenPeerError: the supervisor is gone.
        """
        self.is_used = True
        self._connection.send(encode_messages(self._request_id, messages))

    def next_reply(self) -> OperationReply | None:
        """Return the next reply to the execution, or None if none has come as a whole.

        Raises:
            BrokenPeerError: the supervisor is gone, or sent a request.
        """
        while (frame := self._connection.receive_now()) is not None:
            reply = read_operation_reply(frame)
            if reply is None:
                raise BrokenPeerError("a request during another")
            if reply.request_id == self._request_id:
                return reply
        return None
