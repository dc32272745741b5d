"""The names of API keys, and when keys expire."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_core.domain.limits import API_KEY_NAME_CHARACTERS, API_KEYS
from tests.support.clocks import NOW, SetClock


@pytest.fixture
def path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/api_keys"


def create(client: TestClient, path: str, **document: Any) -> dict[str, Any]:
    answer = client.put(path, json={"data": document})
    assert answer.status_code == 201
    data: dict[str, Any] = answer.json()["data"]
    return data


def with_key(secret: str) -> dict[str, str]:
    return {"x-auth-token": secret}


def test_a_key_has_the_name_and_the_end_that_it_was_given(client: TestClient, path: str) -> None:
    created = create(client, path, name="CI of the shop 🚀", expires=gregorian(NOW + 60))

    [listed] = [key for key in client.get(path).json()["data"] if not key["own"]]

    assert listed == {key: value for key, value in created.items() if key != "api_key"}
    assert listed["name"] == "CI of the shop 🚀"
    assert listed["expires"] == gregorian(NOW + 60)


@pytest.mark.parametrize("sent", [{}, {"name": None, "expires": None}])
def test_a_key_needs_neither(client: TestClient, path: str, sent: dict[str, None]) -> None:
    created = create(client, path, **sent)

    assert (created["name"], created["expires"]) == (None, None)


def test_keys_may_share_a_name(client: TestClient, path: str) -> None:
    first, second = create(client, path, name="CI"), create(client, path, name="CI")

    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    "name",
    ["", "a\nb", "a\rb", "\x00", "\x1b[31mred", "a\u202eb", "a\u200bb", "a\u2028b", "a\u00a0b"],
    ids=ascii,
)
def test_a_name_can_be_printed(client: TestClient, path: str, name: str) -> None:
    answer = client.put(path, json={"data": {"name": name}})

    assert answer.status_code == 400
    assert answer.json()["data"].keys() == {"name"}
    assert len(client.get(path).json()["data"]) == 1


def test_a_lone_surrogate_is_no_name(client: TestClient, path: str) -> None:
    answer = client.put(
        path, content=b'{"data":{"name":"\\ud800"}}', headers={"content-type": "application/json"}
    )

    assert answer.status_code == 400


def test_a_name_has_so_many_characters_and_no_more(client: TestClient, path: str) -> None:
    create(client, path, name="n" * API_KEY_NAME_CHARACTERS)

    answer = client.put(path, json={"data": {"name": "n" * (API_KEY_NAME_CHARACTERS + 1)}})

    assert answer.json()["data"]["name"]["maxLength"]["target"] == API_KEY_NAME_CHARACTERS


@pytest.mark.parametrize("name", [1, True, ["CI"], {"a": 1}])
def test_a_name_is_a_text(client: TestClient, path: str, name: object) -> None:
    answer = client.put(path, json={"data": {"name": name}})

    assert answer.json()["data"]["name"].keys() == {"type"}


@pytest.mark.parametrize(
    ("expires", "rule"),
    [
        (gregorian(NOW), "error"),
        (gregorian(NOW - 1), "error"),
        (NOW + 60, "error"),  # Unix seconds are long past
        (0, "minimum"),
        (-1, "minimum"),
        (2**63, "maximum"),
        ("tomorrow", "type"),
        (True, "type"),
        (gregorian(NOW) + 60.5, "type"),
    ],
)
def test_a_key_expires_at_a_time_in_the_future(
    client: TestClient, path: str, expires: object, rule: str
) -> None:
    answer = client.put(path, json={"data": {"expires": expires}})

    assert answer.status_code == 400
    assert list(answer.json()["data"]["expires"]) == [rule]
    assert len(client.get(path).json()["data"]) == 1


def test_a_time_without_a_fraction_is_an_integer(client: TestClient, path: str) -> None:
    assert create(client, path, expires=float(gregorian(NOW + 60)))["expires"] == gregorian(
        NOW + 60
    )


def test_from_its_last_second_on_a_key_is_an_unknown_one(
    bare: TestClient, client: TestClient, path: str, functions_path: str, clock: SetClock
) -> None:
    created = create(client, path, expires=gregorian(NOW + 60))
    secret = created["api_key"]
    token = bare.put("/v2/api_auth", json={"data": {"api_key": secret}}).json()["auth_token"]

    def answers() -> list[tuple[int, Any]]:
        found = [bare.get(functions_path, headers=with_key(each)) for each in (secret, token)]
        return [(answer.status_code, answer.json()["data"]) for answer in found]

    clock.time_ms = (NOW + 60) * 1000 - 1
    assert [status for status, _ in answers()] == [200, 200]
    clock.time_ms += 1
    unknown = bare.get(functions_path, headers=with_key("0" * 64))
    assert answers() == [(401, unknown.json()["data"])] * 2
    refused = bare.put("/v2/api_auth", json={"data": {"api_key": secret}})
    other = bare.put("/v2/api_auth", json={"data": {"api_key": "0" * 64}})
    assert refused.status_code == other.status_code
    assert refused.json()["data"] == other.json()["data"]
    assert created["id"] not in [key["id"] for key in client.get(path).json()["data"]]


def test_an_expired_key_makes_room_for_another(
    client: TestClient, path: str, clock: SetClock
) -> None:
    for _ in range(API_KEYS - 1):
        create(client, path, expires=gregorian(NOW + 1))
    assert client.put(path, json={"data": {}}).status_code == 400

    clock.time_ms += 1000

    create(client, path)


def test_a_key_may_remove_itself_and_then_does_nothing_more(
    client: TestClient, bare: TestClient, path: str
) -> None:
    created = create(client, path, name="short")
    itself, headers = f"{path}/{created['id']}", with_key(created["api_key"])

    assert bare.delete(itself, headers=headers).status_code == 200

    assert bare.get(path, headers=headers).status_code == 401
    assert bare.delete(itself, headers=headers).status_code == 401


def test_a_key_that_expires_can_make_one_that_does_not(
    client: TestClient, bare: TestClient, path: str, services: Services, account_id: str
) -> None:
    created = create(client, path, expires=gregorian(NOW + 1))

    further = bare.put(path, json={"data": {}}, headers=with_key(created["api_key"]))

    assert further.json()["data"]["expires"] is None
    assert len(services.keys.list(account_id)) == 3
