"""PyKazoo 0.0a8 (PyPI), unmodified: it does its work, and refusals are its own exceptions."""

from collections.abc import Callable

import pytest

from tests.clients.programs import Report
from tests.support.servers import Server


@pytest.fixture(scope="module")
def report(drive: Callable[[str, str], Report]) -> Report:
    return drive("pykazoo", "with_pykazoo")


def test_it_comes_in_with_an_api_key(report: Report, server: Server) -> None:
    assert report["authenticate"]["returned"]["account_id"] == server.credentials["account_id"]
    assert report["whose account"]["returned"] == server.credentials["account_id"]


def test_it_keeps_functions(report: Report) -> None:
    assert report["list nothing"]["returned"]["data"] == []
    created = report["create"]["returned"]["data"]
    assert created["name"] == "hi"
    assert report["fetch"]["returned"]["data"] == created
    [item] = report["list"]["returned"]["data"]
    assert item["id"] == created["id"]
    assert report["change"]["returned"]["data"] == {**created, "name": "new"}
    assert report["delete"]["returned"]["data"]["_read_only"] == {"deleted": True}


def test_it_executes_a_function(report: Report) -> None:
    execution = report["execute"]["returned"]["data"]

    assert execution["outcome"] == "ok"
    assert execution["result"] == {"module": "tts", "data": {"text": "hi Ada"}}


def test_it_manages_accounts(report: Report) -> None:
    child = report["create account"]["returned"]["data"]
    assert child["name"] == "acme"
    assert report["fetch account"]["returned"]["data"] == child
    assert [item["id"] for item in report["list children"]["returned"]["data"]] == [child["id"]]
    changed = report["change account"]["returned"]["data"]
    assert (changed["id"], changed["name"]) == (child["id"], "new")
    assert report["delete account"]["returned"]["data"]["id"] == child["id"]


@pytest.mark.parametrize(
    ("step", "raised", "status", "says"),
    [
        ("create without source", "ValueError", 400, '"function_js":{"required"'),
        ("create nothing", "ValueError", 400, '"name":{"required"'),
        ("short key", "ValueError", 400, '"api_key":{"minLength"'),
        ("forged token", "PermissionError", 401, '"invalid credentials"'),
        ("no token", "PermissionError", 401, '"invalid_credentials"'),
        ("password", "PermissionError", 401, "there are no users here"),
        ("delete own account", "RuntimeError", 403, '"forbidden"'),
        ("fetch deleted", "ValueError", 404, '"bad_identifier"'),
        ("fetch deleted account", "ValueError", 404, '"bad_identifier"'),
        ("unknown account", "ValueError", 404, '"bad_identifier"'),
        ("wrong key", "ValueError", 404, '"bad identifier"'),
        ("post to the list", "ValueError", 405, '"invalid_method"'),
        ("media type", "ValueError", 415, ""),
    ],
)
def test_an_error_is_raised_by_its_status_and_says_why(
    report: Report, step: str, raised: str, status: int, says: str
) -> None:
    assert report[step]["raised"] == raised
    [message] = report[step]["args"]
    assert message.startswith(f"Error Code: {status} ")
    assert says in message
