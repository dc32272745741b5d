"""Secrets are put, rotated, removed, and granted to functions."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.domain.errors import InvalidDocumentError, PreconditionFailedError
from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.limits import SECRETS
from isolambda_core.domain.secrets.documents import SecretInput
from isolambda_core.domain.secrets.errors import (
    MissingSecretError,
    SecretNotFoundError,
    UnopenedSecretError,
)
from isolambda_core.domain.secrets.secrets import Place
from isolambda_core.services.secrets.secrets import SecretService
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.clocks import SetClock

ACCOUNT = "a" * 32
FUNCTION = Function(ACCOUNT, "f" * 32, {"name": "f", "function_js": "return 1"}, 1, 1, 1)
OF_ACCOUNT, OF_FUNCTION = Place(ACCOUNT), Place(ACCOUNT, FUNCTION.id)
HOSTS = ("api.example.com",)
VALUE, NEW, THIRD = "the first value", "the second value", "the third value"


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as store:
        store.functions.add(FUNCTION)
        yield store


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def service_on(store: SqliteStore, clock: SetClock, secret: bytes = bytes(32)) -> SecretService:
    return SecretService(store.secrets, store.functions, AesGcmSealer(FileSecret(secret)), clock)


@pytest.fixture
def secrets(store: SqliteStore, clock: SetClock) -> SecretService:
    return service_on(store, clock)


def put(secrets: SecretService, value: str = VALUE, place: Place = OF_ACCOUNT, **more: int) -> None:
    secrets.put(place, "KEY", SecretInput(value, HOSTS, **more))  # type: ignore[arg-type]


def granted(secrets: SecretService) -> GrantedSecret:
    [secret] = secrets.granted(FUNCTION, ("KEY",))
    return secret


def test_what_is_put_is_granted(secrets: SecretService) -> None:
    put(secrets)

    assert granted(secrets) == GrantedSecret("KEY", "", VALUE, HOSTS)


def test_what_is_stored_does_not_show_the_value(store: SqliteStore, secrets: SecretService) -> None:
    put(secrets)
    put(secrets, NEW)

    with store.database.connection() as connection:
        rows = connection.execute("SELECT * FROM secrets").fetchall()
    assert "KEY" in str(rows)
    assert VALUE not in str(rows)
    assert NEW not in str(rows)


def test_a_functions_own_comes_before_that_of_the_account(secrets: SecretService) -> None:
    put(secrets)
    put(secrets, NEW, OF_FUNCTION)

    assert granted(secrets).value == NEW
    secrets.remove(OF_FUNCTION, "KEY")
    assert granted(secrets).value == VALUE


def test_a_rotation_grants_the_new_value_and_masks_the_one_before_for_a_while(
    secrets: SecretService, clock: SetClock
) -> None:
    put(secrets)
    put(secrets, NEW, overlap_s=60)

    clock.time_ms += 59_000
    assert (granted(secrets).value, granted(secrets).value_before) == (NEW, VALUE)
    clock.time_ms += 1_000
    assert (granted(secrets).value, granted(secrets).value_before) == (NEW, "")


def test_without_overlap_the_value_before_is_forgotten_at_once(secrets: SecretService) -> None:
    put(secrets)
    put(secrets, NEW, overlap_s=0)

    assert granted(secrets).value_before == ""
    assert secrets.fetch(OF_ACCOUNT, "KEY").sealed_before is None


def test_the_value_before_is_the_last_one(secrets: SecretService) -> None:
    for value in (VALUE, NEW, THIRD):
        put(secrets, value)

    assert (granted(secrets).value, granted(secrets).value_before) == (THIRD, NEW)


def test_hosts_change_with_the_value_alone_and_the_use_with_them(secrets: SecretService) -> None:
    put(secrets)

    secrets.put(OF_ACCOUNT, "KEY", SecretInput(NEW, sign=True))

    assert (granted(secrets).hosts, granted(secrets).sign) == ((), True)


def test_a_secret_whose_hosts_were_changed_in_the_store_is_not_granted(
    store: SqliteStore, secrets: SecretService
) -> None:
    put(secrets)
    kept = secrets.fetch(OF_ACCOUNT, "KEY")
    store.secrets.replace(replace(kept, hosts=("evil.example.net",)), kept)

    with pytest.raises(UnopenedSecretError, match="KEY"):
        granted(secrets)


def test_a_secret_that_was_moved_in_the_store_is_not_granted(
    store: SqliteStore, secrets: SecretService
) -> None:
    put(secrets)
    moved = replace(secrets.fetch(OF_ACCOUNT, "KEY"), place=OF_FUNCTION)
    store.secrets.add(moved)

    with pytest.raises(UnopenedSecretError, match="KEY"):
        granted(secrets)


def test_another_secret_of_the_installation_opens_nothing_until_the_value_is_put_again(
    store: SqliteStore, secrets: SecretService, clock: SetClock
) -> None:
    put(secrets)
    other = service_on(store, clock, b"1" * 32)

    with pytest.raises(UnopenedSecretError, match="the secret KEY cannot be opened"):
        granted(other)
    assert other.fetch(OF_ACCOUNT, "KEY").hosts == HOSTS
    put(other, NEW)
    assert (granted(other).value, granted(other).value_before) == (NEW, "")


def test_a_secret_that_is_not_there_is_named(secrets: SecretService) -> None:
    put(secrets)

    with pytest.raises(MissingSecretError, match="the secret OTHER is not there"):
        secrets.granted(FUNCTION, ("KEY", "OTHER", "THIRD"))


def test_who_names_no_secret_reads_nothing(store: SqliteStore, clock: SetClock) -> None:
    secrets = service_on(store, clock)
    store.close()

    assert secrets.granted(FUNCTION, ()) == ()


def test_a_place_has_so_many_secrets_and_no_more(secrets: SecretService) -> None:
    for number in range(SECRETS):
        secrets.put(OF_ACCOUNT, f"KEY_{number}", SecretInput(VALUE, HOSTS))

    with pytest.raises(InvalidDocumentError, match=f"secrets: maxItems {SECRETS}"):
        put(secrets)
    secrets.put(OF_ACCOUNT, "KEY_0", SecretInput(NEW, HOSTS))
    put(secrets, place=OF_FUNCTION)


def test_nothing_is_put_where_no_function_is(secrets: SecretService) -> None:
    place = Place(ACCOUNT, "0" * 32)

    for ask in (
        lambda: put(secrets, place=place),
        lambda: secrets.list(place),
        lambda: secrets.fetch(place, "KEY"),
        lambda: secrets.remove(place, "KEY"),
    ):
        with pytest.raises(FunctionNotFoundError):
            ask()


@pytest.mark.parametrize("name", ["KEY", "key", "", "__proto__", "\ud800"])
def test_what_is_not_there_is_not_found(secrets: SecretService, name: str) -> None:
    for ask in (secrets.fetch, secrets.remove):
        with pytest.raises(SecretNotFoundError):
            ask(OF_ACCOUNT, name)


def test_a_write_starts_from_the_revision_that_is_expected(secrets: SecretService) -> None:
    put(secrets)
    etag = secrets.fetch(OF_ACCOUNT, "KEY").etag
    put(secrets, NEW)

    with pytest.raises(PreconditionFailedError):
        secrets.put(OF_ACCOUNT, "KEY", SecretInput(THIRD, HOSTS), lambda tag: tag == etag)
    with pytest.raises(PreconditionFailedError):
        secrets.remove(OF_ACCOUNT, "KEY", lambda tag: tag == etag)
    with pytest.raises(PreconditionFailedError):
        secrets.put(OF_FUNCTION, "KEY", SecretInput(THIRD, HOSTS), lambda tag: tag == etag)
    assert granted(secrets).value == NEW
