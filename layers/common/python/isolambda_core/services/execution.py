"""Execute a function that an account keeps."""

from dataclasses import dataclass

from isolambda_core.domain.errors import (
    FunctionDisabledError,
    PayloadTooLargeError,
    QualifierNotFoundError,
)
from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult
from isolambda_core.domain.functions import LATEST
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import PAYLOAD_BYTES
from isolambda_core.ports import Executor, FunctionRepository


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution that ended, and the version that ran."""

    version: str
    result: ExecutionResult


@dataclass(frozen=True, slots=True)
class ExecutionService:
    """Decides what runs; the executor runs it."""

    functions: FunctionRepository
    executor: Executor

    def execute(
        self, account_id: str, function_id: str, payload: str, qualifier: str = LATEST
    ) -> Execution:
        """Execute a function with ``payload`` (JSON text) as its ``call``.

        Raises:
            PayloadTooLargeError: the payload is over ``limits.PAYLOAD_BYTES``.
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
            FunctionDisabledError: the document says so.
            ExecutorBusyError: no worker came free in time.
            ExecutorUnavailableError: the executor could not be reached.
        """
        used = len(payload.encode("utf-8", "surrogatepass"))
        if used > PAYLOAD_BYTES:
            raise PayloadTooLargeError(PAYLOAD_BYTES, used)
        function = self.functions.get(account_id, function_id)
        if qualifier != LATEST:
            raise QualifierNotFoundError(qualifier)
        if not function.enabled:
            raise FunctionDisabledError(function_id)
        request = ExecutionRequest(
            execution_id=new_id(),
            account_id=account_id,
            function_id=function_id,
            version=LATEST,
            source=function.source,
            input=payload,
            language_pack=function.language_pack,
            isolation=function.isolation,
            features=function.features,
            limits=function.limits,
        )
        return Execution(request.version, self.executor.execute(request))
