import io
import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.response import StreamingBody
from botocore.stub import Stubber

from isolambda_core.adapters.aws.lambda_executor import (
    LambdaExecutor,
    client_config,
)
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.wire import (
    dump_request,
    dump_result,
)
from isolambda_core.domain.limits import CALL_TIMEOUT_S, CALL_WALL_TIME_MS, WALL_TIME_MS_MAX
from tests.support.aws import SESSION

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

REQUEST = ExecutionRequest(
    execution_id="e" * 32,
    account_id="a" * 32,
    function_id="f" * 32,
    version="$LATEST",
    source="return 'hunter2'",
    input=b'"hunter2"',
)
RESULT = ExecutionResult("e" * 32, Outcome.OK, result=b"1")


@pytest.fixture
def client() -> "LambdaClient":
    return SESSION.client("lambda", config=client_config())


@pytest.fixture
def stub(client: "LambdaClient") -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def executor(client: "LambdaClient") -> LambdaExecutor:
    return LambdaExecutor(client, "executor")


def answer(payload: bytes, **more: str) -> dict[str, Any]:
    return {
        "StatusCode": 200,
        "Payload": StreamingBody(io.BytesIO(payload), len(payload)),
        **more,
    }


def test_a_request_goes_out_and_its_result_comes_back(
    executor: LambdaExecutor, stub: Stubber
) -> None:
    stub.add_response(
        "invoke",
        answer(dump_result(RESULT)),
        {
            "FunctionName": "executor",
            "InvocationType": "RequestResponse",
            "Payload": dump_request(REQUEST),
        },
    )

    assert executor.execute(REQUEST) == RESULT


def test_each_account_is_a_tenant_where_tenants_are_kept_apart(
    client: "LambdaClient", stub: Stubber
) -> None:
    stub.add_response(
        "invoke",
        answer(dump_result(RESULT)),
        {
            "FunctionName": "executor",
            "InvocationType": "RequestResponse",
            "Payload": dump_request(REQUEST),
            "TenantId": REQUEST.account_id,
        },
    )

    assert LambdaExecutor(client, "executor", tenant_isolation=True).execute(REQUEST) == RESULT


def test_too_many_requests_means_busy(executor: LambdaExecutor, stub: Stubber) -> None:
    stub.add_client_error("invoke", "TooManyRequestsException", http_status_code=429)

    with pytest.raises(ExecutorBusyError):
        executor.execute(REQUEST)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ServiceException", 500),
        ("ResourceNotFoundException", 404),
        ("AccessDeniedException", 403),
        ("RequestTooLargeException", 413),
        ("EC2ThrottledException", 502),
    ],
)
def test_what_lambda_refuses_makes_the_executor_unavailable(
    executor: LambdaExecutor,
    stub: Stubber,
    caplog: pytest.LogCaptureFixture,
    code: str,
    status: int,
) -> None:
    stub.add_client_error("invoke", code, http_status_code=status)

    with pytest.raises(ExecutorUnavailableError):
        executor.execute(REQUEST)

    assert code in caplog.text


@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url="https://lambda"),
        ConnectTimeoutError(endpoint_url="https://lambda"),
        ReadTimeoutError(endpoint_url="https://lambda"),
        ConnectionClosedError(endpoint_url="https://lambda"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_an_execution_is_asked_for_once_whatever_happens(
    executor: LambdaExecutor, client: "LambdaClient", failure: Exception
) -> None:
    asked = 0

    def fail(**_: object) -> None:
        nonlocal asked
        asked += 1
        raise failure

    client.meta.events.register_first("before-send.lambda", fail)

    with pytest.raises(ExecutorUnavailableError):
        executor.execute(REQUEST)

    assert asked == 1


@pytest.mark.parametrize("timeout_s", [27.0, CALL_TIMEOUT_S])
def test_it_gives_up_after_its_timeout(timeout_s: float) -> None:
    config: Any = client_config(timeout_s)

    assert config.read_timeout == timeout_s
    assert config.connect_timeout == 1
    assert config.retries == {"total_max_attempts": 1}


def test_it_outwaits_any_execution_and_lambda_does_not_outwait_it() -> None:
    config: Any = client_config()

    assert config.read_timeout > WALL_TIME_MS_MAX / 1e3
    assert config.connect_timeout + config.read_timeout < 29


def test_a_call_is_given_up_before_kazoo_hangs_up() -> None:
    config: Any = client_config(CALL_TIMEOUT_S)

    assert config.read_timeout > CALL_WALL_TIME_MS / 1e3
    assert config.connect_timeout + config.read_timeout < 5


def test_an_answer_of_500_is_not_asked_for_again(executor: LambdaExecutor, stub: Stubber) -> None:
    stub.add_client_error("invoke", "ServiceException", http_status_code=500)
    stub.add_response("invoke", answer(dump_result(RESULT)))

    with pytest.raises(ExecutorUnavailableError):
        executor.execute(REQUEST)

    assert executor.execute(REQUEST) == RESULT  # the second answer was still there


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"errorType":"Sandbox.Timedout","errorMessage":"hunter2"}', "Sandbox.Timedout"),
        (b'{"errorType":"Runtime.ExitError","errorMessage":"hunter2"}', "Runtime.ExitError"),
        (b'{"errorMessage":"hunter2"}', "None"),
        (b'["hunter2"]', "unknown"),
        (b"hunter2", "unknown"),
    ],
)
def test_a_lambda_that_failed_is_unavailable_and_only_its_error_type_is_logged(
    executor: LambdaExecutor,
    stub: Stubber,
    caplog: pytest.LogCaptureFixture,
    payload: bytes,
    reason: str,
) -> None:
    stub.add_response("invoke", answer(payload, FunctionError="Unhandled"))

    with pytest.raises(ExecutorUnavailableError):
        executor.execute(REQUEST)

    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == f"the executor failed: {reason}"
    assert record.__dict__["execution_id"] == REQUEST.execution_id
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"{}", b'{"hunter2":1}', json.dumps("x").encode()]
)
def test_an_answer_that_is_no_result_makes_the_executor_unavailable(
    executor: LambdaExecutor, stub: Stubber, caplog: pytest.LogCaptureFixture, payload: bytes
) -> None:
    stub.add_response("invoke", answer(payload))

    with pytest.raises(ExecutorUnavailableError):
        executor.execute(REQUEST)

    assert "not an execution result" in caplog.text
    assert "hunter2" not in caplog.text


def test_an_answer_that_breaks_off_makes_the_executor_unavailable(
    executor: LambdaExecutor, stub: Stubber
) -> None:
    broken = StreamingBody(io.BytesIO(b"{"), 1000)
    stub.add_response("invoke", {"StatusCode": 200, "Payload": broken})

    with pytest.raises(ExecutorUnavailableError):
        executor.execute(REQUEST)
