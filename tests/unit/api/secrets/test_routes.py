"""Secrets over HTTP: put, listed, rotated, removed; and shown by no answer and no log."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.limits import SECRETS
from isolambda_core.domain.queue.messages import Disposition
from isolambda_core.domain.secrets.errors import SecretsKeyUnavailableError
from isolambda_core.services.secrets.secrets import SecretService
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock

VALUE, NEW = "correct horse battery", "staple of a new value"
DATA: dict[str, Any] = {"value": VALUE, "hosts": ["api.example.com"]}


@pytest.fixture(params=["account", "function"])
def path(request: pytest.FixtureRequest, account_id: str, function_id: str) -> str:
    """Where the secrets of an account are, and those of a function."""
    of_account = f"/v2/accounts/{account_id}"
    if request.param == "account":
        return f"{of_account}/secrets"
    return f"{of_account}/functions/{function_id}/secrets"


def put(client: TestClient, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
    return client.put(f"{path}/KEY", json={"data": {**DATA, **more}}, headers=headers)


def test_a_secret_is_made_and_shown_without_its_value(client: TestClient, path: str) -> None:
    made = put(client, path)

    assert made.status_code == 201
    assert made.headers["location"] == f"{path}/KEY"
    shown = client.get(made.headers["location"])
    assert (
        shown.json()["data"]
        == made.json()["data"]
        == {
            "name": "KEY",
            "hosts": ["api.example.com"],
            "sign": False,
            "created": 63877472674,
            "modified": 63877472674,
            "overlap_until": None,
        }
    )
    assert shown.headers["etag"] == made.headers["etag"]
    listed = client.get(path)
    assert listed.json()["data"] == [shown.json()["data"]]
    assert VALUE not in made.text + shown.text + listed.text


def test_a_secret_is_rotated(client: TestClient, clock: SetClock, path: str) -> None:
    put(client, path)
    clock.time_ms += 5_000

    rotated = put(client, path, value=NEW, hosts=["*.example.org"], overlap_s=60)

    assert rotated.status_code == 200
    assert rotated.json()["data"] == {
        "name": "KEY",
        "hosts": ["*.example.org"],
        "sign": False,
        "created": 63877472674,
        "modified": 63877472679,
        "overlap_until": 63877472739,
    }
    assert rotated.json()["data"] == client.get(f"{path}/KEY").json()["data"]
    assert NEW not in rotated.text


def test_a_secret_is_removed(client: TestClient, path: str) -> None:
    put(client, path)

    removed = client.delete(f"{path}/KEY")

    assert removed.json()["data"]["_read_only"] == {"deleted": True}
    assert client.get(f"{path}/KEY").status_code == 404
    assert client.delete(f"{path}/KEY").json()["data"] == {
        "message": "bad identifier",
        "cause": "KEY",
    }
    assert client.get(path).json()["data"] == []


def test_secrets_of_a_function_are_not_its_accounts(
    client: TestClient, account_id: str, function_id: str
) -> None:
    of_account = f"/v2/accounts/{account_id}"
    put(client, f"{of_account}/functions/{function_id}/secrets")

    assert client.get(f"{of_account}/secrets").json()["data"] == []
    assert client.get(f"{of_account}/secrets/KEY").status_code == 404
    assert client.get(f"{of_account}/functions/{'0' * 32}/secrets").status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "broken"),
    [
        ("key", DATA, "name"),
        ("__proto__", DATA, "name"),
        ("KEY", {"hosts": ["api.example.com"]}, "value"),
        ("KEY", {"value": VALUE}, "hosts"),
        ("KEY", {**DATA, "value": [VALUE]}, "value"),
        ("KEY", {**DATA, "value": {"value": VALUE}}, "value"),
        ("KEY", {**DATA, "value": f"{VALUE}\n"}, "value"),
        ("KEY", {**DATA, "value": VALUE * 300}, "value"),
        ("KEY", {**DATA, "hosts": [{"value": VALUE}]}, "hosts.0"),
        ("KEY", {**DATA, "hosts": {"value": VALUE}}, "hosts"),
        ("KEY", {**DATA, "sign": {"value": VALUE}}, "sign"),
        ("KEY", {**DATA, "overlap_s": {"value": VALUE}}, "overlap_s"),
        ("KEY", {**DATA, "secret": VALUE}, "secret"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_the_value_is_not_repeated(
    client: TestClient, path: str, name: str, data: Any, broken: str
) -> None:
    answer = client.put(f"{path}/{name}", json={"data": data})

    assert answer.status_code == 400
    assert list(answer.json()["data"]) == [broken]
    assert VALUE not in answer.text
    assert client.get(path).json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        DATA,
        {"data": [DATA]},
        [DATA],
        {"data": VALUE},
        VALUE,
        {"data": {"data": DATA}},
        {"datum": DATA},
    ],
    ids=str,
)
@pytest.mark.parametrize("verb", ["PUT", "POST", "PATCH", "DELETE", "GET"])
def test_a_value_whose_envelope_is_wrong_is_not_repeated(
    client: TestClient, path: str, verb: str, body: Any
) -> None:
    answer = client.request(verb, f"{path}/KEY", content=json.dumps(body))

    assert answer.status_code >= 400
    assert VALUE not in answer.text


def test_no_log_has_a_value(
    client: TestClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    put(client, path)
    put(client, path, value=NEW, hosts=["!"])
    client.put(f"{path}/KEY", content=json.dumps(DATA))

    assert "KEY" in caplog.text
    assert VALUE not in caplog.text
    assert NEW not in caplog.text


def test_a_write_starts_from_the_revision_that_is_named(client: TestClient, path: str) -> None:
    etag = put(client, path, {"if-none-match": "*"}).headers["etag"]

    assert put(client, path, {"if-none-match": "*"}).status_code == 412
    rotated = put(client, path, {"if-match": etag}, value=NEW)
    assert rotated.status_code == 200
    assert put(client, path, {"if-match": etag}).status_code == 412
    assert client.delete(f"{path}/KEY", headers={"if-match": etag}).status_code == 412
    known = {"if-none-match": rotated.headers["etag"]}
    assert client.get(f"{path}/KEY", headers=known).status_code == 304
    client.delete(f"{path}/KEY")
    assert put(client, path, {"if-match": "*"}).status_code == 412
    again = put(client, path)
    assert again.status_code == 201
    assert again.headers["etag"] != etag


def test_a_place_has_so_many_and_the_answer_says_how_many(client: TestClient, path: str) -> None:
    for number in range(SECRETS):
        client.put(f"{path}/KEY_{number}", json={"data": DATA})

    answer = put(client, path)

    assert answer.status_code == 400
    assert answer.json()["data"] == {
        "secrets": {
            "maxItems": {"message": f"The list is more than {SECRETS} items", "target": SECRETS}
        }
    }


def test_a_key_that_only_executes_sees_and_changes_nothing(
    client: TestClient, services: Services, account_id: str, path: str
) -> None:
    put(client, path)
    _, key = services.keys.create(account_id, [Scope.EXECUTE], None)
    headers = {"x-auth-token": key}

    answers = [
        client.get(path, headers=headers),
        client.get(f"{path}/KEY", headers=headers),
        put(client, path, headers),
        client.delete(f"{path}/KEY", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert client.get(f"{path}/KEY").status_code == 200


def test_another_account_sees_and_changes_nothing(
    client: TestClient, services: Services, path: str
) -> None:
    put(client, path)
    _, key = services.accounts.create_top("another")
    headers = {"x-auth-token": key}

    answers = [
        client.get(path, headers=headers),
        client.get(f"{path}/KEY", headers=headers),
        put(client, path, headers),
        client.delete(f"{path}/KEY", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4


# --- Executions --------------------------------------------------------------


@pytest.fixture
def named(client: TestClient, functions_path: str, function_id: str) -> str:
    """Return the path of a function that names a secret."""
    path = f"{functions_path}/{function_id}"
    assert client.patch(path, json={"data": {"secrets": ["KEY"]}}).status_code == 200
    return path


def execute(client: TestClient, path: str) -> Any:
    return client.post(f"{path}/execute", json={"data": {"name": "me"}})


def test_a_function_gets_a_placeholder_that_is_new_each_time(
    client: TestClient, named: str, executed: list[ExecutionRequest]
) -> None:
    put(client, f"{named}/secrets")

    assert execute(client, named).status_code == 200
    assert execute(client, named).status_code == 200

    placeholders = set()
    for request in executed:
        [secret] = request.secrets
        assert (secret.value, secret.hosts) == (VALUE, ("api.example.com",))
        assert json.loads(request.context)["secrets"] == {"KEY": secret.placeholder}
        assert VALUE not in request.context + repr(request)
        placeholders.add(secret.placeholder)
    assert len(placeholders) == 2


def test_a_function_that_names_none_has_none_in_its_context(
    client: TestClient, functions_path: str, function_id: str, executed: list[ExecutionRequest]
) -> None:
    put(client, f"{functions_path}/{function_id}/secrets")

    execute(client, f"{functions_path}/{function_id}")

    assert executed[0].secrets == ()
    assert "secrets" not in json.loads(executed[0].context)


def test_a_change_is_seen_by_the_next_execution(
    client: TestClient, account_id: str, named: str, executed: list[ExecutionRequest]
) -> None:
    of_account = f"/v2/accounts/{account_id}/secrets"
    put(client, of_account)
    execute(client, named)
    put(client, of_account, value=NEW)
    execute(client, named)
    put(client, f"{named}/secrets", value="one of its own")
    execute(client, named)
    client.delete(f"{named}/secrets/KEY")
    execute(client, named)

    assert [request.secrets[0].value for request in executed] == [VALUE, NEW, "one of its own", NEW]
    assert executed[1].secrets[0].value_before == VALUE


def test_a_function_whose_secret_is_not_there_is_not_executed(
    client: TestClient, named: str, executed: list[ExecutionRequest]
) -> None:
    answer = execute(client, named)

    assert answer.status_code == 409
    assert answer.json()["message"] == "secret_missing"
    assert answer.json()["data"]["cause"] == "KEY"
    assert executed == []


class _WithoutKey:
    """A sealer whose key of KMS is disabled."""

    def seal(self, *_: object) -> str:
        raise SecretsKeyUnavailableError

    def open(self, *_: object) -> str:
        raise SecretsKeyUnavailableError


def test_a_key_that_is_not_available_is_a_503_that_says_so(
    client: TestClient,
    bare: TestClient,
    key: str,
    named: str,
    executed: list[ExecutionRequest],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(client, f"{named}/secrets")
    monkeypatch.setattr(SecretService, "sealer", _WithoutKey())
    account_id, function_id = named.split("/")[3::2]
    headers = {"authorization": f"Bearer {key}", "x-cm-projectid": account_id}
    url = f"/v2/serverless/functions/{function_id}/execute"

    answers = (
        put(client, f"{named}/secrets"),
        execute(client, named),
        bare.post(url, json={"data": "{}"}, headers=headers),
    )

    for answer in answers:
        assert answer.status_code == 503
        assert "the key that seals secrets is not available" in answer.text
    assert executed == []


def test_a_function_whose_secret_cannot_be_opened_is_not_executed(
    client: TestClient, store: SqliteStore, named: str, executed: list[ExecutionRequest]
) -> None:
    put(client, f"{named}/secrets")
    with store.database.writing() as connection:
        connection.execute(
            "UPDATE secrets SET secret = json_set(secret, '$.hosts', json('[\"evil.test\"]'))"
        )

    for _ in range(2):
        answer = execute(client, named)
        assert answer.status_code == 503
        assert answer.json()["data"]["cause"] == "KEY"
        assert "the secret KEY cannot be opened" in answer.json()["data"]["message"]
        assert VALUE not in answer.text
    assert executed == []
    assert put(client, f"{named}/secrets").status_code == 200
    assert execute(client, named).status_code == 200


def test_an_asynchronous_execution_has_the_value_of_when_it_runs(
    client: TestClient,
    named: str,
    perform: Callable[[], Disposition],
    executed: list[ExecutionRequest],
    store: SqliteStore,
) -> None:
    put(client, f"{named}/secrets")
    queued = client.post(f"{named}/execute", headers={"prefer": "respond-async"})
    assert queued.status_code == 202
    put(client, f"{named}/secrets", value=NEW)

    perform()

    assert [secret.value for secret in executed[0].secrets] == [NEW]
    record = client.get(queued.headers["location"])
    assert record.json()["data"]["status"] == "succeeded"
    with store.database.connection() as connection:
        stored = "".join(connection.iterdump())
    assert VALUE not in stored
    assert NEW not in stored


def test_an_execution_whose_secret_was_removed_fails_for_good(
    client: TestClient, named: str, perform: Callable[[], Disposition]
) -> None:
    put(client, f"{named}/secrets")
    queued = client.post(f"{named}/execute", headers={"prefer": "respond-async"})
    client.delete(f"{named}/secrets/KEY")

    perform()

    error = client.get(queued.headers["location"]).json()["data"]["error"]
    assert (error["name"], "the secret KEY is not there" in error["message"]) == (
        "MissingSecret",
        True,
    )


@pytest.mark.parametrize("soft", [True, False])
def test_the_secrets_of_a_function_go_with_it(
    client: TestClient, store: SqliteStore, named: str, soft: bool
) -> None:
    put(client, f"{named}/secrets")

    client.request("DELETE", named, params=None if soft else {"should_soft_delete": "false"})

    with store.database.connection() as connection:
        assert connection.execute("SELECT count(*) FROM secrets").fetchone() == (0,)


def test_the_secrets_of_an_account_go_with_it(
    client: TestClient, services: Services, store: SqliteStore, account_id: str, path: str
) -> None:
    put(client, path)

    services.accounts.remove(services.accounts.fetch(account_id))

    with store.database.connection() as connection:
        assert connection.execute("SELECT count(*) FROM secrets").fetchone() == (0,)


def test_codemash_says_which_secret_is_missing(
    client: TestClient, named: str, function_id: str, executed: list[ExecutionRequest]
) -> None:
    answer = client.post(f"/v2/serverless/functions/{function_id}/execute", json={})

    assert answer.status_code == 409
    status = answer.json()["responseStatus"]
    assert status["errorCode"] == "SecretMissing"
    assert status["message"].startswith("the secret KEY is not there")
    assert named.endswith(function_id)
    assert executed == []


def test_a_call_gets_the_fallback_where_a_secret_is_missing(
    bare: TestClient, services: Services, account_id: str, named: str, key: str
) -> None:
    function_id = named.rpartition("/")[2]
    url = f"/pivot/{account_id}/{function_id}"
    without = bare.get(url, params={"key": key})
    fallback: Document = {"module": "voicemail", "data": {}}
    services.functions.patch(account_id, function_id, {"fallback": fallback})

    assert without.status_code == 409
    assert bare.get(url, params={"key": key}).json() == fallback
