"""Both dialects: an execution is asked for now and performed later, and a key stands for one."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from isolambda_core.domain.executions.errors import CallbackFailedError, ExecutorBusyError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.limits import (
    CALLBACK_URL_CHARACTERS,
    IDEMPOTENCY_KEY_CHARACTERS,
    PAYLOAD_BYTES,
)
from isolambda_core.domain.queue.messages import Acknowledge, Retry, SendToDlq
from isolambda_local.sqlite import SqliteStore
from tests.support.fakes import RecordingCallbacks
from tests.support.services import Perform

LATER = {"prefer": "respond-async"}
Script = Callable[[ExecutionResult | Exception], None]


@pytest.fixture
def kazoo(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}/execute"


@pytest.fixture
def codemash(function_id: str) -> str:
    return f"/v2/serverless/functions/{function_id}/execute"


@pytest.fixture(params=["kazoo", "codemash"])
def path(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


def test_the_place_of_an_execution_is_as_a_client_reaches_it_behind_a_proxy(
    client: TestClient, path: str
) -> None:
    prefix = {"X-Forwarded-Prefix": "/below"}

    answer = client.post(path, headers={**LATER, **prefix})

    assert answer.status_code == 202
    assert answer.headers["location"].startswith("/below/v2/accounts/")
    assert client.get(answer.headers["location"].removeprefix("/below")).status_code == 200


def test_kazoo_gets_the_place_where_the_execution_is_looked_up(
    client: TestClient, kazoo: str, executed: list[ExecutionRequest], perform: Perform
) -> None:
    answer = client.post(kazoo, json={"data": {"n": 1}}, headers=LATER)

    data = answer.json()["data"]
    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.headers["location"] == kazoo.replace(
        "/execute", f"/executions/{data['execution_id']}"
    )
    assert (data["status"], data["outcome"], data["asynchronous"]) == ("queued", None, True)
    assert executed == []

    assert perform() == Acknowledge()

    ended = client.get(answer.headers["location"]).json()["data"]
    assert (ended["status"], ended["input"], ended["result"]) == ("succeeded", {"n": 1}, {"n": 1})
    assert executed[0].execution_id == data["execution_id"]


def test_codemash_gets_them_too(
    client: TestClient, codemash: str, executed: list[ExecutionRequest], perform: Perform
) -> None:
    asked = {"Template": '{"n": 1}', "Meta": {"a": "b"}, "Tokens": {"c": "d"}}
    answer = client.post(codemash, json=asked, headers=LATER)

    assert answer.status_code == 202
    assert answer.json() == {"executionId": answer.headers["x-execution-id"], "status": "queued"}
    assert answer.headers["x-function-version"] == LATEST

    perform()

    ended = client.get(answer.headers["location"]).json()["data"]
    assert (ended["status"], ended["input"], ended["trigger"]) == (
        "succeeded",
        {"n": 1},
        "codemash",
    )
    assert '"meta":{"a":"b"},"tokens":{"c":"d"}' in executed[0].context
    assert '"d"' not in client.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    "prefer", ["respond-async", "Respond-Async", "wait=5, respond-async", "respond-async; x=1"]
)
def test_the_preference_is_read_as_http_has_it(client: TestClient, path: str, prefer: str) -> None:
    assert client.post(path, headers={"prefer": prefer}).status_code == 202


@pytest.mark.parametrize("prefer", ["", "wait=5", "respond-asynchronously", "return=minimal"])
def test_other_preferences_are_none_of_ours(client: TestClient, path: str, prefer: str) -> None:
    answer = client.post(path, headers={"prefer": prefer})

    assert answer.status_code == 200
    assert "preference-applied" not in answer.headers


def test_what_could_never_be_executed_is_refused_at_once(
    client: TestClient, kazoo: str, codemash: str, functions_path: str, disabled_id: str
) -> None:
    long = {"data": {"a": "x" * PAYLOAD_BYTES}}

    def status(path: str, **rest: Any) -> int:
        return int(client.post(path, headers=LATER, **rest).status_code)

    assert status(kazoo, params={"qualifier": "7"}) == 404
    assert status(f"{functions_path}/{'0' * 32}/execute") == 404
    assert status(f"{functions_path}/{disabled_id}/execute") == 400
    assert status(kazoo, json=long) == 400
    assert status(codemash, json=long) == 413
    assert status(codemash, json={"meta": {"a": "x" * 20_000}}) == 400


def test_the_version_is_chosen_when_it_is_asked_for(
    client: TestClient, kazoo: str, executed: list[ExecutionRequest], perform: Perform
) -> None:
    function = kazoo.removesuffix("/execute")
    client.put(f"{function}/versions")
    client.put(f"{function}/aliases", json={"data": {"name": "live", "version": 1}})
    client.patch(function, json={"data": {"function_js": "return 2"}})
    client.put(f"{function}/versions")

    answer = client.post(kazoo, params={"qualifier": "live"}, headers=LATER)
    client.patch(f"{function}/aliases/live", json={"data": {"version": 2}})
    perform()

    data = client.get(answer.headers["location"]).json()["data"]
    assert (data["version"], data["qualifier"]) == ("1", "live")
    assert executed[0].version == "1"


def test_a_result_that_should_be_a_callflow_is_held_to_it_later_too(
    client: TestClient, kazoo: str, perform: Perform
) -> None:
    answer = client.post(kazoo, params={"validate": "callflow"}, headers=LATER)

    assert perform() == SendToDlq()
    assert client.get(answer.headers["location"]).json()["data"]["outcome"] == "invalid_result"


def test_who_asked_is_called_back_with_what_their_account_knows_to_be_ours(
    client: TestClient, kazoo: str, perform: Perform, callbacks: RecordingCallbacks
) -> None:
    url = "https://example.com/ended?x=1"
    answer = client.post(kazoo, headers={**LATER, "x-callback-url": url})
    account = kazoo.partition("/functions")[0]
    shown = client.get(f"{account}/callback_secret").json()["data"]["secret"]

    assert perform() == Acknowledge()

    [posted] = callbacks.posted
    headers, body = posted.headers, posted.body
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(shown.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert posted.url == url
    assert headers["webhook-signature"] == f"v1,{signature}"
    data = client.get(answer.headers["location"]).json()["data"]
    assert data["callback"] == {"url": url, "status": "delivered", "attempts": 1}


def test_why_a_callback_was_not_taken_is_in_the_record_from_the_first_attempt_on(
    client: TestClient, kazoo: str, perform: Perform, callbacks: RecordingCallbacks
) -> None:
    callbacks.script = [CallbackFailedError("the host cannot be resolved")]
    url = "https://nowhere.example/"
    answer = client.post(kazoo, headers={**LATER, "x-callback-url": url})

    assert isinstance(perform(), Retry)

    data = client.get(answer.headers["location"]).json()["data"]
    assert data["callback"] == {
        "url": url,
        "status": "pending",
        "attempts": 1,
        "reason": "the host cannot be resolved",
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://user@example.com/",
        "https://10.0.0.1/x",
        "https://0x7f000001/",
        "https://[::1]/",
        "HTTPS://localhost/x",
        "https://example.com/#x",
        "ftp://example.com",
        "example.com",
        "",
        "https://" + "x" * CALLBACK_URL_CHARACTERS,
    ],
)
def test_no_callback_goes_a_way_that_is_not_safe(
    client: TestClient, path: str, store: SqliteStore, url: str
) -> None:
    answer = client.post(path, headers={**LATER, "x-callback-url": url})

    assert answer.status_code == 400
    assert "callback" in answer.text
    assert store.queue.next() is None


def test_no_client_that_waits_is_called_back(client: TestClient, path: str) -> None:
    answer = client.post(path, headers={"x-callback-url": "https://example.com"})

    assert answer.status_code == 400
    assert "only with Prefer: respond-async" in answer.text


def rule_of(answer: Response) -> Any:
    """Return an answer without what an envelope says of the request alone."""
    body = answer.json()
    return body.get("data", body)


def test_one_key_is_one_execution_and_one_answer(
    client: TestClient, path: str, executed: list[ExecutionRequest]
) -> None:
    once = {"idempotency-key": "one"}

    answers = [client.post(path, json={"data": {"n": 1}}, headers=once) for _ in range(3)]

    assert len(executed) == 1
    assert [rule_of(answer) for answer in answers] == [rule_of(answers[0])] * 3
    replayed = [answer.headers.get("idempotent-replayed") for answer in answers]
    assert replayed == [None, "true", "true"]


def test_a_failure_is_answered_again_as_well(
    client: TestClient, path: str, script: Script, executed: list[ExecutionRequest]
) -> None:
    script(ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("TypeError", "no")))
    once = {"idempotency-key": "one"}

    first, second = client.post(path, headers=once), client.post(path, headers=once)

    assert len(executed) == 1
    assert (second.status_code, rule_of(second)) == (first.status_code, rule_of(first))


def test_one_key_is_one_place_in_the_queue(
    client: TestClient, path: str, executed: list[ExecutionRequest], perform: Perform
) -> None:
    once = {**LATER, "idempotency-key": "one"}

    first = client.post(path, headers=once)
    perform()
    second = client.post(path, headers=once)

    assert second.status_code == 202
    assert second.headers["location"] == first.headers["location"]
    assert (second.headers["idempotent-replayed"], len(executed)) == ("true", 1)


def test_a_key_that_was_used_for_something_else_is_refused(
    client: TestClient, path: str, executed: list[ExecutionRequest]
) -> None:
    once = {"idempotency-key": "one"}
    client.post(path, json={"data": {"n": 1}}, headers=once)

    others = [
        client.post(path, json={"data": {"n": 2}}, headers=once),
        client.post(path, json={"data": {"n": 1}}, headers={**once, **LATER}),
    ]

    assert [answer.status_code for answer in others] == [422, 422]
    assert len(executed) == 1


@pytest.mark.parametrize("given", ["", "x" * (IDEMPOTENCY_KEY_CHARACTERS + 1)])
def test_a_key_has_some_characters_but_not_too_many(
    client: TestClient, path: str, given: str
) -> None:
    answer = client.post(path, headers={"idempotency-key": given})

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.text


def test_a_key_under_which_nothing_was_executed_is_free(
    client: TestClient, path: str, script: Script, executed: list[ExecutionRequest]
) -> None:
    once = {"idempotency-key": "one"}
    script(ExecutorBusyError())
    busy = client.post(path, headers=once)
    script(ExecutionResult("", Outcome.OK, b"1"))

    assert busy.status_code == 503
    assert client.post(path, headers=once).status_code == 200
    assert len(executed) == 2


@pytest.mark.parametrize("later", [{}, LATER], ids=["now", "later"])
@pytest.mark.parametrize(
    ("refused", "status"),
    [
        ({"content": "{"}, 400),
        ({"json": {"data": []}}, 400),
        ({"json": {"data": {"a": "x" * PAYLOAD_BYTES}}}, 400),
        ({"json": {"data": {}}, "params": {"qualifier": "7"}}, 404),
        ({"json": {"data": {}}, "params": {"qualifier": "live"}}, 404),
    ],
    ids=["no JSON", "no object", "too much", "no version", "no alias"],
)
def test_a_key_is_free_after_a_request_that_was_refused(
    client: TestClient,
    kazoo: str,
    executed: list[ExecutionRequest],
    later: dict[str, str],
    refused: dict[str, Any],
    status: int,
) -> None:
    once = {**later, "idempotency-key": "one"}

    before = client.post(kazoo, headers=once, **refused)
    after = client.post(kazoo, json={"data": {"n": 1}}, headers=once)

    assert before.status_code == status
    assert after.status_code == (202 if later else 200)
    assert "idempotent-replayed" not in after.headers
    assert len(executed) == (0 if later else 1)


@pytest.mark.parametrize("later", [{}, LATER], ids=["now", "later"])
def test_a_key_is_free_after_its_function_was_disabled(
    client: TestClient,
    functions_path: str,
    disabled_id: str,
    executed: list[ExecutionRequest],
    later: dict[str, str],
) -> None:
    function = f"{functions_path}/{disabled_id}"
    once = {**later, "idempotency-key": "one"}

    before = client.post(f"{function}/execute", json={"data": {"n": 1}}, headers=once)
    client.patch(function, json={"data": {"enabled": True}})
    after = client.post(f"{function}/execute", json={"data": {"n": 2}}, headers=once)

    assert (before.status_code, after.status_code) == (400, 202 if later else 200)
    assert "idempotent-replayed" not in after.headers
    assert len(executed) == (0 if later else 1)
