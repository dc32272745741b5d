"""Heads of requests and responses of HTTP/1.1, read strictly.

Two programs that read a head differently can be played off against each other. So what could be
read in two ways is refused: line ends without CR, folded lines, spaces before a colon, and lengths
that are given twice.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from isolambda_core.net.errors import ProtocolError, TooLargeError
from isolambda_core.net.incoming import Incoming

Headers = Sequence[tuple[str, str]]
"""Names and values, whose characters are bytes; names of responses are in lower case."""

_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_STATUS: Final = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: ([\t -~\x80-\xff]*))?")
_NAME: Final = re.compile(_TOKEN.decode())
# Each of these takes time that grows with the text alone: none has two ways to read a part.
_VALUE: Final = re.compile("[\t -~\x80-\xff]*")
_LENGTH: Final = re.compile("[0-9]{1,15}")
_HTTP: Final = b"HTTP/1."
_END: Final = b"\r\n\r\n"
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
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not is_header(name, value):
            raise ProtocolError("the answer has a line that is no header")
        yield name.lower(), value.strip("\t ")


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
