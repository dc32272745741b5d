"""Threads that do what is queued on one machine, and one that looks into the folders.

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
from threading import Event, Lock, Thread
from typing import IO

from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    QueuedExecution,
    ReconcileTrigger,
    Retry,
    SendToDlq,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.services.queue.dispatch import DispatchService
from isolambda_core.services.triggers.reconciler import TriggerReconciler
from isolambda_local.sources.folder_watch import FolderWatch
from isolambda_local.sources.schedule import DueSchedules
from isolambda_local.sqlite.queue import DueSchedule, SqliteExecutionQueue, Unread, Waiting

LOCK_NAME = "queue.lock"
_LOOK_AGAIN_S = 1.0
"""How often to look into the folders, and for what another process sent, or for its lock."""
_AFTER_A_FAULT = Retry(60.0)

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
            case QueuedExecution() as execution:
                return self.executions.perform(execution, taken.received + 1)
            case ReconcileTrigger() as message:
                return self.reconciler.reconcile(message, taken.received + 1)
            case DueSchedule() as due:
                return self.schedules.take(taken, due)
            case Unread():
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

    Raises:
        OSError: the file of the lock cannot be opened.
        RuntimeError: the system has no room for the threads.
    """
    with (data_dir / LOCK_NAME).open("w") as lock_file:
        dispatcher = _Dispatcher(queue, handlers, clock, lock_file)
        work: list[Callable[[], None]] = [dispatcher.look, *[dispatcher.work] * threads]
        started: list[Thread] = []
        try:
            for one in work:
                thread = Thread(target=one, name="dispatcher")
                thread.start()
                started.append(thread)
            yield
        finally:
            dispatcher.end()
            for thread in started:
                thread.join()


@dataclass(slots=True)
class _Dispatcher:
    queue: SqliteExecutionQueue
    handlers: MessageHandlers
    clock: Clock
    lock_file: IO[str]
    _in_hand: set[str] = field(default_factory=set)
    _taking: Lock = field(default_factory=Lock)
    _is_alone: bool = False
    _ended: Event = field(default_factory=Event)

    def work(self) -> None:
        """Perform one message after another until the end."""
        while not self._ended.is_set():
            # One thread waits for the next message, the others for that one to have found it.
            with self._taking:
                taken = self._take()
            if taken is None:
                continue
            try:
                self._reconcile(taken, self._perform(taken))
            except StoreUnavailableError:
                _log.warning("the queue does not answer")
                self._ended.wait(_LOOK_AGAIN_S)
            finally:
                self._in_hand.discard(taken.id)

    def look(self) -> None:
        """Look into the folders once in a while until the end."""
        while not self._ended.wait(_LOOK_AGAIN_S):
            if self._has_lock():
                self._look()

    def end(self) -> None:
        """Let the threads end, each after what it has in hand."""
        self._ended.set()
        self.queue.sent.set()

    def _take(self) -> Waiting | None:
        """Return a message that is due; None after a while, to look around."""
        self.queue.sent.clear()
        if self._ended.is_set():
            return None
        left_s = _LOOK_AGAIN_S
        if self._has_lock():
            # As they are before the look: what is done during it may still be among what it finds.
            in_hand = frozenset(self._in_hand)
            try:
                found = self.queue.next(in_hand)
            except StoreUnavailableError:
                _log.warning("the queue does not answer")
                found = None
            if found is not None:
                left_s = (found.due_at_ms - self.clock.now_ms()) / 1000
                if left_s <= 0:
                    self._in_hand.add(found.id)
                    return found
        self.queue.sent.wait(min(left_s, _LOOK_AGAIN_S))
        return None

    def _has_lock(self) -> bool:
        if not self._is_alone:
            try:
                fcntl.flock(self.lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._is_alone = True
        return True

    def _look(self) -> None:
        try:
            self.handlers.look()
        except StoreUnavailableError:
            _log.warning("the store does not answer")
        except Exception:  # as below: the folders are looked into again
            _log.exception("the folders could not be looked into")

    def _perform(self, taken: Waiting) -> Disposition:
        try:
            return self.handlers.perform(taken)
        except Exception:  # whatever it is, a thread that ends would perform nothing any more
            _log.exception("%s: it could not be performed", taken.id)
            return _AFTER_A_FAULT

    def _reconcile(self, taken: Waiting, disposition: Disposition) -> None:
        match disposition:
            case Acknowledge():
                self.queue.forget(taken)
            case Retry(after_s):
                due_at_ms = self.clock.now_ms() + round(after_s * 1000)
                self.queue.retry_later(taken, due_at_ms)
                self.queue.sent.set()  # the waiting thread may have to wait less
            case SendToDlq():
                self.queue.send_to_dlq(taken, self.clock.now_ms())
