"""Whatever is asked and whatever goes wrong, the answer is in a dialect and the log is clean."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient
from starlette.types import Message

from isolambda_api.app import Services, create_app, dialect_for
from isolambda_api.codemash.errors import render_error as render_codemash
from isolambda_api.kazoo.errors import render_error as render_kazoo
from isolambda_core import __version__
from isolambda_core.domain.accounts.api_keys import ApiKey
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.errors import ExecutorUnavailableError
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.ids import is_id

Script = Callable[[ExecutionResult | Exception], None]
ABSENT = "0" * 32

PATHS = [
    "/x",
    "/docs/x",
    "/redoc",
    "/healthz/x",
    "/v1/x",
    "/v2",
    "/v3/accounts",
    "/v2/functions",
    "/v2/accounts",
    "/v2/accounts//functions",
    f"/v2/accounts/{ABSENT}",
    f"/v2/accounts/{ABSENT}/functions/{ABSENT}/x",
    f"/v2/accounts/{ABSENT}/functions/{ABSENT}/execute/x",
    "/v2/accounts/%2F/functions",
    "/%00",
    "/%FF",
    "/\u017e",
    "/webhooks",
    f"/webhooks/{ABSENT}/{ABSENT}/{ABSENT}",
    f"/webhooks/{ABSENT}/{ABSENT}/{ABSENT}/x",
    "/v3/serverless/functions",
    "/serverlessness",
    "/serverless",
    "/serverless/",
    "/v1/serverless",
    "/v2/serverless/functions",
    f"/v2/serverless/functions/{ABSENT}",
    f"/serverless/functions/{ABSENT}/execute/x",
    "/serverless/%0A",
]
VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"]


def check_dialect(path: str, answer: Any) -> None:
    """Check that an error is in the dialect of its path, with a request id."""
    assert answer.status_code >= 400
    assert answer.headers["x-request-id"]
    body = answer.json()
    if path.startswith(("/serverless/", "/v1/serverless/", "/v2/serverless/")) or path.endswith(
        "/serverless"
    ):
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert body["responseStatus"]["errorCode"]
    else:
        assert answer.headers["content-type"] == "application/json"
        assert body["error"] == str(answer.status_code)
        assert body["request_id"] == answer.headers["x-request-id"]
        assert "detail" not in body


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("path", PATHS)
def test_an_odd_request_is_answered_in_its_dialect(
    anonymous: TestClient, path: str, verb: str
) -> None:
    for body in (None, "{", "\ud800".encode("utf-8", "surrogatepass")):
        check_dialect(path, anonymous.request(verb, path, content=body, follow_redirects=False))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(body=st.binary(max_size=200), qualifier=st.text(max_size=20))
def test_any_body_is_answered_in_its_dialect(
    client: TestClient, functions_path: str, function_id: str, body: bytes, qualifier: str
) -> None:
    for verb, path in (
        ("PUT", functions_path),
        ("PATCH", f"{functions_path}/{function_id}"),
        ("POST", f"{functions_path}/{function_id}/execute"),
        ("POST", f"/v2/serverless/functions/{function_id}/execute"),
    ):
        answer = client.request(verb, path, params={"qualifier": qualifier}, content=body)
        if answer.status_code != 200:
            assert answer.status_code in {400, 404}
            check_dialect(path, answer)


def test_the_service_says_that_it_is_up(anonymous: TestClient) -> None:
    answer = anonymous.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "version": __version__,
        "confined": None,
        "confinement": None,
        "processes": 1,
    }
    assert is_id(answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("path", "codemash"),
    [
        ("/serverless/x", True),
        ("/v1/serverless/x", True),
        ("/v2/serverless/x", True),
        ("/v2/serverless", True),
        ("/v3/serverless/x", False),
        ("/v2/accounts/serverless/x", False),
        ("/serverlessness", False),
        ("/v2/functions/samples", False),
    ],
)
def test_the_path_alone_chooses_the_dialect(path: str, codemash: bool) -> None:
    assert dialect_for(path).render_error is (render_codemash if codemash else render_kazoo)


@pytest.mark.parametrize("given", ["a", "A-z_0.9", "x" * 128])
@pytest.mark.parametrize("path", ["/healthz", "/x", "/serverless/x"])
def test_a_request_id_is_adopted(anonymous: TestClient, path: str, given: str) -> None:
    answer = anonymous.get(path, headers={"X-Request-ID": given})

    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", '"', "{jndi:x}", "\u00e9"])
def test_a_request_id_that_is_not_safe_to_repeat_is_replaced(
    anonymous: TestClient, given: str
) -> None:
    answer = anonymous.get("/x", headers={b"x-request-id": given.encode("latin-1")})

    assert is_id(answer.headers["x-request-id"])


TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "given", [f"00-{TRACE}-{PARENT}-01", f"cc-{TRACE}-{PARENT}-00-what-is-new"]
)
def test_a_request_in_a_trace_has_the_id_of_the_trace(anonymous: TestClient, given: str) -> None:
    answer = anonymous.get("/x", headers={"traceparent": given})

    assert answer.headers["x-request-id"] == TRACE


def test_a_request_id_of_its_own_comes_before_the_trace(anonymous: TestClient) -> None:
    headers = {"X-Request-ID": "r1", "traceparent": f"00-{TRACE}-{PARENT}-01"}

    assert anonymous.get("/x", headers=headers).headers["x-request-id"] == "r1"


def test_a_request_id_that_is_not_safe_gives_way_to_the_trace(anonymous: TestClient) -> None:
    headers = {"X-Request-ID": "a b", "traceparent": f"00-{TRACE}-{PARENT}-01"}

    assert anonymous.get("/x", headers=headers).headers["x-request-id"] == TRACE


@pytest.mark.parametrize(
    "given",
    [
        "",
        TRACE,
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}-012",
        f"cc-{TRACE}-{PARENT}-012",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f" 00-{TRACE}-{PARENT}-0\u00e9",
    ],
)
def test_a_trace_that_is_not_valid_is_none(anonymous: TestClient, given: str) -> None:
    answer = anonymous.get("/x", headers={b"traceparent": given.encode("latin-1")})

    assert is_id(answer.headers["x-request-id"])
    assert answer.headers["x-request-id"] != TRACE


def test_an_unexpected_exception_is_an_error_in_kazoo_and_in_the_log(
    client: TestClient,
    functions_path: str,
    function_id: str,
    script: Script,
    caplog: pytest.LogCaptureFixture,
) -> None:
    script(ZeroDivisionError("an unforeseen error"))

    answer = client.post(f"{functions_path}/{function_id}/execute")

    assert answer.status_code == 500
    assert answer.json()["message"] == "unspecified_fault"
    assert answer.json()["data"] == {"message": "unspecified fault"}
    assert "an unforeseen error" not in answer.text
    assert "ZeroDivisionError: an unforeseen error" in caplog.text


def test_an_unexpected_exception_is_an_error_in_codemash_and_in_the_log(
    client: TestClient, function_id: str, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    script(ZeroDivisionError("an unforeseen error"))

    answer = client.post(f"/serverless/functions/{function_id}/execute")

    assert answer.status_code == 500
    assert answer.json()["responseStatus"]["errorCode"] == "InternalServerError"
    assert "an unforeseen error" not in answer.text
    assert "ZeroDivisionError: an unforeseen error" in caplog.text


def test_a_foreseen_failure_is_one_line_without_a_traceback(
    client: TestClient,
    functions_path: str,
    function_id: str,
    script: Script,
    caplog: pytest.LogCaptureFixture,
) -> None:
    script(ExecutorUnavailableError("in the words of a stranger"))

    answer = client.post(f"{functions_path}/{function_id}/execute?key=secret", json={"data": {}})

    assert answer.status_code == 502
    [line] = [record for record in caplog.records if record.levelname == "WARNING"]
    assert line.getMessage().endswith("/execute failed: ExecutorUnavailable")
    assert line.exc_info is None
    assert "secret" not in caplog.text
    assert "stranger" not in caplog.text


class UnreachableKeys:
    """API keys in a store that does not answer."""

    def add(self, _: ApiKey) -> None:
        raise StoreUnavailableError

    def get(self, _: str) -> ApiKey:
        raise StoreUnavailableError

    def replace(self, _: ApiKey, __: ApiKey) -> None:
        raise StoreUnavailableError

    def remove(self, _: ApiKey) -> None:
        raise StoreUnavailableError

    def of_account(self, _: str) -> list[ApiKey]:
        raise StoreUnavailableError


def test_a_store_that_does_not_answer_is_unreachable(
    services: Services, functions_path: str, function_id: str, key: str
) -> None:
    broken = replace(services, access=replace(services.access, api_keys=UnreachableKeys()))
    client = TestClient(create_app(broken), headers={"x-auth-token": key})

    kazoo = client.get(functions_path)
    codemash = client.get(f"/v2/serverless/functions/{function_id}/execute")

    assert kazoo.status_code == codemash.status_code == 503
    assert kazoo.json()["message"] == "datastore_unreachable"
    assert kazoo.json()["data"] == {"message": "datastore timeout"}
    assert codemash.json()["responseStatus"]["errorCode"] == "ServiceUnavailable"


def test_one_line_is_logged_for_each_request(
    client: TestClient, functions_path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "isolambda_api")

    answer = client.get(f"{functions_path}?page_size=3", headers={"x-request-id": "r1"})

    lines = [record for record in caplog.records if record.name.startswith("isolambda_api")]
    assert answer.status_code == 200
    assert len(lines) == 1
    logged = {key: lines[0].__dict__[key] for key in ("method", "route", "status", "request_id")}
    assert logged == {
        "method": "GET",
        "route": "/v2/accounts/{account_id}/functions",
        "status": 200,
        "request_id": "r1",
    }
    assert lines[0].__dict__["duration_ms"] > 0
    assert lines[0].getMessage().startswith("GET /v2/accounts/{account_id}/functions 200 ")


def test_a_path_that_does_not_exist_is_not_logged(
    anonymous: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "isolambda_api")

    anonymous.get("/my-secret")

    lines = [r.getMessage() for r in caplog.records if r.name.startswith("isolambda_api")]
    assert len(lines) == 1
    assert lines[0].startswith("GET - 404 ")


def test_keys_sources_and_inputs_are_in_no_log_and_keys_in_no_answer(
    client: TestClient,
    functions_path: str,
    function_id: str,
    key: str,
    script: Script,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "isolambda_api")
    caplog.set_level(logging.DEBUG, "isolambda_core")
    document = {"data": {"name": "a", "function_js": "secret-source"}, "auth_token": key}
    call = {"data": {"a": "secret-input"}, "auth_token": key}
    bearer = {"authorization": f"Bearer {key}"}

    answers = [
        client.put(functions_path, json=document),
        client.put(functions_path, json={"auth_token": key, "AUTH_TOKEN": key}),
        client.put(functions_path, headers=bearer, content='{"secret-input'),
        client.post(f"{functions_path}/{function_id}/execute", json=call),
        client.post(f"/serverless/functions/{function_id}/execute", headers=bearer, json=call),
    ]
    script(ZeroDivisionError())
    answers += [
        client.post(f"{functions_path}/{function_id}/execute", json=call),
        client.post(f"/serverless/functions/{function_id}/execute", headers=bearer, json=call),
    ]

    for answer in answers:
        assert key not in answer.text + str(answer.headers)
    for secret in (key, "secret-source", "secret-input"):
        assert secret not in caplog.text
        assert secret not in str([record.__dict__ for record in caplog.records])


def test_what_fastapi_would_answer_itself_is_an_error_in_the_dialect(app: FastAPI) -> None:
    @app.get("/odd/{number}")
    def odd(number: int) -> None:
        raise HTTPException(418, str(number))

    client = TestClient(app)

    for path in ("/odd/one", "/odd/1"):
        answer = client.get(path)
        assert answer.status_code == 500
        check_dialect(path, answer)


def test_an_exception_after_the_answer_began_is_not_answered_again(app: FastAPI) -> None:
    def half() -> Iterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    @app.get("/half")
    def odd() -> StreamingResponse:
        return StreamingResponse(half())

    with pytest.raises(ZeroDivisionError):
        TestClient(app).get("/half")


def test_the_app_starts_and_stops(app: FastAPI) -> None:
    with TestClient(app) as client:
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("depth", range(900, 1000))
def test_a_nesting_near_the_limit_of_python_is_answered(
    app: FastAPI, key: str, functions_path: str, function_id: str, depth: int
) -> None:
    client = TestClient(app, headers={"x-auth-token": key})
    body = '{"data": {"a": ' + "[" * depth + "]" * depth + "}}"

    for path in (
        f"{functions_path}/{function_id}/execute",
        f"/serverless/functions/{function_id}/execute",
    ):
        assert client.post(path, content=body).status_code in {200, 400}


def _scope(path: str, key: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"x-auth-token", key.encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


async def _exchange(
    app: FastAPI, scope: dict[str, Any], incoming: Iterator[Message]
) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return next(incoming)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


@pytest.mark.anyio
async def test_a_client_that_leaves_gets_no_answer_and_causes_no_alarm(
    app: FastAPI, functions_path: str, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "isolambda_api")
    part: Message = {"type": "http.request", "body": b"{", "more_body": True}
    incoming = iter([part, {"type": "http.disconnect"}])

    sent = await _exchange(app, _scope(functions_path, key), incoming)

    assert sent == []
    assert [record.levelname for record in caplog.records if "499" in record.getMessage()] == [
        "INFO"
    ]


@pytest.mark.anyio
async def test_a_body_is_not_read_further_than_its_limit(
    app: FastAPI, functions_path: str, key: str
) -> None:
    chunk: Message = {"type": "http.request", "body": b" " * 1_000_000, "more_body": True}
    incoming = iter([chunk] * 1000)

    sent = await _exchange(app, _scope(functions_path, key), incoming)

    assert sent[0]["status"] == 400
    assert "maxSize" in json.loads(sent[1]["body"])["data"]["file"]
    assert len(list(incoming)) == 1000 - 9


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
