"""Supervise worker processes: give them executions, kill them and replace them.

The supervisor trusts no worker. A worker may hang, die, or send anything; the result is always an
outcome. The supervisor enforces the deadline; the worker's own comes earlier and spares the worker.
"""

import logging
import time
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.errors import (
    ExecutorUnavailableError,
    UnconfinedError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.limits import (
    EXECUTIONS_WAITING_MAX,
    KIB,
    OPERATIONS_AT_ONCE,
    TOOL_DEPTH,
)
from isolambda_executor.attempts import (
    after,
    in_all,
    post_mortem,
    second_attempt,
    with_no_operations,
    with_operations,
)
from isolambda_executor.console import MalformedLinesError
from isolambda_executor.error_of_reply import MalformedReplyError
from isolambda_executor.fork_server import ForkServer, StartedWorker
from isolambda_executor.frames import BrokenPeerError, Frame, UnreadError
from isolambda_executor.loops import Loops
from isolambda_executor.messages import (
    memory_for,
    read_reply,
    reply_bytes_max,
    write_request,
)
from isolambda_executor.operations import PerformsOperations
from isolambda_executor.process import READY_S, WorkerProcess
from isolambda_executor.turns import FairQueue, Turns
from isolambda_executor.waits import BLOCKING, Waits
from isolambda_executor.workers import WorkerPool, WorkerStarter

_GRACE_S: Final = 0.15
"""How long after the wall time a worker may still report by itself."""
_TRIES: Final = 10
"""How many workers may turn out dead before the supervisor gives up an execution."""

_NO_REPLY: Final = (BrokenPeerError, MalformedReplyError, MalformedLinesError)

_SHORT_BYTES: Final = 64 * KIB
"""A reply, or messages, up to this length are checked on the event loop."""

_log = logging.getLogger(__name__)


class _NotBegunError(Exception):
    """An earlier execution ended the worker, or hangs in it; another worker may take this one."""


class Supervisor:
    """Executes in up to ``workers`` processes at a time, each for one account for life.

    Safe for threads and event loops. A tenant has up to ``share`` executions at a time, by default
    as many as there are workers; others wait in its queue for up to ``wait_s`` seconds. With
    ``turns`` given, these say who is next instead. What tools execute takes turns of its own, as
    many at each depth of calls: who waits for a tool never keeps it from a turn. ``standing``
    workers stand by when none is needed, by default all. ``fork_server`` and ``first``, one of its
    workers, may be running already. ``confined``: whether the kernel confines the workers; if not,
    the constructor refuses, unless ``unconfined`` permits that. ``operations`` performs what
    executions ask for; without it none may ask. Close it, or its processes stay.

    Raises:
        ExecutorUnavailableError: a worker does not start.
        UnconfinedError: the kernel does not confine a worker.
    """

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        workers: int = 1,
        wait_s: float = 10.0,
        fork_server: WorkerStarter | None = None,
        first: StartedWorker | None = None,
        *,
        share: int | None = None,
        turns: FairQueue | None = None,
        standing: int | None = None,
        unconfined: bool = False,
        operations: PerformsOperations | None = None,
    ) -> None:
        self._wait_s = wait_s
        self._operations = operations
        self._loops = Loops()
        self._turns = turns or Turns(workers, share or workers)
        fork_server = fork_server or _start_fork_server()
        standing = standing or workers
        nested = min(share or standing, standing)
        # Executions make so many calls at a time; more are of some that have ended.
        waiting = min(EXECUTIONS_WAITING_MAX, OPERATIONS_AT_ONCE * nested)
        self._nested = [Turns(standing, nested, waiting) for _ in range(TOOL_DEPTH)]
        self._workers = WorkerPool(workers, fork_server, first, standing)
        self.confinement = self._workers.confinement
        self.confined = Confinement.SYSTEM_CALLS in self.confinement
        if not self.confined and not unconfined:
            self._workers.close()
            raise UnconfinedError
        level = logging.INFO if self.confined else logging.WARNING
        line = "%d workers are ready, confined by the kernel: %s (%s)"
        held = ", ".join(self.confinement.words) or "nothing"
        _log.log(level, line, standing, self.confined, held)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, request: ExecutionRequest, wait_s: float | None = None) -> ExecutionResult:
        """Execute a request, and return its result no later than 200 ms after its wall time.

        ``wait_s`` replaces the usual time to wait for a worker.

        Raises:
            TooManyExecutionsError: the tenant has its share already; nothing was started.
            ExecutorBusyError: no worker was free in time; nothing was started.
            ExecutorUnavailableError: no worker starts.
        """
        return complete(self._execute(request, wait_s, BLOCKING, is_call=False))

    async def execute_async(
        self, request: ExecutionRequest, wait_s: float | None = None, *, is_call: bool = False
    ) -> ExecutionResult:
        """Execute as :meth:`execute`, on the event loop; calls begin before others that wait."""
        return await self._execute(request, wait_s, self._loops.running(), is_call=is_call)

    async def _execute(
        self, request: ExecutionRequest, wait_s: float | None, waits: Waits, *, is_call: bool
    ) -> ExecutionResult:
        wait_s = self._wait_s if wait_s is None else wait_s
        tenant = request.tenant or request.account_id
        turns = self._turns if request.tools is None else self._turns_of(request.tools)
        await turns.take(tenant, wait_s, waits, is_call=is_call)
        try:
            result = await self._execute_now(request, waits)
        finally:
            turns.give_back(tenant)
        is_recorded = request.record_operations or request.replay is not None
        if is_recorded and result.recorded is None:
            return with_no_operations(result)
        return result

    def _turns_of(self, tools: ToolGrant) -> FairQueue:
        return self._turns if tools.depth == 0 else self._nested[tools.depth - 1]

    async def _execute_now(self, request: ExecutionRequest, waits: Waits) -> ExecutionResult:
        asked, first = request, None
        name = (request.function_id, request.version)
        worker = await self._workers.take(request.account_id, waits)
        try:
            for _ in range(_TRIES):
                had_executed = name in worker.executed
                try:
                    result = await self._ask(worker, asked, waits)
                    worker.reported_cpu_ms += result.usage.cpu_ms
                except _NotBegunError:
                    death = await waits.call(worker.reap)
                    _log.warning("an idle worker ended by %s", death.cause)
                    worker = await self._workers.take_spare(waits)
                    continue
                except (*_NO_REPLY, TimeoutError) as cause:
                    result = await waits.call(partial(post_mortem, asked, cause, worker))
                if worker.channel is not None:  # what it began may have had an effect
                    result = with_operations(worker.channel, result)
                    return result if first is None else in_all(first, result, result)
                if first is not None:
                    return after(first, result)
                has_failed = result.outcome is not Outcome.OK
                again = second_attempt(request, result) if has_failed and had_executed else None
                if again is None:
                    return result
                # Earlier executions had left data in its isolate, and V8 ran out of memory: it
                # ended the worker, or still works on the isolate.
                asked, first = again, result
                await waits.call(worker.reap)
                worker = await self._workers.take_spare(waits)
        except BaseException:  # the execution goes on
            worker.reap()
            raise
        finally:
            self._workers.give_back(worker)
        raise ExecutorUnavailableError

    def with_deadline(self, timeout_s: float) -> "SupervisorWithDeadline":
        """Return an executor with the same workers that answers within ``timeout_s`` seconds."""
        return SupervisorWithDeadline(self, timeout_s)

    def close(self) -> None:
        """End every worker, after its execution."""
        for turns in (self._turns, *self._nested):  # what an execution called may outlive it
            turns.close()
        self._workers.close()
        self._loops.close()

    async def _ask(
        self, worker: WorkerProcess, request: ExecutionRequest, waits: Waits
    ) -> ExecutionResult:
        message = write_request(request)
        answer_s = request.limits.wall_time_ms / 1e3 + _GRACE_S
        try:
            if not worker.ready:
                await worker.await_ready(READY_S, waits)
            memory = memory_for(request.limits, len(message[1]) + len(message[2]))
            await worker.send(request.account_id, message, answer_s, memory, waits)
        except (BrokenPeerError, TimeoutError) as error:
            raise _NotBegunError from error
        worker.note_execution(request.function_id, request.version)
        bytes_max = reply_bytes_max(request.limits)
        try:
            reply = await worker.receive(bytes_max, waits)
            while reply[0] == worker.request_id:
                await self._perform(worker, request, reply, waits)
                reply = await worker.receive(bytes_max, waits)
        except (UnreadError, TimeoutError) as error:
            if _has_begun(worker, error):
                raise
            raise _NotBegunError from error
        if worker.channel is not None:
            worker.channel.close()
        elapsed_ms = (time.monotonic() - worker.sent_at) * 1e3
        if len(reply[1]) + len(reply[2]) <= _SHORT_BYTES:
            return _result_of(worker, request, reply, elapsed_ms)
        # A long result takes a while to be checked.
        return await waits.call(partial(_result_of, worker, request, reply, elapsed_ms))

    async def _perform(
        self, worker: WorkerProcess, request: ExecutionRequest, asks: Frame, waits: Waits
    ) -> None:
        """Have performed what an execution asks for in a frame of messages."""
        _, messages, rest = asks
        if self._operations is None or request.compile_only or rest:
            raise MalformedReplyError("messages where there can be none")
        channel = worker.channel or worker.open_channel(self._operations, request)
        try:
            if len(messages) <= _SHORT_BYTES:
                channel.take(messages)
            else:
                await waits.call(partial(channel.take, messages))
        except BrokenPeerError as error:
            raise MalformedReplyError("not what an execution asks for") from error


