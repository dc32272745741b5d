"""An answer that whatever carries it does not take becomes an error that says so."""

import json
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    Outcome,
)

LIMIT = 20_000


@pytest.fixture
def narrow(services: Services, key: str) -> TestClient:
    return TestClient(create_app(services, answer_bytes=LIMIT), headers={"x-auth-token": key})


def test_a_list_that_cannot_be_carried_is_reported_in_kazoos_words(
    narrow: TestClient, functions_path: str
) -> None:
    for _ in range(3):
        # Each quote is two characters in the answer, and four as Lambda writes it.
        document = {"name": "n", "function_js": '"' * 2500}
        assert narrow.put(functions_path, json={"data": document}).status_code == 201

    answer = narrow.get(functions_path)

    assert answer.status_code == 416
    assert answer.json()["message"] == "range not satisfiable"
    assert str(LIMIT) in answer.json()["data"]["message"]
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert narrow.get(functions_path, params={"page_size": 1}).status_code == 200


def test_a_result_that_cannot_be_carried_is_reported_in_codemashs_words(
    narrow: TestClient, function_id: str, script: Callable[[ExecutionResult | Exception], None]
) -> None:
    script(ExecutionResult("e" * 32, Outcome.OK, json.dumps("x" * LIMIT).encode()))

    answer = narrow.post(f"/v2/serverless/functions/{function_id}/execute", json={})

    assert answer.status_code == 500
    error = answer.json()["responseStatus"]
    assert error["errorCode"] == "FunctionResultTooLarge"
    assert error["meta"]["value"] == str(LIMIT)
    assert int(error["meta"]["used"]) > 2 * LIMIT


def test_text_outside_ascii_is_carried_as_its_utf_8(
    narrow: TestClient, function_id: str, script: Callable[[ExecutionResult | Exception], None]
) -> None:
    text = "ž" * (LIMIT // 5)  # twice in the answer, at two bytes; an escape would be six or seven
    script(ExecutionResult("e" * 32, Outcome.OK, f'"{text}"'.encode()))

    answer = narrow.post(f"/v2/serverless/functions/{function_id}/execute", json={})

    assert answer.json()["result"] == f'"{text}"'


def test_one_machine_carries_any_answer(
    client: TestClient, function_id: str, script: Callable[[ExecutionResult | Exception], None]
) -> None:
    script(ExecutionResult("e" * 32, Outcome.OK, json.dumps("x" * 7_000_000).encode()))

    answer = client.post(f"/v2/serverless/functions/{function_id}/execute", json={})

    assert answer.status_code == 200
