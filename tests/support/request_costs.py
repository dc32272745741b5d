"""What a request costs in the process of the server, in counts, which no busy machine changes."""

import asyncio
import logging
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, Final

import anyio.to_thread
import pytest
from starlette.types import ASGIApp, Message, Scope
from typing_extensions import override

from isolambda_api.app import create_app
from isolambda_api.http.services import Services
from isolambda_core.domain.documents import Document
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.changes import SqliteChanges
from isolambda_local.threads import in_thread
from tests.support.clocks import SetClock
from tests.support.fakes import CountingChanges, InstantExecutor
from tests.support.frequent_requests import FETCH, LIST, RESULTS, HttpRequest, frequent_requests
from tests.support.services import services_on
from tests.support.sources import FakeEventSources

HTTP_FUNCTION: Final = "a request to an HTTP function"
FIRST_FETCH: Final = f"{FETCH}, first after a change"
FIRST_LIST: Final = f"{LIST}, first after a change"
_PAGE: Final = "return new Response('hi Ada')"
_ANSWER: Final = b'{"status":200,"headers":[["a","b"]],"body":"aGkgQWRh"}'
_WARM_UP: Final = 5
_COUNTED: Final = 10
_CALLS: Final = frozenset({"call", "c_call"})


@dataclass(frozen=True, slots=True)
class RequestCost:
    """What one request costs.

    ``calls`` are those of Python functions and of C functions, as cProfile counts them, in the
    thread of the event loop and in the threads that work for it.
    """

    hops: int
    """Pieces of work that are handed to another thread."""
    pragmas: int
    statements: int
    """Statements of SQL, without pragmas."""
    calls: int

    @override
    def __str__(self) -> str:
        return (
            f"{self.hops} hops to threads, {self.pragmas} pragmas, "
            f"{self.statements} other statements, {self.calls} calls"
        )


@contextmanager
def traced_sql() -> Iterator[list[str]]:
    """List the statements on all SQLite connections that are opened within the context."""
    statements: list[str] = []
    connect = sqlite3.connect

    def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_trace_callback(statements.append)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", traced)
        yield statements


def frequent_costs(database: Path) -> dict[str, RequestCost]:
    """Return what each frequent request costs the API on a new file, the executor at no cost."""
    executor = InstantExecutor({**RESULTS, _PAGE: _ANSWER})
    with (
        traced_sql() as statements,
        closing(open_store(database)) as store,
        closing(SqliteChanges(database)) as changes,
    ):
        services = services_on(
            store, SetClock(), executor, executor, FakeEventSources(), changes, in_thread
        )
        account, key = services.accounts.create_top("acme")

        def create(document: Document) -> str:
            return services.functions.create(account.id, document).id

        requests = frequent_requests(account.id, key, create)
        page = create({"name": "page", "function_js": _PAGE})
        trigger: Document = {"name": "p", "type": "http", "path": "page", "auth": {"type": "none"}}
        services.triggers.create(account.id, page, trigger)
        requests[HTTP_FUNCTION] = HttpRequest("GET", f"/http/{account.id}/page", "hi Ada")
        app, changing = create_app(services), create_app(_always_changing(services))
        costs = {name: cost_of(app, request, statements) for name, request in requests.items()}
        return costs | {
            FIRST_FETCH: cost_of(changing, requests[FETCH], statements),
            FIRST_LIST: cost_of(changing, requests[LIST], statements),
        }


def _always_changing(services: Services) -> Services:
    return replace(services, changes=CountingChanges())


def cost_of(app: ASGIApp, request: HttpRequest, statements: list[str]) -> RequestCost:
    """Return what a request costs an app that has answered it before, the least of several times.

    ``statements`` is the list of :func:`traced_sql`.
    """
    with _logging(), pytest.MonkeyPatch.context() as patch:
        counter = _Counter(patch)
        costs = asyncio.run(_costs(app, request, counter, statements))
    return RequestCost(*map(min, zip(*costs, strict=True)))


async def _costs(
    app: ASGIApp, request: HttpRequest, counter: "_Counter", statements: list[str]
) -> Sequence[tuple[int, int, int, int]]:
    costs = []
    for _ in range(_WARM_UP + _COUNTED):
        exchange = _Exchange(request)
        statements.clear()
        counter.start()
        await app(exchange.scope, exchange.receive, exchange.send)
        counter.stop()
        exchange.check()
        pragmas = sum(statement.startswith("PRAGMA") for statement in statements)
        costs.append((counter.hops, pragmas, len(statements) - pragmas, counter.calls))
    return costs[_WARM_UP:]


class _Counter:
    """Counts in the threads that it knows: the one that counts, and those that work for it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.hops = self.calls = 0
        self._next_hop, self._next_call = count(), count()
        run_sync, submit = anyio.to_thread.run_sync, ThreadPoolExecutor.submit

        async def counted_run_sync(function: Callable[..., Any], *rest: Any, **options: Any) -> Any:
            return await run_sync(self._hop(function), *rest, **options)

        def counted_submit(
            pool: ThreadPoolExecutor, function: Callable[..., Any], /, *rest: Any, **options: Any
        ) -> Any:
            return submit(pool, self._hop(function), *rest, **options)

        patch.setattr(anyio.to_thread, "run_sync", counted_run_sync)
        patch.setattr(ThreadPoolExecutor, "submit", counted_submit)

    def start(self) -> None:
        """Count from zero."""
        self._next_hop, self._next_call = count(), count()
        sys.setprofile(self._profile)

    def stop(self) -> None:
        """Count no more; what was counted is in ``hops`` and ``calls``."""
        sys.setprofile(None)
        self.hops, self.calls = next(self._next_hop), next(self._next_call)

    def _hop(self, function: Callable[..., Any]) -> Callable[..., Any]:
        next(self._next_hop)
        return partial(self._in_thread, function)

    def _in_thread(self, function: Callable[..., Any], *rest: Any, **options: Any) -> Any:
        sys.setprofile(self._profile)
        try:
            return function(*rest, **options)
        finally:
            sys.setprofile(None)

    def _profile(self, _frame: FrameType, event: str, _argument: object) -> None:
        if event in _CALLS:
            next(self._next_call)


class _Exchange:
    """A request as a server hands it to an app, and what the app sends."""

    def __init__(self, request: HttpRequest) -> None:
        path, _, query = request.target.partition("?")
        headers = [(name.lower().encode(), value.encode()) for name, value in request.all_headers]
        self.scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 8787),
            "client": ("127.0.0.1", 50_000),
            "scheme": "http",
            "root_path": "",
            "method": request.method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": headers,
            "state": {},
        }
        self._expected = request.expected.encode()
        self._unread = [request.body.encode()]
        self._sent: list[Message] = []

    async def receive(self) -> Message:
        """Hand over the body, and then wait, as for a client that stays."""
        if not self._unread:
            await asyncio.Future()
        return {"type": "http.request", "body": self._unread.pop(), "more_body": False}

    async def send(self, message: Message) -> None:
        self._sent.append(message)

    def check(self) -> None:
        """See that the answer is the one that the request expects."""
        assert self._sent[0]["status"] == 200, self._sent
        body = b"".join(message.get("body", b"") for message in self._sent)
        assert self._expected in body, body


@contextmanager
def _logging() -> Iterator[None]:
    """Log the line of each request as a server does, and past the handlers of pytest."""
    logger = logging.getLogger("isolambda_api")
    level, propagates = logger.level, logger.propagate
    handler = logging.StreamHandler(StringIO())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)  # which also empties what loggers remember of levels
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = propagates
        logger.setLevel(level)
        logger.removeHandler(handler)
