"""Which hosts an execution may reach: those of its document, below the ceilings of accounts."""

from isolambda_core.domain.accounts.accounts import ceilings_of
from isolambda_core.domain.functions.functions import Function
from isolambda_core.ports.accounts import AccountRepository


def net_of(function: Function, accounts: AccountRepository) -> tuple[tuple[str, ...], ...]:
    """Return ``ExecutionRequest.net`` for a function; nothing is read for one that names no host.

    The executor adds what the installation allows.

    Raises:
        AccountNotFoundError: the function's account is gone.
    """
    own = function.net
    if not own:
        return ()
    account = accounts.get(function.account_id)
    return (own, *ceilings_of([account, *map(accounts.get, account.ancestor_ids)]))
