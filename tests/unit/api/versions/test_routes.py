"""Versions and aliases: a function's life, in Kazoo's envelope."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.kazoo.gregorian import gregorian
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from tests.support.clocks import NOW

Publish = Callable[..., dict[str, Any]]
Script = Callable[[ExecutionResult | Exception], None]
ABSENT = "0" * 32


@pytest.fixture
def path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}"


@pytest.fixture
def publish(client: TestClient, path: str) -> Publish:
    """Give the draft another source, and publish it."""

    def with_source(source: str, description: str = "") -> dict[str, Any]:
        client.patch(path, json={"data": {"function_js": source}})
        answer = client.put(f"{path}/versions", json={"data": {"description": description}})
        assert answer.status_code == 201
        data: dict[str, Any] = answer.json()["data"]
        return data

    return with_source


def alias(client: TestClient, path: str, **data: Any) -> Any:
    return client.put(f"{path}/aliases", json={"data": {"name": "live", "version": 1, **data}})


def test_a_version_freezes_what_the_draft_executes(
    client: TestClient, path: str, publish: Publish
) -> None:
    client.patch(path, json={"data": {"limits": {"wall_time_ms": 100}, "custom": 1}})
    first = publish("return 1;", "the first")
    publish("return 2;")

    fetched = client.get(f"{path}/versions/1").json()["data"]

    assert fetched == first
    assert (
        fetched.items()
        >= {
            "version": 1,
            "description": "the first",
            "function_js": "return 1;",
            "language_pack": "javascript",
            "limits": {"wall_time_ms": 100},
        }.items()
    )
    assert len(fetched["sha256"]) == 64
    assert "custom" not in fetched


def test_a_version_says_when_it_was_published_and_by_which_key(
    client: TestClient, path: str, publish: Publish, account_id: str
) -> None:
    [own] = client.get(f"/v2/accounts/{account_id}/api_keys").json()["data"]
    version = publish("return 1;")

    [listed] = client.get(f"{path}/versions").json()["data"]

    assert (version["created"], version["created_by"]) == (gregorian(NOW), own["id"])
    assert listed.items() <= version.items()


def test_an_unchanged_draft_is_the_version_that_there_is(
    client: TestClient, path: str, publish: Publish
) -> None:
    version = publish("return 1;")
    client.patch(path, json={"data": {"name": "another"}})

    again = client.put(f"{path}/versions")

    assert (again.status_code, again.json()["data"]) == (200, version)


def test_versions_are_listed_in_pages_the_last_first(
    client: TestClient, path: str, publish: Publish
) -> None:
    for number in range(3):
        publish(f"return {number};")

    first = client.get(f"{path}/versions", params={"page_size": 2}).json()
    second = client.get(
        f"{path}/versions", params={"page_size": 2, "start_key": first["next_start_key"]}
    ).json()

    assert [item["version"] for item in first["data"] + second["data"]] == [3, 2, 1]
    assert "function_js" not in first["data"][0]


def test_a_number_is_given_once(client: TestClient, path: str, publish: Publish) -> None:
    publish("return 1;")
    removed = client.delete(f"{path}/versions/1")

    assert removed.json()["data"]["_read_only"] == {"deleted": True}
    assert publish("return 2;")["version"] == 2
    for verb in ("GET", "DELETE"):
        assert client.request(verb, f"{path}/versions/1").status_code == 404


@pytest.mark.parametrize("version", ["0", "x", "1.0", "-1", "9" * 40, "\u0661", "$LATEST"])
def test_what_is_no_version_is_not_found(client: TestClient, path: str, version: str) -> None:
    answer = client.get(f"{path}/versions/{version}")

    assert (answer.status_code, answer.json()["message"]) == (404, "bad_identifier")


def test_a_version_that_an_alias_points_to_stays(
    client: TestClient, path: str, publish: Publish
) -> None:
    publish("return 1;")
    alias(client, path)

    answer = client.delete(f"{path}/versions/1")

    assert answer.status_code == 409
    assert answer.json()["data"]["cause"] == "live"
    client.delete(f"{path}/aliases/live")
    assert client.delete(f"{path}/versions/1").status_code == 200


def test_an_alias_moves_and_remembers(client: TestClient, path: str, publish: Publish) -> None:
    publish("return 1;")
    publish("return 2;")
    made = alias(client, path, description="what callers get")
    assert made.headers["location"] == f"{path}/aliases/live"

    moved = client.patch(f"{path}/aliases/live", json={"data": {"version": 2}}).json()["data"]

    assert moved["description"] == "what callers get"
    (move,) = moved["history"]
    assert (move["from"]["version"], move["to"]["version"]) == (1, 2)
    assert len(move["by"]) == 32
    back = client.post(f"{path}/aliases/live/rollback").json()["data"]
    assert (back["version"], len(back["history"])) == (1, 2)
    assert [move["rollback"] for move in back["history"]] == [True, False]
    assert client.post(f"{path}/aliases/live/rollback").status_code == 400
    assert client.get(f"{path}/aliases/live").json()["data"] == back
    (listed,) = client.get(f"{path}/aliases").json()["data"]
    assert listed.items() <= back.items()
    assert "history" not in listed


def test_an_alias_that_never_moved_has_nothing_to_go_back_to(
    client: TestClient, path: str, publish: Publish
) -> None:
    publish("return 1;")
    alias(client, path)

    assert client.post(f"{path}/aliases/live/rollback").status_code == 400


def test_a_move_starts_from_the_expected_revision(
    client: TestClient, path: str, publish: Publish
) -> None:
    publish("return 1;")
    publish("return 2;")
    etag = alias(client, path).headers["etag"]
    live, data = f"{path}/aliases/live", {"data": {"version": 2}}

    assert client.post(live, json=data, headers={"if-match": '"0-x"'}).status_code == 412
    assert client.post(live, json=data, headers={"if-match": etag}).status_code == 200
    assert client.delete(live, headers={"if-match": etag}).status_code == 412


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        ({"name": "1"}, {"name": "pattern"}),
        ({"name": 1}, {"name": "type"}),
        ({"version": "1"}, {"version": "type"}),
        ({"version": True}, {"version": "type"}),
        ({"additional_version": 1.5}, {"additional_version": "type"}),
        ({"additional_version_weight": "x"}, {"additional_version_weight": "type"}),
        (
            {"additional_version": 2, "additional_version_weight": 1.5},
            {"additional_version_weight": "maximum"},
        ),
        (
            {"additional_version": 2, "additional_version_weight": 10**308},
            {"additional_version_weight": "maximum"},
        ),
        ({"weight": 1}, {"weight": "additionalProperties"}),
    ],
)
def test_an_alias_obeys_its_schema(
    client: TestClient, path: str, publish: Publish, data: Any, rules: dict[str, str]
) -> None:
    publish("return 1;")
    publish("return 2;")

    answer = alias(client, path, **data)

    assert answer.status_code == 400
    assert {key: next(iter(found)) for key, found in answer.json()["data"].items()} == rules


def test_an_alias_points_to_no_version_that_is_not_there(
    client: TestClient, path: str, publish: Publish
) -> None:
    publish("return 1;")

    assert alias(client, path, version=2).status_code == 404
    assert client.get(f"{path}/aliases").json()["data"] == []


def test_a_name_is_taken_once(client: TestClient, path: str, publish: Publish) -> None:
    publish("return 1;")
    alias(client, path)

    assert alias(client, path).status_code == 409


def test_a_function_that_is_not_there_has_neither(client: TestClient, functions_path: str) -> None:
    absent = f"{functions_path}/{ABSENT}"

    for verb, rest in (
        ("PUT", "/versions"),
        ("GET", "/versions"),
        ("GET", "/versions/1"),
        ("GET", "/aliases"),
        ("GET", "/aliases/live"),
        ("POST", "/aliases/live/rollback"),
    ):
        assert client.request(verb, absent + rest).status_code == 404


@pytest.mark.parametrize("asked", [("1", 1), ("2", 2), ("live", 1), ("$LATEST", 3)])
def test_a_qualifier_says_what_runs_on_every_route(
    client: TestClient,
    path: str,
    publish: Publish,
    executed: list[ExecutionRequest],
    script: Script,
    asked: tuple[str, int],
) -> None:
    script(ExecutionResult("", Outcome.OK, b'{"module":"hangup"}'))
    qualifier, source = asked
    publish("return 1;")
    publish("return 2;")
    alias(client, path)
    client.patch(path, json={"data": {"function_js": "return 3;"}})
    ran = {1: "1", 2: "2", 3: "$LATEST"}[source]
    account_id, function_id = path.split("/")[3], path[-32:]

    kazoo = client.post(f"{path}/execute", params={"qualifier": qualifier})
    codemash = client.post(
        f"/v2/serverless/functions/{function_id}/execute", json={"Qualifier": qualifier}
    )
    pivot = client.get(f"/pivot/{account_id}/{function_id}", params={"qualifier": qualifier})

    assert kazoo.json()["data"]["version"] == ran
    assert codemash.headers["x-function-version"] == ran
    assert pivot.headers["x-function-version"] == ran
    assert [request.source for request in executed] == [f"return {source};"] * 3
    assert [request.version for request in executed] == [ran] * 3


def test_one_caller_stays_on_one_version(client: TestClient, path: str, publish: Publish) -> None:
    publish("return 1;")
    publish("return 2;")
    alias(client, path, additional_version=2, additional_version_weight=0.5)

    seen = {
        caller: {
            client.post(
                f"{path}/execute", params={"qualifier": "live"}, headers={"x-affinity-key": caller}
            ).json()["data"]["version"]
            for _ in range(5)
        }
        for caller in map(str, range(20))
    }

    assert {len(versions) for versions in seen.values()} == {1}
    assert {version for versions in seen.values() for version in versions} == {"1", "2"}


def test_a_qualifier_that_is_not_there_is_reported(client: TestClient, path: str) -> None:
    for qualifier in ("7", "live", "x" * 1000, json.dumps({})):
        answer = client.post(f"{path}/execute", params={"qualifier": qualifier})
        assert answer.status_code == 404
