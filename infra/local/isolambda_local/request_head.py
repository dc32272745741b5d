"""Find the head of a request in what a client sends, before anything parses it."""

import re
from typing import Final

from isolambda_core.domain.limits import REQUEST_HEAD_BYTES

_END: Final = b"\r\n\r\n"
_LINE_END: Final = b"\r\n"
_METHOD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (?! )")
# The parser takes a CONNECT for a tunnel, and does not know every method that a client may send.
_PARSED: Final = frozenset({b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"PATCH", b"POST", b"PUT"})
_ANY: Final = b"GET"
# This server changes to no other protocol, so it ignores the field (RFC 9110, 7.8); the parser
# would take what follows the head for that protocol.
_UPGRADE: Final = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)


class MalformedRequestError(Exception):
    """What a client sends is no request of HTTP/1.1, or its head is too long."""


RequestHead = tuple[str, bytes]
"""A whole head: its method, and its bytes as the parser is to have them."""


class HeadReader:
    """Collects the bytes of one head, up to ``limits.REQUEST_HEAD_BYTES``."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def take(self, data: bytes) -> tuple[RequestHead | None, bytes]:
        """Return the head if it is complete now, and what follows it.

        Raises:
            MalformedRequestError: it is too long, or begins with no method.
        """
        if not self._bytes and 0 < (end := data.find(_END)) <= REQUEST_HEAD_BYTES:
            after = end + len(_END)
            return _head(data[:after].removeprefix(_LINE_END)), data[after:]
        searched = max(0, len(self._bytes) - len(_END) + 1)
        self._bytes += data
        # A client may send one empty line before a request (RFC 9112, 2.2).
        if not searched and self._bytes.startswith(_LINE_END):
            del self._bytes[: len(_LINE_END)]
        end = self._bytes.find(_END, searched)
        if (len(self._bytes) if end < 0 else end) > REQUEST_HEAD_BYTES:
            raise MalformedRequestError
        if end < 0:
            return None, b""
        whole, rest = bytes(self._bytes[: end + len(_END)]), bytes(self._bytes[end + len(_END) :])
        self._bytes.clear()
        return _head(whole), rest


def _head(whole: bytes) -> RequestHead:
    found = _METHOD.match(whole)
    if found is None:
        raise MalformedRequestError
    method = found[1]
    parsed = whole if method in _PARSED else _ANY + whole[len(method) :]
    if _UPGRADE.search(parsed) is not None:
        parsed = _UPGRADE.sub(b"", parsed)
    return method.decode("ascii"), parsed
