"""HTTP functions with an executor that says what a worker might: what goes in and comes out."""

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.errors import ExecutorBusyError, ExecutorUnavailableError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.triggers.errors import KeysUnavailableError, TokenRefusedError
from isolambda_core.services.accounts.rate_limits import RateLimiter
from isolambda_local.rate_limits import MemoryRateLimitRepository
from tests.support.clocks import SetClock

Script = Callable[[ExecutionResult | Exception], None]
Publish = Callable[..., str]
SECRET = "correct horse battery"  # noqa: S105 - of these tests
JWT = {
    "type": "jwt",
    "issuer": "https://id.example.com/",
    "audience": "shop",
    "jwks_url": "https://id.example.com/keys",
}


def said(answer: object) -> ExecutionResult:
    return ExecutionResult("", Outcome.OK, json.dumps(answer).encode())


def an_answer(body: bytes = b"hi", status: Any = 200, headers: Any = ()) -> ExecutionResult:
    encoded = base64.b64encode(body).decode()
    return said({"status": status, "headers": headers, "body": encoded})


@pytest.fixture
def publish(services: Services, account_id: str, function_id: str) -> Publish:
    """Put the function of the account behind a path, and return the path."""

    def make(auth: object = None, **keys: Any) -> str:
        auth = auth or {"type": "none"}
        document = {"name": "n", "type": "http", "path": "shop", "auth": auth, **keys}
        services.triggers.create(account_id, function_id, document)
        return f"/http/{account_id}/shop"

    return make


@pytest.fixture
def path(publish: Publish, script: Script) -> str:
    script(an_answer())
    return publish()


def test_a_request_becomes_an_execution_of_the_trigger(
    bare: TestClient,
    services: Services,
    path: str,
    executed: list[ExecutionRequest],
    function_id: str,
    account_id: str,
) -> None:
    answer = bare.post(f"{path}/a?b=c", content=b"\xff", headers={"x-own": "own"})

    assert (answer.status_code, answer.text) == (200, "hi")
    [request] = executed
    given = json.loads(request.input)
    assert {**given, "headers": dict(given["headers"])}.items() >= {
        "method": "POST",
        "url": f"http://testserver{path}/a?b=c",
        "body": base64.b64encode(b"\xff").decode(),
    }.items()
    assert dict(given["headers"])["x-own"] == "own"
    assert request.features == ("http",)
    [trigger] = services.triggers.list(account_id, function_id)
    context = json.loads(request.context)
    assert (context["trigger"], context["trigger_id"]) == ("http", trigger.id)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_method_without_a_body_has_none(
    bare: TestClient, path: str, executed: list[ExecutionRequest], method: str
) -> None:
    bare.request(method, path, content=b"a")

    given = json.loads(executed[-1].input)
    assert (given["method"], given["body"]) == ("GET", None)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_no_body_is_another_than_an_empty_one(
    bare: TestClient, path: str, executed: list[ExecutionRequest], method: str
) -> None:
    bare.request(method, path, headers={"content-length": "0"})

    assert json.loads(executed[-1].input)["body"] == ""


