"""Where accounts are kept, and what lets somebody in."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
    Token,
)
from isolambda_core.domain.accounts.rate_limits import (
    RateLimit,
    RateLimitCharge,
)


class AccountRepository(Protocol):
    """Where accounts are kept; every method also raises ``StoreUnavailableError``."""

    def add(self, account: Account) -> None:
        """Keep a new account, below its parent if it has one.

        Raises:
            AccountExistsError: the id is taken.
            AccountNotFoundError: the parent is not there any more.
        """
        ...

    def get(self, account_id: str) -> Account:
        """Return an account, by one strongly consistent read.

        Raises:
            AccountNotFoundError: there is none with this id.
        """
        ...

    def replace(self, account: Account, expected_revision: int) -> None:
        """Write the next revision over ``expected_revision``, and over no other.

        Raises:
            RevisionConflictError: the account is at another revision, or gone.
        """
        ...

    def remove(self, account: Account) -> None:
        """Remove an account, at its revision and at no other.

        Raises:
            AccountHasChildrenError: there are accounts below it.
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
        """Yield the accounts right below another, in the order of their ids, read as taken.

        Below None are those at the top.
        """
        ...


class ApiKeyRepository(Protocol):
    """Where API keys are kept, by SHA-256; every method also raises ``StoreUnavailableError``."""

    def add(self, api_key: ApiKey) -> None:
        """Keep a new key.

        Raises:
            ApiKeyExistsError: the key is taken.
        """
        ...

    def get(self, sha256: str) -> ApiKey:
        """Return a key, expired or not.

        Raises:
            ApiKeyNotFoundError: there is none with this SHA-256.
        """
        ...

    def replace(self, api_key: ApiKey) -> None:
        """Write a key that is there over itself.

        Raises:
            ApiKeyNotFoundError: there is none with its SHA-256.
        """
        ...

    def remove(self, api_key: ApiKey) -> None:
        """Remove a key; one that is not there stays so."""
        ...

    def of_account(self, account_id: str) -> Sequence[ApiKey]:
        """Return the keys of an account, expired or not, in the order of their SHA-256."""
        ...


class RevokedTokenRepository(Protocol):
    """Where revoked tokens are kept until they expire; also raises ``StoreUnavailableError``."""

    def add(self, token: Token) -> None:
        """Keep a token as revoked; once more does no harm."""
        ...

    def has(self, token: Token) -> bool:
        """Tell whether a token was revoked."""
        ...


class TokenSigner(Protocol):
    """Writes tokens as signed text, and reads its own."""

    def sign(self, token: Token) -> str:
        """Return a token as text."""
        ...

    def read(self, text: str) -> Token:
        """Return what a text of :meth:`sign` says, expired or not.

        Raises:
            UnauthorizedError: it was not signed here.
        """
        ...


class InstallationSecret(Protocol):
    """The one secret of an installation, from which keys and the signature of tokens derive."""

    def read(self) -> bytes:
        """Return the secret, 32 bytes or more, always the same.

        Raises:
            StoreUnavailableError: it cannot be read now.
        """
        ...


class RateLimitRepository(Protocol):
    """Where token buckets are kept; also raises ``StoreUnavailableError``."""

    def take(self, bucket: str, size: RateLimit, cost: int, now_ms: int) -> RateLimitCharge:
        """Take ``cost`` tokens from the bucket of this name, full when it was never asked.

        Of many that take at once, none gets a token that another has.
        """
        ...
