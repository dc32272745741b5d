"""Repositories of accounts, keys, tokens and rate limits, and what signs tokens."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
    Token,
)
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.accounts.rate_limits import (
    RateLimit,
    RateLimitCharge,
)


class AccountRepository(Protocol):
    """Stores accounts. Every method also raises ``StoreUnavailableError``."""

    def add(self, account: Account) -> None:
        """Store a new account, below its parent if it has one.

        Raises:
            AccountExistsError: the id is taken.
            AccountNotFoundError: the parent does not exist any more.
            QuotaExceededError: the tenant may have no more accounts.
        """
        ...

    def get(self, account_id: str) -> Account:
        """Return an account, by one strongly consistent read.

        Raises:
            AccountNotFoundError: no account has this id.
        """
        ...

    def replace(self, account: Account, before: Account) -> None:
        """Replace an account that is at the revision of ``before`` by its next revision.

        Raises:
            RevisionConflictError: the account is at another revision, or gone.
        """
        ...

    def remove(self, account: Account) -> None:
        """Remove an account that is at its revision.

        Raises:
            AccountHasChildrenError: it has accounts below it.
            RevisionConflictError: the account is at another revision, or gone.
        """
        ...

    def children(
        self,
        account_id: str | None,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Account]:
        """Yield the accounts right below another, or below None those at the top, by their ids.

        The store reads them in requests of ``at_once``, as the caller consumes them.
        """
        ...


class UsageRepository(Protocol):
    """Counts what accounts have; also raises ``StoreUnavailableError``."""

    def used(self, account_id: str, now: int) -> Mapping[Quota, int]:
        """Return how much of each of ``quotas.OF_ACCOUNTS`` an account has with all below it.

        What has expired at ``now``, in Unix seconds, may still count for as long as the store says.
        """
        ...


class ApiKeyRepository(Protocol):
    """Stores API keys by their SHA-256. Every method also raises ``StoreUnavailableError``."""

    def add(self, api_key: ApiKey) -> None:
        """Store a new key.

        Raises:
            ApiKeyExistsError: the store has this key already.
        """
        ...

    def get(self, sha256: str) -> ApiKey:
        """Return a key, expired or not.

        Raises:
            ApiKeyNotFoundError: no key has this SHA-256.
        """
        ...

    def replace(self, api_key: ApiKey, before: ApiKey) -> None:
        """Replace the key that has the same SHA-256, and was as ``before``.

        Raises:
            ApiKeyNotFoundError: no key has this SHA-256.
        """
        ...

    def remove(self, api_key: ApiKey) -> None:
        """Remove a key; does nothing if it is gone already."""
        ...

    def of_account(self, account_id: str) -> Sequence[ApiKey]:
        """Return the keys of an account, expired or not, in the order of their SHA-256."""
        ...


class RevokedTokenRepository(Protocol):
    """Stores revoked tokens until they expire; also raises ``StoreUnavailableError``."""

    def add(self, token: Token) -> None:
        """Store a token as revoked; to repeat it changes nothing."""
        ...

    def has(self, token: Token) -> bool:
        """Return whether a token was revoked."""
        ...


class TokenSigner(Protocol):
    """Signs tokens, and reads the tokens that it signed."""

    def sign(self, token: Token) -> str:
        """Return a token as signed text."""
        ...

    def read(self, text: str) -> Token:
        """Return the token that :meth:`sign` wrote, expired or not.

        Raises:
            UnauthorizedError: another secret signed the text, or none did.
        """
        ...


class InstallationSecret(Protocol):
    """The one secret of an installation, from which keys and the signature of tokens derive."""

    def read(self) -> bytes:
        """Return the secret, 32 bytes or more, always the same.

        Raises:
            StoreUnavailableError: the secret cannot be read now.
        """
        ...


class RateLimitRepository(Protocol):
    """Stores token buckets; also raises ``StoreUnavailableError``."""

    def take(self, bucket: str, size: RateLimit, cost: int, now_ms: int) -> RateLimitCharge:
        """Take ``cost`` tokens from the bucket of this name; a new bucket is full.

        No two callers get the same token, even at the same time.
        """
        ...
