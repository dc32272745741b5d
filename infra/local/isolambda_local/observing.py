"""What watches a server: its metrics, where an operator wants them."""

from collections.abc import Callable
from dataclasses import dataclass

from isolambda_api.http.request_log import Observe, ObserveError, no_error_observer, no_observer
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.ports.clock import Clock
from isolambda_core.services.executions.observed_counts import ObserveExecution
from isolambda_executor.turns import FairQueue
from isolambda_local.metrics.exposition import Exposition, QueueState
from isolambda_local.metrics.server_metrics import ServerMetrics
from isolambda_local.metrics.turns import CountedTurns
from isolambda_local.processes.bounds import Bounds
from isolambda_local.settings import ServerSettings
from isolambda_local.sqlite.queue import SqliteExecutionQueue
from isolambda_local.threads import in_thread


@dataclass(frozen=True, slots=True)
class Watch:
    """What is called for each request, error and execution; nothing is where nothing is wanted."""

    observe: Observe = no_observer
    observe_error: ObserveError = no_error_observer
    observers: tuple[ObserveExecution, ...] = ()
    counted: Callable[[FairQueue], FairQueue] = lambda turns: turns


def watch_of(settings: ServerSettings, bounds: Bounds) -> Watch:
    """Return what watches a process of a server."""
    if not settings.has_metrics:
        return Watch()
    metrics = ServerMetrics(bounds.numbers)
    return Watch(
        metrics.request,
        metrics.error,
        (metrics.execution,),
        lambda turns: CountedTurns(turns, metrics),
    )


def exposition_of(
    settings: ServerSettings, bounds: Bounds, queue: SqliteExecutionQueue, clock: Clock
) -> Exposition:
    """Return the text of the metrics of all processes, as this one shows it."""

    def read() -> QueueState | None:
        try:
            messages, oldest_ms = queue.due(clock.now_ms())
        except StoreUnavailableError:
            return None
        return QueueState(messages, oldest_ms / 1000)

    return Exposition(bounds.numbers, settings.workers, read, in_thread)
