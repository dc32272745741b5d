"""Reconcile triggers: bind their sources as the stored documents say.

The table and the source are changed one after the other, and the process that changes them may be
killed in between. So a message goes first. It comes out when that is long over, and the trigger is
reconciled.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass

from isolambda_core.domain.acting import PLATFORM, acting
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    RevisionConflictError,
    StoreUnavailableError,
    kind_of,
)
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.limits import RECONCILE_AFTER_S
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    ReconcileTrigger,
    Retry,
)
from isolambda_core.domain.triggers.errors import (
    SourcesUnavailableError,
    TriggerNotFoundError,
)
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.functions import FunctionRepository
from isolambda_core.ports.queues import ExecutionQueue
from isolambda_core.ports.store import Store
from isolambda_core.ports.triggers import (
    EventSources,
    TriggerRepository,
)
from isolambda_core.services.optimistic_locking import write_latest

_AGAIN_S, _AGAIN_S_MAX = 15.0, 900.0

_TRIED_AGAIN = (StoreUnavailableError, SourcesUnavailableError, RevisionConflictError)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TriggerReconciler:
    """Reconciles a trigger's event source with its stored document."""

    functions: FunctionRepository
    triggers: TriggerRepository
    sources: EventSources
    queue: ExecutionQueue
    clock: Clock

    def reconcile(self, message: ReconcileTrigger, received: int) -> Disposition:
        """Reconcile a trigger; ``received`` counts the deliveries of the message, from 1.

        Nothing that the store or the source may do makes it raise.
        """
        try:
            self._reconcile(message.trigger)
        except _TRIED_AGAIN as error:
            _log_later(message.trigger, error)
            return Retry(min(_AGAIN_S * 2 ** min(received - 1, 10), _AGAIN_S_MAX))
        return Acknowledge()

    def schedule_reconcile(self, trigger: TriggerRef) -> None:
        """Queue a trigger, to be reconciled after a change that begins now."""
        self.queue.send(ReconcileTrigger(trigger, self.clock.now_ms()), RECONCILE_AFTER_S)

    def reconcile_now(self, trigger: TriggerRef) -> None:
        """Reconcile a trigger now; if that fails, the queued message does it later."""
        try:
            self._reconcile(trigger)
        except _TRIED_AGAIN as error:
            _log_later(trigger, error)

    def _reconcile(self, ref: TriggerRef) -> None:
        """Bind or unbind the source as stored, and again if that changes meanwhile."""

        def deliver_to(owner: Trigger | None) -> None:
            if owner is None:
                self.sources.unbind(ref)
            else:
                self._bind(owner)
            if self._revision(ref) != (owner and (owner.id, owner.revision)):
                raise RevisionConflictError

        write_latest(self._owner(ref), deliver_to, lambda: self._owner(ref))

    def _bind(self, trigger: Trigger) -> None:
        try:
            self.sources.bind(trigger)
        except InvalidDocumentError as error:  # it could be bound once, and cannot be any more
            if trigger.enabled:
                reason = "; ".join(
                    violation.message or violation.demand for violation in error.violations
                )
                refused = trigger.disabled(f"its source refuses it: {reason}", self.clock.now())
                with acting(lambda: PLATFORM):  # and not the caller who found it
                    self.triggers.replace(refused, trigger)
                line = {"trigger_id": trigger.id, "function_id": trigger.function_id}
                _log.warning(
                    "trigger %(trigger_id)s disabled: refused by its source", line, extra=line
                )
            self.sources.unbind(trigger.ref)

    def _owner(self, ref: TriggerRef) -> Trigger | None:
        """Return the trigger that gets the events: this one, or the one that has its source now."""
        try:
            trigger = self.triggers.get(ref.account_id, ref.function_id, ref.trigger_id)
        except TriggerNotFoundError:
            return self._of_source(ref)
        try:
            self.functions.get(ref.account_id, ref.function_id)
        except FunctionNotFoundError:
            self.triggers.remove(trigger)
            return self._of_source(ref)
        return trigger

    def _of_source(self, ref: TriggerRef) -> Trigger | None:
        with suppress(TriggerNotFoundError):
            return None if ref.source is None else self.triggers.of_source(ref.source)
        return None

    def _revision(self, ref: TriggerRef) -> tuple[str, int] | None:
        owner = self._owner(ref)
        return None if owner is None else (owner.id, owner.revision)


def _log_later(trigger: TriggerRef, error: Exception) -> None:
    line = {"trigger_id": trigger.trigger_id, "reason": kind_of(error)}
    _log.warning("trigger %(trigger_id)s is reconciled later: %(reason)s", line, extra=line)


def open_reconciler(
    store: Store, sources: EventSources, queue: ExecutionQueue, clock: Clock
) -> TriggerReconciler:
    """Return the service on a store; see :class:`TriggerReconciler`."""
    return TriggerReconciler(store.functions, store.triggers, sources, queue, clock)
