"""Requests to the API of what performs operations, where the executor has no right to the table.

The API acts for who shows the token of its execution. Connections to it are kept: a new one takes
several times as long as an operation.
"""

import time
from collections import deque
from collections.abc import Mapping
from select import select
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from isolambda_core.domain.json_text import InvalidJsonError, parse
from isolambda_core.domain.limits import MIB, OPERATIONS_AT_ONCE
from isolambda_executor.operations import Fields

if TYPE_CHECKING:
    from http.client import HTTPConnection

_BYTES_MAX: Final = MIB
"""More than any answer has: a character that JSON escapes takes up to three times as long."""
_OK: Final = 200


class Grant(Protocol):
    """A right that the API knows by its token."""

    @property
    def url(self) -> str:
        """Where the API is, without a path."""
        ...

    @property
    def token(self) -> str:
        """What proves the right."""
        ...


class RemoteApi:
    """Posts to the API; safe for threads. ``what`` is it that answers, in its errors."""

    def __init__(self, what: str, path: str) -> None:
        self._what = what
        self._path = path
        self._idle: deque[tuple[str, HTTPConnection]] = deque(maxlen=OPERATIONS_AT_ONCE)

    def post(self, grant: Grant, body: bytes, until: float) -> Fields | None:
        """Return the fields of the reply, or None where there was none by ``until``.

        ``until`` is of ``time.monotonic``.
        """
        from http.client import HTTPException  # noqa: PLC0415 - with TLS 75 ms of a cold start

        left = until - time.monotonic()
        if left <= 0:
            return None
        connection = self._connection(grant.url)
        connection.timeout = left
        headers = {
            "host": urlsplit(grant.url).netloc,
            "authorization": f"Bearer {grant.token}",
            "content-type": "application/json",
        }
        try:
            if connection.sock is not None:
                connection.sock.settimeout(left)
            connection.request("POST", f"{urlsplit(grant.url).path}{self._path}", body, headers)
            response = connection.getresponse()
            text = response.read(_BYTES_MAX + 1)
        except (OSError, HTTPException):
            connection.close()
            return None
        if response.will_close or not response.isclosed():
            connection.close()
        else:
            self._keep(grant.url, connection)
        return self._fields_of(response.status, text)

    def _connection(self, url: str) -> "HTTPConnection":
        """Return a connection that is not in use, an idle one or a new one."""
        from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415 - as above

        while self._idle:
            try:
                of, idle = self._idle.pop()
            except IndexError:  # another thread took it
                break
            # What can be read of an idle connection is its end.
            if of == url and idle.sock is not None and not select([idle.sock], [], [], 0)[0]:
                return idle
            idle.close()
        parts = urlsplit(url)
        made = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        host = parts.hostname or ""
        # Names under localhost are of this machine (RFC 6761), which not every resolver knows.
        return made("localhost" if host.endswith(".localhost") else host, parts.port)

    def _keep(self, url: str, connection: "HTTPConnection") -> None:
        if len(self._idle) < OPERATIONS_AT_ONCE:
            self._idle.append((url, connection))
        else:
            connection.close()

    def _fields_of(self, status: int, text: bytes) -> Fields:
        if len(text) > _BYTES_MAX:
            return unavailable(f"{self._what} answered more than {_BYTES_MAX} bytes")
        try:
            envelope = parse(text, around=4)
        except InvalidJsonError:
            envelope = None
        data = envelope.get("data") if isinstance(envelope, Mapping) else None
        if status != _OK or not isinstance(data, Mapping):
            return unavailable(f"{self._what} is not available: status {status}")
        return data


def unavailable(message: str) -> Fields:
    """Return the fields of a reply: what was asked may have been done or not."""
    return {"error": {"code": "unavailable", "message": message}}
