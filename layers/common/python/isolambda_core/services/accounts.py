"""Say who is asking, and make accounts and keys."""

from dataclasses import dataclass

from isolambda_core.domain.accounts import Account, ApiKey, hash_api_key, is_api_key, new_api_key
from isolambda_core.domain.errors import ApiKeyNotFoundError, ForbiddenError, UnauthorizedError
from isolambda_core.domain.ids import new_id
from isolambda_core.ports import AccountRepository, ApiKeyRepository, Clock


@dataclass(frozen=True, slots=True)
class AccountService:
    """Accounts, and the keys that open them."""

    accounts: AccountRepository
    api_keys: ApiKeyRepository
    clock: Clock

    def create(self, name: str) -> tuple[Account, str]:
        """Make an account and a key of it; the secret is returned here and kept nowhere."""
        account = Account(new_id(), name, self.clock.now())
        secret = new_api_key()
        self.accounts.add(account)
        self.api_keys.add(ApiKey(hash_api_key(secret), account.id, account.created_at))
        return account, secret

    def authenticate(self, secret: str | None) -> str:
        """Return the id of the account that an API key speaks for.

        Raises:
            UnauthorizedError: no key, not the form of a key, or not one of ours.
        """
        if secret is None or not is_api_key(secret):
            raise UnauthorizedError
        try:
            api_key = self.api_keys.get(hash_api_key(secret))
        except ApiKeyNotFoundError:
            raise UnauthorizedError from None
        if not api_key.matches(secret):
            raise UnauthorizedError
        return api_key.account_id

    def authorize(self, caller_id: str, account_id: str) -> None:
        """Let a caller act on its own account, and on no other.

        Raises:
            AccountNotFoundError: there is no such account.
            ForbiddenError: it is somebody else's.
        """
        if caller_id != account_id:
            self.accounts.get(account_id)
            raise ForbiddenError
