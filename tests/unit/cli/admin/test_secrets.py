"""``isolambda admin secrets``, on a machine and on a stack."""

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from isolambda_cli.main import app
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.domain.limits import SECRET_BYTES
from isolambda_core.domain.secrets.secrets import Place
from tests.unit.cli.installations import Operated

VALUE = "correct horse battery"


@pytest.fixture
def account_id(operated: Operated) -> str:
    return operated.accounts.create_top("Acme")[0].id


def put(operated: Operated, *words: str, value: str | bytes = f"{VALUE}\n") -> Result:
    return CliRunner().invoke(
        app, ["admin", "secrets", "put", *words, *operated.options], input=value
    )


def opened(operated: Operated, place: Place, name: str) -> str:
    secret = operated.store.secrets.get(place, name)
    return AesGcmSealer(operated.secret).open(secret.sealed, secret.binding)


def test_a_value_is_read_from_stdin_and_never_printed(operated: Operated, account_id: str) -> None:
    made = put(operated, account_id, "KEY", "--hosts", "a.example.com", "--hosts", "*.example.org")

    assert (made.exit_code, made.stderr) == (0, "")
    assert opened(operated, Place(account_id), "KEY") == VALUE
    [listed] = operated.ask("secrets", "list", account_id)
    assert listed.pop("created") == listed.pop("modified")
    assert listed == {
        "name": "KEY",
        "hosts": ["a.example.com", "*.example.org"],
        "sign": False,
        "overlap_until": None,
    }
    assert VALUE not in made.stdout + operated.type("secrets", "list", account_id).stdout


def test_a_secret_of_a_function_is_its_own(operated: Operated, account_id: str) -> None:
    document: dict[str, Any] = {"name": "hello", "function_js": "return 1"}
    function = operated.accounts.functions.create(account_id, document)

    put(operated, account_id, "KEY", "--sign", "--function", function.id)

    assert operated.ask("secrets", "list", account_id) == []
    [listed] = operated.ask("secrets", "list", account_id, "--function", function.id)
    assert (listed["hosts"], listed["sign"]) == ([], True)
    assert opened(operated, Place(account_id, function.id), "KEY") == VALUE


def test_a_secret_is_rotated_and_removed(operated: Operated, account_id: str) -> None:
    for value in (VALUE, "the next one\r\n"):
        put(operated, account_id, "KEY", "--hosts", "a.example.com", value=value)

    assert opened(operated, Place(account_id), "KEY") == "the next one"
    [listed] = operated.ask("secrets", "list", account_id)
    assert listed["overlap_until"] > listed["modified"]
    assert operated.ask("secrets", "remove", account_id, "KEY") == {"name": "KEY", "removed": True}
    again = operated.type("secrets", "remove", account_id, "KEY")
    assert again.exit_code == 1
    assert again.stderr.endswith(": no secret 'KEY'\n")


@pytest.mark.parametrize(
    ("words", "value", "told"),
    [
        (("KEY",), VALUE, ": hosts: Must name a host at least"),
        (("key", "--hosts", "a.example.com"), VALUE, ": name: pattern"),
        (("KEY", "--hosts", "a.example.com"), "", ": value: minLength 8"),
        (("KEY", "--hosts", "a.example.com"), f"{VALUE}\n\n", ": value: Must"),
        (("KEY", "--hosts", "a.example.com"), VALUE * 1_000, f" more than {SECRET_BYTES} bytes"),
        (("KEY", "--hosts", "a.example.com"), b"\xff" * 9, "the value is not UTF-8"),
    ],
)
def test_what_breaks_a_rule_is_refused_in_one_line_without_the_value(
    machine: Operated, words: tuple[str, ...], value: str | bytes, told: str
) -> None:
    account_id = machine.accounts.create_top("Acme")[0].id

    result = put(machine, account_id, *words, value=value)

    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert VALUE not in result.stderr
    assert machine.ask("secrets", "list", account_id) == []


def test_a_value_is_no_argument(machine: Operated) -> None:
    account_id = machine.accounts.create_top("Acme")[0].id

    for words in (("KEY", VALUE), ("KEY", "--value", VALUE)):
        result = put(machine, account_id, *words, "--hosts", "a.example.com")
        assert result.exit_code == 2


@pytest.mark.parametrize("command", ["put", "list", "remove"])
def test_nothing_is_done_for_an_account_that_is_not_there(operated: Operated, command: str) -> None:
    name = () if command == "list" else ("KEY",)
    hosts = ("--hosts", "a.example.com") if command == "put" else ()

    result = operated.type("secrets", command, "f" * 32, *name, *hosts)

    assert result.exit_code == 1
    assert result.stderr.endswith(f": no account {'f' * 32!r}\n")
