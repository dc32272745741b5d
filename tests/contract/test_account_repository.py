"""The contract of ``AccountRepository``."""

import pytest

from isolambda_core.domain.accounts import Account, ApiKey
from isolambda_core.domain.errors import AccountExistsError, AccountNotFoundError
from isolambda_core.ports import AccountRepository, ApiKeyRepository

ACCOUNT = Account("a" * 32, "Ülo \U0001f600", 1_700_000_000)


def test_an_account_comes_back_as_it_was_added(accounts: AccountRepository) -> None:
    accounts.add(ACCOUNT)

    assert accounts.get(ACCOUNT.id) == ACCOUNT


def test_an_account_id_is_taken_once(accounts: AccountRepository) -> None:
    accounts.add(ACCOUNT)

    with pytest.raises(AccountExistsError):
        accounts.add(Account(ACCOUNT.id, "another", 5))

    assert accounts.get(ACCOUNT.id) == ACCOUNT


def test_adding_the_very_same_account_twice_is_refused_too(accounts: AccountRepository) -> None:
    accounts.add(ACCOUNT)

    with pytest.raises(AccountExistsError):
        accounts.add(ACCOUNT)


def test_an_unknown_account_is_not_found(accounts: AccountRepository) -> None:
    accounts.add(ACCOUNT)

    with pytest.raises(AccountNotFoundError) as caught:
        accounts.get("b" * 32)

    assert caught.value.identifier == "b" * 32


def test_accounts_may_share_a_name(accounts: AccountRepository) -> None:
    other = Account("b" * 32, ACCOUNT.name, 5)
    accounts.add(ACCOUNT)
    accounts.add(other)

    assert (accounts.get(ACCOUNT.id), accounts.get(other.id)) == (ACCOUNT, other)


@pytest.mark.parametrize("name", ["", "\x00", "\ud800", "x" * 10_000])
def test_a_name_may_be_any_text(accounts: AccountRepository, name: str) -> None:
    accounts.add(Account(ACCOUNT.id, name, 1))

    assert accounts.get(ACCOUNT.id).name == name


def test_a_key_does_not_make_an_account(
    accounts: AccountRepository, api_keys: ApiKeyRepository
) -> None:
    api_keys.add(ApiKey("0" * 64, ACCOUNT.id, 1))

    with pytest.raises(AccountNotFoundError):
        accounts.get(ACCOUNT.id)
