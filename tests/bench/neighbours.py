"""How long one tenant's execution and call take while another keeps the server busy, and alone."""

import json
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx2

from isolambda_core.domain.limits import CALLBACKS_OF_TENANT
from tests.bench.figures import Row, measured, p50, timed
from tests.support.servers import starting
from tests.support.tenants import Tenant, tenant_at_the_top

EXECUTION_BOUND_MS: Final = 50
CALL_BOUND_MS: Final = 100
"""How much longer than alone the slowest one may take."""
_SAMPLES: Final = 40
_SLEEPS: Final = "await new Promise(done => setTimeout(done, call.ms)); return 1"
_LONG_MS: Final = 20_000
_LATER: Final = {"Prefer": "respond-async"}


def rows() -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    for what, burden in (
        ("eight functions that sleep", _asleep),
        ("60 requests under one idempotency key", _under_one_key),
        ("nine callbacks that are not answered", _unanswered),
        ("1,000 executions queued", _queued),
    ):
        yield from _beside(what, burden)


_Burden = Callable[[Tenant, str, ExitStack], None]
"""Keeps a server busy for a tenant with a function that sleeps, until the stack is closed."""


def _asleep(tenant: Tenant, function: str, stack: ExitStack) -> None:
    for _ in range(8):
        _send(tenant, function, stack, _LONG_MS)


def _under_one_key(tenant: Tenant, function: str, stack: ExitStack) -> None:
    for _ in range(60):
        _send(tenant, function, stack, _LONG_MS, **{"Idempotency-Key": "one"})


def _unanswered(tenant: Tenant, function: str, stack: ExitStack) -> None:
    listener = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0), backlog=64)))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/ended"
    _submit(tenant, function, 9, 0, **{"X-Callback-URL": url})
    for _ in range(CALLBACKS_OF_TENANT):
        stack.enter_context(closing(listener.accept()[0]))


def _queued(tenant: Tenant, function: str, _: ExitStack) -> None:
    _submit(tenant, function, 1_000, _LONG_MS)


def _send(tenant: Tenant, function: str, stack: ExitStack, ms: int, **headers: str) -> None:
    """Send a request, and leave its answer unread."""
    url = httpx2.URL(tenant.credentials["url"])
    connection = stack.enter_context(closing(HTTPConnection(url.host, url.port)))
    own = {"X-Auth-Token": tenant.api_key, "Content-Type": "application/json", **headers}
    path = f"{tenant.functions_url(function)}/execute"
    connection.request("POST", path, json.dumps({"data": {"ms": ms}}), own)


def _submit(tenant: Tenant, function: str, count: int, ms: int, **headers: str) -> None:
    url = f"{tenant.functions_url(function)}/execute"
    with tenant.client() as client:
        for _ in range(count):
            client.post(
                url, json={"data": {"ms": ms}}, headers={**_LATER, **headers}
            ).raise_for_status()


def _beside(what: str, burden: _Burden) -> Iterator[Row]:
    with TemporaryDirectory() as folder, starting(Path(folder)) as start, ExitStack() as stack:
        server = start("--workers", "4", "--private-callbacks")
        stack.callback(server.end, signal.SIGKILL)  # which waits for nothing that sleeps
        mallory, alice = tenant_at_the_top(server), tenant_at_the_top(server)
        sleeps = mallory.create(_SLEEPS, limits={"wall_time_ms": 25_000})
        asks = _asks(alice, stack.enter_context(alice.client()))
        alone = [timed(ask, _SAMPLES, warm_up=5) for ask in asks]
        burden(mallory, sleeps, stack)
        meanwhile = [timed(ask, _SAMPLES) for ask in asks]
    for name, bound, before, after in zip(
        ("execution", "call"), (EXECUTION_BOUND_MS, CALL_BOUND_MS), alone, meanwhile, strict=True
    ):
        more = (max(after) - p50(before)) * 1e3
        yield measured(
            f"another tenant's {name} beside {what}",
            f"{p50(after) * 1e3:.1f} ms",
            bound=f"the slowest {bound} ms more than alone",
            met=more <= bound,
            note=f"alone {p50(before) * 1e3:.1f} ms; the slowest {max(after) * 1e3:.1f} ms",
        )


def _asks(tenant: Tenant, client: httpx2.Client) -> tuple[Callable[[], object], ...]:
    function = tenant.create("return {module: 'tts'}")

    def execute() -> None:
        url = f"{tenant.functions_url(function)}/execute"
        client.post(url, json={"data": {}}).raise_for_status()

    def call() -> None:
        url, key = f"/pivot/{tenant.account_id}/{function}", {"key": tenant.api_key}
        client.post(url, params=key).raise_for_status()

    return execute, call
