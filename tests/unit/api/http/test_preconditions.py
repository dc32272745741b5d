"""Kazoo: revisions as ETags, and writes that start from none but the expected one."""

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.functions.aliases import Target

HELLO = {"name": "say hi", "function_js": "return 1;"}
WRITES = [("POST", HELLO), ("PATCH", {"custom": 1}), ("DELETE", {})]


@pytest.fixture
def path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}"


def etag_of(client: TestClient, path: str) -> str:
    return client.get(path).headers["etag"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_the_revision_gets_no_body(client: TestClient, path: str, form: str) -> None:
    etag = etag_of(client, path)

    answer = client.get(path, headers={"if-none-match": form.format(etag)})

    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == etag


def test_who_has_another_revision_gets_the_document(client: TestClient, path: str) -> None:
    etag = etag_of(client, path)
    client.patch(path, json={"data": {"custom": 1}})

    answer = client.get(path, headers={"if-none-match": etag})

    assert answer.json()["data"]["custom"] == 1
    assert answer.headers["etag"] == f'"{answer.json()["revision"]}"' != etag


def test_a_list_that_is_still_the_same_has_no_body(
    client: TestClient, functions_path: str, path: str
) -> None:
    etag = etag_of(client, functions_path)

    assert client.get(functions_path, headers={"if-none-match": etag}).status_code == 304
    client.patch(path, json={"data": {"name": "another"}})
    assert client.get(functions_path, headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize(("verb", "data"), WRITES)
def test_a_write_from_another_revision_is_refused_and_changes_nothing(
    client: TestClient, path: str, verb: str, data: dict[str, object]
) -> None:
    before = client.get(path)

    answer = client.request(verb, path, json={"data": data}, headers={"if-match": '"9-other"'})

    assert answer.status_code == 412
    assert answer.json()["error"] == "412"
    assert client.get(path).json()["data"] == before.json()["data"]
    assert etag_of(client, path) == before.headers["etag"]


@pytest.mark.parametrize(("verb", "data"), WRITES)
def test_a_write_from_the_expected_revision_is_made(
    client: TestClient, path: str, verb: str, data: dict[str, object]
) -> None:
    answer = client.request(
        verb, path, json={"data": data}, headers={"if-match": etag_of(client, path)}
    )

    assert answer.status_code == 200
    assert answer.json()["revision"].startswith("2-")


def test_the_revision_of_an_envelope_does_as_well(client: TestClient, path: str) -> None:
    revision = client.get(path).json()["revision"]

    answer = client.patch(path, json={"data": {"a": 1}}, headers={"if-match": revision})

    assert answer.status_code == 200


def test_a_star_is_any_revision(client: TestClient, path: str) -> None:
    assert client.patch(path, json={"data": {}}, headers={"if-match": "*"}).status_code == 200


def test_of_an_account_the_same_holds(client: TestClient, account_id: str) -> None:
    path = f"/v2/accounts/{account_id}"
    etag = etag_of(client, path)

    assert client.get(path, headers={"if-none-match": etag}).status_code == 304
    assert (
        client.patch(path, json={"data": {"a": 1}}, headers={"if-match": '"0-x"'}).status_code
        == 412
    )
    assert client.patch(path, json={"data": {"a": 1}}, headers={"if-match": etag}).is_success


@pytest.mark.parametrize(("verb", "data"), WRITES)
@pytest.mark.parametrize(
    "tags", ['"*"', 'W/"*"', '"*", "*"', '"a", "*"', '"', '"*', "W/{}", '"x, {bare}, y"', ""]
)
def test_a_tag_that_nothing_has_lets_nothing_be_written(
    client: TestClient, path: str, verb: str, data: dict[str, object], tags: str
) -> None:
    etag = etag_of(client, path)
    if_match = tags.format(etag, bare=etag.strip('"'))

    answer = client.request(verb, path, json={"data": data}, headers={"if-match": if_match})

    assert answer.status_code == 412
    assert etag_of(client, path) == etag


@pytest.mark.parametrize("tags", ['"*"', '"*", "other"', '"x, {bare}, y"', '"'])
def test_a_tag_that_nothing_has_is_not_known(client: TestClient, path: str, tags: str) -> None:
    known = tags.format(bare=etag_of(client, path).strip('"'))

    assert client.get(path, headers={"if-none-match": known}).status_code == 200


@pytest.mark.parametrize(("verb", "data"), WRITES)
@pytest.mark.parametrize("tags", ["*", "{}", "W/{}", '"other", {}'])
def test_what_must_not_be_there_is_not_overwritten(
    client: TestClient, path: str, verb: str, data: dict[str, object], tags: str
) -> None:
    etag = etag_of(client, path)
    other = {"if-none-match": tags.format(etag)}

    answer = client.request(verb, path, json={"data": data}, headers=other)

    assert answer.status_code == 412
    assert "If-None-Match" in answer.json()["data"]["message"]
    assert etag_of(client, path) == etag


@pytest.mark.parametrize(("verb", "data"), WRITES)
@pytest.mark.parametrize("tags", ['"*"', '"other"', '"a", W/"b"'])
def test_what_is_another_may_be_overwritten(
    client: TestClient, path: str, verb: str, data: dict[str, object], tags: str
) -> None:
    answer = client.request(verb, path, json={"data": data}, headers={"if-none-match": tags})

    assert answer.status_code == 200


def test_both_headers_must_let_a_write_pass(client: TestClient, path: str) -> None:
    etag = etag_of(client, path)
    both = {"if-match": etag, "if-none-match": etag}

    assert client.patch(path, json={"data": {"a": 1}}, headers=both).status_code == 412


@pytest.mark.parametrize("header", [{"if-match": '"*"'}, {"if-none-match": "*"}])
def test_every_route_that_writes_a_document_reads_both(
    client: TestClient,
    services: Services,
    account_id: str,
    function_id: str,
    path: str,
    header: dict[str, str],
) -> None:
    services.versions.publish(account_id, function_id, "")
    services.aliases.create(account_id, function_id, "live", Target(1), "")
    trigger = services.triggers.create(account_id, function_id, {"name": "n", "type": "queue"})
    below = client.put(f"/v2/accounts/{account_id}", json={"data": {"name": "below"}})
    alias = f"{path}/aliases/live"
    documents = {
        f"{path}/triggers/{trigger.id}": {"name": "n", "type": "queue"},
        alias: {"version": 1},
        f"/v2/accounts/{below.json()['data']['id']}": {"name": "below"},
    }
    asked = [(verb, at, data) for at, data in documents.items() for verb, _ in WRITES]

    for verb, at, data in [*asked, ("POST", f"{alias}/rollback", {})]:
        answer = client.request(verb, at, json={"data": data}, headers=header)

        assert answer.status_code == 412, (verb, at)
