"""A body where none is wanted is ignored, whatever it is: of every DELETE, and of every GET."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.limits import BODY_BYTES

FORM = "application/x-www-form-urlencoded"
BODIES = [
    ("application/json", b"{}"),
    ("application/json", b'{"data":'),
    ("application/json", b"[1]"),
    ("application/json", b"null"),
    ("application/json", b'{"data": 1e999}'),
    ("application/json", b"\xff\xfe{"),
    ("application/json", b" " * (BODY_BYTES + 1)),
    ("application/json", b"[" * 100_000),
    (FORM, b"a=1"),
    (FORM, b"%ff"),
    ("text/xml", b"<a/>"),
    ("multipart/form-data; boundary=x", b"--x--"),
    (None, b"\x00\x01"),
]
Path = Callable[[], str]


@pytest.fixture
def deletable(services: Services, client: TestClient, account_id: str, function_id: str) -> Any:
    """Paths of one thing of each kind that can be deleted."""
    services.versions.publish(account_id, function_id, "")
    services.aliases.create(account_id, function_id, "live", Target(1), "")
    services.functions.patch(account_id, function_id, {"function_js": "return 2;"})
    services.versions.publish(account_id, function_id, "")
    trigger = services.triggers.create(account_id, function_id, {"name": "n", "type": "queue"})
    key_id = client.put(f"/v2/accounts/{account_id}/api_keys").json()["data"]["id"]
    account = client.put(f"/v2/accounts/{account_id}", json={"data": {"name": "below"}})
    function = f"/v2/accounts/{account_id}/functions/{function_id}"
    return {
        "alias": f"{function}/aliases/live",
        "version": f"{function}/versions/2",
        "trigger": f"{function}/triggers/{trigger.id}",
        "key": f"/v2/accounts/{account_id}/api_keys/{key_id}",
        "account": f"/v2/accounts/{account.json()['data']['id']}",
        "function": function,
    }


@pytest.mark.parametrize(("media_type", "body"), BODIES, ids=lambda each: repr(each)[:30])
def test_a_body_keeps_nothing_from_being_deleted(
    client: TestClient, deletable: dict[str, str], media_type: str | None, body: bytes
) -> None:
    headers = {} if media_type is None else {"content-type": media_type}

    for kind, path in deletable.items():
        answer = client.request("DELETE", path, content=body, headers=headers)

        assert answer.status_code == 200, kind
        assert client.get(path).status_code in (404, 405), kind


@pytest.mark.parametrize(("media_type", "body"), BODIES, ids=lambda each: repr(each)[:30])
@pytest.mark.parametrize("path", ["/healthz", "/v2/token_auth", "/v2/functions/samples"])
def test_a_body_does_not_keep_others_from_reading(
    client: TestClient, path: str, media_type: str | None, body: bytes
) -> None:
    headers = {} if media_type is None else {"content-type": media_type}

    for verb in ("GET", "HEAD"):
        assert client.request(verb, path, content=body, headers=headers).status_code == 200


@pytest.mark.parametrize("body", ["{}", '{"verb": "DELETE"}', '{"verb": "delete", "data": 5}'])
def test_a_post_that_stands_for_a_delete_needs_no_data_either(
    client: TestClient, bare: TestClient, deletable: dict[str, str], key: str, body: str
) -> None:
    path = deletable["function"]

    answer = bare.post(f"{path}?verb=DELETE", content=body, headers={"x-auth-token": key})

    assert answer.status_code == 200
    assert client.get(path).status_code == 404


def test_the_token_of_an_envelope_is_looked_at_all_the_same(
    bare: TestClient, deletable: dict[str, str], key: str
) -> None:
    envelope = {"data": {}, "auth_token": key}

    assert bare.request("DELETE", deletable["function"], json=envelope).status_code == 200


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
@pytest.mark.parametrize("body", ["{}", "[1]", "{"])
def test_where_a_body_is_required_it_must_be_one(
    client: TestClient, functions_path: str, verb: str, body: str
) -> None:
    assert client.request(verb, functions_path, content=body).status_code == 400
