"""kazoo-sdk 0.2.4 (PyPI), unmodified: it does its work, and refusals are its own exceptions."""

from collections.abc import Callable

import pytest

from tests.clients.conftest import Told
from tests.integration.conftest import Server


@pytest.fixture(scope="module")
def told(drive: Callable[[str, str], Told]) -> Told:
    return drive("kazoo-sdk", "with_kazoo_sdk")


def test_it_comes_in_with_an_api_key(told: Told, server: Server) -> None:
    assert told["authenticate"]["returned"]["account_id"] == server.credentials["account_id"]


def test_it_keeps_functions(told: Told) -> None:
    assert told["list nothing"]["returned"]["data"] == []
    created = told["create"]["returned"]["data"]
    assert created["name"] == "hi"
    assert created["enabled"] is True
    assert told["fetch"]["returned"]["data"] == created
    [item] = told["list"]["returned"]["data"]
    assert item["id"] == created["id"]
    assert told["change"]["returned"]["data"] == {**created, "name": "new"}
    assert told["patch by hand"]["returned"] == [
        True,
        {**created, "name": "new", "custom": "value"},
    ]
    assert told["delete"]["returned"]["data"]["_read_only"] == {"deleted": True}


def test_every_answer_has_the_envelope_that_it_shows_its_users(told: Told) -> None:
    answer = told["fetch"]["returned"]

    assert answer.keys() >= {"auth_token", "data", "request_id", "revision", "status"}
    assert answer["status"] == "success"


def test_it_executes_a_function_by_hand(told: Told) -> None:
    done, execution = told["execute by hand"]["returned"]

    assert done is True
    assert execution["outcome"] == "ok"
    assert execution["result"] == {"module": "tts", "data": {"text": "hi Ada"}}
    assert told["execute nothing by hand"]["returned"] is False


def test_it_manages_accounts(told: Told, server: Server) -> None:
    child = told["create account"]["returned"]["data"]
    assert child["name"] == "acme"
    assert told["fetch account"]["returned"]["data"] == child
    assert [item["id"] for item in told["list children"]["returned"]["data"]] == [child["id"]]
    changed = told["change account"]["returned"]["data"]
    assert (changed["id"], changed["name"], changed["language"]) == (child["id"], "new", "lt-lt")
    assert told["functions of a child"]["returned"]["data"] == []
    assert told["delete account"]["returned"]["data"]["id"] == child["id"]
    assert child["id"] != server.credentials["account_id"]


def test_it_comes_in_again_when_its_token_is_no_longer_good(told: Told) -> None:
    assert told["log out by hand"]["returned"][0] is True
    assert told["list after logging out"]["returned"]["status"] == "success"
    assert told["another token"]["returned"] is True
    assert told["list with a forged token"]["returned"]["status"] == "success"


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("create without source", {"name": {"type"}, "function_js": {"required"}}),
        ("name it nothing", {"name": {"required"}}),
        ("short key", {"api_key": {"minLength"}}),
    ],
)
def test_bad_data_is_told_by_field_and_rule(
    told: Told, step: str, fields: dict[str, set[str]]
) -> None:
    assert told[step]["raised"] == "KazooApiBadDataError"
    found = told[step]["field_errors"]
    assert {field: set(rules) for field, rules in found.items()} == fields


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("fetch deleted", "bad_identifier"),
        ("fetch deleted account", "bad_identifier"),
        ("unknown account", "bad_identifier"),
        ("unknown path", "not_found"),
        ("delete own account", "forbidden"),
        ("wrong key", "bad identifier"),
    ],
)
def test_other_errors_are_told_by_request_and_message(told: Told, step: str, message: str) -> None:
    assert told[step]["raised"] == "KazooApiError"
    _, request_id, said = told[step]["args"]
    assert len(request_id) == 32
    assert said == message


def test_a_user_cannot_come_in(told: Told) -> None:
    assert told["password"]["raised"] == "KazooApiAuthenticationError"
