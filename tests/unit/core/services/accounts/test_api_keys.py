from dataclasses import dataclass, replace

import pytest
from typing_extensions import override

from isolambda_core.domain.accounts.api_keys import (
    ALL_SCOPES,
    ApiKey,
    Scope,
    hash_api_key,
    is_api_key,
)
from isolambda_core.domain.accounts.errors import ApiKeyNotFoundError
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    StoreUnavailableError,
    Violation,
)
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.limits import API_KEY_GRACE_S, API_KEYS
from isolambda_core.services.accounts.api_keys import KeyService
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.api_keys import SqliteApiKeyRepository
from tests.support.clocks import SetClock

ACCOUNT, OTHER_ACCOUNT, FUNCTION = "a" * 32, "b" * 32, "f" * 32
SECRET = FileSecret(b"the secret of an installation...")
OTHER_SECRET = FileSecret(b"the secret of another one.......")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def keys(store: SqliteStore, clock: SetClock) -> KeyService:
    return KeyService(store.api_keys, SECRET, clock)


def good(keys: KeyService, account_id: str = ACCOUNT) -> set[str]:
    """Return the SHA-256 of the keys that open an account."""
    return {api_key.sha256 for api_key in keys.list(account_id)}


def kept(keys: KeyService) -> set[str]:
    """Return the SHA-256 of the keys that the store has, expired ones too."""
    return {api_key.sha256 for api_key in keys.api_keys.of_account(ACCOUNT)}


def hashes(*secrets: str) -> set[str]:
    return {hash_api_key(secret) for secret in secrets}


def test_an_own_key_is_for_everything_and_for_good(keys: KeyService, clock: SetClock) -> None:
    secret = keys.create_own(ACCOUNT)

    [api_key] = keys.list(ACCOUNT)
    assert is_api_key(secret)
    assert is_id(api_key.id)
    assert api_key == ApiKey(
        sha256=hash_api_key(secret),
        id=api_key.id,
        account_id=ACCOUNT,
        created_at=clock.now(),
        scopes=ALL_SCOPES,
        own=True,
    )


def test_an_own_key_is_shown_again(keys: KeyService) -> None:
    secret = keys.create_own(ACCOUNT)
    keys.create_own(OTHER_ACCOUNT)
    keys.create(ACCOUNT, ALL_SCOPES, None)

    assert [keys.own(ACCOUNT), keys.own(ACCOUNT)] == [secret, secret]


def test_no_two_keys_are_the_same(keys: KeyService) -> None:
    made = {keys.create_own(account) for account in (ACCOUNT, ACCOUNT, OTHER_ACCOUNT)}

    assert len(made) == 3


def test_the_store_holds_no_key_and_no_secret(store: SqliteStore, keys: KeyService) -> None:
    secret = keys.create_own(ACCOUNT)

    with store.database.connection() as connection:
        held = "\n".join(connection.iterdump())

    assert hash_api_key(secret) in held
    assert secret not in held
    assert SECRET.read().decode() not in held


def test_an_account_without_a_key_of_its_own_has_none_to_show(keys: KeyService) -> None:
    keys.create(ACCOUNT, ALL_SCOPES, None)
    keys.create_own(OTHER_ACCOUNT)

    with pytest.raises(ApiKeyNotFoundError) as caught:
        keys.own(ACCOUNT)

    assert caught.value.identifier == ACCOUNT


def test_a_key_made_with_another_secret_is_good_but_cannot_be_shown(
    store: SqliteStore, keys: KeyService, clock: SetClock
) -> None:
    before = KeyService(store.api_keys, OTHER_SECRET, clock).create_own(ACCOUNT)

    with pytest.raises(ApiKeyNotFoundError):
        keys.own(ACCOUNT)
    assert good(keys) == hashes(before)

    after = keys.change_own(ACCOUNT)
    assert keys.own(ACCOUNT) == after
    assert good(keys) == hashes(before, after)


