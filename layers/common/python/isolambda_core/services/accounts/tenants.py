"""Find the tenant of an account, for all that tenants share."""

from functools import lru_cache

from isolambda_core.domain.accounts.errors import AccountNotFoundError
from isolambda_core.ports.accounts import AccountRepository

_REMEMBERED = 10_000


class Tenants:
    """Finds tenants, and remembers the latest: an account never moves to another place."""

    def __init__(self, accounts: AccountRepository) -> None:
        def find(account_id: str) -> str:
            return accounts.get(account_id).tenant

        self._find = lru_cache(_REMEMBERED)(find)

    def of(self, account_id: str) -> str:
        """Return the tenant of an account; see ``Account.tenant``.

        An account that has been deleted is a tenant by itself.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        try:
            return self._find(account_id)
        except AccountNotFoundError:
            return account_id
