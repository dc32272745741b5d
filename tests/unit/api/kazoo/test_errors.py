"""Kazoo: every error has the status, the words and the data of the contract."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_core import __version__
from isolambda_core.domain import limits

ABSENT = "0" * 32


def violations(client: TestClient, path: str, document: Any) -> Any:
    answer = client.put(path, json={"data": document})
    body = answer.json()
    assert answer.status_code == 400
    assert (body["status"], body["error"], body["message"]) == ("error", "400", "validation error")
    assert body["version"] == __version__
    return body["data"]


def test_required_keys_are_named(client: TestClient, functions_path: str) -> None:
    required = {"message": "Field is required but missing"}

    assert violations(client, functions_path, {}) == {
        "name": {"required": {**required, "value": "name"}},
        "function_js": {"required": {**required, "value": "function_js"}},
    }


@pytest.mark.parametrize("verb", ["PUT", "POST"])
def test_no_body_is_no_data(
    client: TestClient, functions_path: str, function_id: str, verb: str
) -> None:
    path = functions_path if verb == "PUT" else f"{functions_path}/{function_id}"

    answer = client.request(verb, path)

    assert answer.status_code == 400
    assert answer.json()["data"].keys() == {"name", "function_js"}


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (
            {"function_js": 123},
            {
                "function_js": {
                    "type": {
                        "message": "Value did not match type(s): string",
                        "target": "string",
                        "value": 123,
                    }
                }
            },
        ),
        (
            {"name": None},
            {
                "name": {
                    "type": {
                        "message": "Value did not match type(s): string",
                        "target": "string",
                        "value": None,
                    }
                }
            },
        ),
        (
            {"enabled": "yes"},
            {
                "enabled": {
                    "type": {
                        "message": "Value did not match type(s): boolean",
                        "target": "boolean",
                        "value": "yes",
                    }
                }
            },
        ),
        (
            {"name": "n" * 129},
            {
                "name": {
                    "maxLength": {
                        "message": "String must not be more than 128 characters",
                        "target": 128,
                        "value": "n" * 129,
                    }
                }
            },
        ),
        (
            {"language_pack": "cobol"},
            {
                "language_pack": {
                    "enum": {
                        "message": "Value not found in enumerated list of values",
                        "target": ["javascript", "typescript"],
                        "value": "cobol",
                    }
                }
            },
        ),
        (
            {"limits": {"wall_time_ms": 1, "memory_mb": 10**6}},
            {
                "limits.wall_time_ms": {
                    "minimum": {"message": "Value must be at least 10", "target": 10, "value": 1}
                },
                "limits.memory_mb": {
                    "maximum": {
                        "message": "Value must be at most 512",
                        "target": 512,
                        "value": 10**6,
                    }
                },
            },
        ),
        (
            {"limits": {"a.b": 1}},
            {
                "limits.a%2Eb": {
                    "additionalProperties": {
                        "message": "Strict checking of data is enabled; "
                        "only include schema-defined properties",
                        "value": "a.b",
                    }
                }
            },
        ),
        (
            {"custom": "x" * limits.DOCUMENT_BYTES},
            {
                "data": {
                    "maxBytes": {
                        "message": "The document without function_js "
                        "must not be more than 65536 bytes",
                        "target": limits.DOCUMENT_BYTES,
                        "value": limits.DOCUMENT_BYTES + 68,
                    }
                }
            },
        ),
    ],
)
def test_a_broken_rule_is_explained(
    client: TestClient, functions_path: str, broken: dict[str, Any], expected: Any
) -> None:
    document = {"name": "a", "function_js": "", **broken}

    assert violations(client, functions_path, document) == expected


def test_a_patch_is_validated_as_it_would_be_kept(
    client: TestClient, functions_path: str, function_id: str
) -> None:
    answer = client.patch(f"{functions_path}/{function_id}", json={"data": {"name": None}})

    assert answer.status_code == 400
    assert answer.json()["data"].keys() == {"name"}


@pytest.mark.parametrize("depth", [limits.DOCUMENT_DEPTH, 300])
@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_a_deep_document_is_refused(
    client: TestClient, functions_path: str, function_id: str, verb: str, depth: int
) -> None:
    path = functions_path if verb == "PUT" else f"{functions_path}/{function_id}"
    nested = '{"a":' * depth + "1" + "}" * depth
    body = '{"data": {"name": "a", "function_js": "", "custom": ' + nested + "}}"

    answer = client.request(verb, path, content=body)

    assert answer.status_code == 400
    assert answer.json()["data"] == {
        "data": {
            "maxDepth": {
                "message": "Objects and lists must not nest more than 32 levels deep",
                "target": 32,
            }
        }
    }


def test_a_source_is_measured_in_bytes(client: TestClient, functions_path: str) -> None:
    source = "ž" * (limits.SOURCE_BYTES // 2)
    fits = client.put(functions_path, json={"data": {"name": "a", "function_js": source}})
    too_long = violations(client, functions_path, {"name": "a", "function_js": source + "z"})

    assert fits.status_code == 201
    assert too_long["function_js"]["maxLength"]["value"] == limits.SOURCE_BYTES + 1


def test_a_large_value_is_not_given_back(client: TestClient, functions_path: str) -> None:
    data = violations(client, functions_path, {"name": "n" * 1_000_000, "function_js": ""})

    assert data["name"]["maxLength"].keys() == {"message", "target"}


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b"{",
        b'{"data": }',
        b'{"data": NaN}',
        b'{"data": {"a": Infinity}}',
        b'{"data": {"a": 1e999}}',
        b'{"data": {"a": ' + b"9" * 5000 + b"}}",
        b'{"data": {"a": "\xff"}}',
        b'{"data": {"a": "\x00"}}',
        b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"name=a&function_js=b",
    ],
)
def test_a_body_that_is_not_json_is_a_validation_error(
    client: TestClient, functions_path: str, body: bytes
) -> None:
    answer = client.put(functions_path, content=body)

    assert answer.status_code == 400
    assert answer.json()["message"] == "validation error"
    invalid = answer.json()["data"]["json"]["invalid"]
    assert (invalid["message"], invalid["target"]) == ("All JSON must be valid", "body")


@pytest.mark.parametrize("body", [{}, [1], 5, "x", None, {"name": "a"}])
def test_a_body_without_data_is_given_back(
    client: TestClient, functions_path: str, body: Any
) -> None:
    answer = client.put(functions_path, content=json.dumps(body))

    assert answer.status_code == 400
    assert answer.json()["data"] == {
        "data": {"required": {"message": "Field is required but missing", "value": body}}
    }


def test_a_token_in_the_body_is_not_given_back(
    client: TestClient, functions_path: str, key: str
) -> None:
    answer = client.put(functions_path, json={"Auth_Token": key, "name": "a"})

    assert answer.json()["data"]["data"]["required"]["value"] == {"name": "a"}


@pytest.mark.parametrize("data", [[], [{}], None, 1, "x", True])
def test_data_must_be_an_object(client: TestClient, functions_path: str, data: Any) -> None:
    answer = client.put(functions_path, json={"data": data})

    assert answer.status_code == 400
    assert answer.json()["data"] == {
        "data": {
            "type": {
                "message": "Value did not match type(s): object",
                "target": "object",
                "value": data,
            }
        }
    }


def test_a_body_over_eight_million_bytes_is_refused(
    client: TestClient, functions_path: str
) -> None:
    answer = client.put(functions_path, content=b" " * (limits.BODY_BYTES + 1))

    assert answer.status_code == 400
    assert answer.json()["data"] == {
        "file": {
            "maxSize": {
                "message": "Payload or Files must not be more than 8000000 bytes",
                "target": 8_000_000,
            }
        }
    }


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "x"])
def test_other_media_types_are_refused(
    client: TestClient, functions_path: str, content_type: str
) -> None:
    answer = client.put(functions_path, headers={"content-type": content_type}, content="{}")

    assert answer.status_code == 415
    assert answer.json()["error"] == "415"


@pytest.mark.parametrize(
    "headers", [{}, {"x-auth-token": ""}, {"authorization": ""}, {"authorization": "Bearer "}]
)
def test_no_key_at_all(anonymous: TestClient, functions_path: str, headers: dict[str, str]) -> None:
    answer = anonymous.get(functions_path, headers=headers)

    body = answer.json()
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert (body["error"], body["message"]) == ("401", "invalid_credentials")
    assert body["data"] == {"message": "invalid credentials"}
    assert "version" not in body


@pytest.mark.parametrize(
    "headers",
    [
        {"x-auth-token": "wrong"},
        {"x-auth-token": "0" * 64},
        {"authorization": "Bearer " + "0" * 64},
        {"authorization": "Bearer x"},
        {"authorization": "Basic YTpi"},
        {"authorization": "\u00e9"},
    ],
)
def test_an_unknown_key(
    anonymous: TestClient, functions_path: str, headers: dict[str, str]
) -> None:
    latin = {name.encode(): value.encode("latin-1") for name, value in headers.items()}

    answer = anonymous.request("GET", functions_path, headers=latin)

    assert answer.status_code == 401
    assert (answer.json()["message"], answer.json()["data"]) == ("invalid credentials", {})


@pytest.mark.parametrize(
    "headers",
    [
        {"x-auth-token": "{}"},
        {"authorization": "{}"},
        {"authorization": "Bearer {}"},
        {"authorization": "bearer  {}"},
        {"authorization": "Bearer {}", "x-auth-token": ""},
        {"authorization": "Bearer wrong", "x-auth-token": "{}"},
    ],
)
def test_a_key_is_found_where_clients_put_it(
    anonymous: TestClient, functions_path: str, key: str, headers: dict[str, str]
) -> None:
    filled = {name: value.format(key) for name, value in headers.items()}

    assert anonymous.get(functions_path, headers=filled).status_code == 200


def test_the_token_comes_before_the_authorization(
    anonymous: TestClient, functions_path: str, key: str
) -> None:
    headers = {"authorization": f"Bearer {key}", "x-auth-token": "wrong"}

    assert anonymous.get(functions_path, headers=headers).status_code == 401


def test_a_foreign_account_is_forbidden(client: TestClient, services: Services) -> None:
    foreign, _ = services.accounts.create_top("foreign")

    answer = client.get(f"/v2/accounts/{foreign.id}/functions")

    assert answer.status_code == 403
    assert answer.json()["message"] == "forbidden"
    assert answer.json()["data"] == {"message": "forbidden"}


def test_an_unknown_account_is_a_bad_identifier(client: TestClient) -> None:
    answer = client.get(f"/v2/accounts/{ABSENT}/functions")

    assert answer.status_code == 404
    assert answer.json()["message"] == "bad_identifier"
    assert answer.json()["data"] == {"message": "bad identifier", "cause": ABSENT}


def test_an_account_id_of_another_length_is_invalid(client: TestClient) -> None:
    answer = client.get("/v2/accounts/x/functions")

    assert answer.status_code == 404
    assert answer.json()["message"] == "bad identifier"
    assert answer.json()["data"] == {"message": "invalid account_id 'x'"}


@pytest.mark.parametrize("function_id", [ABSENT, "x", "a" * 5000, "%F0%9F%A6%86", ABSENT.upper()])
def test_an_unknown_function_is_a_bad_identifier(
    client: TestClient, functions_path: str, function_id: str
) -> None:
    answer = client.get(f"{functions_path}/{function_id}")

    assert answer.status_code == 404
    assert answer.json()["message"] == "bad_identifier"


@pytest.mark.parametrize(
    ("verb", "path", "allowed"),
    [
        ("POST", "", "GET, HEAD, PATCH, PUT"),
        ("DELETE", "", "GET, HEAD, PATCH, PUT"),
        ("PUT", "/{id}", "DELETE, GET, HEAD, PATCH, POST"),
        ("POST", "/samples", "GET, HEAD"),
        ("PATCH", "/samples", "GET, HEAD"),
        ("DELETE", "/samples", "GET, HEAD"),
        ("GET", "/{id}/execute", "POST"),
    ],
)
def test_another_verb_is_not_allowed(
    client: TestClient, functions_path: str, function_id: str, verb: str, path: str, allowed: str
) -> None:
    answer = client.request(verb, functions_path + path.format(id=function_id))

    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert answer.json()["message"] == "invalid_method"
    assert answer.json()["data"] == {"message": "method not allowed"}


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/accounts/x/functions", "/v1/x/serverless"])
@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
def test_version_1_is_gone(anonymous: TestClient, path: str, verb: str) -> None:
    answer = anonymous.request(verb, path)

    assert answer.status_code == 410
    assert (answer.json()["error"], answer.json()["message"]) == ("410", "gone")
    assert answer.json()["data"] == {
        "message": "API version 1 is not supported. Please upgrade your code to use version 2."
    }


class InterruptingClock:
    """Is read between the read and the write of a change, and lets another client write there."""

    def __init__(self, interrupt: Callable[[], object]) -> None:
        self._interrupt = interrupt

    def now(self) -> int:
        self._interrupt()
        return 0

    def now_ms(self) -> int:
        return 0


def test_a_lost_race_is_a_conflict(
    services: Services, functions_path: str, function_id: str, account_id: str, key: str
) -> None:
    theirs = {"name": "theirs", "function_js": ""}
    clock = InterruptingClock(lambda: services.functions.change(account_id, function_id, theirs))
    late = replace(services, functions=replace(services.functions, clock=clock))
    client = TestClient(create_app(late), headers={"x-auth-token": key})
    path = f"{functions_path}/{function_id}"

    answer = client.patch(path, json={"data": {"name": "mine"}})

    assert answer.status_code == 409
    assert answer.json()["message"] == "datastore_conflict"
    assert answer.json()["data"] == {"message": "conflicting documents"}
    assert client.get(path).json()["data"]["name"] == "theirs"
