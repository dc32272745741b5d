"""What a new environment of the API does before its first answer, counted in a fresh process."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.lambda_environment import API

pytestmark = pytest.mark.slow

OURS_MAX = 295
"""The handler imports 295 modules of ours; each is a file to find, to open and to execute."""
NOT_AT_FIRST = {
    *("boto3", "botocore.client", "botocore.session", "jwt", "pydantic.v1", "fastapi_offline"),
    *("cryptography", "isolambda_api.secrets.schemas"),
    *("isolambda_api.documentation", "isolambda_api.kazoo.schemas"),
    *("isolambda_api.functions.schemas", "isolambda_api.triggers.schemas"),
    *("isolambda_api.http_functions.routes", "isolambda_core.services.executions.http_functions"),
    *("isolambda_api.mcp.routes", "mcp_types", "isolambda_core.services.functions.tools"),
    *("isolambda_core.adapters.aes_gcm", "isolambda_core.services.secrets"),
    *("isolambda_core.adapters.dynamodb.secrets", "isolambda_core.domain.secrets.secrets"),
    *("isolambda_core.adapters.dynamodb.key_values", "isolambda_core.services.key_values"),
    *("isolambda_core.domain.key_values.values", "isolambda_core.domain.host_patterns"),
    *("isolambda_core.services.executions.account_records", "isolambda_core.services.contracts"),
    *("isolambda_core.services.tools", "isolambda_core.adapters.dynamodb.approvals"),
    *("isolambda_core.domain.contracts", "isolambda_core.adapters.dynamodb.saved_calls"),
    *("isolambda_core.domain.executions.receipts", "isolambda_core.adapters.receipt_signer"),
    *("isolambda_core.domain.http_answers", "isolambda_core.domain.addresses"),
    *("isolambda_core.services.shadows", "isolambda_core.domain.shadows"),
    *("isolambda_core.adapters.dynamodb.shadows", "isolambda_core.adapters.aws.sqs_shadows"),
    *("isolambda_api.http.console_page", "isolambda_core.domain.triggers.webhooks.twilio"),
}
"""What no first answer needs, unless it asks AWS, reads a token, or is the OpenAPI document."""
IN_A_SNAPSHOT = {
    *("isolambda_api.http_functions.routes", "isolambda_core.adapters.aes_gcm"),
    *("isolambda_api.mcp.routes", "mcp_types", "isolambda_core.services.functions.tools"),
    *("isolambda_core.services.secrets.secrets", "isolambda_core.services.key_values.key_values"),
    "isolambda_core.domain.triggers.webhooks.twilio",
}
"""What only some requests need, and is there in each environment that starts from a snapshot."""

PROGRAM = """
import json
import sys
from types import SimpleNamespace

from fastapi.routing import APIRoute
import snapshot_restore_py

read = []
initialize = APIRoute.__init__

def count(route, path, *arguments, **named):
    read.append(path)
    initialize(route, path, *arguments, **named)

APIRoute.__init__ = count

from isolambda_api.handler import handler

def say(what, answer=None):
    modules = [name for name, module in sys.modules.items() if module is not None]
    print("STATE " + json.dumps([what, modules, read, answer]), flush=True)

def get(path):
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    context = SimpleNamespace(
        function_name="api", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="id"
    )
    event = {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {"host": "api.example.com"}, "isBase64Encoded": False,
        "requestContext": {"http": http, "requestId": "id", "stage": "$default"},
    }
    return handler(event, context)

say("imported")
say("healthy", get("/healthz"))
say("documented", get("/openapi.json"))
for before_snapshot, arguments, named in snapshot_restore_py.get_before_snapshot():
    before_snapshot(*arguments, **named)
say("before a snapshot")
"""
ENVIRONMENT = {
    **API,
    "LAMBDA_TASK_ROOT": "/var/task",  # outside Lambda, the X-Ray SDK makes a client for its rules
    "_X_AMZN_TRACE_ID": "Root=1-00000000-000000000000000000000000;Sampled=0",
}


@dataclass(frozen=True)
class State:
    """What a process has imported, the paths of the routes that FastAPI has read, its answer."""

    modules: frozenset[str]
    read: list[str]
    answer: dict[str, Any]


@pytest.fixture(scope="module")
def states() -> dict[str, State]:
    """The states of a process that imports the handler, and answers."""
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    lines = [line for line in finished.stdout.splitlines() if line.startswith("STATE ")]
    found = [json.loads(line.removeprefix("STATE ")) for line in lines]
    return {what: State(frozenset(modules), *rest) for what, modules, *rest in found}


def test_the_handler_imports_nothing_that_a_first_answer_can_do_without(
    states: dict[str, State],
) -> None:
    assert states["imported"].modules & NOT_AT_FIRST == set()


def test_the_handler_imports_no_more_files_of_ours_than_it_did(states: dict[str, State]) -> None:
    ours = [name for name in states["imported"].modules if name.startswith("isolambda_")]

    assert len(ours) <= OURS_MAX


def test_fastapi_reads_no_endpoint_before_the_first_request_and_then_that_of_its_route(
    states: dict[str, State],
) -> None:
    assert states["imported"].read == []
    assert states["healthy"].read == ["/healthz"]


def test_the_first_answer_imports_nothing_more(states: dict[str, State]) -> None:
    assert states["healthy"].answer["statusCode"] == 200
    assert states["healthy"].modules == states["imported"].modules


def test_the_openapi_document_is_served_without_pydantic_1(states: dict[str, State]) -> None:
    assert states["documented"].answer["statusCode"] == 200
    assert "/healthz" in json.loads(states["documented"].answer["body"])["paths"]
    assert "isolambda_api.documentation" in states["documented"].modules
    assert "pydantic.v1" not in states["documented"].modules


def test_a_snapshot_has_made_all_that_requests_would_make(states: dict[str, State]) -> None:
    before = states["before a snapshot"]

    assert before.modules >= {"boto3", "jwt", *IN_A_SNAPSHOT}
    assert len(set(before.read)) > 30
