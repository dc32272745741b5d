"""The audit of an account: who changed what, through which door, and who may read it."""

from base64 import b64encode
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_core.domain.accounts.api_keys import Scope, hash_api_key
from isolambda_core.domain.audit.changes import digest_of
from isolambda_core.domain.json_text import dump
from isolambda_local.sqlite import SqliteStore
from tests.unit.api.checked_client import CheckedClient

HELLO = {"name": "hello", "function_js": "return 'a source';"}
VALUE = "sk_live_a_value_that_stays_sealed"
SIGNING = f"whsec_{b64encode(VALUE.encode()).decode()}"


@pytest.fixture
def path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/audit"


def listed(client: TestClient, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def key_id_of(services: Services, key: str) -> str:
    return services.access.api_keys.get(hash_api_key(key)).id


def made(client: TestClient, functions_path: str, **document: Any) -> str:
    answer = client.put(functions_path, json={"data": {**HELLO, **document}})
    assert answer.status_code == 201
    function_id: str = answer.json()["data"]["id"]
    return function_id


def test_a_change_by_a_key_says_the_key_the_address_and_the_request(
    client: TestClient,
    services: Services,
    path: str,
    functions_path: str,
    key: str,
    account_id: str,
) -> None:
    function_id = made(client, functions_path)
    answer = client.patch(
        f"{functions_path}/{function_id}",
        json={"data": {"name": "renamed"}},
        headers={"x-request-id": "request-7"},
    )
    assert answer.status_code == 200

    entry, created = listed(client, path)[:2]

    assert entry["what"] == "function.updated"
    assert entry["who"] == {
        "key_id": key_id_of(services, key),
        "account_id": account_id,
        "address": "testclient",
    }
    assert entry["target"] == {"type": "function", "id": function_id}
    assert (entry["before"]["name"], entry["after"]["name"]) == ("hello", "renamed")
    assert entry["after"]["function_js"] == digest_of(HELLO["function_js"])
    assert entry["correlation_id"] == "request-7"
    assert (created["what"], created["before"]) == ("function.created", None)


def test_a_change_by_a_token_says_the_key_that_the_token_is_for(
    app: FastAPI,
    document: dict[str, Any],
    services: Services,
    path: str,
    functions_path: str,
    key: str,
) -> None:
    _, token = services.access.issue(key)
    by_token = CheckedClient(app, document, {"x-auth-token": token})

    made(by_token, functions_path)

    assert listed(by_token, path)[0]["who"]["key_id"] == key_id_of(services, key)


def test_a_change_from_above_says_whose_key_it_was_and_is_in_the_audit_below(
    client: TestClient, services: Services, account_id: str, key: str, path: str
) -> None:
    below = services.accounts.create(services.accounts.fetch(account_id), {"name": "below"})
    made(client, f"/v2/accounts/{below.id}/functions")

    [entry] = [
        each
        for each in listed(client, f"/v2/accounts/{below.id}/audit")
        if each["what"] == "function.created"
    ]

    assert entry["account_id"] == below.id
    assert entry["who"]["account_id"] == account_id
    assert entry["who"]["key_id"] == key_id_of(services, key)
    assert "function.created" not in [each["what"] for each in listed(client, path)]


def test_what_a_request_says_of_itself_has_no_one_else_act(
    client: TestClient, services: Services, path: str, functions_path: str, key: str
) -> None:
    other, _ = services.accounts.create_top("other")
    answer = client.put(
        functions_path,
        json={"data": {**HELLO, "who": {"operator": "root"}}, "auth_token": other.id},
        headers={"x-forwarded-for": "203.0.113.1", "forwarded": "for=203.0.113.1"},
    )
    assert answer.status_code == 201

    who = listed(client, path)[0]["who"]

    assert (who["key_id"], who["address"]) == (key_id_of(services, key), "testclient")
    assert who.keys() == {"key_id", "account_id", "address"}


def test_a_refused_change_leaves_no_entry(
    client: TestClient, path: str, functions_path: str
) -> None:
    function_id = made(client, functions_path)
    before = listed(client, path)
    function = f"{functions_path}/{function_id}"

    assert client.put(functions_path, json={"data": {"name": "no source"}}).status_code == 400
    stale = {"if-match": '"stale"'}
    assert client.patch(function, json={"data": {"name": "x"}}, headers=stale).status_code == 412
    assert client.delete(f"{functions_path}/{'0' * 32}").status_code == 404
    assert client.put(f"{function}/aliases", json={"data": {"name": "live", "version": 9}}).is_error

    assert listed(client, path) == before


def test_the_value_of_a_secret_a_source_and_a_key_are_in_no_answer(
    client: TestClient, path: str, account_id: str, functions_path: str, key: str
) -> None:
    function_id = made(client, functions_path)
    secret = {"data": {"value": VALUE, "hosts": ["api.example.com"]}}
    assert client.put(f"/v2/accounts/{account_id}/secrets/STRIPE", json=secret).is_success
    trigger = {"data": {"name": "t", "type": "webhook", "secret": SIGNING}}
    assert client.put(f"{functions_path}/{function_id}/triggers", json=trigger).is_success
    made_key = client.put(f"/v2/accounts/{account_id}/api_keys", json={"data": {"name": "ci"}})
    assert made_key.is_success

    found = listed(client, path)

    text = dump(found)
    assert {"secret.created", "trigger.created", "api_key.created"} <= {e["what"] for e in found}
    for hidden in (VALUE, SIGNING, HELLO["function_js"], made_key.json()["data"]["api_key"], key):
        assert hidden not in text
    for shown_key in (key, made_key.json()["data"]["api_key"]):
        assert hash_api_key(shown_key) not in text


def test_pages_follow_each_other_and_lead_to_no_other_account(
    client: TestClient, services: Services, store: SqliteStore, path: str, functions_path: str
) -> None:
    function_id = made(client, functions_path)
    for number in range(6):
        client.patch(f"{functions_path}/{function_id}", json={"data": {"name": f"n{number}"}})
    other, _ = services.accounts.create_top("other")
    theirs = next(iter(store.audit.iterate(other.id, 0, at_once=1))).id
    whole = listed(client, path, page_size=50)

    paged, start_key = [], None
    while True:
        answer = client.get(path, params={"page_size": 3, "start_key": start_key or ""}).json()
        paged += answer["data"]
        start_key = answer.get("next_start_key")
        if start_key is None:
            break

    assert paged == whole
    for cursor in (theirs, "~", "''", "AUDIT#", "\x00", "%00" * 40):
        found = listed(client, path, start_key=cursor)
        assert {entry["account_id"] for entry in found} <= {whole[0]["account_id"]}


def test_entries_are_found_by_target_key_and_time(
    client: TestClient,
    services: Services,
    path: str,
    functions_path: str,
    account_id: str,
    key: str,
) -> None:
    first, second = made(client, functions_path), made(client, functions_path)
    client.put(f"{functions_path}/{first}/versions", json={"data": {}})
    now = listed(client, path)[0]["when_ms"] // 1_000
    by_key = key_id_of(services, key)

    assert [e["what"] for e in listed(client, path, target=first)] == [
        "version.created",
        "function.created",
    ]
    assert [e["target"]["id"] for e in listed(client, path, target=second)] == [second]
    assert listed(client, path, key_id="0" * 32) == []
    assert {e["who"]["key_id"] for e in listed(client, path, key_id=by_key)} == {by_key}
    everything = listed(client, path)
    span = {"from": gregorian(now - 3_600), "to": gregorian(now)}
    assert listed(client, path, **span) == everything
    assert listed(client, path, **{"from": gregorian(now + 60)}) == []
    assert listed(client, path, to=gregorian(now - 3_600)) == []
    assert account_id in {e["account_id"] for e in everything}


@pytest.mark.parametrize("query", [{"from": "today"}, {"to": "-1"}, {"from": "9" * 19}])
def test_a_time_that_is_none_is_refused_with_its_name(
    client: TestClient, path: str, query: dict[str, str]
) -> None:
    answer = client.get(path, params=query)

    assert answer.status_code == 400
    assert answer.json()["data"].keys() == query.keys()


def test_who_may_execute_alone_or_is_elsewhere_reads_no_audit(
    app: FastAPI,
    document: dict[str, Any],
    anonymous: TestClient,
    services: Services,
    path: str,
    account_id: str,
) -> None:
    _, executes = services.keys.create(account_id, [Scope.EXECUTE], None)
    _, elsewhere = services.accounts.create_top("other")

    assert anonymous.get(path).status_code == 401
    for credential in (executes, elsewhere):
        refused = CheckedClient(app, document, {"x-auth-token": credential}).get(path)
        assert refused.status_code == 403
