"""Kazoo: a document that breaks rules without end costs little, and gets a short answer."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_core.domain.errors import Violation
from isolambda_core.domain.limits import DOCUMENT_KEYS, VIOLATIONS, VIOLATIONS_BYTES

ANSWER_BYTES = 64 * 1024
MANY = 5_000

_NAMES = {str(number): 0 for number in range(MANY)}
_LONG_NAMES = {f"{number}{'k' * 2_000}": 0 for number in range(200)}
_DOTS = {f"{number}{'.' * 2_000}": 0 for number in range(200)}
_WIDE = {f"{number}{'語' * 2_000}": 0 for number in range(200)}
_FUNCTION = {"name": "f", "function_js": ""}
_WEBHOOK = {"name": "t", "type": "webhook"}
_EVENT = {"source": "a", "detail_type": "b", "detail": {}}


def _paths(account_path: str, function_path: str) -> dict[str, str]:
    return {
        "account": account_path,
        "keys": f"{account_path}/api_keys",
        "functions": f"{account_path}/functions",
        "events": f"{account_path}/events",
        "versions": f"{function_path}/versions",
        "aliases": f"{function_path}/aliases",
        "triggers": f"{function_path}/triggers",
        "auth": "/v2/api_auth",
    }


DOCUMENTS: list[tuple[str, Any]] = [
    ("auth", _NAMES),
    ("account", {"name": "a", "enabled": "x" * 5_000}),
    ("keys", {"scopes": [0] * MANY}),
    ("keys", {"functions": [0] * MANY, "scopes": ["execute"]}),
    ("functions", {**_FUNCTION, "limits": _NAMES}),
    ("functions", {**_FUNCTION, "limits": _LONG_NAMES}),
    ("functions", {**_FUNCTION, "limits": _DOTS}),
    ("functions", {**_FUNCTION, "limits": _WIDE}),
    ("functions", {**_FUNCTION, "features": [0] * MANY}),
    ("functions", {**_FUNCTION, "features": ["x" * 200] * MANY}),
    ("functions", {**_FUNCTION, "fallback": {"flow": _NAMES}}),
    ("events", {"events": [{**_EVENT, **_NAMES}]}),
    ("events", {"events": [_NAMES] * 5}),
    ("events", {"events": [0] * MANY}),
    ("aliases", {"name": "live", "version": 1, **_NAMES}),
    ("aliases", {"name": "live", "version": 1, "additional_version": _NAMES}),
    ("triggers", {**_WEBHOOK, "type": "schedule", "repeat": _NAMES}),
    ("triggers", {**_WEBHOOK, "type": "bucket", "events": ["x" * 100] * MANY}),
    ("triggers", {**_WEBHOOK, "type": "event", "pattern": {"detail": _NAMES}}),
    ("versions", {"description": ["x" * 100] * MANY}),
]


@pytest.fixture
def paths(functions_path: str, function_id: str) -> dict[str, str]:
    return _paths(functions_path.removesuffix("/functions"), f"{functions_path}/{function_id}")


@pytest.mark.parametrize(("door", "sent"), DOCUMENTS)
def test_an_answer_that_refuses_is_short_whatever_was_sent(
    client: TestClient, paths: dict[str, str], door: str, sent: Any
) -> None:
    answer = client.put(paths[door], json={"data": sent})

    assert answer.status_code == 400
    assert len(answer.content) <= ANSWER_BYTES
    rules = [rule for found in answer.json()["data"].values() for rule in found]
    assert 1 <= len(rules) <= VIOLATIONS + 1


@pytest.mark.parametrize(
    ("door", "sent"),
    [
        ("functions", {**_FUNCTION, "limits": _NAMES}),
        ("events", {"events": [_NAMES]}),
        ("auth", _NAMES),
    ],
)
def test_an_answer_says_that_there_are_more_violations(
    client: TestClient, paths: dict[str, str], door: str, sent: Any
) -> None:
    data = client.put(paths[door], json={"data": sent}).json()["data"]

    assert data["data"]["maxViolations"] == {
        "message": f"There are more than these {VIOLATIONS} violations",
        "target": VIOLATIONS,
    }


def test_an_answer_whose_violations_are_long_lists_fewer_and_says_so(
    client: TestClient, functions_path: str
) -> None:
    limits = {f"{number}{'語' * 2_000}.": 0 for number in range(99)}
    answer = client.put(functions_path, json={"data": {**_FUNCTION, "limits": limits}})

    data = answer.json()["data"]

    assert len(json.dumps(data, ensure_ascii=False).encode()) <= VIOLATIONS_BYTES + 1_000
    assert all(len(path) <= len("limits.") + 3 * 64 for path in data)


def test_a_hundred_violations_are_all_of_them(client: TestClient, functions_path: str) -> None:
    limits = {str(number): 0 for number in range(VIOLATIONS)}
    answer = client.put(functions_path, json={"data": {**_FUNCTION, "limits": limits}})

    data = answer.json()["data"]

    assert len(data) == VIOLATIONS
    assert "data" not in data


@pytest.mark.parametrize(("door", "sent"), DOCUMENTS)
def test_no_more_violations_are_made_than_are_listed(
    client: TestClient,
    paths: dict[str, str],
    door: str,
    sent: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Violation] = []
    make = Violation.__init__

    def count(violation: Violation, *values: Any, **named: Any) -> None:
        make(violation, *values, **named)
        made.append(violation)

    monkeypatch.setattr(Violation, "__init__", count)

    client.put(paths[door], json={"data": sent})

    assert len(made) <= 3 * VIOLATIONS


def test_too_many_keys_are_refused_before_anything_looks_at_them(
    client: TestClient, functions_path: str
) -> None:
    document = {**_FUNCTION, **{f"k{number}": 0 for number in range(DOCUMENT_KEYS)}}

    answer = client.put(functions_path, json={"data": document})

    assert answer.status_code == 400
    assert answer.json()["data"]["data"]["maxProperties"]["value"] == DOCUMENT_KEYS + 2
