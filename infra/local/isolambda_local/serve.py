"""Isolambda on one machine: the same API and the same executor, over one SQLite file."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from typing import cast

import uvicorn
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.types import ASGIApp
from typing_extensions import override

from isolambda_api.app import create_app
from isolambda_api.composition import compose
from isolambda_api.http.bodies_under_way import BodiesUnderWay
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.http_callbacks import HttpsCallbacks
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.executions.errors import ExecutorUnavailableError
from isolambda_core.domain.limits import CALL_TIMEOUT_S, EXECUTION_WAIT_S, THREADS
from isolambda_executor.operations import PerformsOperations
from isolambda_executor.supervisor import Supervisor
from isolambda_local.accepting import Acceptor
from isolambda_local.backup.migration import back_up_before_migration
from isolambda_local.behind_proxies import BehindProxies
from isolambda_local.bounded_connection import protocol_of
from isolambda_local.calls_on_loop import CallsOnLoop
from isolambda_local.connections import Connections
from isolambda_local.data_directory import DATABASE_NAME, look_at, preparing
from isolambda_local.ending import end_by_signals
from isolambda_local.greeting import greeting
from isolambda_local.listening import listening
from isolambda_local.metrics.endpoint import listening_for_metrics
from isolambda_local.metrics.exposition import Exposition
from isolambda_local.observing import Watch, exposition_of, watching
from isolambda_local.operations import performing
from isolambda_local.process import prepare_process, print_or_log
from isolambda_local.processes.bounds import Bounds, SharedBounds, of_one_process
from isolambda_local.processes.parent import Ready, serve_in_processes
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.readiness import checks_of
from isolambda_local.runtime import open_machine
from isolambda_local.secrets.credentials import (
    Credentials,
    open_credentials,
)
from isolambda_local.secrets.installation_secret import open_secret
from isolambda_local.settings import ServerSettings
from isolambda_local.shadowing import LateWorker, repeating, shadowing
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.changes import SqliteChanges
from isolambda_local.start_error import described, of_workers
from isolambda_local.threads import ThreadsInContext, in_thread, is_overloaded
from isolambda_local.trusted_proxies import TrustedProxies
from isolambda_local.waiting_shadows import WaitingShadows
from isolambda_local.worker_watch import WorkerWatch


@dataclass(frozen=True, slots=True)
class Local:
    """A machine that is set up: its app, how to get in, and what is counted, if that is wanted."""

    app: FastAPI
    credentials: Credentials
    first_start: bool
    watch: Watch
    calls: CallsOnLoop
    exposition: Exposition | None = None


@contextmanager
def open_local(settings: ServerSettings, url: str, bounds: Bounds | None = None) -> Iterator[Local]:
    """Start the workers, and open what is kept in the data directory, made when it is not there.

    ``url`` is where this server listens. ``bounds`` are those of one process unless others are
    given.

    Raises:
        StartError: the workers cannot be started, or the directory cannot be used as it is. What
            was there is as it was, and a directory that was to be made is not there.
    """
    bounds = bounds or of_one_process(settings.workers, settings.share)
    data_dir, workers = settings.data_dir, settings.workers
    look_at(data_dir)
    with ExitStack() as stack:
        watch = stack.enter_context(watching(settings, bounds))
        operations = stack.enter_context(
            performing(workers, settings.net_ceiling, private_fetch=settings.private_fetch)
        )
        supervisor = stack.enter_context(_start_workers(settings, bounds, watch, operations.broker))
        database = data_dir / DATABASE_NAME
        with preparing(data_dir), described(data_dir, database), ExitStack() as opened:
            back_up_before_migration(data_dir)
            clock = SystemClock()
            store = opened.enter_context(
                closing(
                    open_store(
                        database,
                        bounds.sent,
                        bounds.sent_to_callbacks,
                        audit_days=settings.audit_days,
                    )
                )
            )
            store.database.check()
            secret = open_secret(data_dir, is_used=store.has_keys())
            callbacks = HttpsCallbacks(private=settings.private_callbacks)
            workers_watch = WorkerWatch(supervisor.execute)
            executor = workers_watch.over(supervisor)
            waiting = WaitingShadows()
            machine = open_machine(
                data_dir,
                store,
                secret,
                clock,
                executor,
                callbacks,
                watch.observers,
                shadows=waiting,
            )
            services = compose(
                store,
                secret,
                clock,
                executor=watch.traced(executor),
                call_executor=workers_watch.over(supervisor.with_deadline(CALL_TIMEOUT_S)),
                queue=store.queue,
                sources=machine.sources,
                rate_limits=None if settings.bucket is None else bounds.rate_limits,
                size=settings.bucket or RateLimit(),
                budget=bounds.rate_limits,
                changes=opened.enter_context(closing(SqliteChanges(database))),
                blocking=in_thread,
                private_callbacks=settings.private_callbacks,
                public_url=settings.public_url,
                function_hosts=settings.function_hosts,
                processes=bounds.processes,
                waits=bounds.waits,
                is_ending=bounds.ending.is_set,
                counts=machine.counts,
                budgets=machine.budgets,
                shadow_queue=waiting,
                observers=watch.observers,
                observe_fallback=watch.observe_fallback,
                checks=lambda: checks_of(
                    supervisor.confinement,
                    store.database,
                    store.queue,
                    clock,
                    workers_watch.check,
                    unconfined=settings.unconfined,
                ),
            )
            operations.add_store(services.key_values)
            operations.add_tools(services.tool_calls, watch.calls)
            credentials, made = open_credentials(data_dir, url, services)
            # One worker is left to those who wait for an answer.
            opened.enter_context(machine.dispatching(max(1, workers - 1)))
            # And what shadows repeat takes none of them.
            worker = opened.enter_context(
                closing(
                    LateWorker(
                        lambda: Supervisor(
                            1, unconfined=settings.unconfined, operations=operations.broker
                        )
                    )
                )
            )
            repeat = repeating(waiting, store, services.invocations, worker)
            opened.enter_context(shadowing(waiting, repeat))
            stack.enter_context(opened.pop_all())
        bodies = BodiesUnderWay(bounds.bodies)
        app = create_app(
            services,
            observe=watch.observe,
            is_overloaded=is_overloaded,
            bodies=bodies,
            observe_error=watch.observe_error,
            tell=watch.tell,
        )
        exposition = None
        if settings.has_metrics:
            exposition = exposition_of(settings, bounds, store.queue, clock)
        yield Local(app, credentials, made, watch, operations.calls, exposition)


def serve(settings: ServerSettings) -> None:
    """Serve until the process gets SIGINT or SIGTERM; see :func:`open_local`.

    The server finishes the requests under way before it ends.

    Raises:
        StartError: it cannot start.
    """
    log, connections_max = prepare_process(
        settings.workers, settings.log_format, settings.log_level
    )
    end_by_signals()
    workers, share = settings.workers, settings.share
    proxies = TrustedProxies(settings.trusted_proxies)
    with (
        suppress(KeyboardInterrupt),
        listening(settings.host, settings.port) as (sockets, url),
        listening_for_metrics(settings) as endpoint,
    ):

        def serve_one(bounds: Bounds, ready: Ready) -> None:
            with log.writing(), open_local(settings, url, bounds) as local:
                connections = Connections(
                    connections_max,
                    of_addresses=bounds.addresses,
                    is_proxy=proxies.trust,
                    refused=local.watch.refuse,
                )
                text = greeting(local.credentials, settings.data_dir, first_start=local.first_start)
                behind = BehindProxies(local.app, proxies, connections)
                app = endpoint.beside(behind, local.exposition)
                server = LocalServer(app, connections, bounds, local.calls, lambda: ready(text))
                server.run([*sockets, *endpoint.sockets])

        if settings.processes == 1:
            serve_one(of_one_process(workers, share), print_or_log)
        else:
            memory = SharedMemory(settings.processes)
            serve_in_processes(SharedBounds.of(memory, workers, share), serve_one)


class LocalServer(uvicorn.Server):
    """A server that accepts connections itself, and calls ``ready`` when it does.

    When it ends it sets ``bounds.ending``, and then waits for the requests under way, and for what
    their code has called and does not wait for.
    """

    def __init__(
        self,
        app: ASGIApp,
        connections: Connections,
        bounds: Bounds,
        calls: CallsOnLoop,
        ready: Callable[[], None],
    ) -> None:
        # No access log: a query string may hold a key, or a function's input.
        # `BehindProxies` reads what proxies say; uvicorn knows no `Forwarded`.
        config = uvicorn.Config(
            app,
            http=protocol_of(connections),
            loop="uvloop",
            ws="none",
            access_log=False,
            log_config=None,  # its lines are among ours
            server_header=False,
            proxy_headers=False,
        )
        super().__init__(config)
        self._bounds = bounds
        self._calls = calls
        self._ready = ready
        self._acceptors: list[Acceptor] = []

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])
        current_default_thread_limiter().total_tokens = THREADS
        asyncio.get_running_loop().set_default_executor(ThreadsInContext())
        self._acceptors = [
            Acceptor(listener, self._connection, self._bounds.accepts_next)
            for listener in sockets or ()
        ]
        self._bounds.listen(asyncio.get_running_loop())
        self._ready()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._bounds.ending.set()
        for acceptor in self._acceptors:
            acceptor.close()
        await super().shutdown(sockets)
        await self._calls.ended()
        # What the queue still executes is waited for when the event loop is no more.
        self._bounds.listen(None)

    def _connection(self) -> asyncio.Protocol:
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _start_workers(
    settings: ServerSettings, bounds: Bounds, watch: Watch, operations: PerformsOperations
) -> Supervisor:
    try:
        return Supervisor(
            settings.workers,
            EXECUTION_WAIT_S,
            share=bounds.share,
            turns=watch.counted(bounds.turns),
            standing=bounds.standing,
            unconfined=settings.unconfined,
            operations=operations,
        )
    except ExecutorUnavailableError as error:
        raise of_workers(error) from error
