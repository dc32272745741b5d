"""What watches a server: its metrics, and what it sends to a collector, where they are wanted."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from isolambda_api.http.request_log import Observe, ObserveError, no_error_observer, no_observer
from isolambda_api.http.router import UNKNOWN
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.ports.clock import Clock
from isolambda_core.services.executions.observed_executions import (
    ObserveExecution,
    ObserveFallback,
)
from isolambda_executor.turns import FairQueue
from isolambda_local.connections import TooManyConnectionsError
from isolambda_local.metrics.exposition import Exposition, QueueState
from isolambda_local.metrics.server_metrics import ServerMetrics
from isolambda_local.metrics.turns import CountedTurns
from isolambda_local.processes.bounds import Bounds
from isolambda_local.settings import ServerSettings
from isolambda_local.sqlite.queue import SqliteExecutionQueue
from isolambda_local.start_error import StartError
from isolambda_local.threads import in_thread_aside

if TYPE_CHECKING:
    from isolambda_core.domain.traces import Tell
    from isolambda_core.ports.executions import Executor
    from isolambda_local.traced_calls import TracedCalls


_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Watch:
    """What is called for each request, error and execution; nothing is where nothing is wanted."""

    observe: Observe = no_observer
    observe_error: ObserveError = no_error_observer
    observers: tuple[ObserveExecution, ...] = ()
    counted: Callable[[FairQueue], FairQueue] = lambda turns: turns
    tell: "Tell | None" = None
    calls: "TracedCalls | None" = None
    observe_fallback: ObserveFallback | None = None

    def refuse(self, status: int | None) -> None:
        """Count what is refused before the app has it; see ``connections.Refuse``."""
        if status is None or status == _TOO_MANY:
            self.observe_error(TooManyConnectionsError())
        if status is not None:
            self.observe(UNKNOWN, status, 0.0)

    def traced(self, executor: "Executor") -> "Executor":
        """Return an executor whose calls of tools are in the traces of what calls."""
        return executor if self.calls is None else self.calls.known_by(executor)


@contextmanager
def watching(settings: ServerSettings, bounds: Bounds) -> Iterator[Watch]:
    """Watch a process of a server, and send what is left at the end.

    Raises:
        StartError: there is a collector, and what sends to it is not installed.
    """
    metrics = ServerMetrics(bounds.numbers)
    with ExitStack() as stack:
        tell: Tell | None = None
        calls: TracedCalls | None = None
        observers: list[ObserveExecution] = []
        if settings.has_metrics:
            observers.append(metrics.execution)
        if settings.otlp_endpoint is not None:
            sending = _sending(settings.otlp_endpoint, metrics.drop)
            tell, observe, calls = stack.enter_context(sending)
            observers.append(observe)
        if settings.has_metrics:
            yield Watch(
                metrics.request,
                metrics.error,
                tuple(observers),
                lambda turns: CountedTurns(turns, metrics),
                tell,
                calls,
                metrics.fallback,
            )
        else:
            yield Watch(observers=tuple(observers), tell=tell, calls=calls)


@contextmanager
def _sending(
    endpoint: str, dropped: Callable[[int], None]
) -> "Iterator[tuple[Tell, ObserveExecution, TracedCalls]]":
    # A server without a collector does without.
    from isolambda_core.adapters.otlp.log_handler import CollectorHandler  # noqa: PLC0415
    from isolambda_core.adapters.otlp.opening import NoExporterError, open_outbox  # noqa: PLC0415
    from isolambda_core.services.executions.execution_spans import ExecutionSpans  # noqa: PLC0415
    from isolambda_local.traced_calls import TracedCalls  # noqa: PLC0415

    try:
        outbox = open_outbox(endpoint, dropped)
    except NoExporterError as error:
        raise StartError(
            f"--otlp-endpoint needs more packages ({error}): pip install 'isolambda[otlp]'"
        ) from error
    with closing(outbox):
        handler = CollectorHandler(outbox.add)
        logging.getLogger().addHandler(handler)
        try:
            yield outbox.add, ExecutionSpans(outbox.add).observe, TracedCalls()
        finally:
            logging.getLogger().removeHandler(handler)


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

    # Metrics matter most while requests wait for a thread.
    return Exposition(bounds.numbers, settings.workers, read, in_thread_aside)
