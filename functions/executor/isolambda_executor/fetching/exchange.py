"""One request on one connection, and its answer."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.limits import ANSWER_HEAD_BYTES, ANSWER_HEADERS, FETCH_BODY_BYTES
from isolambda_core.net.bodies import read_body
from isolambda_core.net.connection import Connection
from isolambda_core.net.errors import TooLargeError
from isolambda_core.net.heads import ResponseHead, read_head, request_head
from isolambda_core.net.incoming import Incoming
from isolambda_executor.fetching.bodies import Upload
from isolambda_executor.fetching.records import RequestUnderWay
from isolambda_executor.fetching.redirects import Step
from isolambda_executor.fetching.request import headers_to_send
from isolambda_executor.fetching.secrets import Substitution

_LAST_CHUNK: Final = b"0\r\n\r\n"
_TAKES_BODY: Final = frozenset(("POST", "PUT", "PATCH"))


class Exchange:
    """Sends a request, with the values of secrets, and reads its answer, as it comes."""

    def __init__(
        self,
        connection: Connection,
        step: Step,
        substitution: Substitution,
        record: RequestUnderWay,
    ) -> None:
        self._connection = connection
        self._step = step
        self._substitution = substitution
        self._record = record
        self._incoming = Incoming(connection)
        self._is_sent = False
        self.substituted: frozenset[str] = frozenset()
        """The names of the headers in which secrets took their places."""

    @property
    def is_answered(self) -> bool:
        """Whether anything of an answer has come."""
        return self._incoming.received > 0

    def answer_to(self, execution: ExecutionRequest, upload: Upload | None) -> ResponseHead:
        """Send the request for an execution, and return the head of the answer.

        Raises:
            TooLargeError: the head or the body is over its limit.
            ProtocolError: it is none.
            OSError: the connection failed.
        """
        # A server that refuses a body may answer before it has it all, and close the connection.
        with suppress(ConnectionError):
            self._is_sent = self._send(execution, upload)
        method = self._step.method
        head = read_head(self._incoming, method, ANSWER_HEAD_BYTES, ANSWER_HEADERS)
        self._record.status = head.status
        if head.length is not None and head.length > FETCH_BODY_BYTES:
            raise TooLargeError("the body of the answer", FETCH_BODY_BYTES, head.length)
        return head

    def body(self, head: ResponseHead) -> Iterator[bytes]:
        """Yield the body of the answer as it is on the wire, piece by piece."""
        for piece in read_body(self._incoming, head, FETCH_BODY_BYTES):
            self._record.received_bytes += len(piece)
            yield piece

    def may_keep(self, head: ResponseHead) -> bool:
        """Return whether the connection can take another request, now that the body was read."""
        has_end = head.length is not None or head.is_chunked
        return self._is_sent and has_end and head.keeps_connection and not self._incoming.held

    def _send(self, execution: ExecutionRequest, upload: Upload | None) -> bool:
        step, passing = self._step, self._substitution.body(self._step.headers)
        body = None if step.body is None else passing.take(step.body) + passing.end()
        head = self._head(execution, body)
        self._record.sent_bytes += len(body or b"")
        if not self._connection.send(head + (body or b"")):
            return False
        if upload is None or not step.is_streamed:
            return True
        for piece in upload.pieces(self._connection.cutoff):
            if self._connection.has_arrived() or not self._send_chunk(passing.take(piece)):
                return False
        return self._send_chunk(passing.end()) and self._connection.send(_LAST_CHUNK)

    def _send_chunk(self, piece: bytes) -> bool:
        if not piece:  # which would be the end
            return True
        self._record.sent_bytes += len(piece)
        return self._connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))

    def _head(self, execution: ExecutionRequest, body: bytes | None) -> bytes:
        step = self._step
        before = headers_to_send(step.headers, execution, step.endpoint.authority)
        headers = self._substitution.headers(before)
        changed = zip(before, headers, strict=True)
        self.substituted = frozenset(one[0] for one, other in changed if one != other)
        if step.is_streamed:
            headers += (("transfer-encoding", "chunked"),)
        elif body is not None or step.method in _TAKES_BODY:
            headers += (("content-length", str(len(body or b""))),)
        return request_head(step.method, self._substitution.target(step.endpoint.target), headers)
