"""Pool the workers of a supervisor, each for one account from its first request to its end.

Spares, which have seen no request, stand by for accounts without a worker. A thread ends workers
and starts spares, so that no execution waits for that.
"""

import logging
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import reduce
from operator import and_
from typing import Final, Protocol

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.errors import (
    ExecutorUnavailableError,
)
from isolambda_core.domain.limits import WORKER_AGE_S_MAX, WORKER_EXECUTIONS_MAX
from isolambda_executor.fork_server import StartedWorker
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.process import READY_S, WorkerProcess
from isolambda_executor.waits import BLOCKING, Waits

_TIDY_S: Final = 0.02
"""How long an execution waits for its account's worker to clean up, before it takes a spare."""
_LOOK_S: Final = 0.3
"""How often to look at idle workers; one that was idle at the last look too is stopped."""
_IDLE_CPU_S: Final = 0.05
"""The most processor time that an idle worker may use between two looks; above it, it is ended."""
_LOOK_AT_AGE_S: Final = 60.0

_log = logging.getLogger(__name__)


class WorkerStarter(Protocol):
    """The part of ``ForkServer`` that a pool uses."""

    def start(self) -> StartedWorker:
        """Request a worker; raises ``OSError`` if none can start."""
        ...

    def last_words(self) -> str:
        """Return why workers do not start, or an empty text."""
        ...

    def close(self) -> None:
        """Start no more workers."""
        ...