def test_a_change_shows_the_new_key_and_keeps_the_one_before_for_a_day(
    keys: KeyService, clock: SetClock
) -> None:
    first = keys.create_own(ACCOUNT)
    clock.time_ms += 5_000

    second = keys.change_own(ACCOUNT)

    assert keys.own(ACCOUNT) == second != first
    assert good(keys) == hashes(first, second)
    clock.time_ms += (API_KEY_GRACE_S - 1) * 1_000
    assert good(keys) == hashes(first, second)
    clock.time_ms += 1_000
    assert good(keys) == hashes(second)
    assert keys.own(ACCOUNT) == second
    clock.time_ms += 10 * API_KEY_GRACE_S * 1_000
    assert keys.own(ACCOUNT) == second


@pytest.mark.parametrize("pause_ms", [0, 1_000, (API_KEY_GRACE_S + 1) * 1_000])
def test_however_often_it_is_changed_there_are_never_three(
    keys: KeyService, clock: SetClock, pause_ms: int
) -> None:
    made = [keys.create_own(ACCOUNT)]
    for _ in range(8):
        clock.time_ms += pause_ms
        made.append(keys.change_own(ACCOUNT))

        assert keys.own(ACCOUNT) == made[-1]
        assert good(keys) == kept(keys) == hashes(*made[-2:])


def test_an_account_without_a_key_gets_one_by_a_change(keys: KeyService) -> None:
    assert keys.change_own(ACCOUNT) == keys.own(ACCOUNT)


def test_a_change_concerns_the_own_key_of_one_account_alone(keys: KeyService) -> None:
    further, _ = keys.create(ACCOUNT, ALL_SCOPES, None)
    elsewhere = keys.create_own(OTHER_ACCOUNT)
    for _ in range(3):
        keys.change_own(ACCOUNT)

    assert further in keys.list(ACCOUNT)
    assert keys.own(OTHER_ACCOUNT) == elsewhere
    assert good(keys, OTHER_ACCOUNT) == hashes(elsewhere)


@dataclass(frozen=True, slots=True)
class RacedKeys(SqliteApiKeyRepository):
    """Another change removes a key right before it is written over."""

    @override
    def replace(self, api_key: ApiKey, before: ApiKey) -> None:
        self.remove(api_key)
        SqliteApiKeyRepository.replace(self, api_key, before)


def test_a_change_that_another_one_overtook_still_makes_a_key(
    store: SqliteStore, keys: KeyService
) -> None:
    keys.create_own(ACCOUNT)

    secret = replace(keys, api_keys=RacedKeys(store.database, store.audit)).change_own(ACCOUNT)

    assert keys.own(ACCOUNT) == secret
    assert good(keys) == hashes(secret)


@dataclass(frozen=True, slots=True)
class KeysThatCannotBeChanged(SqliteApiKeyRepository):
    """The store goes away in the middle of a change."""

    @override
    def replace(self, api_key: ApiKey, before: ApiKey) -> None:
        raise StoreUnavailableError


def test_a_change_that_was_cut_off_locks_no_one_out_and_the_next_one_cleans_up(
    store: SqliteStore, keys: KeyService, clock: SetClock
) -> None:
    first = keys.create_own(ACCOUNT)
    clock.time_ms += 1_000

    with pytest.raises(StoreUnavailableError):
        replace(keys, api_keys=KeysThatCannotBeChanged(store.database, store.audit)).change_own(
            ACCOUNT
        )

    second = keys.own(ACCOUNT)
    assert second != first
    assert good(keys) == hashes(first, second)
    third = keys.change_own(ACCOUNT)
    assert good(keys) == hashes(second, third)


@pytest.mark.parametrize(
    ("scopes", "function_id"),
    [
        (ALL_SCOPES, None),
        ((Scope.MANAGE,), None),
        ((Scope.EXECUTE,), None),
        ((Scope.EXECUTE,), FUNCTION),
    ],
)
def test_a_further_key_is_for_what_it_was_made_for(
    keys: KeyService, clock: SetClock, scopes: tuple[Scope, ...], function_id: str | None
) -> None:
    api_key, secret = keys.create(ACCOUNT, list(scopes), function_id)

    assert api_key == ApiKey(
        sha256=hash_api_key(secret),
        id=api_key.id,
        account_id=ACCOUNT,
        created_at=clock.now(),
        scopes=scopes,
        function_id=function_id,
    )
    assert is_api_key(secret)
    assert keys.list(ACCOUNT) == [api_key]


