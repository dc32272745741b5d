"""The contract of ``SecretRepository``."""

from dataclasses import replace

import pytest

from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.secrets.errors import SecretNotFoundError
from isolambda_core.domain.secrets.secrets import Place, Secret
from isolambda_core.ports.secrets import SecretRepository
from tests.support.stores import Store

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
OF_ACCOUNT, OF_FUNCTION = Place(ACCOUNT), Place(ACCOUNT, FUNCTION)
NOW = 1_700_000_000


@pytest.fixture
def secrets(store: Store) -> SecretRepository:
    return store.secrets


def a_secret(name: str = "KEY", place: Place = OF_ACCOUNT, sealed: str = "c2VhbGVk") -> Secret:
    hosts = ("api.example.com", "*.example.org:8443")
    return Secret(place, name, hosts, False, sealed, NOW, NOW)


def rotated(secret: Secret, sealed: str = "bmV3") -> Secret:
    return secret.rotated(secret.binding, sealed, "b2xk", NOW + 9, NOW + 5)


@pytest.mark.parametrize("place", [OF_ACCOUNT, OF_FUNCTION])
def test_a_secret_comes_back_as_it_was_added(secrets: SecretRepository, place: Place) -> None:
    secret = a_secret(place=place)

    secrets.add(secret)

    assert secrets.get(place, "KEY") == secret
    assert secrets.get(place, "KEY").etag == secret.etag


@pytest.mark.parametrize(
    "place",
    [
        OF_FUNCTION,
        Place(OTHER_ACCOUNT),
        Place(ACCOUNT, OTHER_FUNCTION),
        Place(OTHER_ACCOUNT, FUNCTION),
    ],
)
def test_a_secret_is_at_its_place_alone(secrets: SecretRepository, place: Place) -> None:
    secrets.add(a_secret())

    with pytest.raises(SecretNotFoundError, match="KEY"):
        secrets.get(place, "KEY")
    assert list(secrets.of_place(place)) == []


def test_a_place_has_a_name_once(secrets: SecretRepository) -> None:
    secret = a_secret()
    secrets.add(secret)

    with pytest.raises(RevisionConflictError):
        secrets.add(a_secret(sealed="b3RoZXI="))

    assert secrets.get(OF_ACCOUNT, "KEY") == secret


def test_a_rotation_replaces_what_it_has_read(secrets: SecretRepository) -> None:
    secret = a_secret()
    secrets.add(secret)

    secrets.replace(rotated(secret), secret)

    found = secrets.get(OF_ACCOUNT, "KEY")
    assert found == rotated(secret)
    assert (found.sealed_before, found.before_until, found.revision) == ("b2xk", NOW + 9, 2)
    with pytest.raises(RevisionConflictError):
        secrets.replace(rotated(secret, "YW5vdGhlcg=="), secret)
    assert secrets.get(OF_ACCOUNT, "KEY") == rotated(secret)


def test_what_was_made_again_is_not_replaced_by_who_has_seen_the_one_before(
    secrets: SecretRepository,
) -> None:
    before, again = a_secret(), a_secret(sealed="YWdhaW4=")
    secrets.add(before)
    secrets.remove(before)
    secrets.add(again)

    with pytest.raises(RevisionConflictError):
        secrets.replace(rotated(before), before)
    with pytest.raises(RevisionConflictError):
        secrets.remove(before)
    assert secrets.get(OF_ACCOUNT, "KEY") == again


def test_what_is_gone_is_neither_replaced_nor_removed(secrets: SecretRepository) -> None:
    secret = a_secret()
    secrets.add(secret)

    secrets.remove(secret)

    with pytest.raises(RevisionConflictError):
        secrets.remove(secret)
    with pytest.raises(RevisionConflictError):
        secrets.replace(rotated(secret), secret)
    assert list(secrets.of_place(OF_ACCOUNT)) == []


