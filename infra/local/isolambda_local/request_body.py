"""Find the end of a request's body in what a client sends, and bound how it is sent."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from isolambda_api.http.errors import BodyTooLargeError, MalformedBodyError, RequestError
from isolambda_core.domain.limits import BODY_BYTES, CHUNK_BYTES_MIN, CHUNKS
from isolambda_local.request_head import MalformedRequestError

_VERSIONS: Final = ("1.0", "1.1")
_DECISIVE: Final = (b"content-length", b"host", b"transfer-encoding")
_LINE_BYTES: Final = 1_024
_TRAILERS_BYTES: Final = 16 * 1_024
_SIZE: Final = re.compile(rb"[0-9A-Fa-f]+")


class BodyReader(Protocol):
    """Follows a body through what a client sends."""

    is_complete: bool

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what the parser is to have of the body, and what follows the body.

        Raises:
            RequestError: the body is longer, or in more pieces, than the API reads.
            MalformedRequestError: it is not framed as HTTP frames it.
        """


def body_of(version: str, headers: Sequence[tuple[bytes, bytes]]) -> BodyReader:
    """Return the reader of the body that belongs to a head, which the parser has passed.

    Raises:
        MalformedRequestError: the version is not 1.0 or 1.1, the host or the framing ambiguous.
    """
    values = dict(headers)
    if version not in _VERSIONS:
        raise MalformedRequestError
    if len(values) < len(headers):  # some have several lines
        names = [name for name, _ in headers]
        if any(names.count(name) > 1 for name in _DECISIVE):
            raise MalformedRequestError
    if version == "1.1" and b"host" not in values:
        raise MalformedRequestError
    coding = values.get(b"transfer-encoding")
    if coding is None:
        return SizedBody(int(values.get(b"content-length", b"0")))
    if version == "1.0" or coding.lower() != b"chunked":
        raise MalformedRequestError
    return ChunkedBody()


class SizedBody:
    """A body whose ``Content-Length`` is ``size``."""

    def __init__(self, size: int) -> None:
        self._left = size
        self.is_complete = size == 0

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what belongs to the body, and what follows it."""
        body, rest = data[: self._left], data[self._left :]
        self._left -= len(body)
        self.is_complete = self._left == 0
        return body, rest


class ChunkedBody:
    """A body in chunks; the parser decodes them, and does not say how long one is to be.

    The parser gets no trailers: nothing here makes use of them.
    """

    def __init__(self) -> None:
        self.is_complete = False
        self._line = bytearray()
        self._left = 0
        self._chunks = 0
        self._bytes = 0
        self._in_trailers = False
        self._trailers_bytes = 0

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Return chunks and their sizes as they come, and what follows the body.

        Raises:
            RequestError: a chunk goes past ``limits.BODY_BYTES``, or there are too many small ones.
            MalformedRequestError: a size is none, or a line is too long.
        """
        parsed = bytearray()
        at = 0
        while at < len(data) and not self.is_complete:
            if self._left:
                end = min(at + self._left, len(data))
                self._left -= end - at
                parsed += data[at:end]
            else:
                end = data.find(b"\n", at) + 1 or len(data)
                parsed += self._take_line(data[at:end])
            at = end
        return bytes(parsed), data[at:]

    def _take_line(self, piece: bytes) -> bytes:
        """Take a piece of a line; return what the parser is to have, once the line is whole."""
        self._line += piece
        if len(self._line) > _LINE_BYTES:
            raise MalformedRequestError
        if not piece.endswith(b"\n"):
            return b""
        line = bytes(self._line)
        self._line.clear()
        if self._in_trailers:
            self._take_trailer(line)
            return line if self.is_complete else b""
        self._begin_chunk(line)
        return line

    def _begin_chunk(self, line: bytes) -> None:
        found = _SIZE.match(line)
        if found is None:
            raise MalformedRequestError
        size = int(found[0], 16)
        if size == 0:
            self._in_trailers = True
            return
        self._chunks += 1
        self._bytes += size
        if self._bytes > BODY_BYTES:
            raise BodyTooLargeError(BODY_BYTES)
        if self._chunks > CHUNKS and self._bytes < CHUNK_BYTES_MIN * self._chunks:
            raise _too_many_chunks()
        self._left = size + len(b"\r\n")

    def _take_trailer(self, line: bytes) -> None:
        self._trailers_bytes += len(line)
        if self._trailers_bytes > _TRAILERS_BYTES or not line.endswith(b"\r\n"):
            raise MalformedRequestError
        self.is_complete = line == b"\r\n"


def _too_many_chunks() -> RequestError:
    return MalformedBodyError(
        f"the body is in more than {CHUNKS} chunks of less than {CHUNK_BYTES_MIN} bytes on average"
    )
