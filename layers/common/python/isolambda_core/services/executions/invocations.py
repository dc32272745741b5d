"""Invoke functions: now, or later through the queue; once for each idempotency key."""

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.callbacks import check_callback
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import (
    Callback,
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.domain.ids import NewIds, new_execution_id
from isolambda_core.domain.limits import WALL_TIME_MS_MAX
from isolambda_core.domain.queue.messages import QueuedExecution
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.queues import ExecutionQueue
from isolambda_core.services.executions.budgets import BudgetService
from isolambda_core.services.executions.daily_counts import DailyCountService
from isolambda_core.services.executions.execution import ExecutionService, Resolved
from isolambda_core.services.executions.idempotency import IdempotencyService
from isolambda_core.services.executions.records import (
    RecordService,
    ended_payload,
    ended_record,
    new_record,
)

if TYPE_CHECKING:
    from isolambda_core.services.shadows.intake import ShadowIntake

_NOW, _LATER = "now", "later"


@dataclass(slots=True, unsafe_hash=True)  # as what it holds
class Execution:
    """An ended execution: its result, and the version that ran.

    ``replayed``: it had ended before, under the same idempotency key.
    """

    result: ExecutionResult
    version: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """A queued execution; ``replayed`` if an earlier request of the idempotency key queued it."""

    record: ExecutionRecord
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class InvocationService:
    """Invokes functions for both dialects; ``private_callbacks`` lets callbacks go anywhere.

    Only the store blocks, and ``blocking`` calls it; executions are awaited.
    """

    executions: ExecutionService
    executor: Executor
    blocking: Blocking
    records: RecordService
    counts: DailyCountService
    idempotency: IdempotencyService
    queue: ExecutionQueue
    clock: Clock
    private_callbacks: bool
    budgets: BudgetService
    shadows: "ShadowIntake"
    _new_id: NewIds = field(default_factory=NewIds, repr=False, compare=False)

    async def execute(self, invocation: Invocation, key: str | None = None) -> Execution:
        """Execute a function, and return the execution with any outcome.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
            FunctionDisabledError: it is disabled, by its owner or because it kept failing.
            PayloadTooLargeError: the payload is over ``limits.PAYLOAD_BYTES``.
            ContextTooLargeError: what the origin says is over ``limits.CONTEXT_BYTES``.
            BudgetExhaustedError: the account, or one above it, has used all of a budget.
            ExecutorBusyError: no worker came free in time.
            ExecutorUnavailableError: the executor could not be reached.
            InvalidDocumentError: the idempotency key is empty or too long.
            IdempotencyKeyReusedError: it stands for another invocation.
            ExecutionInProgressError: the first request with it has not ended in time.
        """
        if key is None:
            resolved = await self.blocking(self.executions.resolve, invocation)
            return await self.execute_resolved(invocation, resolved)

        async def begin(execution_id: str) -> Execution:
            resolved = await self.blocking(self.executions.resolve, invocation)
            return await self.execute_resolved(invocation, resolved, execution_id, always=True)

        done = await self.idempotency.run_idempotent(invocation, key, _NOW, begin)
        if isinstance(done, ExecutionRecord):
            return await self.blocking(self._told_again, done)
        return done

    async def execute_resolved(
        self,
        invocation: Invocation,
        resolved: Resolved,
        execution_id: str | None = None,
        *,
        always: bool = False,
        wall_time_ms_max: int = WALL_TIME_MS_MAX,
    ) -> Execution:
        """Execute as :meth:`execute` what an invocation was resolved to, without a key.

        ``execution_id`` is a new one by default. With ``always`` there is a record, whatever the
        document says. It has ``wall_time_ms_max`` at most.

        Raises:
            IsolambdaError: as :meth:`execute`.
        """
        execution_id = execution_id or new_execution_id(self.clock.now_ms(), self._new_id)
        request = self.executions.prepare(invocation, resolved, execution_id, wall_time_ms_max)
        executed = await self.executor.execute_async(request)
        result = self.executions.conclude(invocation, resolved, executed)
        shadow = resolved.shadow
        if shadow is None and self.records.has_to_save(resolved, result, always=always):
            await self._save(invocation, resolved, execution_id, result, always=always)
            return Execution(result, resolved.version)
        if self.counts.add(invocation, result):
            await self.blocking(self.counts.flush)
        if shadow is not None:
            await self.shadows.take(
                shadow, invocation, resolved, execution_id, result, always=always
            )
        return Execution(result, resolved.version)

    async def _save(
        self,
        invocation: Invocation,
        resolved: Resolved,
        execution_id: str,
        result: ExecutionResult,
        *,
        always: bool,
    ) -> None:
        """Save the record of an execution, and count it with that or beside."""
        is_counted = self.records.is_counted(resolved, result, always=always)
        count = self.counts.count_of(invocation, result) if is_counted else None
        if count is None and self.counts.add(invocation, result):
            await self.blocking(self.counts.flush)
        record = ended_record(invocation, resolved, execution_id, result, self.clock.now_ms())
        save = partial(self.records.save, always=always, count=count)
        payload = ended_payload(invocation, resolved, result)
        is_written = await self.blocking(save, resolved.function, record, payload)
        if count is not None and not is_written:
            self.counts.add(invocation, result)

    async def submit(
        self,
        invocation: Invocation,
        key: str | None = None,
        callback_url: str | None = None,
        *,
        is_task: bool = False,
    ) -> Submitted:
        """Queue an execution, and return its record; once this returns, it will not be lost.

        Which version an alias stands for is decided now; ``$LATEST`` is what it is when it runs.
        The record of a task names the API key that asks for it, by which tasks are listed.

        Raises:
            InvalidDocumentError: callbacks must not go to this URL; or as :meth:`execute`.
            QuotaExceededError: as many of the tenant wait as may, or records take as much space.
            BudgetExhaustedError: the account, or one above it, has used all of a budget.
            StoreUnavailableError: it could not be queued.
            IsolambdaError: as :meth:`execute`, less what only the executor raises.
        """
        if callback_url is not None:
            violations = check_callback(callback_url, private=self.private_callbacks)
            if found := list(violations):
                raise InvalidDocumentError(found)
        callback = None if callback_url is None else Callback(callback_url)

        async def begin(execution_id: str) -> Submitted:
            return await self.blocking(
                partial(self._submit, is_task=is_task), invocation, callback, execution_id
            )

        if key is None:
            return await begin(new_execution_id(self.clock.now_ms()))
        done = await self.idempotency.run_idempotent(
            invocation, key, f"{_LATER} {callback_url}", begin
        )
        return Submitted(done, replayed=True) if isinstance(done, ExecutionRecord) else done

    def _told_again(self, record: ExecutionRecord) -> Execution:
        _, contents = self.records.fetch(record.account_id, record.function_id, record.execution_id)
        if contents.result is None:
            raise TypeError("the record of an execution that ended has its result")
        return Execution(contents.result, record.version, replayed=True)

    def _submit(
        self,
        invocation: Invocation,
        callback: Callback | None,
        execution_id: str,
        *,
        is_task: bool,
    ) -> Submitted:
        resolved = self.executions.find(invocation)
        self.executions.prepare(
            invocation, resolved, execution_id
        )  # refuse now what never will run
        record = new_record(
            invocation,
            resolved,
            execution_id,
            callback,
            asynchronous=True,
            task_key_id=invocation.origin.key_id if is_task else None,
        )
        self.budgets.require(record.account_id)
        self.records.require_room(record)
        origin = self.executions.kept_origin(invocation)
        # The message first: the dispatcher drops one without a record, and the client then has an
        # error, not a promise. A record without a message would stay queued for ever.
        self.queue.send(
            QueuedExecution(
                record.account_id, record.function_id, execution_id, self.clock.now_ms()
            )
        )
        self.records.add(record, ExecutionPayload(invocation.payload, origin))
        return Submitted(record)
