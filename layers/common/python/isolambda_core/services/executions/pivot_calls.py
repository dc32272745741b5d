"""Answer calls: execute a function whose result is the callflow of the call.

K: applications/callflow/src/module/cf_function.erl, applications/pivot/doc/kazoo/README.md.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.errors import (
    CallFailedError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    InputNotAcceptedError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.errors import (
    CallRefusedError,
    FunctionDisabledError,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.ids import NewIds, new_execution_id
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import CALL_WALL_TIME_MS
from isolambda_core.domain.secrets.errors import UnusableSecretError
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import Executor
from isolambda_core.services.executions.daily_counts import DailyCountService
from isolambda_core.services.executions.execution import ExecutionService, Resolved
from isolambda_core.services.executions.records import (
    RecordService,
    ended_payload,
    ended_record,
)

if TYPE_CHECKING:
    from isolambda_core.services.shadows.intake import ShadowIntake


@dataclass(frozen=True, slots=True)
class CallResponse:
    """The answer to a call: a callflow, as JSON in UTF-8.

    It is what the function returned, or the ``fallback`` of its document. ``version`` is the one
    that ran, None where nothing was executed.
    """

    callflow: bytes
    version: str | None


@dataclass(frozen=True, slots=True)
class CallService:
    """Answers calls, which do not wait.

    ``executor`` gives up after ``limits.CALL_TIMEOUT_S``. Only the store blocks, and ``blocking``
    calls it.
    """

    executions: ExecutionService
    executor: Executor
    blocking: Blocking
    records: RecordService
    counts: DailyCountService
    clock: Clock
    shadows: "ShadowIntake"
    _new_id: NewIds = field(default_factory=NewIds, repr=False, compare=False)

    async def answer(self, invocation: Invocation) -> CallResponse:
        """Return the callflow of a call, which is the payload of the invocation.

        The function is read once, and what the qualifier stands for decides. When it fails, is
        disabled, cannot be executed now or cannot take so much, the ``fallback`` decides.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
            PayloadTooLargeError: the payload is over ``limits.PAYLOAD_BYTES``, and there is no
                fallback.
            CallFailedError: it failed, and has no fallback.
            CallRefusedError: it is disabled, and has no fallback.
            UnusableSecretError: a secret that it names is at fault, and there is no fallback.
            ExecutorBusyError: no worker came free in time, and there is no fallback.
            ExecutorUnavailableError: the executor did not answer, and there is no fallback.
        """
        resolved = await self.blocking(self.executions.resolve, invocation)
        return await self.answer_resolved(invocation, resolved)

    async def answer_resolved(self, invocation: Invocation, resolved: Resolved) -> CallResponse:
        """Return as :meth:`answer` the callflow of a call, by what it was resolved to.

        Raises:
            IsolambdaError: as :meth:`answer`.
        """
        function = resolved.function
        execution_id = new_execution_id(self.clock.now_ms(), self._new_id)
        try:
            request = self.executions.prepare(invocation, resolved, execution_id, CALL_WALL_TIME_MS)
            executed = await self.executor.execute_async(request)
        except (
            FunctionDisabledError,
            UnusableSecretError,
            PayloadTooLargeError,
            InputNotAcceptedError,
            ExecutorBusyError,
            ExecutorUnavailableError,
        ) as error:
            if function.callflow is not None:
                return self._fall_back(function, error)
            if isinstance(error, FunctionDisabledError):
                raise CallRefusedError(function.id) from error
            raise
        result = self.executions.conclude(invocation, resolved, executed)
        await self._record(invocation, resolved, execution_id, result)
        if result.outcome is Outcome.OK and result.result is not None:
            return CallResponse(result.result, resolved.version)
        if function.callflow is None:
            raise CallFailedError(result)
        return self._fall_back(function, result, resolved.version)

    async def _record(
        self,
        invocation: Invocation,
        resolved: Resolved,
        execution_id: str,
        result: ExecutionResult,
    ) -> None:
        shadow = resolved.shadow
        has_to_save = shadow is None and self.records.has_to_save(resolved, result)
        is_counted = has_to_save and self.records.is_counted(resolved, result)
        count = self.counts.count_of(invocation, result) if is_counted else None
        if count is None and self.counts.add(invocation, result):
            await self.blocking(self.counts.flush)
        if shadow is not None:
            await self.shadows.take(shadow, invocation, resolved, execution_id, result)
        elif has_to_save:
            record = ended_record(invocation, resolved, execution_id, result, self.clock.now_ms())
            save = partial(self.records.save, count=count)
            payload = ended_payload(invocation, resolved, result)
            is_written = await self.blocking(save, resolved.function, record, payload)
            if count is not None and not is_written:
                self.counts.add(invocation, result)

    async def fall_back(self, invocation: Invocation, fault: IsolambdaError) -> CallResponse:
        """Return the fallback for a call that cannot be read because of a fault.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
            IsolambdaError: the fault itself, when there is no fallback.
        """
        resolved = await self.blocking(self.executions.find, invocation)
        function = resolved.function
        if function.callflow is None:
            raise fault
        return self._fall_back(function, fault)

    def _fall_back(
        self,
        function: Function,
        reason: IsolambdaError | ExecutionResult,
        version: str | None = None,
    ) -> CallResponse:
        self.executions.note_fallback(function, reason)
        return CallResponse(dump(function.callflow).encode(), version)
