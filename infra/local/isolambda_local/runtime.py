"""Set up how one machine accepts events and executes its queue, for server and command alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.limits import DAILY_COUNTS_LOCAL_ROWS
from isolambda_core.ports.accounts import InstallationSecret
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import (
    Callbacks,
    Executor,
)
from isolambda_core.ports.shadows import ShadowQueue
from isolambda_core.ports.triggers import EventSources
from isolambda_core.services.executions.budgets import BudgetService, open_budgets
from isolambda_core.services.executions.daily_counts import DailyCountService
from isolambda_core.services.executions.execution import open_executions
from isolambda_core.services.executions.observed_executions import ObserveExecution
from isolambda_core.services.queue.dispatch import (
    DispatchService,
    open_dispatch,
)
from isolambda_core.services.triggers.events import (
    EventService,
    open_events,
)
from isolambda_core.services.triggers.failures import TriggerFailureService
from isolambda_core.services.triggers.reconciler import (
    TriggerReconciler,
    open_reconciler,
)
from isolambda_core.services.triggers.triggers import (
    TriggerService,
    open_triggers,
)
from isolambda_local.counting import flushing
from isolambda_local.dispatcher import MessageHandlers, dispatching
from isolambda_local.sources.bucket import open_folders
from isolambda_local.sources.folder_watch import FolderWatch
from isolambda_local.sources.registry import open_sources
from isolambda_local.sources.schedule import DueSchedules
from isolambda_local.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class LocalRuntime:
    """What is kept in a directory of data, and what can be done with it."""

    data_dir: Path
    store: SqliteStore
    clock: Clock
    sources: EventSources
    events: EventService
    triggers: TriggerService
    dispatch: DispatchService
    counts: DailyCountService
    budgets: BudgetService
    reconciler: TriggerReconciler

    @property
    def handlers(self) -> MessageHandlers:
        """Handlers of its messages, and its watch on the folders."""
        store, events, clock = self.store, self.events, self.clock
        folders = open_folders(store, self.data_dir)
        return MessageHandlers(
            self.dispatch,
            self.reconciler,
            DueSchedules(store.triggers, store.queue, events, clock),
            FolderWatch(folders, store.triggers, events, clock),
        )

    @contextmanager
    def dispatching(self, threads: int) -> Iterator[None]:
        """Do what is queued, unless another process does; see ``dispatcher.dispatching``.

        What this process executes is added to the counts of days as long, and what it does not
        need of budgets is given back.
        """
        with (
            flushing(self.counts, self.budgets.spending),
            dispatching(self.store.queue, self.handlers, self.clock, self.data_dir, threads),
        ):
            yield


def open_machine(  # noqa: PLR0913 - everything that differs between servers
    data_dir: Path,
    store: SqliteStore,
    secret: InstallationSecret,
    clock: Clock,
    executor: Executor,
    callbacks: Callbacks,
    observers: tuple[ObserveExecution, ...] = (),
    *,
    shadows: ShadowQueue | None = None,
) -> LocalRuntime:
    """Return a machine on an open database; see :class:`LocalRuntime`.

    Each of ``observers`` is called with each execution of its queue, and ``shadows`` has those that
    are to be repeated, by default none.
    """
    sealer = AesGcmSealer(secret)
    schemas = JsonSchemaChecker()
    executions = open_executions(store, sealer, schemas, clock)
    events = open_events(store, executions, store.queue, clock)
    sources = open_sources(store, data_dir, events, clock)
    reconciler = open_reconciler(store, sources, store.queue, clock)
    triggers = open_triggers(store, sources, reconciler, secret, clock)
    # A disabled trigger is logged; one machine has no other alarm.
    failures = TriggerFailureService(store.triggers, triggers, lambda: None)
    # A thread flushes them, so that no execution waits for the disk.
    counts = DailyCountService(store.daily_counts, clock, inf, DAILY_COUNTS_LOCAL_ROWS)
    budgets = open_budgets(store, store.queue, clock)
    # One process at a time takes messages, so no other process runs the same execution.
    dispatch = open_dispatch(
        store,
        secret,
        sealer,
        schemas,
        clock,
        executor,
        callbacks,
        failures,
        lease_s=0,
        counts=counts,
        budgets=budgets,
        observers=observers,
        shadows=shadows,
    )
    return LocalRuntime(
        data_dir,
        store,
        clock,
        sources,
        events,
        triggers,
        dispatch,
        counts,
        budgets,
        reconciler,
    )
