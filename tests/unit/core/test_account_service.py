from dataclasses import dataclass

import pytest

from isolambda_core.domain.accounts import hash_api_key, is_api_key, new_api_key
from isolambda_core.domain.errors import AccountNotFoundError, ForbiddenError, UnauthorizedError
from isolambda_core.domain.ids import is_id
from isolambda_core.services.accounts import AccountService
from isolambda_local.sqlite import SqliteStore


@dataclass(frozen=True)
class StoppedClock:
    def now(self) -> int:
        return 1_700_000_000


@pytest.fixture
def service(store: SqliteStore) -> AccountService:
    return AccountService(store.accounts, store.api_keys, StoppedClock())


def test_a_new_account_has_a_key_that_opens_it(service: AccountService) -> None:
    account, secret = service.create("mine")

    assert is_id(account.id)
    assert is_api_key(secret)
    assert (account.name, account.created_at) == ("mine", 1_700_000_000)
    assert service.accounts.get(account.id) == account
    assert service.authenticate(secret) == account.id


def test_the_secret_is_kept_nowhere(service: AccountService) -> None:
    account, secret = service.create("mine")

    [api_key] = service.api_keys.of_account(account.id)

    assert api_key.sha256 == hash_api_key(secret)
    assert secret not in repr(api_key)


def test_each_key_opens_its_own_account(service: AccountService) -> None:
    (one, secret_of_one), (two, secret_of_two) = service.create("same"), service.create("same")

    assert one.id != two.id
    assert service.authenticate(secret_of_one) == one.id
    assert service.authenticate(secret_of_two) == two.id


@pytest.mark.parametrize(
    "secret",
    [None, "", "0" * 63, "nonsense", "\ud800" * 64, "\u00e9" * 64, new_api_key()],
    ids=ascii,
)
def test_anything_else_opens_nothing(service: AccountService, secret: str | None) -> None:
    service.create("mine")

    with pytest.raises(UnauthorizedError):
        service.authenticate(secret)


def test_the_hash_of_a_key_is_no_key(service: AccountService) -> None:
    _, secret = service.create("mine")

    with pytest.raises(UnauthorizedError):
        service.authenticate(hash_api_key(secret))


def test_a_caller_may_act_on_its_own_account(service: AccountService) -> None:
    account, _ = service.create("mine")

    service.authorize(account.id, account.id)


def test_a_caller_may_not_act_on_another_account(service: AccountService) -> None:
    (mine, _), (theirs, _) = service.create("mine"), service.create("theirs")

    with pytest.raises(ForbiddenError):
        service.authorize(mine.id, theirs.id)


def test_an_account_that_is_not_there_is_not_found(service: AccountService) -> None:
    mine, _ = service.create("mine")

    with pytest.raises(AccountNotFoundError):
        service.authorize(mine.id, "f" * 32)
