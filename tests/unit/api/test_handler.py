"""The Lambda entry answers the events of an HTTP API, on a DynamoDB table."""

import asyncio
import base64
import gzip
import hmac
import importlib
import json
import logging
import random
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio.to_thread
import boto3
import pytest
from aws_lambda_powertools import Tracer
from pydantic import ValidationError
from snapshot_restore_py import get_after_restore  # type: ignore[import-untyped]
from typing_extensions import override

from isolambda_api import bootstrap
from isolambda_api.bootstrap import build_app
from isolambda_api.clients import trace_calls
from isolambda_api.http import console_page
from isolambda_api.http.request_log import no_observer
from isolambda_api.http.services import Services
from isolambda_core.adapters import dynamodb
from isolambda_core.config import ApiSettings
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
    derive_api_key,
    hash_api_key,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    LogLine,
    Outcome,
)
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.metric_batches import INTERVAL_S
from isolambda_core.domain.secrets.errors import UnopenedSecretError
from isolambda_core.domain.secrets.secrets import Binding, Place
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.secrets import Sealer
from tests.support.aws import emulation
from tests.support.collector import collecting
from tests.support.lambda_environment import API
from tests.support.tables import make_table
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow

ACCOUNT = "a" * 32
CONTEXT = SimpleNamespace(
    function_name="api",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:api",
    aws_request_id="00000000-0000-0000-0000-000000000000",
    tenant_id=None,
)
HANDLER = "isolambda_api.handler"
SECRET = "s" * 64
KEY_ID = "b" * 32
_BINDING = Binding(Place(ACCOUNT), "KEY", ("api.example.com",))
MADE = '{"data":{"name":"n","function_js":"throw hunter2"}}'

Handle = Callable[[dict[str, Any]], dict[str, Any]]


def event(verb: str, path: str, body: str | None = None, **headers: str) -> dict[str, Any]:
    """Return an event of payload format 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "page_size=1",
        "headers": {"host": "api.example.com", **headers},
        "requestContext": {
            "http": {
                "method": verb,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "requestId": "id",
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in API.items():
        monkeypatch.setenv(name, value)
    # Powertools makes one logger for each name, and it keeps the stream that it found first.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"api-{new_id()}")
    # The handler does the same in its process, where nothing needs the module.
    monkeypatch.setitem(sys.modules, "pydantic.v1", None)
    with emulation(), unchanged_loggers():
        yield


@contextmanager
def unchanged_loggers() -> Iterator[None]:
    """Give the loggers back what the handler takes for its process."""
    loggers = [logging.getLogger(name) for name in ("isolambda_api", "isolambda_core")]
    before = [(each.level, each.propagate, [*each.handlers]) for each in loggers]
    try:
        yield
    finally:
        for logger, (level, propagates, handlers) in zip(loggers, before, strict=True):
            logger.handlers[:] = handlers
            logger.propagate = propagates
            logger.setLevel(level)


@pytest.fixture
def key() -> str:
    """The key of an account in a table of its own."""
    client = boto3.client("dynamodb")
    make_table(client, "functions")
    boto3.client("secretsmanager").create_secret(Name="installation", SecretString=SECRET)
    store = dynamodb.open_store("functions", client)
    api_key = derive_api_key(SECRET.encode(), ACCOUNT, KEY_ID)
    store.accounts.add(Account(ACCOUNT, {"name": "acme", "enabled": True}, 0, 0))
    store.api_keys.add(ApiKey(hash_api_key(api_key), KEY_ID, ACCOUNT, 0, own=True))
    return api_key


@pytest.fixture
def handle() -> Iterator[Handle]:
    """Answer an event; the first imports the handler, as Lambda does.

    Not before, because Powertools keeps the standard output that it finds, and pytest has another
    one for the fixtures than for the test.
    """
    loggers = [logging.getLogger(name) for name in ("isolambda_api", "isolambda_core")]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    loop = asyncio.new_event_loop()  # Mangum takes the current one, and closes none
    asyncio.set_event_loop(loop)
    in_thread = anyio.to_thread.run_sync
    yield lambda event: importlib.import_module(HANDLER).handler(event, CONTEXT)
    anyio.to_thread.run_sync = in_thread
    sys.modules.pop(HANDLER, None)
    asyncio.set_event_loop(None)
    loop.close()
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@dataclass
class Telltale(Executor):
    """Stands for ``LambdaExecutor``: logs a line at DEBUG, and repeats all that it is handed."""

    function_name: str
    tenant_isolation: bool
    confinement: None = None

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        logging.getLogger("isolambda_core.executor").debug("executing")
        error = ExecutionError("Error", request.input.decode(), request.source)
        logs = (LogLine("info", request.input.decode(), 0),)
        return ExecutionResult(request.execution_id, Outcome.EXCEPTION, error=error, logs=logs)


@pytest.fixture
def telltale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        bootstrap, "LambdaExecutor", lambda _, name, isolation, **__: Telltale(name, isolation)
    )


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def measured(lines: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the metrics of requests, without those of cold starts."""
    return [line for line in lines if "_aws" in line and "Requests" in line]


