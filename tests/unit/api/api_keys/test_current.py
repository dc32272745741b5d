"""Which key a list of keys was asked for with."""

import pytest
from starlette.testclient import TestClient


@pytest.fixture
def path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/api_keys"


def current(client: TestClient, path: str, secret: str) -> list[str]:
    """Return the ids of the keys that a list of keys names as that of its request."""
    listed = client.get(path, headers={"x-auth-token": secret}).json()["data"]
    return [key["id"] for key in listed if key["current"]]


def test_the_key_of_the_request_is_marked_and_no_other(client: TestClient, path: str) -> None:
    [first, second] = [client.put(path, json={"data": {}}).json()["data"] for _ in range(2)]

    assert current(client, path, first["api_key"]) == [first["id"]]
    assert current(client, path, second["api_key"]) == [second["id"]]


def test_a_token_stands_for_its_key(client: TestClient, path: str) -> None:
    made = client.put(path, json={"data": {}}).json()["data"]
    answer = client.put("/v2/api_auth", json={"data": {"api_key": made["api_key"]}})

    assert current(client, path, answer.json()["auth_token"]) == [made["id"]]


def test_a_new_key_is_not_that_of_the_request(client: TestClient, path: str) -> None:
    assert client.put(path, json={"data": {}}).json()["data"]["current"] is False