FORGED: dict[str, object] = {
    "null": None,
    "a list": [],
    "no body": {"status": 200, "headers": []},
    "a status that is a text": {"status": "200", "headers": [], "body": ""},
    "a status that is true": {"status": True, "headers": [], "body": ""},
    "a status with a fraction": {"status": 200.5, "headers": [], "body": ""},
    "status 100": {"status": 100, "headers": [], "body": ""},
    "status 600": {"status": 600, "headers": [], "body": ""},
    "headers that are an object": {"status": 200, "headers": {}, "body": ""},
    "a header of three": {"status": 200, "headers": [["a", "b", "c"]], "body": ""},
    "a header of numbers": {"status": 200, "headers": [["a", 1]], "body": ""},
    "no name": {"status": 200, "headers": [["", "b"]], "body": ""},
    "a name with a line": {"status": 200, "headers": [["a\r\nb", "c"]], "body": ""},
    "a value with a line": {"status": 200, "headers": [["a", "b\r\nset-cookie: c"]], "body": ""},
    "a value with a feed": {"status": 200, "headers": [["a", "b\nc"]], "body": ""},
    "a value with NUL": {"status": 200, "headers": [["a", "b\0"]], "body": ""},
    "a value with DEL": {"status": 200, "headers": [["a", "b\x7f"]], "body": ""},
    "a value beyond Latin-1": {"status": 200, "headers": [["a", "\u0100"]], "body": ""},
    "half a surrogate pair": {"status": 200, "headers": [["a", "\ud800"]], "body": ""},
    "101 headers": {"status": 200, "headers": [["a", "b"]] * 101, "body": ""},
    "16 KiB and more": {"status": 200, "headers": [["a", "b" * 16_384]], "body": ""},
    "no base64": {"status": 200, "headers": [], "body": "a"},
    "base64 with a blank": {"status": 200, "headers": [], "body": "YQ= ="},
    "a body that is a number": {"status": 200, "headers": [], "body": 1},
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_what_a_worker_makes_up_is_no_answer(
    bare: TestClient, path: str, script: Script, forged: object
) -> None:
    script(said(forged))

    answer = bare.get(path)

    assert answer.status_code == 502
    assert answer.json()["code"] == "no_answer"
    assert answer.json()["execution_id"]


def test_what_is_no_json_is_no_answer(bare: TestClient, path: str, script: Script) -> None:
    for result in (None, b"", b"{", b"\xff"):
        script(ExecutionResult("", Outcome.OK, result))
        assert bare.get(path).json()["code"] == "no_answer"


@pytest.mark.parametrize("status", [204, 205, 304])
def test_an_answer_that_can_have_no_body_has_none(
    bare: TestClient, path: str, script: Script, status: int
) -> None:
    script(an_answer(b"hidden", status, [["etag", '"a"']]))

    answer = bare.get(path)

    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.headers["etag"] == '"a"'


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.EXCEPTION, 500),
        (Outcome.EXCEEDED_WALL_TIME, 504),
        (Outcome.EXCEEDED_MEMORY, 500),
        (Outcome.EXCEEDED_RESULT, 502),
        (Outcome.INVALID_RESULT, 502),
        (Outcome.INTERNAL_ERROR, 500),
    ],
)
def test_each_outcome_has_its_status_and_tells_strangers_no_more(
    bare: TestClient, path: str, script: Script, outcome: Outcome, status: int
) -> None:
    error = ExecutionError("Secret", "a secret", "a secret stack")
    script(ExecutionResult("", outcome, error=error))

    answer = bare.get(path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() == {"title", "status", "code", "execution_id"}
    assert answer.json()["code"] == outcome
    assert "ecret" not in answer.text


@pytest.mark.parametrize(
    "fault",
    [
        ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("a", "b")),
        ExecutionResult("", Outcome.EXCEEDED_WALL_TIME, error=ExecutionError("a", "b")),
        ExecutionResult("", Outcome.OK, b"null"),
    ],
)
def test_a_function_that_fails_is_no_error_in_the_log(
    bare: TestClient,
    path: str,
    script: Script,
    fault: ExecutionResult,
    caplog: pytest.LogCaptureFixture,
) -> None:
    script(fault)

    assert bare.get(path).status_code >= 500
    assert [line for line in caplog.records if line.levelname == "ERROR"] == []