@pytest.mark.parametrize("scopes", [ALL_SCOPES, (Scope.MANAGE,), ()])
def test_a_key_for_one_function_can_only_execute(
    keys: KeyService, scopes: tuple[Scope, ...]
) -> None:
    with pytest.raises(InvalidDocumentError) as caught:
        keys.create(ACCOUNT, scopes, FUNCTION)

    assert caught.value.violations == (Violation(("scopes",), "enum", ["execute"], list(scopes)),)
    assert keys.list(ACCOUNT) == []


def test_an_account_has_so_many_keys_and_no_more(keys: KeyService, clock: SetClock) -> None:
    keys.create_own(ACCOUNT)
    further = [keys.create(ACCOUNT, ALL_SCOPES, None)[0] for _ in range(API_KEYS - 1)]

    with pytest.raises(InvalidDocumentError) as caught:
        keys.create(ACCOUNT, ALL_SCOPES, None)

    assert caught.value.violations == (Violation(("api_keys",), "maxItems", API_KEYS, None),)
    assert len(kept(keys)) == API_KEYS
    keys.create(OTHER_ACCOUNT, ALL_SCOPES, None)
    keys.api_keys.replace(replace(further[0], expires_at=clock.now()), further[0])
    keys.create(ACCOUNT, ALL_SCOPES, None)
    assert len(kept(keys)) == API_KEYS


def test_the_own_key_is_changed_however_many_there_are(keys: KeyService) -> None:
    keys.create_own(ACCOUNT)
    for _ in range(API_KEYS - 1):
        keys.create(ACCOUNT, ALL_SCOPES, None)

    assert keys.change_own(ACCOUNT) == keys.own(ACCOUNT)


def test_keys_are_listed_in_the_order_of_their_sha_256(keys: KeyService) -> None:
    made = [keys.create(ACCOUNT, ALL_SCOPES, None)[0] for _ in range(5)]
    keys.create(OTHER_ACCOUNT, ALL_SCOPES, None)

    assert keys.list(ACCOUNT) == sorted(made, key=lambda api_key: api_key.sha256)


def test_an_expired_key_is_removed_when_it_is_met(keys: KeyService, clock: SetClock) -> None:
    stays, _ = keys.create(ACCOUNT, ALL_SCOPES, None)
    goes, _ = keys.create(ACCOUNT, ALL_SCOPES, None)
    keys.api_keys.replace(replace(goes, expires_at=clock.now()), goes)
    assert kept(keys) == {stays.sha256, goes.sha256}

    assert keys.list(ACCOUNT) == [stays]

    assert kept(keys) == {stays.sha256}


def test_a_key_is_removed_by_its_id(keys: KeyService) -> None:
    stays, _ = keys.create(ACCOUNT, ALL_SCOPES, None)
    goes, _ = keys.create(ACCOUNT, ALL_SCOPES, None)

    keys.remove(ACCOUNT, goes.id)

    assert keys.list(ACCOUNT) == [stays]
    with pytest.raises(ApiKeyNotFoundError) as caught:
        keys.remove(ACCOUNT, goes.id)
    assert caught.value.identifier == goes.id


def test_a_key_of_another_account_is_not_removed(keys: KeyService) -> None:
    api_key, _ = keys.create(OTHER_ACCOUNT, ALL_SCOPES, None)

    with pytest.raises(ApiKeyNotFoundError):
        keys.remove(ACCOUNT, api_key.id)

    assert keys.list(OTHER_ACCOUNT) == [api_key]


def test_every_key_of_an_account_is_removed_and_none_of_another(
    keys: KeyService, clock: SetClock
) -> None:
    keys.create_own(ACCOUNT)
    expired, _ = keys.create(ACCOUNT, ALL_SCOPES, None)
    keys.api_keys.replace(replace(expired, expires_at=clock.now()), expired)
    elsewhere = keys.create_own(OTHER_ACCOUNT)

    keys.remove_all(ACCOUNT)

    assert kept(keys) == set()
    assert good(keys, OTHER_ACCOUNT) == hashes(elsewhere)
