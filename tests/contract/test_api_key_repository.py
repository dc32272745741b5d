"""The contract of ``ApiKeyRepository``."""

import pytest

from isolambda_core.domain.accounts import ApiKey
from isolambda_core.domain.errors import ApiKeyExistsError, ApiKeyNotFoundError
from isolambda_core.ports import ApiKeyRepository

ACCOUNT = "a" * 32
OTHER_ACCOUNT = "b" * 32


def a_key(number: int = 1, *, account_id: str = ACCOUNT) -> ApiKey:
    return ApiKey(f"{number:064x}", account_id, 1_700_000_000 + number)


def test_a_key_comes_back_as_it_was_added(api_keys: ApiKeyRepository) -> None:
    api_keys.add(a_key())

    assert api_keys.get(a_key().sha256) == a_key()


def test_a_key_is_taken_once(api_keys: ApiKeyRepository) -> None:
    api_keys.add(a_key())

    with pytest.raises(ApiKeyExistsError):
        api_keys.add(a_key())


def test_a_refused_key_leaves_no_trace_in_the_other_account(api_keys: ApiKeyRepository) -> None:
    api_keys.add(a_key())

    with pytest.raises(ApiKeyExistsError):
        api_keys.add(a_key(account_id=OTHER_ACCOUNT))

    assert api_keys.get(a_key().sha256) == a_key()
    assert api_keys.of_account(OTHER_ACCOUNT) == []


def test_an_unknown_key_is_not_found(api_keys: ApiKeyRepository) -> None:
    api_keys.add(a_key(1))

    with pytest.raises(ApiKeyNotFoundError):
        api_keys.get(a_key(2).sha256)


def test_an_account_without_keys_has_none(api_keys: ApiKeyRepository) -> None:
    assert api_keys.of_account(ACCOUNT) == []


def test_the_keys_of_an_account_are_listed_in_order(api_keys: ApiKeyRepository) -> None:
    for number in (3, 1, 2):
        api_keys.add(a_key(number))
    api_keys.add(a_key(4, account_id=OTHER_ACCOUNT))

    assert api_keys.of_account(ACCOUNT) == [a_key(1), a_key(2), a_key(3)]


def test_an_account_may_have_many_keys(api_keys: ApiKeyRepository) -> None:
    for number in range(120):
        api_keys.add(a_key(number))

    assert api_keys.of_account(ACCOUNT) == [a_key(number) for number in range(120)]
