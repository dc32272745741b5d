"""Isolambda on one machine: the same API and the same executor, over one SQLite file."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
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
from isolambda_local.bounded_connection import protocol_of
from isolambda_local.connections import Connections
from isolambda_local.data_directory import DATABASE_NAME, look_at, preparing
from isolambda_local.defaults import WORKERS
from isolambda_local.ending import end_by_signals
from isolambda_local.greeting import greeting
from isolambda_local.listening import listening
from isolambda_local.operations import performing
from isolambda_local.process import prepare_process, print_or_log
from isolambda_local.processes.bounds import Bounds, SharedBounds, of_one_process
from isolambda_local.processes.parent import Ready, serve_in_processes
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.runtime import open_machine
from isolambda_local.secrets.credentials import (
    Credentials,
    open_credentials,
)
from isolambda_local.secrets.installation_secret import open_secret
from isolambda_local.shadowing import LateWorker, repeating, shadowing
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.changes import SqliteChanges
from isolambda_local.start_error import described, of_workers
from isolambda_local.threads import in_thread, is_overloaded
from isolambda_local.waiting_shadows import WaitingShadows


@dataclass(frozen=True, slots=True)
class Local:
    """A machine that is set up: its app, and how to get in."""

    app: FastAPI
    credentials: Credentials
    first_start: bool


@contextmanager
def open_local(  # noqa: PLR0913 - one for each option
    data_dir: Path,
    url: str,
    workers: int = WORKERS,
    bucket: RateLimit | None = None,
    *,
    bounds: Bounds | None = None,
    private_callbacks: bool = False,
    private_fetch: bool = False,
    net_ceiling: tuple[str, ...] | None = None,
    unconfined: bool = False,
    public_url: str | None = None,
) -> Iterator[Local]:
    """Start the workers, and open what is kept in ``data_dir``, made when it is not there.

    ``bounds`` are those of one process, and half of the workers for a tenant, unless others are
    given. Without a ``bucket`` size, no rate limit holds; ``private_callbacks`` permits callbacks
    to addresses of this machine and its network, and ``private_fetch`` requests of functions.
    ``net_ceiling`` are the host patterns that these reach at most, None for every host.
    ``unconfined`` serves where the kernel does not confine the workers; ``public_url`` is where the
    server is reached from outside.

    Raises:
        StartError: the workers cannot be started, or the directory cannot be used as it is. What
            was there is as it was, and a directory that was to be made is not there.
    """
    bounds = bounds or of_one_process(workers, _share(workers))
    look_at(data_dir)
    with ExitStack() as stack:
        operations = stack.enter_context(
            performing(workers, net_ceiling, private_fetch=private_fetch)
        )
        supervisor = stack.enter_context(
            _start_workers(workers, bounds, operations.broker, unconfined=unconfined)
        )
        database = data_dir / DATABASE_NAME
        with preparing(data_dir), described(data_dir, database), ExitStack() as opened:
            clock = SystemClock()
            store = opened.enter_context(
                closing(open_store(database, bounds.sent, bounds.sent_to_callbacks))
            )
            store.database.check()
            secret = open_secret(data_dir, is_used=store.has_keys())
            callbacks = HttpsCallbacks(private=private_callbacks)
            machine = open_machine(data_dir, store, secret, clock, supervisor, callbacks)
            waiting = WaitingShadows()
            services = compose(
                store,
                secret,
                clock,
                executor=supervisor,
                call_executor=supervisor.with_deadline(CALL_TIMEOUT_S),
                queue=store.queue,
                sources=machine.sources,
                rate_limits=None if bucket is None else bounds.rate_limits,
                size=bucket or RateLimit(),
                budget=bounds.rate_limits,
                changes=opened.enter_context(closing(SqliteChanges(database))),
                blocking=in_thread,
                private_callbacks=private_callbacks,
                public_url=public_url,
                processes=bounds.processes,
                waits=bounds.waits,
                is_ending=bounds.ending.is_set,
                counts=machine.counts,
                shadow_queue=waiting,
            )
            operations.add_store(services.key_values)
            operations.add_tools(services.tool_calls)
            credentials, made = open_credentials(data_dir, url, services)
            # One worker is left to those who wait for an answer.
            opened.enter_context(machine.dispatching(max(1, workers - 1)))
            # And what shadows repeat takes none of them.
            worker = opened.enter_context(
                closing(
                    LateWorker(
                        lambda: Supervisor(1, unconfined=unconfined, operations=operations.broker)
                    )
                )
            )
            repeat = repeating(waiting, store, services.invocations, worker)
            opened.enter_context(shadowing(waiting, repeat))
            stack.enter_context(opened.pop_all())
        bodies = BodiesUnderWay(bounds.bodies)
        app = create_app(services, is_overloaded=is_overloaded, bodies=bodies)
        yield Local(app, credentials, made)


def serve(  # noqa: PLR0913 - one for each option
    host: str,
    port: int,
    data_dir: Path,
    workers: int,
    bucket: RateLimit | None = None,
    *,
    processes: int = 1,
    tenant_executions: int | None = None,
    private_callbacks: bool = False,
    private_fetch: bool = False,
    net_ceiling: tuple[str, ...] | None = None,
    unconfined: bool = False,
    public_url: str | None = None,
) -> None:
    """Serve until the process gets SIGINT or SIGTERM; see :func:`open_local`.

    Port 0 is any free one. With more than one of ``processes``, children serve on the port, and
    have ``workers`` executions at a time together. ``tenant_executions`` is how many of them a
    tenant has, by default half. The server finishes the requests under way before it ends.

    Raises:
        StartError: it cannot start.
    """
    connections_max = prepare_process(workers)
    end_by_signals()
    share = tenant_executions or _share(workers)
    with suppress(KeyboardInterrupt), listening(host, port) as (sockets, url):

        def serve_one(bounds: Bounds, ready: Ready) -> None:
            with open_local(
                data_dir,
                url,
                workers,
                bucket,
                bounds=bounds,
                private_callbacks=private_callbacks,
                private_fetch=private_fetch,
                net_ceiling=net_ceiling,
                unconfined=unconfined,
                public_url=public_url,
            ) as local:
                connections = Connections(connections_max, of_addresses=bounds.addresses)
                text = greeting(local.credentials, data_dir, first_start=local.first_start)
                LocalServer(local.app, connections, bounds, lambda: ready(text)).run(sockets)

        if processes == 1:
            serve_one(of_one_process(workers, share), print_or_log)
        else:
            serve_in_processes(SharedBounds.of(SharedMemory(processes), workers, share), serve_one)


class LocalServer(uvicorn.Server):
    """A server that accepts connections itself, and calls ``ready`` when it does.

    When it ends it sets ``bounds.ending``, and then waits for the requests under way.
    """

    def __init__(
        self, app: ASGIApp, connections: Connections, bounds: Bounds, ready: Callable[[], None]
    ) -> None:
        # No access log: a query string may hold a key, or a function's input.
        # Without a proxy in front, a client can forge X-Forwarded-For.
        config = uvicorn.Config(
            app,
            http=protocol_of(connections),
            loop="uvloop",
            ws="none",
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        super().__init__(config)
        self._bounds = bounds
        self._ready = ready
        self._acceptors: list[Acceptor] = []

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])
        current_default_thread_limiter().total_tokens = THREADS
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
        # What the queue still executes is waited for when the event loop is no more.
        self._bounds.listen(None)

    def _connection(self) -> asyncio.Protocol:
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _share(workers: int) -> int:
    """Return how many executions a tenant has at a time, unless the operator says so."""
    return max(1, workers // 2)


def _start_workers(
    count: int, bounds: Bounds, operations: PerformsOperations, *, unconfined: bool
) -> Supervisor:
    try:
        return Supervisor(
            count,
            EXECUTION_WAIT_S,
            share=bounds.share,
            turns=bounds.turns,
            standing=bounds.standing,
            unconfined=unconfined,
            operations=operations,
        )
    except ExecutorUnavailableError as error:
        raise of_workers(error) from error
