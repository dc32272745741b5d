"""The supervisor: hands executions to worker processes, and kills and replaces them.

Trusted, and trusting nobody: a worker may hang, die, or send anything at all, and what comes of it
is always an outcome. Its deadline is the real one; the worker's own is only the kinder one.
"""

import itertools
import logging
import os
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from isolambda_core.domain.errors import ExecutorBusyError, ExecutorUnavailableError
from isolambda_core.domain.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Outcome,
    Usage,
    exceeded,
)
from isolambda_core.domain.limits import MIB
from isolambda_executor.frames import BrokenPeerError, Frame, UnreadError
from isolambda_executor.messages import MalformedReplyError, read_reply, write_request
from isolambda_executor.process import WorkerProcess
from isolambda_executor.started import StartedWorker

_GRACE_S: Final = 0.15
"""How long after its wall time a worker may still say so itself."""
_READY_S: Final = 10.0
"""How long a worker may take to start, or to tidy up after an execution."""
_TIDY_S: Final = 0.02
"""How long an execution waits for a worker that tidies up, where another stands by."""
_TRIES: Final = 10
"""How many workers may turn out dead before an execution is given up that none has begun."""
_NEAR: Final = 0.8
"""A worker that died with this share of its memory budget in use died of it."""

_log = logging.getLogger(__name__)


class _NotBegunError(Exception):
    """The worker ended, or hangs, from an earlier execution; this one may go to another worker."""


class Supervisor:
    """Executes in ``workers`` processes at a time; one more stands by to replace any of them.

    Safe for any number of threads; an execution waits ``wait_s`` seconds for a worker, no longer.
    ``first`` is a worker that was started before; ``confined`` tells whether the kernel confines
    the workers. To be closed, or its processes stay.

    Raises:
        ExecutorUnavailableError: a worker cannot be started.
    """

    def __init__(
        self, workers: int = 1, wait_s: float = 10.0, first: StartedWorker | None = None
    ) -> None:
        self._wait_s = wait_s
        # The last to come back goes out first: its isolates are the warmest. As many tokens go
        # round as there are workers in the list, and are what is waited for.
        self._idle: list[WorkerProcess] = []
        self._tokens: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._workers = workers
        self._cpus = itertools.cycle(sorted(os.sched_getaffinity(0)))
        self._put(self._start(first))
        for _ in range(workers - 1):
            self._put(self._start())
        self._spare: WorkerProcess | None = None
        self._spare_lock = threading.Lock()
        self.confined = self._await_workers()
        _log.info("%d workers are ready, confined by the kernel: %s", workers, self.confined)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, request: ExecutionRequest, wait_s: float | None = None) -> ExecutionResult:
        """Execute a request, whatever its source does, within 200 ms of its wall time.

        ``wait_s`` is how long to wait for a worker, where not as long as usual.

        Raises:
            ExecutorBusyError: no worker came free in time; nothing was started.
            ExecutorUnavailableError: no worker can be started.
        """
        message = write_request(request)
        worker = self._take(self._wait_s if wait_s is None else wait_s)
        try:
            worker = self._unless_it_tidies_up(worker)
            for _ in range(_TRIES):
                try:
                    return self._ask(worker, message, request)
                except _NotBegunError:
                    _log.warning("an idle worker ended by %s", worker.bury().cause)
                    worker = self._replacement()
                except (BrokenPeerError, MalformedReplyError, TimeoutError) as cause:
                    result = _post_mortem(request, cause, worker)
                    with suppress(ExecutorUnavailableError):  # the next execution tries again
                        worker = self._replacement()
                    return result
            raise ExecutorUnavailableError
        finally:
            self._put(worker)
            self._stand_by()

    def hurried(self, patience_s: float) -> "HurriedSupervisor":
        """Return an executor of the same workers that gives up after ``patience_s`` seconds."""
        return HurriedSupervisor(self, patience_s)

    def close(self) -> None:
        """End every worker; those at work are waited for."""
        for _ in range(self._workers):
            self._take(None).bury()
        if self._spare is not None:
            self._spare.bury()

    def _take(self, timeout_s: float | None) -> WorkerProcess:
        try:
            self._tokens.get(timeout=timeout_s)
        except queue.Empty:
            raise ExecutorBusyError from None
        return self._idle.pop()

    def _put(self, worker: WorkerProcess) -> None:
        # One that still tidies up, or starts, would be waited for.
        self._idle.insert(len(self._idle) if worker.ready else 0, worker)
        self._tokens.put(None)

    def _unless_it_tidies_up(self, worker: WorkerProcess) -> WorkerProcess:
        """Return the worker, or the spare in exchange for one that still tidies up or starts."""
        try:
            worker.await_ready(_TIDY_S)
        except BrokenPeerError:  # the attempt to ask it replaces it
            return worker
        except TimeoutError:
            with self._spare_lock:
                if self._spare is not None:
                    worker, self._spare = self._spare, worker
        return worker

    def _ask(
        self, worker: WorkerProcess, message: Frame, request: ExecutionRequest
    ) -> ExecutionResult:
        try:
            worker.await_ready(_READY_S)
            worker.send(*message)
        except (BrokenPeerError, TimeoutError) as error:
            raise _NotBegunError from error
        try:
            reply = worker.receive(request.limits.wall_time_ms / 1e3 + _GRACE_S)
        except UnreadError as error:
            raise _NotBegunError from error
        except TimeoutError as error:
            if worker.has_read():
                raise
            raise _NotBegunError from error
        return read_reply(request, reply)

    def _replacement(self) -> WorkerProcess:
        with self._spare_lock:
            spare, self._spare = self._spare, None
        return spare or self._start()

    def _stand_by(self) -> None:
        """Have a worker start that can replace another; the first answer does not wait for that."""
        with self._spare_lock, suppress(ExecutorUnavailableError):
            # One that came in exchange may have ended when it tidied up.
            if self._spare is not None and self._spare.was_asked and self._spare.has_ended():
                self._spare.bury()
                self._spare = None
            if self._spare is None:
                self._spare = self._start()

    def _await_workers(self) -> bool:
        started = list(self._idle)
        for worker in started:
            try:
                worker.await_ready(_READY_S)
            except TimeoutError as error:
                self.close()
                raise ExecutorUnavailableError from error
            except BrokenPeerError:
                death = worker.bury()
                self.close()
                cause = BrokenPeerError(death.last_line or f"a worker ended by {death.cause}")
                raise ExecutorUnavailableError from cause
        return all(worker.confined for worker in started)

    def _start(self, started: StartedWorker | None = None) -> WorkerProcess:
        try:
            return WorkerProcess(started or StartedWorker(), next(self._cpus))
        except OSError as error:
            raise ExecutorUnavailableError from error


