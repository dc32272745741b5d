"""What it costs a function to reach a server, and the store, beside doing so without V8."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.executions.execution import ExecutionRequest, Usage
from isolambda_core.domain.executions.reach import KvGrant
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.key_values.values import ItemKey, Value
from isolambda_core.domain.limits import MIB
from isolambda_core.services.key_values.key_values import KeyValueService
from isolambda_executor.fetching.network import Network
from isolambda_executor.supervisor import Supervisor
from isolambda_local.operations import performing
from isolambda_local.sqlite import open_store
from tests.bench.executions import again, execute, request_for
from tests.bench.figures import Row, Samples, alternate, duration, measured, p50, timed
from tests.bench.loopback import loopback
from tests.support.fetching import fetching

FETCH_MORE_S: Final = 0.002
LONG_S: Final = 0.2
LONG_MORE_MB: Final = 2.0
GET_S: Final = 0.0005

_FETCHES: Final = 20
_GETS: Final = 50
_LONG: Final = 10 * MIB
_HOST: Final = ("127.0.0.1",)
_FETCH: Final = """
for (let n = 0; n < call.times; n++) await (await fetch(call.url)).arrayBuffer();
return null;
"""
_READ: Final = """
let size = 0;
for await (const piece of (await fetch(call.url)).body) size += piece.length;
return size;
"""
_GET: Final = "for (let n = 0; n < call.times; n++) await context.kv.get('key'); return null;"


def rows() -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    with (
        loopback() as url,
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(Path(folder) / "isolambda.db")) as store,
        performing(1, None, private_fetch=True) as operations,
        Supervisor(workers=1, operations=operations.broker) as supervisor,
    ):
        service = KeyValueService(store.key_values, SystemClock())
        operations.add_store(service)
        yield _fetch(supervisor, f"{url}/100")
        yield from _long(supervisor, f"{url}/{_LONG}", f"{url}/1")
        yield _get(supervisor, service)


def _fetch(supervisor: Supervisor, url: str) -> Row:
    request = replace(request_for(_FETCH), net=(_HOST,))

    def ours() -> Samples:
        return _each(supervisor, request, _FETCHES, 5, url=url)

    def plainly() -> Samples:
        with closing(Network(private=True)) as network, fetching(*_HOST, network=network) as plain:
            return timed(lambda: plain.fetch(url), 20, warm_up=5)

    mine, plain = alternate(10, ours, plainly)
    more = p50(mine) - p50(plain)
    return measured(
        "a fetch from a loopback server",
        duration(p50(mine)),
        bound=f"{duration(FETCH_MORE_S)} more",
        met=more <= FETCH_MORE_S,
        note=f"{duration(p50(plain))} by the same client without V8",
    )


def _long(supervisor: Supervisor, url: str, short_url: str) -> Iterator[Row]:
    request = replace(request_for(_READ), net=(_HOST,))

    def read(from_url: str) -> Sequence[Usage]:
        asked = _asked(request, url=from_url)
        return [execute(supervisor, asked).usage for _ in range(12)][2:]

    short, long = read(short_url), read(url)
    seconds = [usage.wall_ms / 1e3 for usage in long]
    more_mb = p50([usage.memory_mb for usage in long]) - p50([usage.memory_mb for usage in short])
    yield measured(
        "10 MiB from a loopback server",
        duration(p50(seconds)),
        bound=duration(LONG_S),
        met=p50(seconds) <= LONG_S,
    )
    yield measured(
        "memory of a worker for these 10 MiB, read in pieces",
        f"{more_mb:.2f} MB",
        bound=f"{LONG_MORE_MB} MB",
        met=more_mb <= LONG_MORE_MB,
        note="more than for one byte",
    )


def _get(supervisor: Supervisor, service: KeyValueService) -> Row:
    request = replace(request_for(_GET), kv=KvGrant(("orders",)))
    item = ItemKey(request.account_id, "orders", "key")
    service.put(item, Value(b'{"name":"Ada"}'), None)

    def ours() -> Samples:
        return _each(supervisor, request, _GETS, 5)

    mine, plain = alternate(10, ours, lambda: timed(lambda: service.get(item), 50, warm_up=5))
    return measured(
        "context.kv.get",
        duration(p50(mine)),
        bound=duration(GET_S),
        met=p50(mine) <= GET_S,
        note=f"{duration(p50(plain))} by a call of the store",
    )


def _each(
    supervisor: Supervisor, request: ExecutionRequest, times: int, executions: int, url: str = ""
) -> Samples:
    """Return how long one of many operations takes, with its share of the execution."""
    asked = _asked(request, url=url, times=times)
    execute(supervisor, asked)
    walls = [execute(supervisor, asked).usage.wall_ms for _ in range(executions)]
    return [wall_ms / 1e3 / times for wall_ms in walls]


def _asked(request: ExecutionRequest, **call: object) -> ExecutionRequest:
    asked = again(request)
    context = asked.context
    if request.kv is not None:
        context = f'{{"kv":["{request.kv.namespaces[0]}"],{context[1:]}'
    return replace(asked, input=dump(dict(call)).encode(), context=context)  # type: ignore[arg-type]