class WorkerPool:
    """Lends workers, usually up to ``at_once`` at a time, and keeps twice as many; or one for one.

    ``standing`` of them run at the start, or stand by for accounts without a worker, and some more.
    Safe for threads and event loops. Close it, or its processes stay.

    Raises:
        ExecutorUnavailableError: a worker does not start.
    """

    def __init__(
        self,
        at_once: int,
        fork_server: WorkerStarter,
        first: StartedWorker | None,
        standing: int,
    ) -> None:
        # Accounts that execute in turn find theirs; a Lambda, which lends one, has memory for one.
        self._kept_max = 2 * at_once
        self._kept = self._kept_max if at_once > 1 else 1
        self._standing = standing
        self._spares = max(1, standing // 2)
        self._fork_server = fork_server
        # The last used is at the end: its isolates are the warmest.
        self._idle: list[WorkerProcess] = []
        self._lent = 0
        self._lock = threading.Lock()
        try:
            for started in (first, *[None] * (standing - 1)):
                self._idle.append(self._start(started))
            self.confinement = self._await_workers()
        except ExecutorUnavailableError:
            self._reap_all()
            raise
        self._changed = threading.Event()
        self._looks_often = False
        self._ended = False
        self._maintenance = threading.Thread(target=self._maintain, name="workers", daemon=True)
        self._maintenance.start()

    async def take(self, account_id: str, waits: Waits) -> WorkerProcess:
        """Lend a worker of an account, or a spare; return it by :meth:`give_back`.

        Raises:
            ExecutorUnavailableError: no worker starts.
        """
        # Both under one lock, or a look in between would miss a worker and start a spare too many.
        with self._lock:
            self._lent += 1
            if self._lent > self._kept:  # what is executed calls tools, and will again
                self._kept = min(self._lent, self._kept_max)
            worker = self._pop(account_id)
        if worker is not None and worker.ready:
            return worker
        try:
            ready = await self._readied(worker, waits)
            return await self.take_spare(waits) if ready is None else ready
        except BaseException:  # a coroutine that is cancelled has no worker
            with self._lock:
                self._lent -= 1
            raise

    async def take_spare(self, waits: Waits) -> WorkerProcess:
        """Lend a spare in exchange for a lent worker that died.

        Raises:
            ExecutorUnavailableError: no worker starts.
        """
        with self._lock:
            spare = self._pop(None)
        return await waits.call(self._start) if spare is None else spare

    def give_back(self, worker: WorkerProcess) -> None:
        """Take a worker back, dead or alive."""
        is_reaped = not worker.rest()
        with self._lock:
            self._lent -= 1
            if worker.ready and not is_reaped:
                self._idle.append(worker)
            elif not is_reaped:
                self._idle.insert(0, worker)  # it still cleans up, and is used last
            to_do = not self._looks_often or is_reaped or worker.executions == 1
        if to_do:
            self._changed.set()

    def close(self) -> None:
        """End every worker, once none is lent."""
        self._ended = True
        self._changed.set()
        self._maintenance.join()
        self._reap_all()

    async def _readied(self, worker: WorkerProcess | None, waits: Waits) -> WorkerProcess | None:
        if worker is None:
            return None
        try:
            await worker.await_ready(_TIDY_S, waits)
        except TimeoutError:
            with self._lock:
                self._idle.insert(0, worker)
            return None
        except BrokenPeerError:
            death = await waits.call(worker.reap)
            _log.warning("an idle worker ended by %s", death.cause)
            return None
        except BaseException:  # a coroutine that is cancelled
            with self._lock:
                self._idle.insert(0, worker)
            raise
        return worker

    def _pop(self, account_id: str | None) -> WorkerProcess | None:
        """Remove an idle worker of an account, or a spare for None: the last used that is ready."""
        found = None
        for worker in reversed(self._idle):
            if worker.account_id == account_id and (found is None or worker.ready):
                found = worker
                if worker.ready:
                    break
        if found is not None:
            self._idle.remove(found)
        return found

    def _maintain(self) -> None:
        """End workers, start spares, and stop idle workers, until the pool closes."""
        while not self._ended:
            self._changed.wait(self._until_next_look_s())
            self._changed.clear()
            for worker in [*self._superfluous(), *self._misbehaving()]:
                worker.reap()
            with suppress(ExecutorUnavailableError):  # the next look tries again
                self._stand_by()

    def _until_next_look_s(self) -> float:
        with self._lock:
            moving = any(not worker.is_stopped for worker in self._idle if worker.account_id)
            self._looks_often = moving or self._lent > 0
            return _LOOK_S if self._looks_often else _LOOK_AT_AGE_S

    def _superfluous(self) -> list[WorkerProcess]:
        """Remove the workers that are too old, and the least recently used of too many."""
        now = time.monotonic()
        with self._lock:
            known = [worker for worker in self._idle if worker.account_id is not None]
            too_many = len(known) + self._lent - self._kept
            return self._take_out(
                worker
                for place, worker in enumerate(known)
                if place < too_many
                or worker.executions >= WORKER_EXECUTIONS_MAX
                or now - worker.asked_first_at >= WORKER_AGE_S_MAX
            )

    def _misbehaving(self) -> list[WorkerProcess]:
        """Stop the idle workers, and remove those that work without a request."""
        with self._lock:
            known = [worker for worker in self._idle if worker.account_id is not None]
            return self._take_out(
                worker for worker in known if not worker.stop_if_idle(_LOOK_S, _IDLE_CPU_S)
            )

    def _take_out(self, workers: Iterable[WorkerProcess]) -> list[WorkerProcess]:
        gone = list(workers)
        for worker in gone:
            self._idle.remove(worker)
        return gone

    def _stand_by(self) -> None:
        """Start spares: one for each worker that further accounts may need, and some more."""
        with self._lock:
            known = self._lent + sum(worker.account_id is not None for worker in self._idle)
            spares = sum(worker.account_id is None for worker in self._idle)
            missing = max(self._standing - known, 0) + self._spares - spares
            for _ in range(missing):
                self._idle.insert(0, self._start())

    def _start(self, started: StartedWorker | None = None) -> WorkerProcess:
        try:
            return WorkerProcess(started or self._fork_server.start())
        except OSError as error:
            raise ExecutorUnavailableError from error

    def _await_workers(self) -> Confinement:
        for worker in self._idle:
            try:
                complete(worker.await_ready(READY_S, BLOCKING))
            except TimeoutError as error:
                raise ExecutorUnavailableError from error
            except BrokenPeerError:
                death = worker.reap()
                line = death.last_line or self._fork_server.last_words()
                cause = BrokenPeerError(line or f"a worker ended by {death.cause}")
                raise ExecutorUnavailableError from cause
        return reduce(and_, (worker.confinement for worker in self._idle))

    def _reap_all(self) -> None:
        for worker in self._idle:
            worker.reap()
        self._fork_server.close()
