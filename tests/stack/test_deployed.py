"""The stack as a whole: what API Gateway hands on, its table, and `make stack`."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

import pytest

from isolambda_core.domain.limits import LAMBDA_ANSWER_BYTES
from tests.stack.local_aws import ROOT
from tests.stack.stack import Stack
from tests.support.processes import (
    descendants,
    wait_for_end,
)
from tests.support.waiting import WAIT_S

ENDPOINT = "ISOLAMBDA_TEST_DYNAMODB_ENDPOINT"


@pytest.fixture(scope="module", autouse=True)
def contract(stack: Stack) -> Iterator["subprocess.Popen[str]"]:
    """The tests of the contract on the stack's DynamoDB, which run beside those of this module."""
    command = [sys.executable, "-m", "pytest", "tests/contract", "-k", "endpoint"]
    with subprocess.Popen(
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={**os.environ, ENDPOINT: stack.aws.endpoint},  # noqa: TID251 - of the test run
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_lambda_answers_a_preflight(stack: Stack) -> None:
    """ministack refuses a preflight itself; an API without CORS settings on AWS hands it on."""
    path = stack.functions_url()
    http = {"method": "OPTIONS", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"origin": "https://a.example", "access-control-request-method": "PUT"},
        "requestContext": {"http": http, "stage": "$default"},
    }

    answer = stack.aws.client("lambda").invoke(
        FunctionName=stack.resources["ApiFunction"], Payload=json.dumps(event)
    )

    response = json.load(answer["Payload"])
    assert response["statusCode"] == 200
    assert response["headers"]["access-control-allow-origin"] == "*"
    assert "PUT" in response["headers"]["access-control-allow-methods"]


def test_an_answer_that_lambda_would_not_carry_is_reported(stack: Stack) -> None:
    """CodeMash's answer holds the result twice; ministack itself would carry it."""
    function = stack.create("return 'x'.repeat(5e6)")

    with stack.client() as client:
        answer = client.post(f"/v2/serverless/functions/{function}/execute")

    status = answer.json()["responseStatus"]
    assert (answer.status_code, status["errorCode"]) == (500, "FunctionResultTooLarge")
    assert status["meta"]["value"] == str(LAMBDA_ANSWER_BYTES)
    assert int(status["meta"]["used"]) > 10_000_000


@pytest.fixture
def made() -> Iterator["subprocess.Popen[str]"]:
    """`make stack`, without make."""
    with (
        TemporaryDirectory() as folder,  # who is killed leaves behind what it has there
        subprocess.Popen(
            [sys.executable, "-m", "tests.stack"],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": folder},  # noqa: TID251 - of the test run
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.usefixtures("stack")  # without which there is nothing to run
def test_make_stack_prints_lines_that_work_and_leaves_no_process(
    made: "subprocess.Popen[str]", with_signal: signal.Signals
) -> None:
    output = iter(cast("IO[str]", made.stdout))
    response = ""
    while "export" not in response:
        response += next(output)
    lines = response.replace("\\\n", "").splitlines()
    create, execute = [line for line in lines if line.strip().startswith("curl")]

    created = json.loads(subprocess.check_output(["bash", "-c", create]))  # noqa: S607
    execute = execute.replace("/ID/", f"/{created['data']['id']}/")
    executed = json.loads(subprocess.check_output(["bash", "-c", execute]))  # noqa: S607
    processes = list(descendants(made.pid))
    made.send_signal(with_signal)
    made.wait(WAIT_S)

    assert executed["result"] == '{"hi":"Ada"}'
    assert len(processes) > 3
    for process in processes:
        wait_for_end(process)
    if with_signal is signal.SIGINT:
        assert made.returncode == 0
        [log] = [word for word in response.split() if word.endswith("/log")]
        assert not Path(log).parent.exists()


@pytest.mark.timeout(1_800)
def test_its_dynamodb_keeps_the_contract_of_every_store(contract: "subprocess.Popen[str]") -> None:
    printed, _ = contract.communicate()

    assert contract.returncode == 0, printed[-10_000:]
