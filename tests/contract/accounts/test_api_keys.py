"""The contract of ``ApiKeyRepository``."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
    Scope,
)
from isolambda_core.domain.accounts.errors import (
    ApiKeyExistsError,
    ApiKeyNotFoundError,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.ports.accounts import (
    AccountRepository,
    ApiKeyRepository,
)
from isolambda_core.ports.functions import FunctionRepository

ACCOUNT = "a" * 32
OTHER_ACCOUNT = "b" * 32
LONG_AGO, IN_A_LONG_TIME = 1, 2**40

KINDS: dict[str, dict[str, Any]] = {
    "everything": {},
    "own": {"own": True},
    "manage alone": {"scopes": (Scope.MANAGE,)},
    "one function": {"scopes": (Scope.EXECUTE,), "function_id": "f" * 32},
    "nothing": {"scopes": ()},
    "expired": {"expires_at": LONG_AGO},
    "named": {"name": "CI of the sh\u00f6p"},
    "own, to expire": {"own": True, "expires_at": IN_A_LONG_TIME},
}


def a_key(number: int = 1, *, account_id: str = ACCOUNT, **more: Any) -> ApiKey:
    return ApiKey(
        sha256=f"{number:064x}",
        id=f"{number:032x}",
        account_id=account_id,
        created_at=1_700_000_000 + number,
        **more,
    )


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_key_comes_back_as_it_was_added(api_keys: ApiKeyRepository, kind: dict[str, Any]) -> None:
    api_key = a_key(**kind)

    api_keys.add(api_key)

    assert api_keys.get(api_key.sha256) == api_key
    assert api_keys.of_account(ACCOUNT) == [api_key]


def test_a_key_is_taken_once(api_keys: ApiKeyRepository) -> None:
    api_keys.add(a_key())

    with pytest.raises(ApiKeyExistsError):
        api_keys.add(a_key(own=True))

    assert api_keys.get(a_key().sha256) == a_key()


def test_a_refused_key_leaves_no_trace_in_the_other_account(api_keys: ApiKeyRepository) -> None:
    api_keys.add(a_key())

    with pytest.raises(ApiKeyExistsError):
        api_keys.add(a_key(account_id=OTHER_ACCOUNT))

    assert api_keys.get(a_key().sha256) == a_key()
    assert api_keys.of_account(OTHER_ACCOUNT) == []


def test_an_unknown_key_is_not_found(api_keys: ApiKeyRepository) -> None:
    api_keys.add(a_key(1))

    with pytest.raises(ApiKeyNotFoundError) as caught:
        api_keys.get(a_key(2).sha256)

    assert caught.value.identifier == a_key(2).sha256


def test_an_account_without_keys_has_none(api_keys: ApiKeyRepository) -> None:
    assert api_keys.of_account(ACCOUNT) == []


def test_the_keys_of_an_account_are_listed_in_order(api_keys: ApiKeyRepository) -> None:
    for number in (3, 1, 2):
        api_keys.add(a_key(number))
    api_keys.add(a_key(4, account_id=OTHER_ACCOUNT))

    assert api_keys.of_account(ACCOUNT) == [a_key(1), a_key(2), a_key(3)]
    assert api_keys.of_account(OTHER_ACCOUNT) == [a_key(4, account_id=OTHER_ACCOUNT)]


def test_an_account_may_have_many_keys(api_keys: ApiKeyRepository) -> None:
    for number in range(120):
        api_keys.add(a_key(number))

    assert api_keys.of_account(ACCOUNT) == [a_key(number) for number in range(120)]


def test_what_else_an_account_has_is_not_among_its_keys(
    api_keys: ApiKeyRepository,
    accounts: AccountRepository,
    functions: FunctionRepository,
    an_account: Callable[..., Account],
    a_function: Callable[..., Function],
) -> None:
    account = an_account(1)
    accounts.add(account)
    accounts.add(an_account(2, parent=account))
    functions.add(a_function(account_id=account.id))
    api_keys.add(a_key(account_id=account.id))

    assert api_keys.of_account(account.id) == [a_key(account_id=account.id)]
    api_keys.remove(a_key(account_id=account.id))
    assert accounts.get(account.id) == account
    assert len(list(functions.iterate(account.id, at_once=10))) == 1
    assert len(list(accounts.children(account.id, at_once=10))) == 1


@pytest.mark.parametrize("after", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("before", [{}, KINDS["one function"], KINDS["own, to expire"]], ids=str)
def test_a_key_is_written_over_itself(
    api_keys: ApiKeyRepository, before: dict[str, Any], after: dict[str, Any]
) -> None:
    for api_key in (a_key(1), a_key(2, **before), a_key(3)):
        api_keys.add(api_key)

    api_keys.replace(a_key(2, **after), a_key(2))

    assert api_keys.get(a_key(2).sha256) == a_key(2, **after)
    assert api_keys.of_account(ACCOUNT) == [a_key(1), a_key(2, **after), a_key(3)]


def test_what_is_not_there_is_not_written_over(api_keys: ApiKeyRepository) -> None:
    api_keys.add(a_key(1))

    with pytest.raises(ApiKeyNotFoundError) as caught:
        api_keys.replace(a_key(2), a_key(2))

    assert caught.value.identifier == a_key(2).sha256
    with pytest.raises(ApiKeyNotFoundError):
        api_keys.get(a_key(2).sha256)
    assert api_keys.of_account(ACCOUNT) == [a_key(1)]


def test_a_removed_key_is_gone_and_the_others_stay(api_keys: ApiKeyRepository) -> None:
    others = [a_key(1), a_key(3)]
    elsewhere = a_key(4, account_id=OTHER_ACCOUNT)
    for api_key in (*others, a_key(2), elsewhere):
        api_keys.add(api_key)

    api_keys.remove(a_key(2))

    with pytest.raises(ApiKeyNotFoundError):
        api_keys.get(a_key(2).sha256)
    with pytest.raises(ApiKeyNotFoundError):
        api_keys.replace(a_key(2), a_key(2))
    assert api_keys.of_account(ACCOUNT) == others
    assert api_keys.get(elsewhere.sha256) == elsewhere


def test_a_key_is_removed_whatever_was_known_of_it(api_keys: ApiKeyRepository) -> None:
    api_keys.add(a_key())
    api_keys.replace(a_key(expires_at=IN_A_LONG_TIME), a_key())

    api_keys.remove(replace(a_key(), created_at=0))

    assert api_keys.of_account(ACCOUNT) == []


def test_what_is_not_there_stays_so(api_keys: ApiKeyRepository) -> None:
    api_keys.remove(a_key())
    api_keys.add(a_key())
    api_keys.remove(a_key())
    api_keys.remove(a_key())

    assert api_keys.of_account(ACCOUNT) == []
