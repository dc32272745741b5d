"""A body that is encoded is refused by every route that takes one, and the answer says why."""

import gzip
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.executions.execution import ExecutionRequest

CODEMASH = "/v2/serverless/functions/{function}/execute"
TOKEN = "the-secret-of-a-webhook"  # noqa: S105 - of a trigger of this test
ROUTES = [
    ("PUT", "/v2/api_auth"),
    ("PUT", "/v2/accounts"),
    ("PATCH", "/v2/accounts/{account}"),
    ("PUT", "/v2/accounts/{account}/functions"),
    ("POST", "/v2/accounts/{account}/functions/{function}"),
    ("POST", "/v2/accounts/{account}/functions/{function}/execute"),
    ("PUT", "/v2/accounts/{account}/functions/{function}/versions"),
    ("PUT", "/v2/accounts/{account}/functions/{function}/triggers"),
    ("PUT", "/v2/accounts/{account}/events"),
    ("POST", "/pivot/{account}/{function}"),
    ("POST", CODEMASH),
]
BODY = b'{"data": {"name": "n", "function_js": "return 1;"}}'


@pytest.fixture
def send(client: TestClient, account_id: str, function_id: str) -> Any:
    def send(verb: str, path: str, **rest: Any) -> Any:
        path = path.format(account=account_id, function=function_id)
        return client.request(verb, path, **rest)

    return send


@pytest.mark.parametrize(("verb", "path"), ROUTES)
@pytest.mark.parametrize(
    "encoding", ["gzip", "GZip", "x-gzip", "deflate", "br", "gzip, gzip", "identity, gzip", "x"]
)
def test_an_encoded_body_is_not_read(
    send: Any, executed: list[ExecutionRequest], verb: str, path: str, encoding: str
) -> None:
    body = gzip.compress(BODY) if "gzip" in encoding else BODY

    answer = send(verb, path, content=body, headers={"content-encoding": encoding})

    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "identity"
    shown = answer.json()
    message = shown["responseStatus"] if path is CODEMASH else shown["data"]
    assert "Content-Encoding" in message["message"]
    assert executed == []


@pytest.mark.parametrize("encoding", ["identity", "Identity", "", "identity, identity", " , "])
def test_no_encoding_is_none(send: Any, encoding: str) -> None:
    headers = {"content-encoding": encoding}
    body = json.dumps({"data": {"a": 1}})

    kazoo = send("POST", ROUTES[5][1], content=body, headers=headers)
    codemash = send("POST", CODEMASH, content=body, headers=headers)

    assert kazoo.json()["data"]["result"] == {"a": 1}
    assert codemash.json()["result"] == '{"a":1}'


def test_a_webhook_reads_no_encoded_delivery(
    bare: TestClient, services: Services, account_id: str, function_id: str
) -> None:
    document = {"name": "n", "type": "webhook", "signature": "token", "secret": TOKEN}
    trigger = services.triggers.create(account_id, function_id, document)
    path = f"/webhooks/{account_id}/{function_id}/{trigger.id}"
    headers = {"x-webhook-token": TOKEN}

    encoded = bare.post(path, content=BODY, headers={**headers, "content-encoding": "gzip"})
    plain = bare.post(path, content=BODY, headers={**headers, "content-encoding": "identity"})

    assert (encoded.status_code, encoded.headers["accept-encoding"]) == (415, "identity")
    assert plain.status_code == 202


@pytest.mark.parametrize("verb", ["GET", "DELETE"])
def test_where_no_body_is_read_its_encoding_does_not_matter(send: Any, verb: str) -> None:
    path = "/v2/accounts/{account}/functions/{function}"

    answer = send(verb, path, content=b"\x1f\x8b", headers={"content-encoding": "gzip"})

    assert answer.status_code == 200


@pytest.mark.parametrize("path", [ROUTES[3][1], CODEMASH])
def test_another_media_type_is_answered_with_all_that_are_read(send: Any, path: str) -> None:
    verb = "POST" if path is CODEMASH else "PUT"

    answer = send(verb, path, content="<a/>", headers={"content-type": "text/xml"})

    assert answer.status_code == 415
    shown = answer.json()
    message = shown["responseStatus"] if path is CODEMASH else shown["data"]
    assert "form" in message["message"]
    assert "JSON" in message["message"].upper()
