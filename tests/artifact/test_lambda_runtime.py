"""Each built Lambda answers under Lambda's own Python, with Lambda's path order and environment."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.wire import (
    dump_request,
    load_result,
)
from isolambda_core.domain.limits import Limits
from tests.artifact.layout import lay_out

Template = dict[str, Any]
Answer = Callable[[str, Any], bytes]

RUNTIME = Path(__file__).with_name("lambda_runtime.py")


@pytest.fixture
def answer(python: str, build: Path, built_template: Template, tmp_path: Path) -> Answer:
    """Hand an event to a built Lambda, laid out as in Lambda, far from the checkout."""

    def give(function: str, event: Any) -> bytes:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        laid_out = lay_out(function, build, built_template, tmp_path)
        finished = subprocess.run(
            [python, "-I", "-S", "-B", RUNTIME, laid_out.task, laid_out.opt, laid_out.handler],
            cwd=elsewhere,
            env=laid_out.environment,
            input=json.dumps(event).encode() + b"\n",
            capture_output=True,
            check=False,
            timeout=240,
        )
        assert finished.returncode == 0, finished.stderr.decode()
        return finished.stdout

    return give


def execute(
    answer: Answer, source: str, call: Any = None, limits: Limits | None = None
) -> ExecutionResult:
    request = ExecutionRequest(
        execution_id="e" * 32,
        account_id="a" * 32,
        function_id="f" * 32,
        version="$LATEST",
        source=source,
        input=json.dumps(call).encode(),
        limits=limits or Limits(),
    )
    return load_result(answer("ExecutorFunction", json.loads(dump_request(request))))


def test_the_built_executor_executes_javascript(answer: Answer) -> None:
    result = execute(answer, "return call.numbers.map(n => n * 2)", {"numbers": [1, 2, 3]})

    assert (result.outcome, result.error) == (Outcome.OK, None)
    assert json.loads(result.result or b"") == [2, 4, 6]


def test_the_built_executor_ends_what_would_never_end(answer: Answer) -> None:
    result = execute(answer, "while (true) {}", limits=Limits(wall_time_ms=200))

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME


def test_the_built_api_says_that_it_is_well(answer: Answer) -> None:
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/healthz",
        "rawQueryString": "",
        "headers": {"host": "api.example.com"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "http": {
                "method": "GET",
                "path": "/healthz",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "artifact",
            },
            "requestId": "request",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000,
        },
        "isBase64Encoded": False,
    }

    assert json.loads(answer("ApiFunction", event))["statusCode"] == 200


def test_the_built_dispatcher_leaves_in_the_queue_what_it_cannot_put_to_the_dead_letters(
    answer: Answer,
) -> None:
    record = {
        "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
        "receiptHandle": "handle",
        "body": "not ours",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "ExecutionQueue",
        "awsRegion": "us-east-1",
    }

    assert json.loads(answer("DispatcherFunction", {"Records": [record]})) == {
        "batchItemFailures": [{"itemIdentifier": record["messageId"]}]
    }
