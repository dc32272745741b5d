"""``isolambda admin kv``, on a machine and on a stack."""

import pytest

from tests.unit.cli.installations import Operated


@pytest.fixture
def account_id(operated: Operated) -> str:
    return operated.accounts.create_top("Acme")[0].id


def test_a_value_is_written_printed_and_removed(operated: Operated, account_id: str) -> None:
    at = (account_id, "orders", "17")

    written = operated.ask("kv", "put", *at, '{"state": "ö"}')
    assert written == {"key": "17", "value": '{"state":"\\u00f6"}', "expires": None}
    assert operated.ask("kv", "get", *at) == written

    assert operated.ask("kv", "delete", *at) == {"key": "17", "deleted": True}
    for verb in ("get", "delete"):
        result = operated.type("kv", verb, *at)
        assert (result.exit_code, result.stderr.endswith(": no key '17'\n")) == (1, True)


def test_a_value_may_expire(operated: Operated, account_id: str) -> None:
    written = operated.ask("kv", "put", account_id, "orders", "17", "1", "--ttl", "3600")

    assert written["expires"] is not None


def test_values_and_namespaces_are_listed(operated: Operated, account_id: str) -> None:
    for namespace, key in (("orders", "a1"), ("orders", "a2"), ("orders", "b"), ("carts", "a")):
        operated.ask("kv", "put", account_id, namespace, key, "1")

    def listed(*words: str) -> list[str]:
        return [row["key"] for row in operated.ask("kv", "list", account_id, "orders", *words)]

    assert listed() == ["a1", "a2", "b"]
    assert listed("--prefix", "a") == ["a1", "a2"]
    assert listed("--prefix", "a", "--after", "a1") == ["a2"]
    namespaces = operated.ask("kv", "list", account_id)
    assert namespaces == [{"namespace": "carts"}, {"namespace": "orders"}]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("Orders", "17", "1"), "a namespace has 1 to 64 of"),
        (("orders", "k" * 513, "1"), "bytes of the key: 513; the limit is 512"),
        (("orders", "17", "{"), "the value is not JSON: "),
        (("orders", "17", "NaN"), "the value is not JSON: "),
        (("orders", "17", "1", "--ttl", "0"), "the ttl is not an integer from 1"),
    ],
)
def test_what_breaks_a_rule_is_told(
    operated: Operated, account_id: str, words: tuple[str, ...], says: str
) -> None:
    result = operated.type("kv", "put", account_id, *words)

    assert result.exit_code == 1
    assert says in result.stderr


def test_nothing_is_written_of_an_account_that_is_not_there(operated: Operated) -> None:
    result = operated.type("kv", "put", "0" * 32, "orders", "17", "1")

    assert result.exit_code == 1
    assert result.stderr.endswith(f": no account {'0' * 32!r}\n")