def test_a_function_that_is_disabled_is_no_error_in_the_log(
    bare: TestClient,
    services: Services,
    path: str,
    account_id: str,
    function_id: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    services.functions.patch(account_id, function_id, {"enabled": False})

    assert bare.get(path).status_code == 503
    assert [line for line in caplog.records if line.levelname == "ERROR"] == []


def test_an_executor_that_cannot_is_one(
    bare: TestClient, path: str, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    script(ExecutorUnavailableError("gone"))

    assert bare.get(path).status_code == 503
    assert [line.levelname for line in caplog.records if "failed" in line.message] == ["WARNING"]


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [(ExecutorBusyError(), 503, "1"), (ExecutorUnavailableError("secret"), 503, None)],
)
def test_an_executor_that_cannot_is_unavailable(
    bare: TestClient,
    path: str,
    script: Script,
    error: Exception,
    status: int,
    retry_after: str | None,
) -> None:
    script(error)

    answer = bare.get(path)

    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after)
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "fault",
    [
        ExecutorBusyError(),
        ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("a", "b")),
        ExecutionResult("", Outcome.OK, b"null"),
    ],
)
def test_a_fallback_answers_whatever_the_fault(
    bare: TestClient,
    services: Services,
    path: str,
    script: Script,
    account_id: str,
    function_id: str,
    fault: ExecutionResult | Exception,
) -> None:
    fallback: Document = {
        "status": 503,
        "headers": {"Retry-After": "60", "Set-Cookie": "a=b"},
        "body": "é",
    }
    services.functions.patch(account_id, function_id, {"fallback": fallback})
    script(fault)

    answer = bare.get(path)

    assert (answer.status_code, answer.text, answer.headers["retry-after"]) == (503, "é", "60")
    assert answer.headers["content-type"] == "text/plain;charset=UTF-8"
    assert "set-cookie" not in answer.headers


def test_a_fallback_that_is_no_callflow_answers_no_call(
    bare: TestClient,
    services: Services,
    script: Script,
    account_id: str,
    function_id: str,
    key: str,
) -> None:
    services.functions.patch(account_id, function_id, {"fallback": {"status": 503}})
    script(ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("a", "b")))

    answer = bare.get(f"/pivot/{account_id}/{function_id}", params={"key": key})

    assert answer.status_code == 502