def test_secrets_are_listed_in_the_order_of_their_names(secrets: SecretRepository) -> None:
    for name in ("B", "A_2", "Z", "A"):
        secrets.add(a_secret(name))
    secrets.add(a_secret("M", OF_FUNCTION))

    assert [secret.name for secret in secrets.of_place(OF_ACCOUNT)] == ["A", "A_2", "B", "Z"]
    assert [secret.name for secret in secrets.of_place(OF_FUNCTION)] == ["M"]


def test_a_function_gets_its_own_before_those_of_its_account(secrets: SecretRepository) -> None:
    mine = a_secret("BOTH", OF_FUNCTION, "bWluZQ==")
    shared = a_secret("SHARED")
    for secret in (mine, shared, a_secret("BOTH"), a_secret("UNNAMED")):
        secrets.add(secret)
    secrets.add(a_secret("ONLY_THERE", Place(ACCOUNT, OTHER_FUNCTION)))
    secrets.add(a_secret("ONLY_THERE", Place(OTHER_ACCOUNT, FUNCTION)))

    names = ["SHARED", "MISSING", "ONLY_THERE", "BOTH"]
    found = secrets.for_function(ACCOUNT, FUNCTION, names)

    assert list(found) == [shared, mine]


def test_a_function_gets_as_many_as_one_may_name(secrets: SecretRepository) -> None:
    names = [f"KEY_{number:02}" for number in range(49)]
    for name in names:
        secrets.add(a_secret(name, OF_FUNCTION))

    found = secrets.for_function(ACCOUNT, FUNCTION, names)

    assert [secret.name for secret in found] == names


def test_the_secrets_of_a_function_go_and_no_others(secrets: SecretRepository) -> None:
    others = [a_secret(), a_secret(place=Place(ACCOUNT, OTHER_FUNCTION))]
    for secret in (a_secret(place=OF_FUNCTION), a_secret("B", OF_FUNCTION), *others):
        secrets.add(secret)

    secrets.remove_all(ACCOUNT, FUNCTION)

    assert list(secrets.of_place(OF_FUNCTION)) == []
    assert [secrets.get(secret.place, secret.name) for secret in others] == others


def test_the_secrets_of_an_account_go_and_no_others(secrets: SecretRepository) -> None:
    others = [a_secret(place=OF_FUNCTION), a_secret(place=Place(OTHER_ACCOUNT))]
    for secret in (a_secret(), a_secret("B"), *others):
        secrets.add(secret)

    secrets.remove_all_of_account(ACCOUNT)

    assert list(secrets.of_place(OF_ACCOUNT)) == []
    assert [secrets.get(secret.place, secret.name) for secret in others] == others


def test_another_environment_sees_each_change_at_once(
    two_of_one_store: tuple[Store, Store],
) -> None:
    here, there = two_of_one_store
    secret = a_secret()

    def seen() -> list[str]:
        with here.catalog.reading():
            found = here.secrets.for_function(ACCOUNT, FUNCTION, ["KEY", "OTHER"])
        return [each.sealed for each in found]

    states = [seen(), seen(), seen()]
    there.secrets.add(secret)
    states += [seen(), seen()]
    there.secrets.replace(rotated(secret), secret)
    states += [seen(), seen()]
    mine = replace(a_secret(place=OF_FUNCTION), sealed="bWluZQ==")
    there.secrets.add(mine)
    states.append(seen())
    there.secrets.remove_all(ACCOUNT, FUNCTION)
    states.append(seen())
    there.secrets.remove(rotated(secret))
    states.append(seen())

    made, new, own = ["c2VhbGVk"], ["bmV3"], ["bWluZQ=="]
    assert states == [[], [], [], made, made, new, new, own, new, []]


def test_no_value_is_in_the_text_of_a_secret() -> None:
    assert "c2VhbGVk" not in repr(a_secret())
    assert "b2xk" not in repr(rotated(a_secret()))
