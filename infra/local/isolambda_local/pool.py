"""A pool of threads that takes messages out of the queue of one machine, tenant by tenant."""

import logging
from collections import Counter
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event, Lock

from isolambda_core.domain.errors import StoreUnavailableError, kind_of
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    QueuedExecution,
    ReconcileTrigger,
    Retry,
    SendToCallbacks,
    SendToDlq,
)
from isolambda_core.domain.triggers.triggers import TriggerRef
from isolambda_core.ports.clock import Clock
from isolambda_local.sqlite.queue import DueSchedule, SqliteExecutionQueue, Turn, Waiting

LOOK_AGAIN_S = 1.0
"""How often to look for what another process sent, or for its lock."""
_AFTER_A_FAULT = Retry(60.0)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Pool:
    """Performs messages of the queue: those whose callback is left, or all others.

    ``share`` is how many messages of one tenant are in hand at a time, so that the threads of the
    pool are never all with one tenant. ``sent`` is set when there may be a message to take.
    ``may_take`` says whether this is the process that takes messages.
    """

    queue: SqliteExecutionQueue
    perform: Callable[[Waiting], Disposition]
    clock: Clock
    may_take: Callable[[], bool]
    share: int
    sent: Event
    callbacks: bool = False
    _tenants_in_hand: dict[str, str] = field(default_factory=dict)
    """The tenant of each message in hand, by the message's id."""
    _latest: str = ""
    _taking: Lock = field(default_factory=Lock)
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
                # In a context of its own, so that no line names the request of another.
                copy_context().run(self._do, taken)
            except StoreUnavailableError as error:
                _log.warning("the queue does not answer: %s", kind_of(error))
                self._ended.wait(LOOK_AGAIN_S)
            finally:
                del self._tenants_in_hand[taken.id]
                self.sent.set()  # the tenant may have one more in hand, or this one comes again

    def end(self) -> None:
        """Let the threads end, each after what it has in hand."""
        self._ended.set()
        self.sent.set()

    def _take(self) -> Waiting | None:
        """Return a message that is due; None after a while, to look around."""
        self.sent.clear()
        if self._ended.is_set():
            return None
        found = self._next() if self.may_take() else None
        left_s = LOOK_AGAIN_S
        if found is not None:
            left_s = (found.due_at_ms - self.clock.now_ms()) / 1000
            if left_s <= 0:
                self._tenants_in_hand[found.id] = self._latest = found.tenant
                return found
        self.sent.wait(min(left_s, LOOK_AGAIN_S))
        return None

    def _next(self) -> Waiting | None:
        # As they are before the look: what is done during it may still be among what it finds.
        in_hand = self._tenants_in_hand.copy()
        counts = Counter(in_hand.values())
        full = [tenant for tenant, count in counts.items() if count >= self.share]
        turn = Turn(list(in_hand), full, self._latest)
        try:
            return self.queue.next(turn, self.clock.now_ms(), callbacks=self.callbacks)
        except StoreUnavailableError as error:
            _log.warning("the queue does not answer: %s", kind_of(error))
            return None

    def _do(self, taken: Waiting) -> None:
        disposition = self._perform(taken)
        self._settle(taken, disposition)
        kind, ids = _about(taken)
        line = {
            "kind": kind,
            **ids,
            "disposition": disposition.name,
            "receive_count": taken.received + 1,
        }
        if isinstance(disposition, Retry):
            line["after_s"] = disposition.after_s
        level = logging.WARNING if isinstance(disposition, SendToDlq) else logging.INFO
        subject = next(iter(ids))
        _log.log(level, f"%(kind)s %({subject})s %(disposition)s", line, extra=line)

    def _perform(self, taken: Waiting) -> Disposition:
        try:
            return self.perform(taken)
        except Exception:  # whatever it is, a thread that ends would perform nothing any more
            _log.exception("%s: it could not be performed", taken.id)
            return _AFTER_A_FAULT

    def _settle(self, taken: Waiting, disposition: Disposition) -> None:
        now_ms = self.clock.now_ms()
        match disposition:
            case Acknowledge():
                self.queue.forget(taken)
            case Retry(after_s):
                self.queue.retry_later(taken, now_ms + round(after_s * 1000))
            case SendToCallbacks():
                self.queue.send_to_callbacks(taken, now_ms)
            case SendToDlq():
                self.queue.send_to_dlq(taken, now_ms)


def _about(taken: Waiting) -> tuple[str, dict[str, str | int | float]]:
    """Return the kind of a message, and the ids of what it is about."""
    match taken.message:
        case QueuedExecution(account_id, function_id, execution_id):
            kind, ids = (
                "callback" if taken.callback else "execution",
                {"execution_id": execution_id},
            )
        case ReconcileTrigger(TriggerRef(account_id, function_id, trigger_id)):
            kind, ids = "trigger", {"trigger_id": trigger_id}
        case DueSchedule(account_id, function_id, trigger_id):
            kind, ids = "schedule", {"trigger_id": trigger_id}
        case _:
            return "message", {"message_id": taken.id}
    return kind, {**ids, "account_id": account_id, "function_id": function_id}
