"""Kazoo: functions are created, fetched, changed and deleted in its envelope."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_api.functions.samples import samples
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_core import __version__
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.functions.breakers import Breaker
from isolambda_core.domain.functions.functions import LATEST, validated_function
from isolambda_core.domain.ids import is_id
from tests.support.clocks import NOW, SetClock

HELLO = {"name": "say hi", "function_js": "return {module: 'tts', data: {text: 'hi'}};"}


def create(client: TestClient, path: str, **more: object) -> dict[str, Any]:
    answer = client.put(path, json={"data": {**HELLO, **more}})
    assert answer.status_code == 201
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_a_created_function_says_where_it_is(client: TestClient, functions_path: str) -> None:
    answer = client.put(functions_path, json={"data": HELLO})

    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["location"] == f"{functions_path}/{body['data']['id']}"
    assert answer.headers["etag"] == f'"{body["revision"]}"'
    assert body["revision"].startswith("1-")
    assert is_id(body["data"]["id"])
    assert body["data"] == {
        **HELLO,
        "enabled": True,
        "language_pack": "javascript",
        "id": body["data"]["id"],
    }


def key_id_of(client: TestClient, functions_path: str) -> str:
    [own] = client.get(functions_path.replace("functions", "api_keys")).json()["data"]
    found: str = own["id"]
    return found


def test_the_envelope_of_a_function_says_when_it_was_written_and_by_which_keys(
    client: TestClient, services: Services, functions_path: str, clock: SetClock, account_id: str
) -> None:
    first_key = key_id_of(client, functions_path)
    second_key, secret = services.keys.create(account_id, [Scope.MANAGE], None)
    created = client.put(functions_path, json={"data": HELLO}).json()
    path = f"{functions_path}/{created['data']['id']}"
    clock.time_ms += 5_000
    with_second = {"x-auth-token": secret}

    changed = client.patch(path, json={"data": {"custom": 1}}, headers=with_second).json()

    assert created["metadata"] == {
        "id": created["data"]["id"],
        "created": gregorian(NOW),
        "created_by": first_key,
        "modified": gregorian(NOW),
        "modified_by": first_key,
    }
    assert changed["metadata"] == {
        **created["metadata"],
        "modified": gregorian(NOW + 5),
        "modified_by": second_key.id,
    }
    assert client.get(path).json()["metadata"] == changed["metadata"]
    assert "_read_only" not in changed["data"]
    client.post(path, json={"data": HELLO})
    assert client.get(path).json()["metadata"]["modified_by"] == first_key


def test_what_a_client_says_of_who_wrote_it_is_dropped(
    client: TestClient, functions_path: str
) -> None:
    created = client.put(functions_path, json={"data": HELLO}).json()
    said = {"created": 1, "created_by": "f" * 32, "modified": 1}
    forged = {"data": {**created["data"], "_read_only": said}, "metadata": said}

    changed = client.post(f"{functions_path}/{created['data']['id']}", json=forged).json()

    assert (changed["data"], changed["metadata"]) == (created["data"], created["metadata"])


def test_the_platform_and_operators_have_no_key(
    client: TestClient, services: Services, functions_path: str, account_id: str, clock: SetClock
) -> None:
    operators = services.functions.create(account_id, HELLO)
    authors = services.functions.fetch(account_id, create(client, functions_path)["id"])
    breakers = {LATEST: Breaker.opened("6 failures", clock.now())}
    services.functions.functions.replace(authors.with_breakers(breakers, clock.now()), authors)

    by_operator = client.get(f"{functions_path}/{operators.id}").json()["metadata"]
    by_platform = client.get(f"{functions_path}/{authors.id}").json()["metadata"]

    assert (by_operator["created_by"], by_operator["modified_by"]) == (None, None)
    assert by_platform["created_by"] == key_id_of(client, functions_path)
    assert by_platform["modified_by"] is None


def test_an_envelope_tells_of_the_exchange(client: TestClient, functions_path: str) -> None:
    answer = client.get(functions_path, headers={"x-request-id": "my-request.1"})

    body = answer.json()
    assert body["status"] == "success"
    assert body["request_id"] == answer.headers["x-request-id"] == "my-request.1"
    assert body["timestamp"] == "2024-03-12T14:24:34"
    assert body["version"] == __version__
    assert is_id(body["node"])
    assert body["node"] == client.get(functions_path).json()["node"]
    assert "auth_token" not in body


def test_a_function_is_fetched_with_its_custom_keys(
    client: TestClient, functions_path: str
) -> None:
    created = create(client, functions_path, custom={"a.b": [1, None]}, _private=1, pvt_type="x")

    answer = client.get(f"{functions_path}/{created['id']}")

    assert answer.status_code == 200
    assert answer.json()["data"] == created
    assert created["custom"] == {"a.b": [1, None]}
    assert not {"_private", "pvt_type"} & created.keys()
    assert answer.headers["etag"] == f'"{answer.json()["revision"]}"'


def test_a_post_replaces_the_document_and_is_kept(client: TestClient, functions_path: str) -> None:
    created = create(client, functions_path, custom=1)
    path = f"{functions_path}/{created['id']}"

    answer = client.post(
        path, json={"data": {"id": "z", "name": "new", "function_js": "return 2;"}}
    )

    expected = {**created, "name": "new", "function_js": "return 2;"}
    del expected["custom"]
    assert answer.status_code == 200
    assert answer.json()["data"] == expected
    assert answer.json()["revision"].startswith("2-")
    assert client.get(path).json()["data"] == expected


def test_a_patch_merges_and_null_removes(client: TestClient, functions_path: str) -> None:
    created = create(client, functions_path, deep={"a": 1, "b": 2}, gone=1)

    answer = client.patch(
        f"{functions_path}/{created['id']}",
        json={"data": {"deep": {"b": None, "c": 3}, "gone": None}},
    )

    expected = {**created, "deep": {"a": 1, "c": 3}}
    del expected["gone"]
    assert answer.status_code == 200
    assert answer.json()["data"] == expected


@pytest.mark.parametrize("query", ["", "?should_soft_delete=false", "?should_soft_delete=true"])
def test_a_deleted_function_is_shown_once_more_and_then_gone(
    client: TestClient, functions_path: str, query: str
) -> None:
    created = create(client, functions_path)
    path = f"{functions_path}/{created['id']}"

    answer = client.request("DELETE", path + query, json={"data": {}})

    assert answer.status_code == 200
    assert answer.json()["data"] == {**created, "_read_only": {"deleted": True}}
    assert answer.json()["revision"].startswith("2-")
    for verb in ("GET", "POST", "PATCH", "DELETE"):
        missing = client.request(verb, path, json={"data": HELLO})
        assert missing.status_code == 404
        assert missing.json()["message"] == "bad_identifier"
        assert missing.json()["data"] == {"message": "bad identifier", "cause": created["id"]}


@pytest.mark.parametrize(("word", "value"), [("true", True), ("false", False)])
def test_enabled_may_be_a_word(
    client: TestClient, functions_path: str, word: str, value: bool
) -> None:
    created = create(client, functions_path, enabled=word)
    patched = client.patch(f"{functions_path}/{created['id']}", json={"data": {"enabled": word}})

    assert created["enabled"] is value
    assert patched.json()["data"]["enabled"] is value


def test_a_trailing_slash_makes_no_difference(client: TestClient, functions_path: str) -> None:
    answer = client.put(f"{functions_path}/", json={"data": HELLO}, follow_redirects=False)
    function_id = answer.json()["data"]["id"]

    assert answer.status_code == 201
    assert client.get(f"{functions_path}/{function_id}/", follow_redirects=False).status_code == 200
    assert client.get(f"{functions_path}/", follow_redirects=False).json()["page_size"] == 1


@pytest.mark.parametrize("content_type", [None, "application/x-www-form-urlencoded", ""])
def test_curl_needs_no_content_type(
    client: TestClient, functions_path: str, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}

    answer = client.put(
        functions_path,
        headers=headers,
        content='{"DATA": {"name": "a", "function_js": ""}, "ui_metadata": {}, "verb": 1}',
    )

    assert answer.status_code == 201
    assert answer.json()["data"]["function_js"] == ""


def test_text_comes_back_as_it_was_sent(client: TestClient, functions_path: str) -> None:
    text = 'return "žąsis \U0001f986 \\ud800 " + 1e308; // \u2028'

    created = create(client, functions_path, function_js=text)

    assert created["function_js"] == text


def test_a_lone_surrogate_survives(client: TestClient, functions_path: str) -> None:
    body = r'{"data": {"name": "\ud800", "function_js": "return \"\udfff\";"}}'

    answer = client.put(functions_path, content=body)

    assert answer.status_code == 201
    assert answer.json()["data"]["name"] == "\ud800"
    assert rb"\ud800" in answer.content


def test_samples_need_no_key(anonymous: TestClient) -> None:
    answer = anonymous.get("/v2/functions/samples")

    assert answer.status_code == 200
    assert answer.json()["data"] == list(samples())
    assert "version" not in answer.json()


def test_an_account_sees_the_samples_with_its_key_alone(
    client: TestClient, anonymous: TestClient, functions_path: str
) -> None:
    path = f"{functions_path}/samples"

    assert client.get(path).json()["data"] == list(samples())
    assert anonymous.get(path).status_code == 401


def test_every_sample_is_a_function(client: TestClient, functions_path: str) -> None:
    for sample in samples():
        assert validated_function(sample) == sample
        assert client.put(functions_path, json={"data": sample}).status_code == 201


def test_another_account_has_other_functions(
    client: TestClient, services: Services, functions_path: str
) -> None:
    function_id = create(client, functions_path)["id"]
    other, other_key = services.accounts.create_top("other")

    answer = client.get(
        f"/v2/accounts/{other.id}/functions/{function_id}", headers={"x-auth-token": other_key}
    )

    assert answer.status_code == 404
    assert answer.json()["data"]["cause"] == function_id


def listed(client: TestClient, created: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a function as an item of a list has it, which says of itself when it was written."""
    writes = client.get(f"{path}/{created['id']}").json()["metadata"]
    del writes["id"]
    return {**created, "_read_only": writes}


