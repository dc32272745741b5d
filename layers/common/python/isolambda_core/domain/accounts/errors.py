"""Errors of accounts, keys and who may do what."""

from isolambda_core.domain.errors import ConflictError, IsolambdaError, NotFoundError


class TooManyRequestsError(IsolambdaError):
    """The token bucket of the caller holds too little; it will do in ``retry_after_s`` seconds."""

    def __init__(self, remaining: int, retry_after_s: int) -> None:
        super().__init__(f"too many requests; try again in {retry_after_s} s")
        self.remaining = remaining
        self.retry_after_s = retry_after_s


class UnauthorizedError(IsolambdaError):
    """No API key or token was given, or not one of ours, or one that is no longer good."""

    def __init__(self, message: str = "invalid credentials") -> None:
        super().__init__(message)


class ForbiddenError(IsolambdaError):
    """The key is good, but not for this; ``cause`` says why where that gives nothing away."""

    def __init__(self, cause: str | None = None) -> None:
        super().__init__(cause or "the key does not belong to this account")
        self.cause = cause


class AccountDisabledError(IsolambdaError):
    """The document of the account that would act, or execute, says ``enabled: false``."""

    def __init__(self, account_id: str) -> None:
        super().__init__(f"account {account_id!r} is disabled")


class AccountNotFoundError(NotFoundError):
    """No account has this id."""

    kind = "account"


class ApiKeyNotFoundError(NotFoundError):
    """No API key has this SHA-256."""

    kind = "API key"


class AccountExistsError(ConflictError):
    """The account id is taken."""


class AccountHasChildrenError(ConflictError):
    """The account has accounts under it, which must be deleted first."""


class ApiKeyExistsError(ConflictError):
    """The API key is taken."""
