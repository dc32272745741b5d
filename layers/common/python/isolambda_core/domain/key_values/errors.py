"""Errors of the key-value store; a function and an operator read the same words.

IsolambdaError
├── KeyValueError               the operation is refused
│   ├── InvalidOperationError   it is none of ours, or a part of it breaks a rule
│   ├── NamespaceError          the namespace is not among those of the function
│   ├── NotAnIntegerError       ``increment`` found another value than an integer
│   └── LimitExceededError      a part of it, or all of them together, are over a limit
│       ├── OutOfRangeError     ``increment`` would make an integer that no double holds
│       ├── NamespacesExceededError  the account has as many namespaces as it may
│       └── OperationsExceededError  the execution has made as many operations as it may
└── NotFoundError
    └── KeyNotFoundError        the namespace has no such key, or its value has expired
"""

from collections.abc import Mapping
from typing import ClassVar

from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import IsolambdaError, NotFoundError
from isolambda_core.domain.json_text import JsonValue


class KeyValueError(IsolambdaError):
    """The operation is refused, and nothing was written; ``code`` is one of a closed set.

    Where a limit refuses it, ``limit`` is its name, ``value`` what it allows, and ``used`` what
    there is or would be.
    """

    code: ClassVar[str]
    limit: str | None = None
    value: int = 0
    used: int = 0

    @property
    def details(self) -> Mapping[str, JsonValue]:
        """The code and the message, and of a limit its name, its value, and what was used."""
        details = {"code": self.code, "message": str(self)}
        if self.limit is None:
            return details
        return {**details, "limit": self.limit, "value": self.value, "used": self.used}


class InvalidOperationError(KeyValueError):
    """The operation is none of ours, or a part of it breaks a rule."""

    code = "invalid"


class NamespaceError(KeyValueError):
    """The namespace is not among those of the function's document."""

    code = "not_allowed"


class NotAnIntegerError(KeyValueError):
    """``increment`` found another value than an integer that a double holds."""

    code = "not_an_integer"

    def __init__(self) -> None:
        super().__init__("the value is not an integer from -(2**53 - 1) to 2**53 - 1")


class LimitExceededError(KeyValueError):
    """A part of the operation is over a limit."""

    code = "too_large"

    def __init__(self, message: str, limit: str, value: int, used: int) -> None:
        super().__init__(f"{message}: {used}; the limit is {value}")
        self.limit = limit
        self.value = value
        self.used = used


class OutOfRangeError(LimitExceededError):
    """``increment`` would make an integer that no double holds."""

    code = "out_of_range"


class NamespacesExceededError(LimitExceededError):
    """The account has values in as many namespaces as it may have."""

    code = "exceeded_quota"


class OperationsExceededError(LimitExceededError):
    """The execution has made as many operations as it may."""

    code = "exceeded_kv"


class KeyNotFoundError(NotFoundError):
    """The namespace has no such key, or its value has expired."""

    kind = "key"


def quota_details(message: str, quota: Quota, limit: int, used: int) -> Mapping[str, JsonValue]:
    """Return the details of a quota that refuses a value, as those of our own errors."""
    details = {"code": "exceeded_quota", "message": message}
    return {**details, "limit": str(quota), "value": limit, "used": used}
