"""Names of values, and values as every store has them."""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property

from isolambda_core.domain import limits
from isolambda_core.domain.json_text import (
    InvalidJsonError,
    JsonValue,
    dump_utf8,
    is_deeper_than,
    parse,
)
from isolambda_core.domain.key_values.errors import (
    InvalidOperationError,
    LimitExceededError,
    NamespacesExceededError,
    NotAnIntegerError,
    OutOfRangeError,
)

_NAMESPACE = re.compile(rf"[a-z][a-z0-9_-]{{0,{limits.KV_NAMESPACE_CHARACTERS - 1}}}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DAY_S, _MONTH_S = 24 * 3_600, 30 * 24 * 3_600
NEVER = 2**40
"""When that is counted fewer which does not expire; as a time, some tens of thousands of years."""


@dataclass(frozen=True, slots=True)
class ItemKey:
    """Where a value is: a key in a namespace of an account."""

    account_id: str
    namespace: str
    key: str


@dataclass(frozen=True)
class Value:
    """A value as it is stored: compact JSON in UTF-8, in which a lone surrogate is three bytes."""

    encoded: bytes

    @cached_property
    def json(self) -> JsonValue:
        """The value itself."""
        return parse(self.encoded, around=0)

    @cached_property
    def integer(self) -> int | None:
        """The integer that it is, if JavaScript has it exactly."""
        number = self.json if len(self.encoded) <= len(str(-limits.KV_INTEGER_MAX)) else None
        if type(number) is not int or abs(number) > limits.KV_INTEGER_MAX:
            return None
        return number

    @cached_property
    def digest(self) -> str:
        """A digest that equal JSON values share, however their keys are ordered; hexadecimal."""
        canonical = json.dumps(_canonical(self.json), separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A value under its key; ``expires_at`` is in Unix seconds, None for never."""

    key: str
    value: Value
    expires_at: int | None = None

    def has_expired(self, now: int) -> bool:
        """Return whether it is to be seen no more at ``now``."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def counted_bytes(self) -> int:
        """What it counts for, in whole KiB: most writes over a value then change no count."""
        size = len(self.key.encode()) + len(self.value.encoded)
        return -(-size // limits.KIB) * limits.KIB


def counted_until(expires_at: int | None, now: int) -> int:
    """Return until when a value counts that is written now, in Unix seconds.

    A count is kept for each such time of an account. So it is the end of an hour for what expires
    within a day, of a day within 30 days, and of 30 days beyond that: 70 counts at most.
    """
    if expires_at is None:
        return NEVER
    left = expires_at - now
    slot = 3_600 if left <= _DAY_S else _DAY_S if left <= _MONTH_S else _MONTH_S
    return -(-expires_at // slot) * slot


def incremented(found: KeyValue | None, by: int) -> int:
    """Return the sum of a value, 0 where there is none, and ``by``.

    Raises:
        NotAnIntegerError: the value is no integer.
        OutOfRangeError: the sum is beyond what a double holds.
    """
    number = 0 if found is None else found.value.integer
    if number is None:
        raise NotAnIntegerError
    total = number + by
    if abs(total) > limits.KV_INTEGER_MAX:
        raise OutOfRangeError("the sum", "integer", limits.KV_INTEGER_MAX, total)
    return total


def require_namespaces(count: int) -> None:
    """Let pass ``count`` namespaces of an account.

    Raises:
        NamespacesExceededError: they are too many.
    """
    if count > limits.KV_NAMESPACES:
        message = "namespaces of the account"
        raise NamespacesExceededError(message, "kv_namespaces", limits.KV_NAMESPACES, count)


def check_namespace(namespace: JsonValue) -> str:
    """Return a namespace.

    Raises:
        InvalidOperationError: it is none.
    """
    if not isinstance(namespace, str) or not _NAMESPACE.fullmatch(namespace):
        raise InvalidOperationError(
            "a namespace has 1 to 64 of a-z, 0-9, _ and -, and begins with a letter"
        )
    return namespace


def check_key(key: JsonValue, what: str = "key", shortest: int = 1) -> str:
    """Return a key, or with another ``what`` a part of one.

    Raises:
        InvalidOperationError: it is none.
        LimitExceededError: it is too long.
    """
    if not isinstance(key, str):
        raise InvalidOperationError(f"the {what} is not a string")
    try:
        # No character takes less than a byte, so a huge one need not be encoded.
        size = len(key) if len(key) > limits.KV_KEY_BYTES else len(key.encode())
    except UnicodeEncodeError:
        raise InvalidOperationError(f"the {what} has a lone surrogate") from None
    if size > limits.KV_KEY_BYTES:
        raise LimitExceededError(f"bytes of the {what}", "key_bytes", limits.KV_KEY_BYTES, size)
    if size < shortest:
        raise InvalidOperationError(f"the {what} is empty")
    if _CONTROL.search(key):
        raise InvalidOperationError(f"the {what} has a control character")
    return key


def check_value(value: JsonValue, what: str = "value") -> Value:
    """Return a JSON value as it is stored.

    Raises:
        InvalidOperationError: it is no JSON value.
        LimitExceededError: it is too large, or nests too deeply.
    """
    deepest = limits.KV_VALUE_DEPTH
    if is_deeper_than(value, deepest):
        message = f"levels of the {what}"
        raise LimitExceededError(message, "value_depth", deepest, deepest + 1)
    try:
        encoded = dump_utf8(value)
    except (InvalidJsonError, TypeError, ValueError):  # ValueError: NaN and Infinity
        raise InvalidOperationError(f"the {what} is not JSON") from None
    if len(encoded) > limits.KV_VALUE_BYTES:
        message = f"bytes of the {what}"
        raise LimitExceededError(message, "value_bytes", limits.KV_VALUE_BYTES, len(encoded))
    return Value(encoded)


def check_integer(number: JsonValue, what: str, lowest: int, highest: int) -> int:
    """Return an integer in a range.

    Raises:
        InvalidOperationError: it is no integer, or outside of the range.
    """
    if type(number) is not int or not lowest <= number <= highest:
        raise InvalidOperationError(f"{what} is not an integer from {lowest} to {highest}")
    return number


def _canonical(value: JsonValue) -> JsonValue:
    """Return a value in which numbers that are equal are written alike."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: _canonical(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    return value
