"""Parse the values that events are made of, and refuse what is no event."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from isolambda_core.domain.errors import IsolambdaError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_AS_EXPECTED = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class UnknownEventError(IsolambdaError):
    """The dispatcher does not know such an event; ``expected`` says what it should have been."""

    def __init__(self, expected: str) -> None:
        super().__init__(f"what came is no {expected}")


@contextmanager
def reading(expected: str) -> Iterator[None]:
    """Read an event that may be malformed; also a decorator.

    Raises:
        UnknownEventError: it is; neither the error nor its cause holds anything of the event.
    """
    try:
        yield
    except _NOT_AS_EXPECTED:
        raise UnknownEventError(expected) from None


def text(value: object) -> str:
    """Return a value that must be text.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(value, str):
        raise TypeError
    return value


def unix_ms(time: object) -> int:
    """Return the Unix milliseconds of a time in ISO 8601, with its offset.

    Raises:
        TypeError: it is no text, or has no offset.
        ValueError: it is no time.
    """
    return (datetime.fromisoformat(text(time)) - _EPOCH) // timedelta(milliseconds=1)


def iso(at_ms: int) -> str:
    """Return a time of Unix milliseconds in ISO 8601, of UTC, milliseconds only if there are any.

    Raises:
        OverflowError: it is before the year 1, or after the year 9999.
    """
    time = _EPOCH + timedelta(milliseconds=at_ms)
    precision = "milliseconds" if at_ms % 1000 else "seconds"
    return time.isoformat(timespec=precision).replace("+00:00", "Z")
