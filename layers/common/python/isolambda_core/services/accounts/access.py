"""Authenticate callers, authorize them, and issue tokens."""

from collections.abc import Callable
from dataclasses import dataclass

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
    Caller,
    Scope,
    Token,
    hash_api_key,
    is_api_key,
)
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    ApiKeyNotFoundError,
    ForbiddenError,
    UnauthorizedError,
)
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import TOKEN_S
from isolambda_core.ports.accounts import (
    AccountRepository,
    ApiKeyRepository,
    RevokedTokenRepository,
    TokenSigner,
)
from isolambda_core.ports.clock import Clock

_RESTRICTED = "access denied by token restrictions"


@dataclass(frozen=True, slots=True)
class AccessService:
    """Authenticates and authorizes callers by API keys and tokens.

    A token is valid as long as its key: each request reads the key, so a token ends with its key.
    ``note`` gets each account that a caller reaches, as it was just read.
    """

    accounts: AccountRepository
    api_keys: ApiKeyRepository
    revoked: RevokedTokenRepository
    signer: TokenSigner
    clock: Clock
    note: Callable[[Account], object] = lambda _: None

    def authenticate(self, credential: str) -> Caller:
        """Return the caller of an API key or a token; it takes one read, for a token two.

        Raises:
            UnauthorizedError: it is unknown, or it has expired, or was removed or revoked.
        """
        if is_api_key(credential):
            return Caller(self._good_key(hash_api_key(credential), credential))
        token = self.signer.read(credential)
        if self.clock.now() >= token.expires_at or self.revoked.has(token):
            raise UnauthorizedError
        return Caller(self._good_key(token.api_key_sha256), token)

    def holder(self, key_sha256: str, expires_at: int | None) -> Caller:
        """Return the caller of a request under way, whose key had this SHA-256; one read.

        ``expires_at`` is of the caller, and also of a token that it showed.

        Raises:
            UnauthorizedError: the key was removed, or it has expired by now.
        """
        if expires_at is not None and self.clock.now() >= expires_at:
            raise UnauthorizedError
        return Caller(self._good_key(key_sha256))

    def authorize(
        self, caller: Caller, account_id: str, scope: Scope, function_id: str | None = None
    ) -> Account:
        """Return an account if a caller may use it for ``scope``.

        A caller may use the account of its key, and all accounts below it. ``function_id`` is the
        function to execute. It takes one read, for another account than the caller's two. A
        disabled account executes nothing and manages nothing; accounts above it still manage it.

        Raises:
            AccountNotFoundError: there is no such account.
            ForbiddenError: the account is not the caller's or below it, or the key lacks the scope.
            AccountDisabledError: the account that acts or executes is disabled.
        """
        account = self.reach(caller, account_id)
        self.permit(caller, account, scope, function_id)
        return account

    def reach(self, caller: Caller, account_id: str) -> Account:
        """Return an account if a caller may use it for anything; reads as :meth:`authorize` does.

        Raises:
            AccountNotFoundError: there is no such account.
            ForbiddenError: the account is not the caller's or below it.
            AccountDisabledError: the account that acts is disabled.
        """
        account = self.accounts.get(account_id)
        if account_id == caller.account_id:
            _require_enabled(account)
        else:
            self._require_above(caller, account)
        self.note(account)
        return account

    def permit(
        self, caller: Caller, account: Account, scope: Scope, function_id: str | None = None
    ) -> None:
        """Let a caller pass who may use for ``scope`` an account that it reaches.

        Raises:
            ForbiddenError: the key lacks the scope.
            AccountDisabledError: the account that executes is disabled.
        """
        if scope is Scope.EXECUTE:
            _require_enabled(account)
        if not caller.may(scope, function_id):
            raise ForbiddenError(_RESTRICTED)

    def issue(self, api_key: str) -> tuple[Account, str]:
        """Return the account of an API key, and a token for the key, for ``limits.TOKEN_S``.

        Raises:
            ApiKeyNotFoundError: the key is unknown, or has expired.
            AccountDisabledError: its account is disabled.
        """
        try:
            key = self._good_key(hash_api_key(api_key), api_key)
            account = self.accounts.get(key.account_id)
        except (UnauthorizedError, AccountNotFoundError):
            raise ApiKeyNotFoundError(hash_api_key(api_key)) from None
        _require_enabled(account)
        now = self.clock.now()
        token = Token(new_id(), account.id, key.sha256, now, now + TOKEN_S)
        return account, self.signer.sign(token)

    def revoke(self, token: Token) -> None:
        """Revoke a token, at once and for all processes."""
        self.revoked.add(token)

    def _require_above(self, caller: Caller, account: Account) -> None:
        if caller.account_id not in account.ancestor_ids:
            raise ForbiddenError
        try:
            _require_enabled(self.accounts.get(caller.account_id))
        except AccountNotFoundError:  # another request deletes it now
            raise ForbiddenError from None

    def _good_key(self, sha256: str, secret: str | None = None) -> ApiKey:
        try:
            api_key = self.api_keys.get(sha256)
        except ApiKeyNotFoundError:
            raise UnauthorizedError from None
        if not api_key.is_good(self.clock.now()):
            raise UnauthorizedError
        if secret is not None and not api_key.matches(secret):
            raise UnauthorizedError
        return api_key


def _require_enabled(account: Account) -> None:
    if not account.enabled:
        raise AccountDisabledError(account.id)
