"""Why a fetch failed, as its function learns it."""

import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Final

from isolambda_core.domain.json_text import JsonValue
from isolambda_core.net.errors import ProtocolError, TooLargeError
from isolambda_core.net.resolving import PrivateAddressError

_LIMITS: Final[Mapping[str, str]] = {
    "the head of the answer": "fetch_head_bytes",
    "the number of headers of the answer": "fetch_headers",
    "the trailer of the answer": "fetch_trailer_bytes",
    "the body of the answer": "fetch_body_bytes",
}
_CODES: Final[Sequence[tuple[type[Exception], str, str]]] = (
    (PrivateAddressError, "private_address", "{host} has an address that is not public"),
    (TimeoutError, "timeout", "{host} had not answered when the execution's time was over"),
    (socket.gaierror, "unresolved", "{host} has no address: {reason}"),
    (ssl.SSLCertVerificationError, "tls", "the certificate is not good for {host}: {reason}"),
    (ssl.SSLEOFError, "protocol", "{host} closed the connection within its answer"),
    (ssl.SSLError, "tls", "{host} does not speak TLS as it should: {reason}"),
    (OSError, "connect", "the connection to {host} failed: {reason}"),
    (ProtocolError, "protocol", "{host} does not speak HTTP as it should: {reason}"),
)
"""Most specific first."""

FAILURES: Final[tuple[type[Exception], ...]] = (*(kind for kind, *_ in _CODES), TooLargeError)
"""What is raised where a server, or the way to it, fails."""


class FetchError(Exception):
    """A fetch failed; ``code`` is one of a closed set (infra/docs/network.md).

    ``limit``, ``value`` and ``used`` say which limit is in the way, if one is.
    """

    def __init__(
        self,
        code: str,
        message: str,
        limit: str | None = None,
        value: int | None = None,
        used: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self._exceeded = {"limit": limit, "value": value, "used": used}

    @property
    def fields(self) -> dict[str, JsonValue]:
        """The error as the isolate gets it."""
        known = {name: each for name, each in self._exceeded.items() if each is not None}
        return {"code": self.code, "message": str(self), **known}


def over_limit(what: str, limit: str, value: int, used: int, code: str = "too_large") -> FetchError:
    """Return the error of what went over a limit."""
    message = f"{what}: the limit {limit} is {value}, and {used} were used"
    return FetchError(code, message, limit, value, used)


def error_of(failure: Exception, host: str) -> FetchError:
    """Return what a failure of ``FAILURES`` means for a function that fetches from ``host``."""
    if isinstance(failure, TooLargeError):
        limit = _LIMITS[failure.what]
        return over_limit(
            f"{failure.what} of {host} is too large", limit, failure.value, failure.used
        )
    code, message = next(
        (code, message) for kind, code, message in _CODES if isinstance(failure, kind)
    )
    return FetchError(code, message.format(host=host, reason=_reason(failure)))


def _reason(failure: Exception) -> str:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return failure.verify_message
    if isinstance(failure, ssl.SSLError):
        return (failure.reason or "it failed").lower().replace("_", " ")
    if isinstance(failure, OSError):
        return (failure.strerror or str(failure) or "it ended").lower()
    return str(failure)
