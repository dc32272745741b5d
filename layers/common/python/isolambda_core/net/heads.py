"""Heads of requests and responses of HTTP/1.1, read strictly.

Two programs that read a head differently can be played off against each other. So what could be
read in two ways is refused: line ends without CR, folded lines, spaces before a colon, and lengths
that are given twice.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from isolambda_core.net.connection import Connection
from isolambda_core.net.errors import ProtocolError, TooLargeError

Headers = Sequence[tuple[str, str]]
"""Names and values, whose characters are bytes; names of responses are in lower case."""

_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_STATUS: Final = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: ([\t -~\x80-\xff]*))?")
_LINE: Final = re.compile(rb"(" + _TOKEN + rb"):[\t ]*((?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)[\t ]*")
_NAME: Final = re.compile(_TOKEN.decode())
_VALUE: Final = re.compile("[\t -~\x80-\xff]*")
_LENGTH: Final = re.compile("[0-9]{1,15}")
_HTTP: Final = b"HTTP/1."
_END: Final = b"\r\n\r\n"
_PIECE: Final = 64 * 1024
_SWITCHED: Final = 101
_SUCCESS: Final = 200
_CREATES_NO_BODY: Final = frozenset((204, 304))


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The head of a response.

    ``length`` is that of the body as it comes; None where that is chunked, or ends with the
    connection.
    """

    status: int
    reason: str
    headers: Headers
    length: int | None
    is_chunked: bool
    keeps_connection: bool

    def values(self, name: str) -> list[str]:
        """Return the values of a header, by its name in lower case."""
        return [value for each, value in self.headers if each == name]


def is_header(name: str, value: str) -> bool:
    """Return whether a header can be sent: no character of it ends its line."""
    return bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value))


def request_head(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return the head of a request.

    Raises:
        ValueError: a header cannot be sent.
    """
    lines = [f"{method} {target} HTTP/1.1"]
    for name, value in headers:
        if not is_header(name, value):
            raise ValueError(name)
        lines.append(f"{name}: {value}")
    return "\r\n".join((*lines, "", "")).encode("latin-1")


class Incoming:
    """What a server sends, read by lines and by lengths; it raises as ``Connection`` does."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._held = b""
        self.received = 0
        """How many bytes came."""

    @property
    def is_empty(self) -> bool:
        """Whether all that came has been read."""
        return not self._held

    def some(self, most: int) -> bytes:
        """Return up to so many bytes, as many as came at once; none at the end."""
        if not self._held:
            self._held = self._receive()
        some, self._held = self._held[:most], self._held[most:]
        return some

    def until(self, end: bytes, most: int) -> bytes | None:
        """Return what comes before ``end``, and read that too; None if it takes more than ``most``.

        Raises:
            ProtocolError: the connection ends before.
        """
        start = 0
        while (at := self._held.find(end, start)) < 0:
            if len(self._held) >= most + len(end):
                return None
            start = max(0, len(self._held) - len(end) + 1)
            piece = self._receive()
            if not piece:
                raise ProtocolError("the server closed the connection within its answer")
            self._held += piece
        if at > most:
            return None
        found, self._held = self._held[:at], self._held[at + len(end) :]
        return found

    def begins(self, with_bytes: bytes) -> bool:
        """Return whether it goes on with these bytes."""
        while with_bytes.startswith(self._held) and len(self._held) < len(with_bytes):
            piece = self._receive()
            if not piece:
                return False
            self._held += piece
        return self._held.startswith(with_bytes)

    def _receive(self) -> bytes:
        piece = self._connection.receive(_PIECE)
        self.received += len(piece)
        if not self.received:
            raise ConnectionResetError("the server closed the connection without an answer")
        return piece


def read_head(incoming: Incoming, method: str, bytes_max: int, headers_max: int) -> ResponseHead:
    """Read the head of the response to a request, and skip those of interim responses.

    Raises:
        TooLargeError: they have more than so many bytes together, or one has more headers.
        ProtocolError: it is no head.
    """
    left = bytes_max
    while True:
        if not incoming.begins(_HTTP):
            raise ProtocolError("the answer does not begin with a status of HTTP/1.1")
        block = incoming.until(_END, left)
        if block is None:
            raise TooLargeError("the head of the answer", bytes_max, incoming.received)
        left -= len(block)
        head = _read(block, method, headers_max)
        if head.status >= _SUCCESS:
            return head
        if head.status == _SWITCHED:
            raise ProtocolError("the server switched to another protocol")


def read_headers(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Yield the headers of lines.

    Raises:
        ProtocolError: a line is no header.
    """
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            raise ProtocolError("the answer has a line that is no header")
        yield found[1].decode().lower(), found[2].decode("latin-1")


def _read(block: bytes, method: str, headers_max: int) -> ResponseHead:
    first, *lines = block.split(b"\r\n")
    found = _STATUS.fullmatch(first)
    if found is None:
        raise ProtocolError("the answer does not begin with a status of HTTP/1.1")
    if len(lines) > headers_max:
        raise TooLargeError("the number of headers of the answer", headers_max, len(lines))
    headers = tuple(read_headers(lines))
    is_new, status = found[1] == b"1", int(found[2])
    has_none = method == "HEAD" or status < _SUCCESS or status in _CREATES_NO_BODY
    length, is_chunked = _framing(headers, is_new=is_new)
    named = {
        token.strip().lower()
        for name, value in headers
        if name == "connection"
        for token in value.split(",")
    }
    return ResponseHead(
        status=status,
        reason=(found[3] or b"").decode("latin-1"),
        headers=headers,
        length=0 if has_none else length,
        is_chunked=is_chunked and not has_none,
        keeps_connection=is_new and "close" not in named,
    )


def _framing(headers: Headers, *, is_new: bool) -> tuple[int | None, bool]:
    """Return the length of a body, if it is given, and whether the body is chunked."""
    codings = [value for name, value in headers if name == "transfer-encoding"]
    lengths = [value for name, value in headers if name == "content-length"]
    if codings and lengths:
        raise ProtocolError("the answer has both a content-length and a transfer-encoding")
    if codings:
        if len(codings) > 1 or codings[0].lower() != "chunked" or not is_new:
            raise ProtocolError("the answer has a transfer-encoding other than chunked")
        return None, True
    if len(lengths) > 1:
        raise ProtocolError("the answer has more than one content-length")
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise ProtocolError("the content-length of the answer is no length")
    return (int(lengths[0]), False) if lengths else (None, False)
