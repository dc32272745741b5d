"""What is started, with which event: each Lambda of ours, and a bare one beside it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.wire import dump_request
from tests.bench.cold.lambdas import Lambdas
from tests.bench.figures import Samples

_API_BOUND: Final = 1.2
_EXECUTOR_BOUND: Final = 1.2
_ID: Final = "5f2d8c1e9b7a4f60a1b2c3d4e5f60718"
_MESSAGE: Final = {
    "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
    "receiptHandle": "handle",
    "body": "not ours",
    "attributes": {"ApproximateReceiveCount": "1"},
    "messageAttributes": {},
    "eventSource": "aws:sqs",
    "eventSourceARN": "ExecutionQueue",
}
_NOT_OURS: Final = json.dumps({"Records": [_MESSAGE]}).encode()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two Lambdas to start in turn; each returns the seconds that one start took."""

    what: str
    ours: Callable[[], Samples]
    beside: str = ""
    theirs: Callable[[], Samples] | None = None
    bound: float | None = None


def pairs(lambdas: Lambdas) -> Iterator[Pair]:
    """Yield what is compared; the bare Lambdas have the same files around them."""
    api, executor = lambdas.ours("ApiFunction"), lambdas.ours("ExecutorFunction")
    healthz, fetch = _get("/healthz"), _get(f"/v2/accounts/{_ID}")
    yield Pair(
        "ApiFunction: /healthz",
        lambdas.start(api, healthz, _has_status(200)),
        "FastAPI and Mangum, one route",
        lambdas.start(lambdas.bare("bare_api", api), healthz, _has_status(200)),
        _API_BOUND,
    )
    yield Pair(
        "ApiFunction: an unknown key",
        lambdas.start(api, fetch, _has_status(401)),
        "FastAPI, Mangum and boto3, one item",
        lambdas.start(lambdas.bare("bare_reader", api), fetch, _has_status(401)),
        _API_BOUND,
    )
    request = ExecutionRequest(_ID, _ID, _ID, "$LATEST", "return 6 * 7", b"{}")
    yield Pair(
        "ExecutorFunction: one execution",
        lambdas.start(executor, dump_request(request), lambda it: it["result"] == "42"),
        "MiniRacer(), one evaluation",
        lambdas.start(lambdas.bare("bare_executor", executor), b'"6 * 7"', lambda it: it == 42),
        _EXECUTOR_BOUND,
    )
    dispatcher = lambdas.ours("DispatcherFunction")
    yield Pair(
        "DispatcherFunction: a message for the DLQ",
        lambdas.start(dispatcher, _NOT_OURS, lambda it: it == {"batchItemFailures": []}),
    )


def _has_status(status: int) -> Callable[[Any], bool]:
    return lambda answer: answer["statusCode"] == status


def _get(path: str) -> bytes:
    """Return an event of an HTTP API (payload format 2.0)."""
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "api.example.com", "x-auth-token": "f" * 64},
        "requestContext": {"http": http, "requestId": "request", "stage": "$default"},
        "isBase64Encoded": False,
    }
    return json.dumps(event).encode()
