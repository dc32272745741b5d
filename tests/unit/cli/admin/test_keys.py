"""``isolambda admin keys``, on a machine and on a stack."""

import pytest

from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.limits import API_KEYS
from tests.unit.cli.installations import Operated


@pytest.fixture
def account_id(operated: Operated) -> str:
    return operated.accounts.create_top("Acme")[0].id


def test_a_further_key_is_for_everything_unless_scopes_are_given(
    operated: Operated, account_id: str
) -> None:
    made = operated.ask("keys", "create", account_id)
    less = operated.ask("keys", "create", account_id, "--scope", "execute")

    assert (made["scopes"], less["scopes"]) == (["manage", "execute"], ["execute"])
    assert (made["own"], made["function_id"], made["expires"]) == (False, None, None)
    assert operated.opens(made["api_key"]) == operated.opens(less["api_key"]) == account_id


@pytest.mark.parametrize("scope", [(), ("--scope", "execute")], ids=["implied", "given"])
def test_a_key_for_one_function_may_execute_that_one_and_nothing_else(
    operated: Operated, account_id: str, scope: tuple[str, ...]
) -> None:
    document = {"name": "hello", "function_js": "return 1"}
    function = operated.accounts.functions.create(account_id, document)

    made = operated.ask("keys", "create", account_id, *scope, "--function", function.id)

    assert (made["scopes"], made["function_id"]) == (["execute"], function.id)


def test_a_key_for_one_function_cannot_manage(operated: Operated, account_id: str) -> None:
    document = {"name": "hello", "function_js": "return 1"}
    function = operated.accounts.functions.create(account_id, document)

    result = operated.type(
        "keys", "create", account_id, "--scope", "manage", "--function", function.id
    )

    assert result.exit_code == 1
    assert result.stderr.endswith(': scopes: enum ["execute"]\n')


def test_a_key_for_a_function_that_is_not_there_is_not_made(
    operated: Operated, account_id: str
) -> None:
    result = operated.type("keys", "create", account_id, "--function", "0" * 32)

    assert result.exit_code == 1
    assert result.stderr.endswith(f": no function {'0' * 32!r}\n")
    assert len(operated.ask("keys", "list", account_id)) == 1


def test_a_key_has_the_name_and_the_end_that_are_given(operated: Operated, account_id: str) -> None:
    options = ("--name", "CI of the shop", "--expires", "2100-01-31")

    made = operated.ask("keys", "create", account_id, *options)
    again = operated.ask("keys", "create", account_id, "--expires", made["expires"])

    assert (made["name"], made["expires"]) == ("CI of the shop", "2100-01-31T00:00:00Z")
    assert (again["name"], again["expires"]) == (None, made["expires"])
    listed = [key for key in operated.ask("keys", "list", account_id) if key["name"]]
    assert listed == [{key: value for key, value in made.items() if key != "api_key"}]


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--expires", "2001-01-31", "expires: It must be in the future"),
        ("--name", "\x1b[31mred", "name: Use characters that can be printed alone"),
        ("--name", "n" * 129, "name: maxLength 128"),
    ],
)
def test_a_name_or_an_end_that_is_none_makes_no_key(
    operated: Operated, account_id: str, option: str, value: str, reason: str
) -> None:
    result = operated.type("keys", "create", account_id, option, value)

    assert result.exit_code == 1
    assert reason in result.stderr
    assert len(operated.ask("keys", "list", account_id)) == 1


def test_an_account_has_so_many_keys_and_no_more(machine: Operated) -> None:
    account, _ = machine.accounts.create_top("Acme")
    for _ in range(API_KEYS - 1):
        machine.ask("keys", "create", account.id)

    result = machine.type("keys", "create", account.id)

    assert result.exit_code == 1
    assert result.stderr.endswith(f": api_keys: maxItems {API_KEYS}\n")


def test_keys_are_listed_without_what_they_are(operated: Operated, account_id: str) -> None:
    made = operated.ask("keys", "create", account_id, "--scope", "execute")

    listed = operated.ask("keys", "list", account_id)

    assert {(row["own"], " ".join(row["scopes"])) for row in listed} == {
        (True, "manage execute"),
        (False, "execute"),
    }
    secret = made.pop("api_key")
    assert made in listed
    plain = operated.type("keys", "list", account_id).stdout
    assert secret not in plain + str(listed)
    assert len(plain.splitlines()) == 2


def test_the_own_key_is_changed_and_the_one_before_stays_good_for_a_day(
    operated: Operated,
) -> None:
    account, before = operated.accounts.create_top("Acme")

    changed = operated.ask("keys", "rotate", account.id)

    assert changed["api_key"] != before
    assert operated.opens(changed["api_key"]) == operated.opens(before) == account.id
    listed = operated.ask("keys", "list", account.id)
    assert sorted(row["expires"] or "" for row in listed) == ["", changed["key_before_good_until"]]


def test_a_revoked_key_opens_nothing_any_more(operated: Operated, account_id: str) -> None:
    made = operated.ask("keys", "create", account_id)

    shown = operated.ask("keys", "revoke", account_id, made["key_id"])

    assert shown == {"key_id": made["key_id"], "revoked": True}
    with pytest.raises(UnauthorizedError):
        operated.opens(made["api_key"])
    again = operated.type("keys", "revoke", account_id, made["key_id"])
    assert again.exit_code == 1
    assert again.stderr.endswith(f": no API key {made['key_id']!r}\n")


@pytest.mark.parametrize("command", ["create", "list", "rotate"])
def test_no_key_is_made_for_an_account_that_is_not_there(operated: Operated, command: str) -> None:
    result = operated.type("keys", command, "f" * 32)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(f": no account {'f' * 32!r}\n")
    assert list(operated.store.api_keys.of_account("f" * 32)) == []


def test_no_key_of_another_account_is_revoked(operated: Operated, account_id: str) -> None:
    other, _ = operated.accounts.create_top("other")
    [own] = operated.ask("keys", "list", other.id)

    assert operated.type("keys", "revoke", account_id, own["key_id"]).exit_code == 1

    assert operated.ask("keys", "list", other.id) == [own]


@pytest.mark.parametrize(
    "words", [("create", "--scope", "everything"), ("list",), ("revoke", "a")], ids=" ".join
)
def test_what_makes_no_sense_is_refused_as_such(machine: Operated, words: tuple[str, ...]) -> None:
    assert machine.type("keys", *words).exit_code == 2
