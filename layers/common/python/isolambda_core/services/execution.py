"""Execute a function that an account keeps."""

from dataclasses import dataclass, replace

from isolambda_core.domain.errors import (
    FunctionDisabledError,
    PayloadTooLargeError,
    QualifierNotFoundError,
)
from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult
from isolambda_core.domain.functions import LATEST, Function
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import PAYLOAD_BYTES, WALL_TIME_MS_MAX
from isolambda_core.ports import Executor, FunctionRepository


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution that ended: of which function, at its revision then, and of which version."""

    function: Function
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
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
            FunctionDisabledError: the document says so.
            PayloadTooLargeError: the payload is over ``limits.PAYLOAD_BYTES``.
            ExecutorBusyError: no worker came free in time.
            ExecutorUnavailableError: the executor could not be reached.
        """
        function = self.functions.get(account_id, function_id)
        if qualifier != LATEST:
            raise QualifierNotFoundError(qualifier)
        return self.run(function, payload)

    def run(
        self, function: Function, payload: str, wall_time_ms_max: int = WALL_TIME_MS_MAX
    ) -> Execution:
        """Execute a function that was read already, for no longer than ``wall_time_ms_max``.

        Raises:
            FunctionDisabledError: the document says so.
            PayloadTooLargeError: the payload is over ``limits.PAYLOAD_BYTES``.
            ExecutorBusyError: no worker came free in time.
            ExecutorUnavailableError: the executor could not be reached.
        """
        if not function.enabled:
            raise FunctionDisabledError(function.id)
        used = len(payload.encode("utf-8", "surrogatepass"))
        if used > PAYLOAD_BYTES:
            raise PayloadTooLargeError(PAYLOAD_BYTES, used)
        own = function.limits
        request = ExecutionRequest(
            execution_id=new_id(),
            account_id=function.account_id,
            function_id=function.id,
            version=LATEST,
            source=function.source,
            input=payload,
            language_pack=function.language_pack,
            isolation=function.isolation,
            features=function.features,
            limits=replace(own, wall_time_ms=min(own.wall_time_ms, wall_time_ms_max)),
        )
        return Execution(function, request.version, self.executor.execute(request))