@dataclass(frozen=True, slots=True)
class HurriedSupervisor:
    """A supervisor for who cannot wait: what the execution itself may take is not waited away."""

    supervisor: Supervisor
    patience_s: float

    @property
    def confined(self) -> bool:
        """Whether the kernel confines the workers."""
        return self.supervisor.confined

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute a request; see ``Supervisor.execute``."""
        wait_s = self.patience_s - request.limits.wall_time_ms / 1e3 - _GRACE_S
        return self.supervisor.execute(request, max(wait_s, 0.0))


def _post_mortem(
    request: ExecutionRequest, cause: Exception, worker: WorkerProcess
) -> ExecutionResult:
    """Say truthfully what an execution died of together with its worker."""
    wall_ms = (time.monotonic() - worker.sent_at) * 1e3
    death = worker.bury()
    limits = request.limits
    used_mb = death.used_bytes / MIB
    if isinstance(cause, TimeoutError):
        outcome = Outcome.EXCEEDED_WALL_TIME
        error = exceeded("wall_time_ms", limits.wall_time_ms, round(wall_ms))
    elif death.out_of_memory or used_mb >= _NEAR * limits.memory_mb:
        outcome = Outcome.EXCEEDED_MEMORY
        used_mb = used_mb or limits.memory_mb
        error = exceeded("memory_mb", limits.memory_mb, round(used_mb))
    elif isinstance(cause, MalformedReplyError):
        outcome = Outcome.INTERNAL_ERROR
        error = ExecutionError("WorkerMisbehaved", "the worker's reply was not one")
    else:
        outcome = Outcome.INTERNAL_ERROR
        error = ExecutionError("WorkerDied", f"the worker process was ended by {death.cause}")
    line = {"execution_id": request.execution_id, "outcome": outcome.value, "cause": death.cause}
    _log.warning("%(execution_id)s: %(outcome)s; its worker ended by %(cause)s", line, extra=line)
    usage = Usage(wall_ms=round(wall_ms, 3), memory_mb=round(used_mb, 3))
    return ExecutionResult(request.execution_id, outcome, error=error, usage=usage)