def test_an_event_is_answered(key: str, handle: Handle, capsys: pytest.CaptureFixture[str]) -> None:
    path = f"/v2/accounts/{ACCOUNT}/functions"
    created = handle(
        event("PUT", path, '{"data":{"name":"ž","function_js":"secret"}}', **{"x-auth-token": key}),
    )
    listed = handle(event("GET", path, **{"x-auth-token": key}))

    assert created["statusCode"] == 201
    assert created["headers"]["content-type"] == "application/json"
    assert created["isBase64Encoded"] is False
    assert listed["statusCode"] == 200
    assert json.loads(listed["body"])["data"][0]["name"] == "ž"
    assert key not in capsys.readouterr().out


@pytest.mark.parametrize("path", [f"/v2/accounts/{ACCOUNT}/functions", "/healthz", "/v2/nothing"])
def test_head_is_answered_as_get_is_but_for_the_body(key: str, handle: Handle, path: str) -> None:
    got = handle(event("GET", path, **{"x-auth-token": key}))
    head = handle(event("HEAD", path, **{"x-auth-token": key}))

    assert (got["statusCode"], bool(got["body"])) == (head["statusCode"], True)
    assert head["body"] == ""
    for name in ("content-type", "content-length", "etag"):
        assert head["headers"].get(name) == got["headers"].get(name)


@pytest.mark.usefixtures("key")
def test_the_console_comes_through_api_gateway_compressed_where_a_browser_reads_that(
    handle: Handle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_page, "_APP", tmp_path)
    (tmp_path / "main-ABCDEFGH.js").write_text("// \u03bb\n" * 100, encoding="utf-8")
    script = "/console/main-ABCDEFGH.js"

    plain = handle(event("GET", script))
    packed = handle(event("GET", script, **{"accept-encoding": "gzip, deflate, br"}))
    page = handle(event("GET", "/console/"))

    assert plain["body"] == "// \u03bb\n" * 100
    assert packed["isBase64Encoded"]
    assert gzip.decompress(base64.b64decode(packed["body"])).decode() == plain["body"]
    assert packed["headers"]["content-encoding"] == "gzip"
    assert page["headers"]["location"] == "../console"


def test_a_body_is_read_as_on_one_machine(key: str, handle: Handle) -> None:
    path = f"/v2/accounts/{ACCOUNT}/functions"
    marked = base64.b64encode(b"\xef\xbb\xbf" + MADE.encode()).decode()
    made = event("PUT", path, marked, **{"x-auth-token": key})
    encoded = event("PUT", path, marked, **{"x-auth-token": key, "content-encoding": "gzip"})

    answers = [handle({**each, "isBase64Encoded": True}) for each in (made, encoded)]
    function = json.loads(answers[0]["body"])["data"]["id"]
    removed = handle(event("DELETE", f"{path}/{function}", "{", **{"x-auth-token": key}))

    assert [answer["statusCode"] for answer in (*answers, removed)] == [201, 415, 200]
    assert answers[1]["headers"]["accept-encoding"] == "identity"


