"""Repeat the executions of messages."""

from collections import Counter
from dataclasses import dataclass, field

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.errors import (
    ExecutionNotFoundError,
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.functions.errors import QualifierNotFoundError
from isolambda_core.domain.limits import SHADOW_S, SHADOW_WAITS_S
from isolambda_core.domain.queue.messages import Acknowledge, Disposition, Retry
from isolambda_core.domain.shadows.messages import QueuedShadow
from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_core.ports.blocking import directly
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.queues import ExecutionQueue
from isolambda_core.ports.shadows import NoShadows
from isolambda_core.ports.store import Store
from isolambda_core.services.accounts.tenants import Tenants
from isolambda_core.services.executions.idempotency import IdempotencyService
from isolambda_core.services.executions.invocations import InvocationService
from isolambda_core.services.queue.dispatch import DispatchService
from isolambda_core.services.replays.comparer import OutOfTimeError
from isolambda_core.services.shadows.intake import ShadowIntake
from isolambda_core.services.shadows.repeater import ShadowRepeater, open_repeater

_SOON = Retry(1.0)
_ALIASES = 1_024
"""Aliases of which it counts what was dropped."""

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class QueuedShadowService:
    """Repeats the executions of messages that are not too old, and counts the others."""

    repeater: ShadowRepeater
    clock: Clock
    _dropped: Counter[_Key] = field(default_factory=Counter)

    def perform(self, message: QueuedShadow) -> Disposition:
        """Repeat an execution; nothing that the store, the executor or code does makes it raise.

        One that has waited for ``limits.SHADOW_WAITS_S`` is dropped: the queue is behind.
        """
        if self.clock.now_ms() - message.sent_at_ms > SHADOW_WAITS_S * 1000:
            self._drop(message, 1)
            return Acknowledge()
        try:
            shadowed = self._read(message)
        except QualifierNotFoundError:
            return Acknowledge()
        except (ExecutionNotFoundError, StoreUnavailableError):
            # The message may be here before the record, which is written beside it.
            return _SOON
        if shadowed is not None:
            self._repeat(message, shadowed)
        return Acknowledge()

    def _read(self, message: QueuedShadow) -> Shadowed | None:
        """Return what is to be repeated; None where the alias is another by now."""
        of = (message.account_id, message.function_id)
        alias = self.repeater.aliases.get(*of, message.alias)
        if alias.revision != message.alias_revision:
            return None
        found = self.repeater.records.get_whole(*of, message.execution_id)
        return Shadowed(alias, *found, is_recorded=True)

    def _repeat(self, message: QueuedShadow, shadowed: Shadowed) -> None:
        dropped = self._dropped.pop(_key_of(message), 0)
        until_ms = self.clock.now_ms() + SHADOW_S * 1000
        try:
            complete(
                self.repeater.repeat(shadowed, dropped, lambda: self.clock.now_ms() < until_ms)
            )
        except (
            OutOfTimeError,
            ExecutorBusyError,
            ExecutorUnavailableError,
            StoreUnavailableError,
        ):
            self._drop(message, dropped + 1)

    def _drop(self, message: QueuedShadow, count: int) -> None:
        key = _key_of(message)
        if key in self._dropped or len(self._dropped) < _ALIASES:
            self._dropped[key] += count


def open_queued_shadows(
    store: Store, dispatch: DispatchService, queue: ExecutionQueue
) -> QueuedShadowService:
    """Return the service on a store, with the executor of a dispatcher."""
    records, clock = dispatch.records, dispatch.clock
    tenant_of = Tenants(store.accounts).of
    idempotency = IdempotencyService(store.idempotency_records, records, tenant_of, directly, clock)
    invocations = InvocationService(
        dispatch.executions,
        dispatch.executor,
        directly,
        records,
        dispatch.counts,
        idempotency,
        queue,
        clock,
        private_callbacks=False,
        budgets=dispatch.budgets,
        shadows=ShadowIntake(NoShadows(), records, directly, clock),
    )
    return QueuedShadowService(open_repeater(store, invocations), clock)


def _key_of(message: QueuedShadow) -> _Key:
    return message.account_id, message.function_id, message.alias
