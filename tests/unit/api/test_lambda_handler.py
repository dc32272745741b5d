"""The Lambda entry answers the events of an HTTP API, on a DynamoDB table."""

import asyncio
import importlib
import json
import logging
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from isolambda_api.bootstrap import build_app
from isolambda_core.adapters import dynamodb
from isolambda_core.config import ApiSettings
from isolambda_core.domain.accounts import Account
from isolambda_core.domain.api_keys import ApiKey, derive_api_key, hash_api_key
from isolambda_core.domain.ids import new_id

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
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "TABLE_NAME": "functions",
        "EXECUTOR_FUNCTION_NAME": "executor",
        "SECRET_ARN": "installation",
        "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/executions",
        # Powertools makes one logger for each name, and it keeps the stream that it found first.
        "POWERTOOLS_SERVICE_NAME": f"api-{new_id()}",
        "POWERTOOLS_METRICS_NAMESPACE": "Isolambda",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


@pytest.fixture
def key() -> str:
    """The key of an account in a table of its own."""
    client = boto3.client("dynamodb")
    client.create_table(
        TableName="functions",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
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
    yield lambda event: importlib.import_module(HANDLER).handler(event, CONTEXT)
    sys.modules.pop(HANDLER, None)
    asyncio.set_event_loop(None)
    loop.close()
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


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


def test_a_token_is_signed_with_the_secret_of_the_installation(key: str, handle: Handle) -> None:
    came_in = handle(event("PUT", "/v2/api_auth", json.dumps({"data": {"api_key": key}})))
    token = json.loads(came_in["body"])["auth_token"]
    shown = handle(event("GET", f"/v2/accounts/{ACCOUNT}/api_key", **{"x-auth-token": token}))

    assert came_in["statusCode"] == 201
    assert json.loads(shown["body"])["data"] == {"api_key": key}
    assert json.loads(shown["body"])["tokens"] == {"consumed": 1, "remaining": 99}


def test_a_request_is_one_line_of_json_and_one_of_metrics(
    handle: Handle, capsys: pytest.CaptureFixture[str]
) -> None:
    handle(event("GET", "/healthz", **{"x-request-id": "r1"}))

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    requests = [line for line in lines if "route" in line]
    metrics = [line for line in lines if "_aws" in line]
    assert len(requests) == len(metrics) == 1
    assert (requests[0]["route"], requests[0]["status"]) == ("/healthz", 200)
    assert requests[0]["request_id"] == "r1"
    assert (metrics[0]["Requests"], metrics[0]["Errors"]) == ([1.0], [0.0])


def test_a_failing_request_is_counted_and_answered_in_its_dialect(
    handle: Handle, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = handle(  # there is no table
        event("POST", f"/serverless/functions/{ACCOUNT}/execute", authorization="0" * 64)
    )

    assert answer["statusCode"] == 503
    assert json.loads(answer["body"])["responseStatus"]["errorCode"] == "ServiceUnavailable"
    metrics = [
        json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line
    ]
    assert metrics[0]["Errors"] == [1.0]


def test_a_missing_setting_stops_the_cold_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")

    with pytest.raises(ValueError, match="TABLE_NAME"):
        importlib.import_module(HANDLER)


def test_the_composition_root_makes_an_app() -> None:
    app = build_app(ApiSettings.from_environment())

    assert app.title == "Isolambda"
