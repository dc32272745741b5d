"""The store of the functions' values behind the API, where the executor has no right to it.

The API performs an operation for who shows the token of its execution. Connections to it are kept:
a new one takes several times as long as an operation.
"""

import time
from collections import deque
from collections.abc import Mapping
from select import select
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import KvGrant
from isolambda_core.domain.json_text import InvalidJsonError, dump, parse
from isolambda_core.domain.key_values.errors import KeyValueError
from isolambda_core.domain.key_values.operations import Fields, read_operation
from isolambda_core.domain.key_values.tokens import PATH
from isolambda_core.domain.limits import KV_PAGE_BYTES, OPERATIONS_AT_ONCE

if TYPE_CHECKING:
    from http.client import HTTPConnection

_SENT: Final = (
    "op",
    "namespace",
    "key",
    "value",
    "expected",
    "ttl_s",
    "by",
    "prefix",
    "start_key",
    "limit",
)
_BYTES_MAX: Final = 4 * KV_PAGE_BYTES
"""More than any answer has: a character that JSON escapes takes up to three times as long."""
_OK: Final = 200
_REPEATABLE: Final = ("get", "list")
_SHARE: Final = 0.9
"""How much of what is left of the wall time may pass; in the rest the function can tell of it."""


class RemoteKeyValues:
    """The port ``KeyValues`` over HTTP; safe for threads."""

    def __init__(self) -> None:
        self._idle: deque[tuple[str, HTTPConnection]] = deque(maxlen=OPERATIONS_AT_ONCE)

    def perform(self, request: ExecutionRequest, fields: Fields, deadline: float) -> Fields:
        """Have the API perform an operation; see ``KeyValues.perform``."""
        begun = time.monotonic()
        until = begun + _SHARE * (deadline - begun)
        grant = request.kv
        try:
            # What is not to be sent is refused here, with the same words.
            operation = read_operation(fields)
        except KeyValueError as error:
            return {"error": error.details}
        body = dump({name: fields[name] for name in _SENT if name in fields}).encode()
        tries = 2 if operation.op in _REPEATABLE else 1
        for _ in range(tries):
            found = None if grant is None else self._post(grant, body, until)
            if found is not None:
                return found
        waited_ms = round((time.monotonic() - begun) * 1e3)
        return _unavailable(
            f"the store did not answer within {waited_ms} ms, and may have done it or not"
        )

    def _post(self, grant: KvGrant, body: bytes, until: float) -> Fields | None:
        """Return the fields of the reply, or None where there was none."""
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
            connection.request("POST", f"{urlsplit(grant.url).path}{PATH}", body, headers)
            response = connection.getresponse()
            text = response.read(_BYTES_MAX + 1)
        except (OSError, HTTPException):
            connection.close()
            return None
        if response.will_close or not response.isclosed():
            connection.close()
        else:
            self._keep(grant.url, connection)
        return _fields_of(response.status, text)

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


def _fields_of(status: int, text: bytes) -> Fields:
    if len(text) > _BYTES_MAX:
        return _unavailable(f"the store answered more than {_BYTES_MAX} bytes")
    try:
        envelope = parse(text, around=4)
    except InvalidJsonError:
        envelope = None
    data = envelope.get("data") if isinstance(envelope, Mapping) else None
    if status != _OK or not isinstance(data, Mapping):
        return _unavailable(f"the store is not available: status {status}")
    return data


def _unavailable(message: str) -> Fields:
    return {"error": {"code": "unavailable", "message": message}}
