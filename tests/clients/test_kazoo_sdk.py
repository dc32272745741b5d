"""kazoo-sdk 0.2.4 (PyPI), unmodified: it does its work, and refusals are its own exceptions."""

from collections.abc import Callable

import pytest

from tests.clients.programs import Report
from tests.support.servers import Server


@pytest.fixture(scope="module")
def report(drive: Callable[[str, str], Report]) -> Report:
    return drive("kazoo-sdk", "with_kazoo_sdk")


def test_it_comes_in_with_an_api_key(report: Report, server: Server) -> None:
    assert report["authenticate"]["returned"]["account_id"] == server.credentials["account_id"]


def test_it_keeps_functions(report: Report) -> None:
    assert report["list nothing"]["returned"]["data"] == []
    created = report["create"]["returned"]["data"]
    assert created["name"] == "hi"
    assert created["enabled"] is True
    assert report["fetch"]["returned"]["data"] == created
    [item] = report["list"]["returned"]["data"]
    assert item["id"] == created["id"]
    assert report["change"]["returned"]["data"] == {**created, "name": "new"}
    assert report["patch by hand"]["returned"] == [
        True,
        {**created, "name": "new", "custom": "value"},
    ]
    assert report["delete"]["returned"]["data"]["_read_only"] == {"deleted": True}


def test_every_answer_has_the_envelope_that_it_shows_its_users(report: Report) -> None:
    answer = report["fetch"]["returned"]

    assert answer.keys() >= {"auth_token", "data", "request_id", "revision", "status"}
    assert answer["status"] == "success"


def test_it_executes_a_function_by_hand(report: Report) -> None:
    done, execution = report["execute by hand"]["returned"]

    assert done is True
    assert execution["outcome"] == "ok"
    assert execution["result"] == {"module": "tts", "data": {"text": "hi Ada"}}
    assert report["execute nothing by hand"]["returned"] is False


def test_it_manages_accounts(report: Report, server: Server) -> None:
    child = report["create account"]["returned"]["data"]
    assert child["name"] == "acme"
    assert report["fetch account"]["returned"]["data"] == child
    assert [item["id"] for item in report["list children"]["returned"]["data"]] == [child["id"]]
    changed = report["change account"]["returned"]["data"]
    assert (changed["id"], changed["name"], changed["language"]) == (child["id"], "new", "lt-lt")
    assert report["functions of a child"]["returned"]["data"] == []
    assert report["delete account"]["returned"]["data"]["id"] == child["id"]
    assert child["id"] != server.credentials["account_id"]


def test_it_comes_in_again_when_its_token_is_no_longer_good(report: Report) -> None:
    assert report["log out by hand"]["returned"][0] is True
    assert report["list after logging out"]["returned"]["status"] == "success"
    assert report["another token"]["returned"] is True
    assert report["list with a forged token"]["returned"]["status"] == "success"


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("create without source", {"name": {"type"}, "function_js": {"required"}}),
        ("name it nothing", {"name": {"required"}}),
        ("short key", {"api_key": {"minLength"}}),
    ],
)
def test_bad_data_is_reported_by_field_and_rule(
    report: Report, step: str, fields: dict[str, set[str]]
) -> None:
    assert report[step]["raised"] == "KazooApiBadDataError"
    found = report[step]["field_errors"]
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
def test_other_errors_are_reported_by_request_and_message(
    report: Report, step: str, message: str
) -> None:
    assert report[step]["raised"] == "KazooApiError"
    _, request_id, reason = report[step]["args"]
    assert len(request_id) == 32
    assert reason == message


def test_a_user_cannot_come_in(report: Report) -> None:
    assert report["password"]["raised"] == "KazooApiAuthenticationError"
