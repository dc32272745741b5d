"""Find and end the executions that clients began as tasks, for the key that began them alone."""

import hmac
from asyncio import sleep
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from isolambda_core.domain.errors import RevisionConflictError, StoreUnavailableError
from isolambda_core.domain.executions.errors import ExecutionNotFoundError, TaskEndedError
from isolambda_core.domain.executions.execution import ExecutionError, ExecutionResult, Outcome
from isolambda_core.domain.executions.records import CANCELLED, ExecutionPayload, ExecutionRecord
from isolambda_core.domain.limits import PAGE_SIZE, TASK_WAIT_S, TASK_WAITS, TASK_WAITS_IN_ALL
from isolambda_core.ports.accounts import InstallationSecret
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.counts import Counts, MemoryCounts
from isolambda_core.services.executions.account_records import AccountRecordService
from isolambda_core.services.executions.records import RecordFilter, RecordService
from isolambda_core.services.paging import Page

_ID: Final = 32
_TASK: Final = 3 * _ID
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 0.8
_ALL: Final = "tasks"
_TRIES: Final = 8
"""One fails where an attempt has begun or ended meanwhile."""
_ENDED_BY_CLIENT: Final = ExecutionError(CANCELLED, "the client has cancelled the task")


@dataclass(frozen=True, slots=True)
class TaskService:
    """Finds tasks by their ids, which say all: the function, the execution, and a signature.

    So nothing is stored of a task but its execution's record. Of those that wait for the end of one
    a tenant has up to ``limits.TASK_WAITS``, and all have ``limits.TASK_WAITS_IN_ALL``, which
    ``waiting`` counts; none of them holds a thread. ``wait`` waits for seconds.
    """

    records: RecordService
    account_records: AccountRecordService
    secret: InstallationSecret
    blocking: Blocking
    clock: Clock
    wait: Callable[[float], Awaitable[None]] = sleep
    waiting: Counts = field(default_factory=MemoryCounts)

    def id_of(self, record: ExecutionRecord, key_id: str) -> str:
        """Return the id of the task that an execution is for a key."""
        return self._signed(record.account_id, record.function_id + record.execution_id, key_id)

    def find(self, account_id: str, key_id: str, task_id: str) -> ExecutionRecord:
        """Return the record of a task.

        Raises:
            ExecutionNotFoundError: the key began no such task, or its record has expired.
        """
        function_id, execution_id = self._read(account_id, key_id, task_id)
        found = self.records.find(account_id, function_id, execution_id)
        if found is None:
            raise ExecutionNotFoundError(execution_id)
        return found

    def list(self, account_id: str, key_id: str, after: str) -> Page[ExecutionRecord]:
        """Return a page of the tasks of a key, the latest changed first; see :class:`Page`."""
        own = RecordFilter(predicate=lambda record: record.task_key_id == key_id)
        return self.account_records.list(account_id, PAGE_SIZE, after, own)

    def cancel(self, account_id: str, key_id: str, task_id: str) -> ExecutionRecord:
        """End a task, and return its record: there is no further attempt.

        An attempt that is under way goes on, and what comes of it is dropped.

        Raises:
            ExecutionNotFoundError: as :meth:`find`.
            TaskEndedError: it has ended before.
            StoreUnavailableError: the store does not answer, or the record keeps changing.
        """
        for _ in range(_TRIES):
            record = self.find(account_id, key_id, task_id)
            if record.has_ended:
                raise TaskEndedError
            result = ExecutionResult(
                record.execution_id, Outcome.INTERNAL_ERROR, error=_ENDED_BY_CLIENT
            )
            with suppress(RevisionConflictError):
                return self.records.update(record.ended(result, self.clock.now_ms()), result)
        raise StoreUnavailableError

    async def ended(
        self, account_id: str, tenant: str, key_id: str, task_id: str
    ) -> tuple[ExecutionRecord, ExecutionPayload] | None:
        """Return a task that has ended, with its result; None where it does not end in time.

        Raises:
            ExecutionNotFoundError: as :meth:`find`.
        """
        record = await self.blocking(self.find, account_id, key_id, task_id)
        with self._one_more_waits(tenant) as may_wait:
            waited_s, pause_s = 0.0, _FIRST_PAUSE_S
            while not record.has_ended:
                if not may_wait or waited_s >= TASK_WAIT_S:
                    return None
                await self.wait(pause_s)
                waited_s += pause_s
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                record = await self.blocking(self.find, account_id, key_id, task_id)
        of = (record.account_id, record.function_id, record.execution_id)
        return await self.blocking(self.records.get_whole, *of)

    @contextmanager
    def _one_more_waits(self, tenant: str) -> Iterator[bool]:
        bounds = ((f"tasks of {tenant}", TASK_WAITS), (_ALL, TASK_WAITS_IN_ALL))
        used = [(self.waiting.add(name, 1), most) for name, most in bounds]
        try:
            yield all(count <= most for count, most in used)
        finally:
            for name, _ in bounds:
                self.waiting.add(name, -1)

    def _read(self, account_id: str, key_id: str, task_id: str) -> tuple[str, str]:
        """Return the function and the execution of a task of a key."""
        said = task_id[: 2 * _ID]
        if len(task_id) != _TASK or not task_id.isascii():
            raise ExecutionNotFoundError(said)
        if not hmac.compare_digest(self._signed(account_id, said, key_id), task_id):
            raise ExecutionNotFoundError(said)
        return said[:_ID], said[_ID:]

    def _signed(self, account_id: str, said: str, key_id: str) -> str:
        key = hmac.new(self.secret.read(), b"tasks", "sha256").digest()
        signature = hmac.new(key, f"{account_id}{said}{key_id}".encode(), "sha256")
        return said + signature.hexdigest()[:_ID]
