"""Threads that do what is queued on one machine, others for callbacks, and one for the folders.

A message stays in the queue until what it asks for is done, so that a process which is killed
leaves everything there. One process for each directory of data takes messages out and looks: it has
the lock of a file, which the system gives back when the process ends, however it does.
"""

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import IO

from isolambda_core.domain.errors import StoreUnavailableError, kind_of
from isolambda_core.domain.limits import CALLBACKS_AT_ONCE, CALLBACKS_OF_TENANT
from isolambda_core.domain.queue.messages import (
    Disposition,
    QueuedBudgetCallback,
    QueuedExecution,
    ReconcileTrigger,
    SendToDlq,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.services.queue.dispatch import DispatchService
from isolambda_core.services.triggers.reconciler import TriggerReconciler
from isolambda_local.pool import LOOK_AGAIN_S, Pool
from isolambda_local.sources.folder_watch import FolderWatch
from isolambda_local.sources.schedule import DueSchedules
from isolambda_local.sqlite.queue import DueSchedule, SqliteExecutionQueue, Unread, Waiting

LOCK_NAME = "queue.lock"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageHandlers:
    """Handlers of each kind of message, and the watch on the folders."""

    executions: DispatchService
    reconciler: TriggerReconciler
    schedules: DueSchedules
    folders: FolderWatch

    def perform(self, taken: Waiting) -> Disposition:
        """Hand a message to the handler of its kind."""
        match taken.message:
            case QueuedExecution() | QueuedBudgetCallback() as message:
                return self.executions.perform(message, taken.received + 1)
            case ReconcileTrigger() as change:
                return self.reconciler.reconcile(change, taken.received + 1)
            case DueSchedule() as due:
                return self.schedules.take(taken, due)
            case Unread():
                return SendToDlq()

    def call_back(self, taken: Waiting) -> Disposition:
        """Send the callback of the execution or the budget that a message names."""
        if isinstance(taken.message, QueuedExecution | QueuedBudgetCallback):
            return self.executions.call_back(taken.message, taken.received + 1)
        return SendToDlq()

    def look(self) -> None:
        """Look into the folders; see ``FolderWatch.look``."""
        self.folders.look()


@contextmanager
def dispatching(
    queue: SqliteExecutionQueue,
    handlers: MessageHandlers,
    clock: Clock,
    data_dir: Path,
    threads: int,
) -> Iterator[None]:
    """Do what is queued, ``threads`` messages at a time; those under way are waited for.

    One tenant has half of the threads, rounded up, and the callbacks have threads of their own.

    Raises:
        OSError: the file of the lock cannot be opened.
        RuntimeError: the system has no room for the threads.
    """
    with (data_dir / LOCK_NAME).open("w") as lock_file:
        lock = _Lock(lock_file)
        folders = _Folders(handlers, lock.is_ours)
        share = (threads + 1) // 2
        executions = Pool(queue, handlers.perform, clock, lock.is_ours, share, queue.sent)
        callbacks = Pool(
            queue,
            handlers.call_back,
            clock,
            lock.is_ours,
            CALLBACKS_OF_TENANT,
            queue.sent_to_callbacks,
            callbacks=True,
        )
        work: list[Callable[[], None]] = [
            folders.work,
            *[executions.work] * threads,
            *[callbacks.work] * CALLBACKS_AT_ONCE,
        ]
        started: list[Thread] = []
        try:
            for one in work:
                thread = Thread(target=one, name="dispatcher")
                thread.start()
                started.append(thread)
            yield
        finally:
            for ending in (folders, executions, callbacks):
                ending.end()
            for thread in started:
                thread.join()


@dataclass(slots=True)
class _Lock:
    """The lock that makes one process at a time take messages and look into the folders."""

    file: IO[str]
    _is_ours: bool = False

    def is_ours(self) -> bool:
        """Return whether this process has the lock, which it takes when no other has it."""
        if not self._is_ours:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._is_ours = True
        return True


@dataclass(slots=True)
class _Folders:
    """Looks into the folders once in a while."""

    handlers: MessageHandlers
    may_look: Callable[[], bool]
    _ended: Event = field(default_factory=Event)

    def work(self) -> None:
        """Look again and again until the end."""
        while not self._ended.wait(LOOK_AGAIN_S):
            if self.may_look():
                self._look()

    def end(self) -> None:
        """Let the thread end."""
        self._ended.set()

    def _look(self) -> None:
        try:
            self.handlers.look()
        except StoreUnavailableError as error:
            _log.warning("the folders could not be looked into: %s", kind_of(error))
        except Exception:  # whatever it is, the folders are looked into again
            _log.exception("the folders could not be looked into")
