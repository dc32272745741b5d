"""Executions over HTTP: beside the same route without V8, and beside other servers of functions."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import Final
from urllib.request import Request, urlopen

from isolambda_core.domain.documents import Document
from tests.bench.figures import Row, alternate, compared, duration, measured, p50
from tests.bench.load import Block, Load
from tests.bench.rivals import LeftOutError, functions_framework, install, workerd
from tests.bench.servers import Server, isolambda, without_v8
from tests.support.frequent_requests import HttpRequest

CONNECTIONS: Final = 8

_RIVALS: Final = {"functions-framework": functions_framework, "workerd": workerd}


def one_connection() -> Row:
    """Measure one execution at a time, and what of it is the executor's."""
    with ExitStack() as stack:
        ours, theirs = (stack.enter_context(start()) for start in (isolambda, without_v8))
        for server in (ours, theirs):
            _run(server, 1, 200)
        executions, answers = alternate(
            60, lambda: _run(ours, 1, 25).samples, lambda: _run(theirs, 1, 25).samples
        )
    difference = duration(p50(executions) - p50(answers))
    what = "one execution over HTTP"
    return compared(what, executions, "no executor", answers, note=f"difference {difference}")


def http_function() -> Row:
    """Measure a request to an HTTP function, beside an execution on the same server."""
    with isolambda() as server:
        published = replace(server, greet=_publish(server))
        for each in (published, server):
            _run(each, 1, 200)
        answers, executions = alternate(
            60, lambda: _run(published, 1, 25).samples, lambda: _run(server, 1, 25).samples
        )
    what = "one request to an HTTP function"
    return compared(what, answers, "execute", executions)


def _publish(server: Server) -> HttpRequest:
    """Put a function behind a path, and return a request to it."""
    functions = server.greet.target.rpartition("/functions/")[0] + "/functions"
    account_id = functions.split("/")[3]

    def put(path: str, document: Document) -> str:
        request = Request(
            f"http://127.0.0.1:{server.port}{path}",
            data=json.dumps({"data": document}).encode(),
            headers={**dict(server.greet.headers), "Content-Type": "application/json"},
            method="PUT",
        )
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            return str(json.load(answer)["data"]["id"])

    source = "return new Response('hi Ada', {headers: {'content-type': 'text/plain'}})"
    function = put(functions, {"name": "page", "function_js": source})
    trigger: Document = {"name": "page", "type": "http", "path": "page", "auth": {"type": "none"}}
    put(f"{functions}/{function}/triggers", trigger)
    return HttpRequest("GET", f"/http/{account_id}/page", "hi Ada")


def many_connections(leave_out: Callable[[str], None]) -> Iterator[Row]:
    """Measure as many requests a second as eight connections get out of each server."""
    with ExitStack() as stack:
        servers: dict[str, AbstractContextManager[Server]] = {"isolambda": isolambda()}
        try:
            install()
        except LeftOutError as error:
            leave_out(f"{' and '.join(_RIVALS)}: {error}")
        else:
            servers |= {name: start() for name, start in _RIVALS.items()}
        listening: dict[str, Server] = {}
        for name, server in servers.items():
            try:
                listening[name] = stack.enter_context(server)
            except LeftOutError as error:
                leave_out(f"{name}: {error}")
                continue
            _run(listening[name], CONNECTIONS, 1_000)
        blocks: dict[str, list[Block]] = {name: [] for name in listening}
        for _ in range(15):
            for name, each in listening.items():
                blocks[name].append(_run(each, CONNECTIONS, 400))
        yield from _rows(blocks)


def _run(server: Server, connections: int, requests: int) -> Block:
    # On new connections, as a server closes those that rest, and not the first requests on them.
    with Load(server.port, server.greet, connections) as load:
        load.run(connections)
        return load.run(requests)


def _rows(blocks: dict[str, list[Block]]) -> Iterator[Row]:
    ours = blocks.pop("isolambda")
    if not blocks:
        rate = f"{_rate(ours):,.0f} requests/s"
        yield measured(f"{CONNECTIONS} connections", duration(p50(_samples(ours))), note=rate)
    for name, theirs in blocks.items():
        share = max(
            sum(block.client_cpu_s for block in each) / sum(block.seconds for block in each)
            for each in (ours, theirs)
        )
        yield compared(
            f"{CONNECTIONS} connections",
            _samples(ours),
            name,
            _samples(theirs),
            note=f"{_rate(ours):,.0f} and {_rate(theirs):,.0f} requests/s; "
            f"the load took {share:.0%} of a processor",
        )


def _samples(blocks: Sequence[Block]) -> Sequence[float]:
    return [sample for block in blocks for sample in block.samples]


def _rate(blocks: Sequence[Block]) -> float:
    requests = sum(len(block.samples) for block in blocks)
    return requests / sum(block.seconds for block in blocks)
