"""Make, show, change and remove the API keys of an account."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from isolambda_core.domain.accounts.api_keys import (
    ALL_SCOPES,
    ApiKey,
    Scope,
    derive_api_key,
    hash_api_key,
)
from isolambda_core.domain.accounts.errors import ApiKeyNotFoundError
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.executions.callbacks import (
    derive_callback_secret,
    shown,
)
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import API_KEY_GRACE_S, API_KEYS
from isolambda_core.ports.accounts import (
    ApiKeyRepository,
    InstallationSecret,
)
from isolambda_core.ports.clock import Clock

IN_THE_PAST = Violation(("expires",), "error", None, None, "It must be in the future")


@dataclass(frozen=True, slots=True)
class KeyService:
    """Manages the keys of accounts: each has its own, and others with fewer permissions.

    Expired keys are removed when they are met.
    """

    api_keys: ApiKeyRepository
    secret: InstallationSecret
    clock: Clock

    def create_own(self, account_id: str) -> str:
        """Make an account's primary key, and return it."""
        return self._add(account_id, ALL_SCOPES, own=True)[1]

    def own(self, account_id: str) -> str:
        """Return an account's primary key, the newest.

        Raises:
            ApiKeyNotFoundError: it has none, or one that was made with another secret.
        """
        newest = max(self._own_keys(account_id), key=_age, default=None)
        if newest is None:
            raise ApiKeyNotFoundError(account_id)
        secret = derive_api_key(self.secret.read(), account_id, newest.id)
        if not newest.matches(secret):
            raise ApiKeyNotFoundError(account_id)
        return secret

    def change_own(self, account_id: str) -> str:
        """Replace the account's primary key, and return the new one.

        The old key stays valid for ``limits.API_KEY_GRACE_S``, or until the next change: two keys
        are valid while clients switch to the new one, never three. If two changes at the same
        moment leave more, the next change removes them.
        """
        before = sorted(self._own_keys(account_id), key=_age)
        secret = self.create_own(account_id)
        for api_key in before[:-1]:
            self.api_keys.remove(api_key)
        for api_key in before[-1:]:
            last = self.clock.now() + API_KEY_GRACE_S
            with suppress(ApiKeyNotFoundError):  # another change was faster
                self.api_keys.replace(replace(api_key, expires_at=last), api_key)
        return secret

    def callback_secret(self, account_id: str) -> str:
        """Return the secret that signs an account's callbacks, ``whsec_`` and base64."""
        return shown(derive_callback_secret(self.secret.read(), account_id))

    def list(self, account_id: str) -> Sequence[ApiKey]:
        """Return the valid keys of an account, in the order of their SHA-256."""
        now = self.clock.now()
        good = []
        for api_key in self.api_keys.of_account(account_id):
            if api_key.is_good(now):
                good.append(api_key)
            else:
                self.api_keys.remove(api_key)
        return good

    def create(
        self,
        account_id: str,
        scopes: Sequence[Scope],
        function_id: str | None,
        *,
        name: str | None = None,
        expires_at: int | None = None,
    ) -> tuple[ApiKey, str]:
        """Make another key, and return it with its secret; ``expires_at`` is Unix seconds.

        Raises:
            InvalidDocumentError: the account has as many as it may have, a key for one function is
                to do more than execute, or it would have expired already.
        """
        if expires_at is not None and expires_at <= self.clock.now():
            raise InvalidDocumentError([IN_THE_PAST])
        if function_id is not None and tuple(scopes) != (Scope.EXECUTE,):
            raise InvalidDocumentError([Violation(("scopes",), "enum", ["execute"], list(scopes))])
        if len(self.list(account_id)) >= API_KEYS:
            raise InvalidDocumentError([Violation(("api_keys",), "maxItems", API_KEYS, None)])
        return self._add(account_id, scopes, function_id, name=name, expires_at=expires_at)

    def remove(self, account_id: str, key_id: str) -> None:
        """Remove a key, which invalidates its tokens.

        Raises:
            ApiKeyNotFoundError: the account has no such key.
        """
        found = [key for key in self.list(account_id) if key.id == key_id]
        if not found:
            raise ApiKeyNotFoundError(key_id)
        for api_key in found:
            self.api_keys.remove(api_key)

    def remove_all(self, account_id: str) -> None:
        """Remove every key of an account."""
        for api_key in self.api_keys.of_account(account_id):
            self.api_keys.remove(api_key)

    def _own_keys(self, account_id: str) -> Sequence[ApiKey]:
        return [api_key for api_key in self.list(account_id) if api_key.own]

    def _add(
        self,
        account_id: str,
        scopes: Sequence[Scope],
        function_id: str | None = None,
        *,
        own: bool = False,
        name: str | None = None,
        expires_at: int | None = None,
    ) -> tuple[ApiKey, str]:
        key_id = new_id()
        secret = derive_api_key(self.secret.read(), account_id, key_id)
        api_key = ApiKey(
            sha256=hash_api_key(secret),
            id=key_id,
            account_id=account_id,
            created_at=self.clock.now(),
            scopes=tuple(scopes),
            function_id=function_id,
            own=own,
            expires_at=expires_at,
            name=name,
        )
        self.api_keys.add(api_key)
        return api_key, secret


def _age(api_key: ApiKey) -> tuple[bool, int, str]:
    # One that is to expire is older than one that is not, even if both are of the same second.
    return api_key.expires_at is None, api_key.created_at, api_key.id
