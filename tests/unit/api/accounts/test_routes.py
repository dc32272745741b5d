"""Kazoo: accounts are made, fetched, changed and deleted below each other."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.accounts.quotas import OF_ACCOUNTS

HELLO = {"name": "say hi", "function_js": "return 1;"}


@pytest.fixture
def path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}"


def child_of(client: TestClient, path: str, **document: Any) -> str:
    answer = client.put(path, json={"data": {"name": "child", **document}})
    assert answer.status_code == 201
    made: str = answer.json()["data"]["id"]
    return made


def key_of(client: TestClient, account_id: str) -> dict[str, str]:
    answer = client.get(f"/v2/accounts/{account_id}/api_key")
    return {"x-auth-token": answer.json()["data"]["api_key"]}


@pytest.mark.parametrize("whose", ["", "/{}"], ids=["one's own", "named"])
def test_a_child_is_made_below_an_account(client: TestClient, account_id: str, whose: str) -> None:
    answer = client.put(
        "/v2/accounts" + whose.format(account_id),
        json={
            "data": {"name": "child", "realm": "child.acme.com", "pvt_tree": [], "enabled": "true"}
        },
    )

    data = answer.json()["data"]
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v2/accounts/{data['id']}"
    assert data["realm"] == "child.acme.com"
    assert data["enabled"] is True
    assert "pvt_tree" not in data
    assert client.get(f"/v2/accounts/{data['id']}").json()["data"] == data


def test_an_account_is_changed_and_patched(client: TestClient, path: str) -> None:
    child = f"/v2/accounts/{child_of(client, path, custom={'a': 1, 'b': 2})}"

    patched = client.patch(child, json={"data": {"custom": {"a": None}, "language": "lt"}})
    assert patched.json()["data"].items() >= {"custom": {"b": 2}, "language": "lt"}.items()

    changed = client.post(child, json={"data": {"name": "renamed"}})
    assert changed.json()["data"].keys() == {"name", "enabled", "id", "created"}
    assert client.get(child).json()["data"]["name"] == "renamed"


@pytest.mark.parametrize(
    ("sent", "rules"),
    [
        ({}, {"name": "required"}),
        ({"name": ""}, {"name": "minLength"}),
        ({"name": "n" * 129}, {"name": "maxLength"}),
        ({"name": "n", "enabled": 1}, {"enabled": "type"}),
    ],
)
def test_an_account_obeys_its_schema(
    client: TestClient, path: str, sent: dict[str, Any], rules: dict[str, str]
) -> None:
    answer = client.put(path, json={"data": sent})

    assert answer.status_code == 400
    assert {key: next(iter(found)) for key, found in answer.json()["data"].items()} == rules


def test_a_parent_acts_on_all_its_descendants(client: TestClient, path: str) -> None:
    grandchild = child_of(client, f"/v2/accounts/{child_of(client, path)}")

    made = client.put(f"/v2/accounts/{grandchild}/functions", json={"data": HELLO})

    assert made.status_code == 201
    assert client.get(f"/v2/accounts/{grandchild}/functions").json()["page_size"] == 1
    assert client.get(f"{path}/functions").json()["page_size"] == 0


def test_no_other_account_acts_on_an_account(
    client: TestClient, bare: TestClient, path: str, account_id: str
) -> None:
    first, second = child_of(client, path), child_of(client, path)
    headers = key_of(client, first)

    for foreign in (second, account_id):
        for suffix in ("", "/functions", "/api_key", "/children", "/usage"):
            answer = bare.get(f"/v2/accounts/{foreign}{suffix}", headers=headers)
            assert (answer.status_code, answer.json()["message"]) == (403, "forbidden")
    assert bare.get(f"/v2/accounts/{first}", headers=headers).status_code == 200


def test_children_are_listed_in_pages(client: TestClient, path: str) -> None:
    made = sorted((child_of(client, path, name=f"child {i}") for i in range(3)), reverse=True)
    child_of(client, f"/v2/accounts/{made[0]}")

    first = client.get(f"{path}/children", params={"page_size": 2}).json()
    second = client.get(
        f"{path}/children", params={"page_size": 2, "start_key": first["next_start_key"]}
    ).json()

    assert [child["id"] for child in first["data"] + second["data"]] == made
    assert "next_start_key" not in second


def test_the_usage_of_an_account_has_each_quota_with_its_limit_and_all_accounts_below(
    client: TestClient, path: str
) -> None:
    child = child_of(client, path)
    for each in (path, f"/v2/accounts/{child}"):
        assert client.put(f"{each}/functions", json={"data": HELLO}).status_code == 201

    whole, below = (client.get(f"{each}/usage").json() for each in (path, f"/v2/accounts/{child}"))

    assert whole["status"] == "success"
    assert whole["data"].keys() == set(OF_ACCOUNTS)
    assert whole["data"]["functions"] == {"limit": 1_000, "used": 2}
    assert whole["data"]["accounts"] == {"limit": 100, "used": 1}
    assert below["data"]["functions"] == {"limit": 1_000, "used": 1}
    assert below["data"]["accounts"] == {"limit": 100, "used": 0}


def test_an_account_below_is_given_less_than_its_parent(client: TestClient, path: str) -> None:
    child = child_of(client, path, quotas={"functions": 1, "triggers": 5})
    below = f"/v2/accounts/{child}"
    grandchild = child_of(client, below, quotas={"triggers": 3})

    assert client.put(f"{below}/functions", json={"data": HELLO}).status_code == 201
    refused = client.put(f"/v2/accounts/{grandchild}/functions", json={"data": HELLO})

    assert (refused.status_code, refused.json()["message"]) == (429, "quota_exceeded")
    assert (refused.json()["data"]["value"], refused.json()["data"]["used"]) == (1, 1)
    usage = client.get(f"/v2/accounts/{grandchild}/usage").json()["data"]
    assert usage["functions"] == {"limit": 1, "used": 0}
    assert usage["triggers"] == {"limit": 3, "used": 0}


@pytest.mark.parametrize("verb", ["PUT", "POST", "PATCH"])
def test_more_than_the_parent_has_is_refused_with_its_limit(
    client: TestClient, path: str, verb: str
) -> None:
    parent = f"/v2/accounts/{child_of(client, path, quotas={'functions': 5})}"
    url = parent if verb == "PUT" else f"/v2/accounts/{child_of(client, parent)}"

    answer = client.request(verb, url, json={"data": {"name": "n", "quotas": {"functions": 6}}})

    assert answer.status_code == 400
    assert answer.json()["data"]["quotas.functions"]["maximum"]["target"] == 5


@pytest.mark.parametrize(
    "quotas", [{"functions": -1}, {"functions": 1_001}, {"versions": 1}, {"functions": "x"}, 5]
)
def test_quotas_that_are_none_are_refused(client: TestClient, path: str, quotas: Any) -> None:
    answer = client.put(path, json={"data": {"name": "n", "quotas": quotas}})

    assert (answer.status_code, answer.json()["message"]) == (400, "validation error")


def test_an_account_cannot_change_its_own_quotas_and_keeps_them(
    client: TestClient, bare: TestClient, path: str
) -> None:
    child = f"/v2/accounts/{child_of(client, path, quotas={'functions': 1})}"
    headers = key_of(client, child.removeprefix("/v2/accounts/"))

    for verb, quotas in (("POST", {}), ("PATCH", {"functions": 2}), ("PATCH", {"triggers": 1})):
        data = {"name": "n", "quotas": quotas}
        answer = bare.request(verb, child, json={"data": data}, headers=headers)
        assert answer.status_code == 403
    kept = bare.post(child, json={"data": {"name": "renamed"}}, headers=headers).json()["data"]
    assert (kept["name"], kept["quotas"]) == ("renamed", {"functions": 1})
    same = bare.post(
        child, json={"data": {"name": "n", "quotas": {"functions": 1}}}, headers=headers
    )
    assert same.status_code == 200

    assert client.patch(child, json={"data": {"quotas": None}}).json()["data"].keys() >= {"name"}
    assert "quotas" not in client.get(child).json()["data"]


def test_an_account_cannot_lift_its_own_ceiling_and_keeps_it(
    client: TestClient, bare: TestClient, path: str
) -> None:
    net = {"allow": ["*.example.com"]}
    child = f"/v2/accounts/{child_of(client, path, net=net)}"
    headers = key_of(client, child.removeprefix("/v2/accounts/"))
    lifted: list[tuple[str, Any]] = [
        ("POST", {"name": "n", "net": {"allow": ["*.example.org"]}}),
        ("POST", {"name": "n", "net": {"allow": []}}),
        ("PATCH", {"net": {"allow": ["*.example.com", "*.example.org"]}}),
        ("PATCH", {"net": {"allow": ["*.EXAMPLE.com"]}}),
    ]

    for verb, data in lifted:
        answer = bare.request(verb, child, json={"data": data}, headers=headers)
        assert answer.status_code == 403
    kept = bare.post(child, json={"data": {"name": "renamed"}}, headers=headers).json()["data"]
    assert (kept["name"], kept["net"]) == ("renamed", net)
    removed = bare.patch(child, json={"data": {"net": None}}, headers=headers).json()["data"]
    assert removed["net"] == net

    assert client.patch(child, json={"data": {"net": None}}).status_code == 200
    assert "net" not in client.get(child).json()["data"]


def test_a_custom_key_of_before_may_go_by_the_account_itself(
    client: TestClient, services: Services, path: str
) -> None:
    account = services.accounts.fetch(path.removeprefix("/v2/accounts/"))
    services.accounts.accounts.replace(
        account.changed({**account.document, "net": "x"}, 1), account
    )

    refused = client.patch(path, json={"data": {"name": "n"}})
    assert (refused.status_code, [*refused.json()["data"]]) == (400, ["net"])
    assert client.patch(path, json={"data": {"net": {"allow": []}}}).status_code == 403
    assert client.patch(path, json={"data": {"net": None}}).status_code == 200
    assert "net" not in client.get(path).json()["data"]


@pytest.mark.parametrize("net", [{}, {"allow": "a.test"}, {"allow": ["*"]}, ["a.test"], "a.test"])
def test_a_ceiling_that_is_none_is_refused(client: TestClient, path: str, net: Any) -> None:
    answer = client.put(path, json={"data": {"name": "n", "net": net}})

    assert (answer.status_code, answer.json()["message"]) == (400, "validation error")


def test_a_deleted_account_takes_its_keys_and_functions_with_it(
    client: TestClient, bare: TestClient, services: Services, path: str
) -> None:
    child = child_of(client, path)
    headers = key_of(client, child)
    token = bare.put("/v2/api_auth", json={"data": {"api_key": headers["x-auth-token"]}})
    made = bare.put(f"/v2/accounts/{child}/functions", json={"data": HELLO}, headers=headers)

    answer = client.delete(f"/v2/accounts/{child}")

    assert answer.status_code == 200
    assert answer.json()["data"]["_read_only"] == {"deleted": True}
    assert client.get(f"/v2/accounts/{child}").status_code == 404
    for credential in (headers["x-auth-token"], token.json()["auth_token"]):
        again = bare.get(f"/v2/accounts/{child}", headers={"x-auth-token": credential})
        assert again.status_code == 401
    function_id = made.json()["data"]["id"]
    assert list(services.functions.functions.iterate(child, at_once=1)) == []
    assert client.get(f"/v2/accounts/{child}/functions/{function_id}").status_code == 404


def test_an_account_with_children_stays(client: TestClient, path: str) -> None:
    child = child_of(client, path)
    child_of(client, f"/v2/accounts/{child}")

    answer = client.delete(f"/v2/accounts/{child}")

    assert (answer.status_code, answer.json()["message"]) == (409, "account_has_descendants")
    assert client.get(f"/v2/accounts/{child}/api_key").status_code == 200


def test_an_account_does_not_delete_itself(client: TestClient, path: str) -> None:
    assert client.delete(path).status_code == 403
    assert client.get(path).status_code == 200


def test_a_disabled_account_is_locked_until_its_parent_enables_it(
    client: TestClient, bare: TestClient, path: str
) -> None:
    child = child_of(client, path)
    headers = key_of(client, child)
    client.patch(f"/v2/accounts/{child}", json={"data": {"enabled": False}})

    answer = bare.get(f"/v2/accounts/{child}/functions", headers=headers)

    assert (answer.status_code, answer.json()["message"]) == (423, "locked")
    assert answer.json()["data"].keys() == {"account"}
    enabled = client.patch(f"/v2/accounts/{child}", json={"data": {"enabled": True}})
    assert enabled.status_code == 200
    assert bare.get(f"/v2/accounts/{child}/functions", headers=headers).status_code == 200


def test_the_own_key_is_changed_with_two_good_while_it_is(
    client: TestClient, bare: TestClient, path: str, key: str
) -> None:
    assert client.get(f"{path}/api_key").json()["data"] == {"api_key": key}

    second = client.put(f"{path}/api_key").json()["data"]["api_key"]
    assert client.get(f"{path}/api_key").json()["data"] == {"api_key": second}
    assert [works(bare, path, k) for k in (key, second)] == [True, True]

    third = client.put(f"{path}/api_key").json()["data"]["api_key"]
    assert [works(bare, path, k) for k in (key, second, third)] == [False, True, True]


def works(bare: TestClient, path: str, key: str) -> bool:
    return bare.get(path, headers={"x-auth-token": key}).status_code == 200


def test_a_further_key_is_shown_once_and_removed(
    client: TestClient, bare: TestClient, path: str, function_id: str
) -> None:
    asked = {"scopes": ["execute"], "function_id": function_id}
    made = client.put(f"{path}/api_keys", json={"data": asked}).json()["data"]
    secret = made.pop("api_key")

    assert made.items() >= {**asked, "own": False, "expires": None}.items()
    assert made in client.get(f"{path}/api_keys").json()["data"]
    execute = f"{path}/functions/{function_id}/execute"
    assert bare.post(execute, headers={"x-auth-token": secret}).status_code == 200

    assert client.delete(f"{path}/api_keys/{made['id']}").status_code == 200
    assert bare.post(execute, headers={"x-auth-token": secret}).status_code == 401
    assert client.delete(f"{path}/api_keys/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        ({"scopes": "execute"}, {"scopes": "type"}),
        ({"scopes": []}, {"scopes": "minItems"}),
        ({"scopes": ["fly"]}, {"scopes.0": "enum"}),
        ({"scopes": ["execute"], "function_id": "x"}, {"function_id": "pattern"}),
        ({"scopes": ["execute"], "function_id": 1}, {"function_id": "type"}),
    ],
)
def test_a_further_key_obeys_its_schema(
    client: TestClient, path: str, asked: dict[str, Any], rules: dict[str, str]
) -> None:
    answer = client.put(f"{path}/api_keys", json={"data": asked})

    assert answer.status_code == 400
    assert {key: next(iter(found)) for key, found in answer.json()["data"].items()} == rules