@dataclass(frozen=True, slots=True)
class SupervisorWithDeadline:
    """A supervisor that waits for a worker only while enough time is left to execute."""

    supervisor: Supervisor
    timeout_s: float

    @property
    def confinement(self) -> Confinement:
        """What the kernel keeps the workers from."""
        return self.supervisor.confinement

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute a request; see ``Supervisor.execute``."""
        return self.supervisor.execute(request, self._wait_s(request))

    async def execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute a request; see ``Supervisor.execute_async``."""
        return await self.supervisor.execute_async(request, self._wait_s(request), is_call=True)

    def _wait_s(self, request: ExecutionRequest) -> float:
        return max(0.0, self.timeout_s - request.limits.wall_time_ms / 1e3 - _GRACE_S)


def _result_of(
    worker: WorkerProcess, request: ExecutionRequest, reply: Frame, elapsed_ms: float
) -> ExecutionResult:
    logs = worker.console_lines(request.limits, elapsed_ms)
    return read_reply(request, reply, logs, elapsed_ms)


def _has_begun(worker: WorkerProcess, failure: Exception) -> bool:
    """Return whether a worker that gave no reply has read the whole request."""
    is_late = isinstance(failure, TimeoutError)
    return worker.channel is not None or (is_late and worker.has_read())


def _start_fork_server() -> ForkServer:
    try:
        return ForkServer()
    except OSError as error:
        raise ExecutorUnavailableError from error