class Bearer:
    """Lets one token pass."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault
        self.asked: list[tuple[str, str, str, str]] = []

    async def verify(self, token: str, *, issuer: str, audience: str, jwks_url: str) -> None:
        self.asked.append((token, issuer, audience, jwks_url))
        if token != "good":  # noqa: S105 - of this test
            raise self.fault


@pytest.mark.parametrize(
    ("sent", "fault", "status"),
    [
        ({"authorization": "Bearer good"}, TokenRefusedError("x"), 200),
        ({"authorization": "Bearer bad"}, TokenRefusedError("it has expired"), 401),
        ({"authorization": "good"}, TokenRefusedError("x"), 401),
        ({"x-auth-token": "good"}, TokenRefusedError("x"), 401),
        ({}, TokenRefusedError("x"), 401),
        ({"authorization": "Bearer bad"}, KeysUnavailableError(), 503),
    ],
)
def test_a_token_comes_in_that_its_issuer_signed(
    services: Services,
    publish: Publish,
    script: Script,
    executed: list[ExecutionRequest],
    sent: dict[str, str],
    fault: Exception,
    status: int,
) -> None:
    bearer = Bearer(fault)
    client = TestClient(create_app(replace(services, bearer_tokens=lambda: bearer)))
    script(an_answer())
    path = publish(JWT)

    answer = client.get(path, headers=sent)

    assert answer.status_code == status
    assert len(executed) == (status == 200)
    if status == 401:
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    for asked in bearer.asked:
        assert asked[1:] == (JWT["issuer"], JWT["audience"], JWT["jwks_url"])
    if status == 200:
        assert ["authorization", "Bearer good"] in json.loads(executed[0].input)["headers"]


def test_a_secret_that_is_made_is_shown_to_who_manages_the_account_alone(
    client: TestClient,
    bare: TestClient,
    publish: Publish,
    script: Script,
    account_id: str,
    function_id: str,
) -> None:
    path = publish({"type": "signature", "signature": "github"})
    url = f"/v2/accounts/{account_id}/functions/{function_id}/triggers"
    [listed] = client.get(url).json()["data"]
    shown = client.get(f"{url}/{listed['id']}").json()["data"]["_read_only"]
    script(an_answer())

    digest = hmac.new(shown["secret"].encode(), b"a", "sha256").hexdigest()
    signed = {"x-hub-signature-256": f"sha256={digest}"}

    assert shown["url"] == f"http://testserver{path}"
    assert bare.post(path, content=b"a", headers=signed).status_code == 200
    assert bare.post(path, content=b"b", headers=signed).status_code == 401


def test_a_secret_is_only_for_signatures(
    client: TestClient, services: Services, account_id: str, function_id: str
) -> None:
    url = f"/v2/accounts/{account_id}/functions/{function_id}/triggers"
    document = {"name": "n", "type": "http", "path": "shop", "secret": SECRET}
    signed = {"type": "signature", "signature": "twilio"}

    refused = client.put(url, json={"data": {**document, "auth": {"type": "key"}}})
    made = client.put(url, json={"data": {**document, "auth": signed}})
    at = f"{url}/{made.json()['data']['id']}"
    changed = client.patch(at, json={"data": {"auth": {"type": "key", "signature": None}}})

    assert (refused.status_code, made.status_code, changed.status_code) == (400, 201, 200)
    assert SECRET not in refused.text + made.text + changed.text
    [trigger] = services.triggers.list(account_id, function_id)
    assert trigger.secret is None


@pytest.fixture
def limited(services: Services, clock: SetClock) -> TestClient:
    """A client of an app in which each bucket has two tokens."""
    rates = RateLimiter(MemoryRateLimitRepository(), RateLimit(2, 1), clock)
    return TestClient(create_app(replace(services, rates=rates)))


def test_strangers_share_the_bucket_of_their_address_and_those_with_a_key_have_another(
    limited: TestClient, publish: Publish, script: Script, key: str
) -> None:
    script(an_answer())
    path = publish({"type": "key"})

    strangers = [limited.get(path).status_code for _ in range(3)]
    owners = [limited.get(path, headers={"x-auth-token": key}).status_code for _ in range(3)]

    assert strangers == [401, 401, 429]
    assert owners == [200, 200, 429]


@pytest.mark.parametrize("tail", ["", "x", "/nothing", "/a/../b"])
def test_a_request_for_nothing_is_charged(limited: TestClient, account_id: str, tail: str) -> None:
    answers = [limited.get(f"/http/{account_id}{tail}").status_code for _ in range(3)]

    assert answers == [404, 404, 429]


def test_a_version_runs_that_the_qualifier_names(
    bare: TestClient,
    services: Services,
    publish: Publish,
    script: Script,
    executed: list[ExecutionRequest],
    account_id: str,
    function_id: str,
) -> None:
    services.versions.publish(account_id, function_id, "")
    services.functions.patch(account_id, function_id, {"function_js": "return 2"})
    script(an_answer())

    bare.get(publish(qualifier="1"))

    assert (executed[0].version, executed[0].source) == ("1", "return {hi: call.name};")


def test_a_qualifier_that_names_nothing_is_not_found(bare: TestClient, publish: Publish) -> None:
    answer = bare.get(publish(qualifier="7"))

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_secret_that_is_missing_is_not_named_to_strangers(
    bare: TestClient, services: Services, path: str, account_id: str, function_id: str
) -> None:
    services.functions.patch(account_id, function_id, {"secrets": ["NAMED"]})

    answer = bare.get(path)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "NAMED" not in answer.text


@pytest.mark.parametrize("host", ["", "a b", "a/b", "a:65536", "256.1.1.1", "[::::]"])
def test_a_host_that_no_url_may_have_is_the_fault_of_the_client_and_not_of_the_function(
    bare: TestClient, path: str, executed: list[ExecutionRequest], host: str
) -> None:
    answer = bare.get(path, headers={"host": host})

    assert (answer.status_code, answer.json()["detail"]) == (400, "the request names no host")
    assert executed == []


def test_the_operator_says_at_which_url_it_is(
    services: Services, path: str, executed: list[ExecutionRequest]
) -> None:
    public = replace(services, public_url="https://fn.example/base")

    TestClient(create_app(public)).get(f"{path}/a?b", headers={"host": "evil.example"})

    assert json.loads(executed[-1].input)["url"] == f"https://fn.example/base{path}/a?b"