def test_a_list_has_whole_documents_where_they_are_asked_for(
    client: TestClient, functions_path: str
) -> None:
    created = listed(client, create(client, functions_path, custom={"a": 1}), functions_path)

    assert client.get(f"{functions_path}?full_docs=true").json()["data"] == [created]
    assert client.get(f"{functions_path}?full_docs=true&paginate=false").json()["data"] == [created]
    [short] = client.get(f"{functions_path}?full_docs=false").json()["data"]
    assert short.keys() == {"id", "name", "function_js", "enabled"}


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ('["name","_read_only"]', {"id", "name", "_read_only"}),
        ('["custom","nothing","pvt_created"]', {"id", "custom"}),
        ("[]", {"id"}),
    ],
)
def test_a_list_has_the_keys_that_are_asked_for(
    client: TestClient, functions_path: str, fields: str, keys: set[str]
) -> None:
    created = listed(client, create(client, functions_path, custom={"a": 1}), functions_path)

    [item] = client.get(functions_path, params={"fields": fields}).json()["data"]

    assert item == {key: created[key] for key in keys}


@pytest.mark.parametrize("fields", ["", "name", '"name"', "[1]", '{"name":1}', "[" * 10_000])
def test_fields_are_a_list_of_texts(client: TestClient, functions_path: str, fields: str) -> None:
    answer = client.get(functions_path, params={"fields": fields})

    assert answer.status_code == 400
    assert answer.json()["data"].keys() == {"fields"}


@pytest.mark.parametrize(
    "fallback",
    [
        {"module": "tts", "data": {"text": "hi"}},
        {"status": 503, "headers": {"retry-after": "60"}, "body": "back soon"},
    ],
)
def test_a_fallback_for_calls_or_for_requests_is_as_the_document_says(
    client: TestClient, functions_path: str, function_id: str, fallback: dict[str, Any]
) -> None:
    changed = client.patch(f"{functions_path}/{function_id}", json={"data": {"fallback": fallback}})

    assert changed.json()["data"]["fallback"] == fallback
