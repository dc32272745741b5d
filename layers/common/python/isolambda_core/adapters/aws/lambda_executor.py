"""The executor, as a Lambda of its own."""

import logging
from asyncio import to_thread
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NoConnectionError
from typing_extensions import override

from isolambda_core.adapters.aws.clients import configured
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
)
from isolambda_core.domain.executions.wire import (
    MalformedMessageError,
    dump_request,
    load_result,
)
from isolambda_core.domain.json_text import InvalidJsonError, parse
from isolambda_core.ports.executions import Executor

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import InvocationRequestTypeDef

_log = logging.getLogger(__name__)


def client_config(timeout_s: float = 27.0) -> "Config":
    """Return the configuration that the client must have: it never invokes twice.

    botocore would try again when it lost an answer, and the function may have run already. It waits
    ``timeout_s`` for an answer: by default longer than any execution takes, and shorter than
    ApiFunction's own 29 s.
    """
    return configured(connect_timeout=1, read_timeout=timeout_s, retries={"total_max_attempts": 1})


@dataclass(frozen=True, slots=True)
class LambdaExecutor(Executor):
    """The port ``Executor``, by ``lambda:Invoke`` and a client made with :func:`client_config`.

    With ``tenant_isolation`` each account is a tenant, and each request names it; without, Lambda
    refuses the name of a tenant. With ``in_threads`` coroutines execute at the same time.
    """

    client: "LambdaClient"
    function_name: str
    tenant_isolation: bool = False
    in_threads: bool = False

    @property
    @override
    def confinement(self) -> None:
        """Return None: the executor's own log says it."""
        return None

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute in another Lambda; see ``Executor.execute``."""
        invocation: InvocationRequestTypeDef = {
            "FunctionName": self.function_name,
            "InvocationType": "RequestResponse",
            "Payload": dump_request(request),
        }
        if self.tenant_isolation:
            invocation["TenantId"] = request.account_id
        try:
            answer = self.client.invoke(**invocation)
            payload = answer["Payload"].read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "TooManyRequestsException":
                raise ExecutorBusyError from error
            _log_failure(request, code)
            raise ExecutorUnavailableError from error
        except (NoConnectionError, HTTPClientError, IncompleteReadError) as error:
            _log_failure(request, type(error).__name__)
            raise ExecutorUnavailableError from error
        if answer.get("FunctionError"):
            _log_failure(request, _error_type(payload))
            raise ExecutorUnavailableError
        try:
            result = load_result(payload)
        except MalformedMessageError as error:
            _log_failure(request, str(error))
            raise ExecutorUnavailableError from error
        line = {"execution_id": request.execution_id, "answer_bytes": len(payload)}
        _log.debug("the executor answered", extra=line)
        return result

    @override
    async def execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute as :meth:`execute`; see ``Executor.execute_async``."""
        if not self.in_threads:
            return self.execute(request)
        return await to_thread(self.execute, request)


def _error_type(payload: bytes) -> str:
    """Return the type of Lambda's error, such as ``Sandbox.Timedout`` or ``Runtime.ExitError``.

    The message stays out of the log: it may repeat what a user wrote.
    """
    try:
        failure = parse(payload)
    except InvalidJsonError:
        return "unknown"
    return str(failure.get("errorType")) if isinstance(failure, dict) else "unknown"


def _log_failure(request: ExecutionRequest, reason: str) -> None:
    _log.error("the executor failed: %s", reason, extra={"execution_id": request.execution_id})
