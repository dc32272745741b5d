"""Errors of accounts, keys and authorization.

IsolambdaError
├── TooManyRequestsError        the token bucket of the caller is empty
├── UnauthorizedError           no API key or token, or an invalid one
├── ForbiddenError              the key is valid, but not for this
├── AccountDisabledError        the account's document says ``enabled: false``
├── NotFoundError
│   ├── AccountNotFoundError
│   └── ApiKeyNotFoundError
├── ConflictError
│   ├── AccountExistsError
│   ├── AccountHasChildrenError accounts under it must be deleted first
│   └── ApiKeyExistsError
└── StoreUnavailableError
    └── QuotaExceededError      the store takes no more of the tenant
        └── StorageFullError    … no more records
"""

from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.errors import (
    ConflictError,
    IsolambdaError,
    NotFoundError,
    StoreUnavailableError,
)


class TooManyRequestsError(IsolambdaError):
    """The bucket of the caller has too few tokens; it has enough in ``retry_after_s`` seconds."""

    def __init__(self, remaining: int, retry_after_s: int) -> None:
        super().__init__(f"too many requests; try again in {retry_after_s} s")
        self.remaining = remaining
        self.retry_after_s = retry_after_s


class UnauthorizedError(IsolambdaError):
    """The request has no API key or token, or an unknown or expired one."""

    def __init__(self, message: str = "invalid credentials") -> None:
        super().__init__(message)


class ForbiddenError(IsolambdaError):
    """The key is good, but not for this; ``cause`` says why where that gives nothing away."""

    def __init__(self, cause: str | None = None) -> None:
        super().__init__(cause or "the key does not belong to this account")
        self.cause = cause


class AccountDisabledError(IsolambdaError):
    """The account that acts or executes is disabled."""

    def __init__(self, account_id: str) -> None:
        super().__init__(f"account {account_id!r} is disabled")


class AccountNotFoundError(NotFoundError):
    """No account has this id."""

    kind = "account"


class ApiKeyNotFoundError(NotFoundError):
    """No API key has this SHA-256."""

    kind = "API key"


class AccountExistsError(ConflictError):
    """Another account has this id."""


class AccountHasChildrenError(ConflictError):
    """The account has accounts under it, which must be deleted first."""


class ApiKeyExistsError(ConflictError):
    """The store has this API key already."""


class QuotaExceededError(StoreUnavailableError):
    """The store takes no more of the tenant, and is as it was.

    ``limit`` is the value of the quota, and ``used`` what the tenant has of it.
    """

    def __init__(self, quota: Quota, used: int, limit: int, counted: str) -> None:
        IsolambdaError.__init__(self, f"there are {used} {counted}; the limit is {limit}")
        self.quota = quota
        self.used = used
        self.limit = limit

    @property
    def retry_after_s(self) -> int | None:
        """When there may be less without the tenant's doing; None for never."""
        rule = RULES.get(self.quota)
        return None if rule is None else rule.retry_after_s


class StorageFullError(QuotaExceededError):
    """The store takes no more records, of the tenant or of anyone."""


def quota_exceeded(quota: Quota, used: int, limit: int | None = None) -> QuotaExceededError:
    """Return the error for an account that has ``used`` of a quota, which is all of it.

    Without a ``limit`` of the account's own it is the quota's.
    """
    kind = StorageFullError if quota is Quota.RECORD_BYTES else QuotaExceededError
    rule = RULES[quota]
    return kind(quota, used, rule.limit if limit is None else limit, rule.counted)


def disk_full(used: int, limit: int) -> StorageFullError:
    """Return the error for a disk on which ``used`` bytes are more than ``limit``."""
    return StorageFullError(Quota.DISK_BYTES, used, limit, "bytes used on the disk")
