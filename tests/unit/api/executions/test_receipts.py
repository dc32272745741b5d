"""Kazoo: receipts of executions, and the key that verifies them."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.http.services import Services
from isolambda_core.adapters.receipt_reader import read_receipt
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.receipts import RECEIPT_CLAIMS
from isolambda_core.services.executions.receipts import ReceiptService
from isolambda_local.sqlite import SqliteStore
from tests.support.fakes import EchoingExecutor
from tests.support.services import Perform

Script = Callable[[ExecutionResult | Exception], None]
JWKS = "/.well-known/jwks.json"
SOURCE = "return call;"
INPUT = {"To": "Zoë", "n": 1}


@pytest.fixture
def path(client: TestClient, functions_path: str) -> str:
    document = {"name": "echo", "function_js": SOURCE, "record": "all"}
    made = client.put(functions_path, json={"data": document})
    return f"{functions_path}/{made.json()['data']['id']}"


def execute(client: TestClient, path: str, **headers: str) -> str:
    answer = client.post(f"{path}/execute", json={"data": INPUT}, headers=headers)
    execution_id: str = answer.json()["data"]["execution_id"]
    return execution_id


def claims_of(client: TestClient, path: str, execution_id: str) -> Any:
    answer = client.get(f"{path}/executions/{execution_id}/receipt")
    assert answer.status_code == 200, answer.text
    return read_receipt(answer.json()["data"]["receipt"], client.get(JWKS).content)[1]


def refusal(client: TestClient, path: str, execution_id: str) -> tuple[int, str]:
    answer = client.get(f"{path}/executions/{execution_id}/receipt")
    return answer.status_code, answer.json()["data"]["message"]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_receipt_says_what_the_record_says(client: TestClient, path: str) -> None:
    execution_id = execute(client, path)
    record = client.get(f"{path}/executions/{execution_id}").json()["data"]

    claims = claims_of(client, path, execution_id)

    given = '{"To":"Zoë","n":1}'.encode()
    assert tuple(claims) == RECEIPT_CLAIMS
    assert claims == {
        "iss": "isolambda",
        **{
            key: record[key]
            for key in ("execution_id", "function_id", "version", "created_ms", "ended_ms")
        },
        "account_id": path.split("/")[3],
        "outcome": "ok",
        "source_sha256": sha256(f"{sha256(SOURCE.encode())}  function.js\n".encode()),
        "input_sha256": sha256(given),
        "result_sha256": sha256(given),
        "usage": record["usage"],
    }


def test_a_receipt_is_the_same_each_time(client: TestClient, path: str) -> None:
    execution_id = execute(client, path)
    answers = [client.get(f"{path}/executions/{execution_id}/receipt") for _ in range(2)]

    assert answers[0].json()["data"] == answers[1].json()["data"]


def test_a_receipt_has_the_source_that_ran_and_not_that_of_now(
    client: TestClient, path: str
) -> None:
    before = execute(client, path)
    client.patch(path, json={"data": {"function_js": "return 2;"}})
    after = execute(client, path)

    sources = [claims_of(client, path, each)["source_sha256"] for each in (before, after)]
    expected = [sha256(text.encode()) for text in (SOURCE, "return 2;")]
    assert sources == [sha256(f"{each}  function.js\n".encode()) for each in expected]


def test_a_version_has_one_source_whatever_the_draft_is(client: TestClient, path: str) -> None:
    client.put(f"{path}/versions", json={"data": {}})
    client.patch(path, json={"data": {"function_js": "return 2;"}})
    answer = client.post(f"{path}/execute?qualifier=1", json={"data": INPUT})

    claims = claims_of(client, path, answer.json()["data"]["execution_id"])

    assert claims["version"] == "1"
    assert claims["source_sha256"] == sha256(f"{sha256(SOURCE.encode())}  function.js\n".encode())


def test_an_execution_without_a_result_has_a_receipt_that_says_so(
    client: TestClient, path: str, script: Script
) -> None:
    script(ExecutionResult("", Outcome.EXCEEDED_WALL_TIME))

    claims = claims_of(client, path, execute(client, path))

    assert (claims["outcome"], claims["result_sha256"]) == ("exceeded_wall_time", None)


def test_an_asynchronous_execution_has_a_receipt_when_it_has_ended(
    client: TestClient, path: str, perform: Perform
) -> None:
    execution_id = execute(client, path, prefer="respond-async")

    assert refusal(client, path, execution_id) == (409, "the execution has not ended")
    client.patch(path, json={"data": {"function_js": "return 2;"}})
    perform()
    claims = claims_of(client, path, execution_id)
    ran = sha256(b"return 2;")
    assert claims["source_sha256"] == sha256(f"{ran}  function.js\n".encode())


def test_an_attempt_that_is_to_be_made_again_has_no_receipt(
    client: TestClient, path: str, perform: Perform, script: Script
) -> None:
    script(ExecutionResult("", Outcome.EXCEPTION))
    execution_id = execute(client, path, prefer="respond-async")
    perform()

    assert refusal(client, path, execution_id) == (409, "the execution has not ended")


def test_what_never_ran_has_no_receipt(client: TestClient, path: str, perform: Perform) -> None:
    execution_id = execute(client, path, prefer="respond-async")
    client.patch(path, json={"data": {"enabled": False}})
    perform()

    status, message = refusal(client, path, execution_id)

    assert status == 409
    assert message.startswith("its record does not say which source ran")


def test_a_record_of_before_has_no_receipt_and_can_be_read(
    client: TestClient, path: str, store: SqliteStore
) -> None:
    execution_id = execute(client, path)
    account_id, function_id = path.split("/")[3], path.rsplit("/", 1)[1]
    record, payload = store.records.get_whole(account_id, function_id, execution_id)
    assert payload.result is not None
    store.records.replace(
        replace(record, revision=record.revision + 1),
        record.revision,
        replace(payload.result, source_sha256=None),
    )

    assert client.get(f"{path}/executions/{execution_id}").json()["data"]["result"] == INPUT
    assert refusal(client, path, execution_id)[0] == 409


def test_an_execution_of_another_account_or_function_has_no_receipt_here(
    client: TestClient, path: str, functions_path: str
) -> None:
    execution_id = execute(client, path)
    document = {"name": "other", "function_js": SOURCE}
    other = client.put(functions_path, json={"data": document}).json()["data"]["id"]
    elsewhere = path.replace(path.split("/")[3], "0" * 32)

    beside = client.get(f"{functions_path}/{other}/executions/{execution_id}/receipt")
    outside = client.get(f"{elsewhere}/executions/{execution_id}/receipt")

    assert beside.status_code == 404
    assert outside.status_code in (403, 404)
    assert "receipt" not in json.dumps([beside.json(), outside.json()])


def test_a_receipt_needs_a_key_and_the_key_that_verifies_it_none(
    app: FastAPI, client: TestClient, path: str
) -> None:
    execution_id = execute(client, path)
    stranger = TestClient(app)

    assert stranger.get(f"{path}/executions/{execution_id}/receipt").status_code == 401
    keys = stranger.get(JWKS)
    assert keys.status_code == 200
    assert keys.headers["content-type"] == "application/jwk-set+json"
    assert keys.headers["cache-control"] == "public, max-age=3600"
    again = stranger.get(JWKS, headers={"if-none-match": keys.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_no_request_says_who_issued_a_receipt_but_the_operator_does(
    app: FastAPI, services: Services, client: TestClient, path: str
) -> None:
    execution_id = execute(client, path)
    answer = client.get(
        f"{path}/executions/{execution_id}/receipt",
        headers={"host": "evil.example", "x-forwarded-host": "evil.example"},
    )
    own = services.receipts
    named = ReceiptService(own.records, own.signer, "https://functions.example.com")
    app.state.services = replace(services, receipts=named)

    keys = client.get(JWKS).content
    assert read_receipt(answer.json()["data"]["receipt"], keys)[1]["iss"] == "isolambda"
    assert claims_of(client, path, execution_id)["iss"] == "https://functions.example.com"


def test_a_function_of_files_has_the_digest_that_sha256sum_prints(
    client: TestClient, functions_path: str, executor: EchoingExecutor
) -> None:
    files = {"lib/b.js": "export const b = 2;", "a.json": "[1]"}
    source = "import {b} from './lib/b.js'; export default () => b;"
    executor.compiler.ends(ExecutionResult("", Outcome.OK, b'{"compiled":{}}'))
    document = {"name": "files", "function_js": source, "files": files, "record": "all"}
    made = client.put(functions_path, json={"data": document})
    assert made.status_code == 201, made.text
    path = f"{functions_path}/{made.json()['data']['id']}"

    claims = claims_of(client, path, execute(client, path))

    printed = "".join(
        f"{sha256(text.encode())}  {name}\n"
        for name, text in (
            ("function.js", source),
            ("a.json", files["a.json"]),
            ("lib/b.js", files["lib/b.js"]),
        )
    )
    assert claims["source_sha256"] == sha256(printed.encode())