@pytest.mark.usefixtures("telltale")
def test_a_collector_gets_the_request_and_its_execution(
    key: str, handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {"x-auth-token": key, "traceparent": f"00-{trace}-{parent}-01"}
    functions = f"/v2/accounts/{ACCOUNT}/functions"
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        created = handle(event("PUT", functions, MADE, **{"x-auth-token": key}))
        function_id = json.loads(created["body"])["data"]["id"]
        handle(event("POST", f"{functions}/{function_id}/execute", '{"data":{}}', **headers))
        execution = eventually(
            lambda: next((each for each in collector.spans if each.name == "execution"), None)
        )
        of_trace = eventually(
            lambda: [each for each in collector.spans if each.parent_id == parent]
        )

    [request] = of_trace
    assert (request.trace_id, execution.trace_id) == (trace, trace)
    assert execution.parent_id == request.span_id
    assert execution.failed
    assert b"hunter2" not in b"".join(collector.raw)


@pytest.mark.usefixtures("telltale")
def test_a_request_for_logs_waits_for_what_an_environment_holds_back(
    key: str, handle: Handle
) -> None:
    account, headers = f"/v2/accounts/{ACCOUNT}", {"x-auth-token": key}
    created = handle(event("PUT", f"{account}/functions", MADE, **headers))
    function_id = json.loads(created["body"])["data"]["id"]
    before = handle(event("GET", f"{account}/logs", **headers))
    executed = handle(event("POST", f"{account}/functions/{function_id}/execute", **headers))
    cursor = json.loads(before["body"])["data"]["cursor"]
    query = {"rawQueryString": f"wait_s=20&after={cursor}"}

    after = handle({**event("GET", f"{account}/logs", **headers), **query})

    [entry] = json.loads(after["body"])["data"]["entries"]
    assert entry["execution_id"] == json.loads(executed["body"])["data"]["execution_id"]


def test_the_lines_of_a_header_that_api_gateway_joined_are_one_list(
    key: str, handle: Handle
) -> None:
    path = f"/v2/accounts/{ACCOUNT}/functions"
    made = handle(event("PUT", path, MADE, **{"x-auth-token": key}))
    one = f"{path}/{json.loads(made['body'])['data']['id']}"
    etag = made["headers"]["etag"]

    answers = [
        handle(event(verb, one, body, **{"x-auth-token": key, name: f'"other",{tag}'}))
        for verb, body, name, tag in (
            ("GET", None, "if-none-match", etag),
            ("PATCH", '{"data":{}}', "if-none-match", etag),
            ("PATCH", '{"data":{}}', "if-match", '"*"'),
            ("PATCH", '{"data":{}}', "if-match", etag),
        )
    ]

    assert [answer["statusCode"] for answer in answers] == [304, 412, 412, 200]


def test_a_token_is_signed_with_the_secret_of_the_installation(key: str, handle: Handle) -> None:
    came_in = handle(event("PUT", "/v2/api_auth", json.dumps({"data": {"api_key": key}})))
    token = json.loads(came_in["body"])["auth_token"]
    shown = handle(event("GET", f"/v2/accounts/{ACCOUNT}/api_key", **{"x-auth-token": token}))

    assert came_in["statusCode"] == 201
    assert json.loads(shown["body"])["data"] == {"api_key": key}
    assert json.loads(shown["body"])["tokens"] == {"consumed": 1, "remaining": 99}


def test_a_request_that_fails_is_one_line_of_json_and_one_of_metrics(
    key: str, handle: Handle, capsys: pytest.CaptureFixture[str]
) -> None:
    handle(event("GET", "/v2/nothing", **{"x-auth-token": key, "x-request-id": "r1"}))

    lines = logged(capsys)
    [request] = [line for line in lines if "level" in line]
    [metrics] = measured(lines)
    assert (request["route"], request["status"]) == ("-", 404)
    assert request["request_id"] == request["correlation_id"] == "r1"
    assert (metrics["Requests"], metrics["Errors"]) == ([1.0], [0.0])
    assert metrics["Latency"] == [request["duration_ms"]]


def test_a_request_that_succeeds_is_a_line_of_metrics_alone(
    handle: Handle, capsys: pytest.CaptureFixture[str]
) -> None:
    handle(event("GET", "/healthz"))

    lines = logged(capsys)
    assert [line for line in lines if "level" in line] == []
    assert len(measured(lines)) == 1


def test_the_requests_of_a_second_are_one_line_of_metrics(
    handle: Handle, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    handle(event("GET", "/healthz"))
    batches = sys.modules[HANDLER]._metrics
    now_s = batches._now()
    monkeypatch.setattr(batches, "_now", lambda: now_s)
    monkeypatch.setattr(batches, "_written_s", now_s)
    capsys.readouterr()

    for _ in range(3):
        handle(event("GET", "/healthz"))
    assert measured(logged(capsys)) == []
    now_s += INTERVAL_S
    handle(event("GET", "/healthz"))

    [metrics] = measured(logged(capsys))
    assert (metrics["Requests"], metrics["Errors"]) == ([1.0] * 4, [0.0] * 4)
    assert len(metrics["Latency"]) == 4


def test_the_level_that_lambda_passes_is_not_the_level_of_its_lines(
    handle: Handle, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", "DEBUG")
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)

    handle(event("GET", "/healthz"))

    assert [line for line in logged(capsys) if "level" in line] == []
    assert logging.getLogger("botocore").getEffectiveLevel() > logging.DEBUG


def test_no_request_is_handed_to_a_thread(
    key: str, handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_: threading.Thread) -> None:
        pytest.fail("a thread was started")

    monkeypatch.setattr(threading.Thread, "start", start)

    listed = handle(event("GET", f"/v2/accounts/{ACCOUNT}/functions", **{"x-auth-token": key}))

    assert listed["statusCode"] == 200


@pytest.mark.parametrize(("sampled", "patched"), [("0", []), ("1", ["botocore"])])
def test_botocore_is_patched_for_x_ray_where_a_request_is_traced(
    handle: Handle, monkeypatch: pytest.MonkeyPatch, sampled: str, patched: list[str]
) -> None:
    found: list[str] = []
    monkeypatch.setattr(Tracer, "patch", lambda _, modules: found.extend(modules))
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root=1-5759e988-bd862e3fe1be46a9;Sampled={sampled}")
    trace_calls.cache_clear()

    for _ in range(2):
        assert handle(event("GET", "/healthz"))["statusCode"] == 200

    assert found == patched


def test_requests_are_measured_by_the_templates_of_their_paths(
    handle: Handle, capsys: pytest.CaptureFixture[str]
) -> None:
    handle(event("GET", f"/v2/accounts/{ACCOUNT}/functions/{new_id()}"))  # there is no table
    sys.modules[HANDLER]._metrics._written_s = 0
    handle(event("GET", "/whatever/a/client/thinks/of"))

    metrics = measured(logged(capsys))
    assert [line["route"] for line in metrics] == [
        "/v2/accounts/{account_id}/functions/{function_id}",
        "-",
    ]
    for line in metrics:
        [[*dimensions]] = line["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
        assert set(dimensions) == {"service", "route"}


def test_a_cold_start_is_marked(handle: Handle, capsys: pytest.CaptureFixture[str]) -> None:
    handle(event("GET", "/healthz"))
    cold = logged(capsys)
    handle(event("GET", "/healthz"))
    warm = logged(capsys)

    [start] = [line for line in cold if "ColdStart" in line]
    assert start["function_name"] == CONTEXT.function_name
    assert [line for line in warm if "ColdStart" in line] == []


@pytest.mark.usefixtures("telltale")
def test_every_line_names_the_request_that_it_belongs_to(
    key: str,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
    path = f"/v2/accounts/{ACCOUNT}/functions"
    made = handle(event("PUT", path, MADE, **{"x-auth-token": key, "x-request-id": "r1"}))
    function_id = json.loads(made["body"])["data"]["id"]

    handle(
        event(
            "POST",
            f"{path}/{function_id}/execute",
            '{"data":{}}',
            **{"x-auth-token": key, "traceparent": f"00-{'4' * 32}-{'5' * 16}-01"},
        )
    )

    lines = [line for line in logged(capsys) if "level" in line]
    assert "execute" in {line.get("route", "").rpartition("/")[2] for line in lines}
    assert {line["correlation_id"] for line in lines} == {"r1", "4" * 32}
    # The executor compiles what is written, and executes what is asked for.
    assert [line["correlation_id"] for line in lines if line["message"] == "executing"] == [
        "r1",
        "4" * 32,
    ]


@pytest.mark.usefixtures("telltale")
def test_a_sample_of_requests_is_logged_from_debug_on_each_drawn_for_itself(
    key: str,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "INFO")
    monkeypatch.setenv("POWERTOOLS_LOGGER_SAMPLE_RATE", "0.5")
    drawn = 0.9
    monkeypatch.setattr(random, "random", lambda: drawn)
    path = f"/v2/accounts/{ACCOUNT}/functions"
    made = handle(event("PUT", path, MADE, **{"x-auth-token": key}))
    execute = f"{path}/{json.loads(made['body'])['data']['id']}/execute"
    capsys.readouterr()

    levels = []
    for drawn in (0.9, 0.1, 0.9):  # noqa: B007 - what is drawn
        handle(event("POST", execute, '{"data":{}}', **{"x-auth-token": key}))
        levels.append({line["level"] for line in logged(capsys) if "level" in line})

    assert levels == [set(), {"DEBUG"}, set()]


@pytest.mark.usefixtures("telltale")
def test_no_key_no_source_and_no_input_is_in_any_line(
    key: str,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
    path = f"/v2/accounts/{ACCOUNT}/functions"
    by_key = {"x-auth-token": key, "idempotency-key": "hunter2"}
    made = handle(event("PUT", path, MADE, **by_key))
    function_id = json.loads(made["body"])["data"]["id"]
    body = '{"data":{"password":"hunter2"}}'

    answers = [
        handle(event("POST", f"{path}/{function_id}/execute", body, **by_key)),
        handle(event("POST", f"/serverless/functions/{function_id}/execute", body)),
        handle(
            event(
                "POST",
                f"/serverless/functions/{function_id}/execute",
                '{"Template":"{\\"password\\":\\"hunter2\\"}","Meta":{"a":"hunter2"}}',
                authorization=f"Bearer {key}",
            )
        ),
        handle(event("PATCH", f"{path}/{function_id}", '{"data":{"enabled":"hunter2"}}', **by_key)),
        handle(event("PUT", path, '{"data":{"hunter2', **by_key)),
        handle(event("PUT", "/v2/api_auth", '{"data":{"api_key":"hunter2"}}')),
        handle(event("GET", "/v2/hunter2", **{"x-auth-token": "hunter2", "user-agent": "hunter2"})),
    ]

    assert [answer["statusCode"] for answer in answers] == [200, 401, 500, 400, 400, 400, 401]
    printed = capsys.readouterr()
    assert printed.out.count('"route"') >= len(answers)
    assert "hunter2" not in printed.out + printed.err
    assert key not in printed.out + printed.err


def test_a_delivery_is_signed_for_the_url_that_its_sender_called(key: str, handle: Handle) -> None:
    boto3.client("sqs").create_queue(QueueName="executions")
    functions = f"/v2/accounts/{ACCOUNT}/functions"
    made = handle(event("PUT", functions, MADE, **{"x-auth-token": key}))
    triggers = f"{functions}/{json.loads(made['body'])['data']['id']}/triggers"
    data = {"name": "n", "type": "webhook", "signature": "twilio", "secret": "a secret"}
    bound = handle(event("PUT", triggers, json.dumps({"data": data}), **{"x-auth-token": key}))
    url = json.loads(bound["body"])["data"]["_read_only"]["url"]
    signed = hmac.digest(b"a secret", f"{url}?page_size=1".encode() + b"Bodyhi", "sha1")
    delivery = event(
        "POST",
        url.removeprefix("https://api.example.com"),
        base64.b64encode(b"Body=hi").decode(),
        **{
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": base64.b64encode(signed).decode(),
            "x-forwarded-proto": "http",  # API Gateway alone sets it, and not to this
        },
    )

    answers = [handle({**delivery, "isBase64Encoded": True}) for _ in range(2)]

    assert url.startswith("https://api.example.com/webhooks/")
    assert [answer["statusCode"] for answer in answers] == [202, 200]


@dataclass
class Answering(Executor):
    """Stands for ``LambdaExecutor``: answers as the functions in ``answers`` would, in turn."""

    answers: list[dict[str, Any]]
    requests: list[ExecutionRequest] = field(default_factory=list)
    confinement: None = None

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        if request.compile_only:
            return ExecutionResult(request.execution_id, Outcome.OK)
        self.requests.append(request)
        body = base64.b64encode(self.answers[0].pop("body")).decode()
        result = json.dumps({**self.answers.pop(0), "body": body}).encode()
        return ExecutionResult(request.execution_id, Outcome.OK, result)


def test_an_http_function_answers_through_api_gateway(
    key: str, handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = [["content-type", "text/html; charset=utf-8"], ["content-security-policy", "img-src *"]]
    executor = Answering(
        [
            {"status": 200, "headers": page, "body": "é".encode()},
            {"status": 200, "headers": page, "body": "é".encode()},
            {"status": 404, "headers": [["content-type", "image/png"]], "body": b"\xff\x00"},
            {"status": 200, "headers": [["content-type", "text/plain"]], "body": b"\xff"},
            {"status": 204, "headers": [["set-cookie", "a=b"]], "body": b""},
        ]
    )
    monkeypatch.setattr(bootstrap, "LambdaExecutor", lambda *_, **__: executor)
    functions = f"/v2/accounts/{ACCOUNT}/functions"
    boto3.client("sqs").create_queue(QueueName="executions")
    made = handle(event("PUT", functions, MADE, **{"x-auth-token": key}))
    triggers = f"{functions}/{json.loads(made['body'])['data']['id']}/triggers"
    data = {"name": "n", "type": "http", "path": "shop", "auth": {"type": "none"}}
    bound = handle(event("PUT", triggers, json.dumps({"data": data}), **{"x-auth-token": key}))
    assert bound["statusCode"] == 201, bound
    path = f"/http/{ACCOUNT}/shop/a b/%25/é?#"  # as an HTTP API decodes it
    asked = f"/http/{ACCOUNT}/shop/a%20b/%25/%C3%A9%3F%23"
    sent = {**event("POST", path, base64.b64encode(b"\xff").decode()), "isBase64Encoded": True}

    shown = handle(event("GET", path))
    head = handle(event("HEAD", path))
    picture, odd, nothing = handle(sent), handle(event("GET", path)), handle(event("GET", path))

    assert (shown["statusCode"], shown["body"], shown["isBase64Encoded"]) == (200, "é", False)
    assert shown["headers"]["content-security-policy"] == "img-src *,sandbox"
    assert shown["headers"]["x-content-type-options"] == "nosniff"
    assert (head["statusCode"], head["body"], head["headers"]["content-length"]) == (200, "", "2")
    assert (picture["statusCode"], picture["isBase64Encoded"]) == (404, True)
    assert base64.b64decode(picture["body"]) == b"\xff\x00"
    assert base64.b64decode(odd["body"]) == b"\xff"
    assert (nothing["statusCode"], nothing.get("cookies", [])) == (204, [])
    given = [json.loads(request.input) for request in executor.requests]
    assert {each["url"] for each in given} == {f"https://api.example.com{asked}?page_size=1"}
    assert [each["method"] for each in given] == ["GET", "GET", "POST", "GET", "GET"]
    assert given[2]["body"] == base64.b64encode(b"\xff").decode()


def test_environments_that_start_from_one_snapshot_choose_each_for_itself(
    handle: Handle,
) -> None:
    handle(event("GET", "/healthz"))
    snapshot = random.getstate()
    chosen = []
    for _ in range(2):
        random.setstate(snapshot)
        for hook, positional, named in get_after_restore():
            hook(*positional, **named)
        chosen.append(random.random())  # noqa: S311 - what the services choose with

    assert chosen[0] != chosen[1]


def test_a_failing_request_is_counted_and_answered_in_its_dialect(
    handle: Handle, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = handle(  # there is no table
        event("POST", f"/serverless/functions/{ACCOUNT}/execute", authorization="0" * 64)
    )

    assert answer["statusCode"] == 503
    assert json.loads(answer["body"])["responseStatus"]["errorCode"] == "ServiceUnavailable"
    [metrics] = measured(logged(capsys))
    assert metrics["Errors"] == [1.0]


def test_a_missing_setting_stops_the_cold_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")

    with pytest.raises(ValueError, match="TABLE_NAME"):
        importlib.import_module(HANDLER)


def test_the_composition_root_makes_an_app() -> None:
    app = build_app(ApiSettings.from_environment(), no_observer)

    assert app.title == "Isolambda"


def test_secrets_are_sealed_by_the_key_of_kms_that_the_stack_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sealer() -> Sealer:
        app = build_app(ApiSettings.from_environment(), no_observer)
        services: Services = app.state.services
        return services.secrets.sealer

    boto3.client("secretsmanager").create_secret(Name="installation", SecretString=SECRET)
    sealed = sealer().seal("correct horse", _BINDING)
    client = boto3.client("kms")
    monkeypatch.setenv("SECRETS_KEY_ARN", client.create_key()["KeyMetadata"]["Arn"])

    under_key = sealer()

    assert under_key.open(sealed, _BINDING) == "correct horse"
    moved = under_key.seal("battery staple", _BINDING)
    assert sealer().open(moved, _BINDING) == "battery staple"
    monkeypatch.delenv("SECRETS_KEY_ARN")
    with pytest.raises(UnopenedSecretError):
        sealer().open(moved, _BINDING)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRETS_KEY_ARN", "alias/mine"),
        ("SECRETS_KEY_ARN", "arn:aws:kms:eu-central-1:123456789012:alias/mine"),
        ("FUNCTION_HOSTS", "*"),
        ("FUNCTION_HOSTS", "shop.example.com;other.example.com"),
        ("FUNCTION_HOSTS", "*.example.com"),
    ],
)
def test_a_setting_that_cannot_be_meant_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://api.example.com")
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=name):
        ApiSettings.from_environment()


def test_hosts_are_left_to_functions_by_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNCTION_HOSTS", "shop.example.com,*.example.net")

    app = build_app(ApiSettings.from_environment(), no_observer)

    hosts = app.state.services.function_hosts
    assert hosts == ("shop.example.com", "*.example.net")


@pytest.mark.parametrize("host", ["other.example.net", "Other.Example.Net:443"])
def test_below_a_host_of_functions_there_is_no_api(
    monkeypatch: pytest.MonkeyPatch, handle: Handle, host: str
) -> None:
    make_table(boto3.client("dynamodb"), "functions")
    monkeypatch.setenv("FUNCTION_HOSTS", "*.example.net")

    there = handle({**event("GET", "/healthz"), "headers": {"host": host}})
    elsewhere = handle(event("GET", "/healthz", **{"x-forwarded-host": host}))

    problem = json.loads(base64.b64decode(there["body"]))
    assert (there["statusCode"], problem["code"]) == (404, "not_found")
    assert elsewhere["statusCode"] == 200
