"""The tenant of an account: the account at the top of its tree."""

from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.services.accounts.tenants import Tenants
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.accounts import SqliteAccountRepository

TOP, BELOW, DEEPER, OTHER = "a" * 32, "b" * 32, "c" * 32, "d" * 32


@dataclass(frozen=True, slots=True)
class CountedAccounts(SqliteAccountRepository):
    """Notes each account that is read; ``faults`` are raised first."""

    read: list[str] = field(default_factory=list)
    faults: list[StoreUnavailableError] = field(default_factory=list)

    @override
    def get(self, account_id: str) -> Account:
        self.read.append(account_id)
        if self.faults:
            raise self.faults.pop()
        return SqliteAccountRepository.get(self, account_id)


@pytest.fixture
def accounts(store: SqliteStore) -> CountedAccounts:
    for account_id, ancestor_ids in (
        (TOP, ()),
        (BELOW, (TOP,)),
        (DEEPER, (TOP, BELOW)),
        (OTHER, ()),
    ):
        document: Document = {"name": "n", "enabled": True}
        store.accounts.add(Account(account_id, document, 1, 1, 1, ancestor_ids))
    return CountedAccounts(store.database, store.audit)


@pytest.mark.parametrize(
    ("account_id", "tenant"), [(TOP, TOP), (BELOW, TOP), (DEEPER, TOP), (OTHER, OTHER)]
)
def test_a_tenant_is_the_account_at_the_top_with_all_below_it(
    accounts: CountedAccounts, account_id: str, tenant: str
) -> None:
    assert Tenants(accounts).of(account_id) == tenant


def test_an_account_is_read_once_since_it_stays_where_it_is(accounts: CountedAccounts) -> None:
    tenants = Tenants(accounts)

    assert [tenants.of(DEEPER) for _ in range(3)] == [TOP] * 3

    assert accounts.read == [DEEPER]


def test_an_account_that_is_gone_is_a_tenant_by_itself(accounts: CountedAccounts) -> None:
    assert Tenants(accounts).of("e" * 32) == "e" * 32


def test_a_store_that_was_away_is_asked_again(accounts: CountedAccounts) -> None:
    tenants = Tenants(accounts)
    accounts.faults.append(StoreUnavailableError())

    with pytest.raises(StoreUnavailableError):
        tenants.of(BELOW)

    assert tenants.of(BELOW) == TOP
