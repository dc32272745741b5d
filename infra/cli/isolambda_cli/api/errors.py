"""What can go wrong between a command and the API, each in one clear line.

IsolambdaError
├── ApiError             the API refused
├── UnreachableError     no answer came, or none of Isolambda's
│   └── RedirectError    the server sends the request elsewhere
└── ProfileError         it is not known which server is meant, with which key
    └── NotLoggedInError   because nothing says so
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from isolambda_core.domain.errors import IsolambdaError

_SHOWN = 120
"""Characters of a value that are shown."""
_REASON = 4000
"""Characters of what an answer says is wrong."""
_DIGITS = 5
"""Of a time to wait in seconds, at most."""


class ProfileError(IsolambdaError):
    """There is no profile to use, or it cannot be used; ``str(error)`` says what to do."""


class NotLoggedInError(ProfileError):
    """Nothing says which server is meant."""


class UnreachableError(IsolambdaError):
    """No answer came from the server, or none of Isolambda's; ``str(error)`` says why."""


class RedirectError(UnreachableError):
    """The server sends the request elsewhere, where the key does not go."""

    def __init__(self, url: str, status: int, location: str) -> None:
        super().__init__(
            f"{url} redirects to {location[:_SHOWN]} (HTTP {status}), where the key does not go; "
            "log in with the URL of the API itself"
        )


class ApiError(IsolambdaError):
    """The API refused a request.

    ``data`` is that of its answer, and ``retry_after_s`` when to try again, if it says when.
    """

    def __init__(
        self,
        status: int,
        envelope: Mapping[str, Any],
        method: str,
        path: str,
        headers: Mapping[str, str],
    ) -> None:
        self.status = status
        self.data = envelope.get("data")
        seconds = headers.get("retry-after", "")
        self.retry_after_s = (
            int(seconds) if seconds.isdecimal() and len(seconds) <= _DIGITS else None
        )
        super().__init__(_message(status, self.data, envelope, f"{method} {path}"))
        if self.retry_after_s is not None:
            self.args = (f"{self}; try again in {self.retry_after_s} s",)


def _message(status: int, data: Any, envelope: Mapping[str, Any], request: str) -> str:
    reason = "; ".join(_lines(data)) or str(envelope.get("message") or f"HTTP {status}")
    if len(reason) > _REASON:
        reason = f"{reason[:_REASON]}…"
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return "the server does not know this key, or it has expired: isolambda login"
        case HTTPStatus.FORBIDDEN:
            cause = _cause(data)
            return f"this key may not do that ({request}): {cause or 'its scopes do not allow it'}"
        case HTTPStatus.NOT_FOUND:
            cause = _cause(data)
            return f"not found: {cause}" if cause else f"not found ({request}): {reason}"
        case HTTPStatus.LOCKED:
            return "the account is disabled; its operator enables it"
    return (
        reason
        if status < HTTPStatus.INTERNAL_SERVER_ERROR
        else f"{reason} (HTTP {status}, {request})"
    )


def _lines(data: Any) -> Iterator[str]:
    """Yield what the API says is wrong, a field each: which, which rule, and what it had."""
    if not isinstance(data, Mapping):
        return
    if isinstance(data.get("message"), str):
        yield _with_cause(data)
        return
    for name, rules in data.items():
        if isinstance(rules, Mapping):
            for details in rules.values():
                if isinstance(details, Mapping) and isinstance(details.get("message"), str):
                    yield _of_field(name, details)


def _cause(data: Any) -> str | None:
    cause = data.get("cause") if isinstance(data, Mapping) else None
    return cause[:_REASON] if isinstance(cause, str) else None


def _with_cause(data: Mapping[str, Any]) -> str:
    message, cause = data["message"], data.get("cause")
    return f"{message}: {cause}" if isinstance(cause, str) and cause not in message else message


def _of_field(name: str, details: Mapping[str, Any]) -> str:
    message, line = details["message"], details.get("line")
    # What a compiler says has the place already, before its message.
    is_placed = line is None or f":{line}:" in message
    place = "" if is_placed else f" (line {line}, column {details.get('column')})"
    value = f", not {str(details['value'])[:_SHOWN]}" if _is_short(details.get("value")) else ""
    return f"{name.replace('%2E', '.')}: {message}{place}{value}"


def _is_short(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
