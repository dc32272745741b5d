"""No answer repeats a secret or a key that was sent, whatever is wrong with the request."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

SECRET = "correct horse"  # noqa: S105
WEBHOOK = {"name": "w", "type": "webhook", "secret": SECRET}
WITHOUT_ENVELOPE: dict[str, Any] = {
    "as it is": WEBHOOK,
    "by another name": {"name": "w", "Webhook-Secret": SECRET, "clientSecret": SECRET},
    "as a value": {"value": SECRET, "Value": SECRET},
    "in a list": [WEBHOOK],
    "in an object": {"trigger": {"deep": [[WEBHOOK]]}},
    "alone": SECRET,
    "alone in a list": [SECRET],
}


@pytest.fixture
def trigger(client: TestClient, functions_path: str, function_id: str) -> str:
    """Return the path of a webhook."""
    path = f"{functions_path}/{function_id}/triggers"
    made = client.put(path, json={"data": WEBHOOK})
    return f"{path}/{made.json()['data']['id']}"


@pytest.mark.parametrize("body", WITHOUT_ENVELOPE.values(), ids=WITHOUT_ENVELOPE)
@pytest.mark.parametrize("wrapped", [lambda body: body, lambda body: {"data": [body]}])
@pytest.mark.parametrize("verb", ["PUT", "POST", "PATCH", "DELETE", "GET"])
def test_a_secret_whose_envelope_is_wrong(
    client: TestClient, trigger: str, verb: str, wrapped: Callable[[Any], Any], body: Any
) -> None:
    path = trigger.rpartition("/")[0] if verb == "PUT" else trigger

    answer = client.request(verb, path, content=json.dumps(wrapped(body)))

    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "data",
    [
        {**WEBHOOK, "name": {"secret": SECRET}},
        {**WEBHOOK, "signature": {"secret": SECRET}},
        {**WEBHOOK, "type": "event", "pattern": {}},
        {**WEBHOOK, "type": "nonsense"},
        {**WEBHOOK, "secret": [SECRET]},
        {**WEBHOOK, "secret": {"is": SECRET}},
        {**WEBHOOK, "secret": SECRET * 99},
        {**WEBHOOK, "signature": "token"},
        {"secret": SECRET},
        {**WEBHOOK, "Secret": SECRET},
        {"name": "s", "type": "schedule", "schedule": "rate(1 day)", "secret": SECRET},
        {**WEBHOOK, "enabled": "maybe"},
    ],
)
def test_a_secret_in_a_trigger_that_breaks_a_rule(
    client: TestClient, trigger: str, data: dict[str, Any]
) -> None:
    put = client.put(trigger.rpartition("/")[0], json={"data": data})

    assert put.status_code == 400
    for answer in (
        put,
        client.post(trigger, json={"data": data}),
        client.patch(trigger, json={"data": data}),
        client.get(trigger),
        client.get(trigger.rpartition("/")[0]),
    ):
        assert SECRET not in answer.text


@pytest.mark.parametrize("as_form", [True, False])
@pytest.mark.parametrize(
    "body",
    [
        '{{"api_key": "{key}"}}',
        '{{"API_KEY": "{key}"}}',
        '{{"key": "{key}"}}',
        '{{"whatever": "{key}"}}',
        '{{"credentials": "{key}"}}',
        '"{key}"',
        '["{key}"]',
        '{{"data": "{key}"}}',
        '{{"data": ["{key}"]}}',
        '{{"data": {{"api_key": "{key}0"}}}}',
        '{{"data": {{"api_key": "{short}"}}}}',
        '{{"data": {{"api_key": ["{key}"]}}}}',
        '{{"data": {{"api_key": {{"key": "{key}"}}}}}}',
        '{{"data": {{"apikey": "{key}"}}}}',
        '{{"data": {{"api_key": "{other}"}}}}',
        '{{"data": {{"api_key": "{key}"}}',
        "api_key={key}",
        "data={key}",
        "{key}",
    ],
)
@pytest.mark.parametrize("path", ["api_auth", "user_auth"])
def test_a_key_that_is_sent_for_a_token(
    anonymous: TestClient, key: str, path: str, body: str, *, as_form: bool
) -> None:
    other = key[::-1]
    content = body.format(key=key, short=key[:-1], other=other)
    headers = {"content-type": "application/x-www-form-urlencoded"} if as_form else {}

    answer = anonymous.put(f"/v2/{path}", content=content, headers=headers)

    assert answer.status_code in {400, 401, 404}
    assert not [sent for sent in (key[:-1], other) if sent in answer.text]


def test_a_key_in_place_of_its_id(client: TestClient, account_id: str, key: str) -> None:
    answer = client.delete(f"/v2/accounts/{account_id}/api_keys/{key}")

    assert answer.status_code == 404
    assert key not in answer.text


def test_a_key_among_the_fields_of_a_new_one(client: TestClient, account_id: str, key: str) -> None:
    for data in ({"api_key": key}, {"scopes": key}, {"scopes": [key]}, {"function_id": key}):
        answer = client.put(f"/v2/accounts/{account_id}/api_keys", json={"data": data})

        assert answer.status_code == 400
        assert key not in answer.text


def test_what_is_no_secret_is_still_given_back(client: TestClient, functions_path: str) -> None:
    body = {"name": "say hi", "function_js": "return 1;", "n": [1, {"a": None}]}

    answer = client.put(functions_path, json=body)

    assert answer.json()["data"]["data"]["required"]["value"] == body
