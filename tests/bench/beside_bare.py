"""The frequent requests beside a bare FastAPI: latency, processor time and requests a second.

All requests are measured in turn in each round, and the bare one among them. A ratio is the median
over the rounds, of the ratios to the bare one in the same round.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench import bare_fastapi
from tests.bench.client import Client
from tests.bench.figures import Row, counted, duration, p50, verdict
from tests.bench.machine import ProcessTree
from tests.bench.servers import GREET_ADA, Server, isolambda
from tests.bench.servers import bare_fastapi as serve_bare
from tests.support.frequent_requests import (
    EXECUTE_CODEMASH,
    EXECUTE_KAZOO,
    FETCH,
    LIST,
    NAMES,
    PIVOT,
    HttpRequest,
)
from tests.support.request_costs import cost_of, frequent_costs

SERVERS: Final[Mapping[str, Callable[[], AbstractContextManager[Server]]]] = {"1": isolambda}
"""Isolambda, by how many server processes it has."""
CONNECTIONS: Final = (1, 8)
ROUNDS: Final = 9
BLOCK_S: Final = 0.4

HEADINGS: Final = (
    "request", "processes", "p50", "bare", "ratio", "bound",
    "processor", "bare", "ratio", "bound", "without V8", "ratio", "bound",
    "requests/s", "bare", "ratio", "bound", "met",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """What one block of requests took, or the ratio of two blocks.

    Seconds of a request: ``p50``, and the processor time of the process tree, ``whole``, and
    ``server`` of that without the processes of V8. ``rate`` is the requests a second.
    """

    p50: float
    whole: float
    server: float
    rate: float

    def beside(self, other: "Figures") -> "Figures":
        """Return the ratios to another block."""
        return Figures(*(a / b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Bounds:
    """The highest ratios to the bare one, and the lowest of the requests a second."""

    p50: float
    whole: float | None = None
    server: float | None = None
    rate: float | None = None

    def are_met(self, ratios: Figures) -> bool:
        """Return whether no ratio is beyond its bound."""
        return (
            ratios.p50 <= self.p50
            and (self.whole is None or ratios.whole <= self.whole)
            and (self.server is None or ratios.server <= self.server)
            and (self.rate is None or ratios.rate >= self.rate)
        )


_EXECUTE: Final = Bounds(p50=1.8, whole=2.3, server=1.3, rate=0.55)
_PIVOT: Final = Bounds(p50=2.2, whole=3.0)
BOUNDS: Final = {
    (EXECUTE_KAZOO, 1): _EXECUTE,
    (EXECUTE_KAZOO, 8): _EXECUTE,
    (EXECUTE_CODEMASH, 1): _EXECUTE,
    (EXECUTE_CODEMASH, 8): _EXECUTE,
    (PIVOT, 1): _PIVOT,
    (PIVOT, 8): _PIVOT,
    (FETCH, 1): Bounds(p50=1.5),
    (FETCH, 8): Bounds(p50=2.0),
    (LIST, 1): Bounds(p50=2.2),
    (LIST, 8): Bounds(p50=2.6),
}
"""By request and connections."""


def rows() -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    with ExitStack() as stack:
        client = stack.enter_context(closing(Client()))
        bare = stack.enter_context(serve_bare())
        servers = {name: stack.enter_context(start()) for name, start in SERVERS.items()}
        for connections in CONNECTIONS:
            asked = {("", ""): (bare, bare.greet)} | {
                (request, name): (server, server.requests[request])
                for request in NAMES
                for name, server in servers.items()
            }
            yield from _rows(client, asked, connections)


def counts() -> Iterator[Row]:
    """Count what each request costs the process of the server; see ``request_costs``."""
    bare = cost_of(bare_fastapi.app, GREET_ADA, [])
    with TemporaryDirectory() as folder:
        costs = frequent_costs(Path(folder) / "isolambda.db")
    for name, cost in costs.items():
        note = f"{cost.hops} hops to threads, {cost.pragmas} pragmas, {cost.statements} other SQL"
        yield counted(name, cost.calls, "bare FastAPI", bare.calls, "calls of Python", note=note)


_Asked = Mapping[tuple[str, str], tuple[Server, HttpRequest]]
"""What is asked of which server, by request and processes, the bare one first."""


def _rows(client: Client, asked: _Asked, connections: int) -> Iterator[Row]:
    for server, request in asked.values():
        measure(client, server, request, connections)  # to warm up
    measured: dict[tuple[str, str], list[Figures]] = {what: [] for what in asked}
    for _ in range(ROUNDS):
        for what, (server, request) in asked.items():
            measured[what].append(measure(client, server, request, connections))
    (_, bare), *ours = measured.items()
    for (name, processes), figures in ours:
        ratios = _medians([one.beside(other) for one, other in zip(figures, bare, strict=True)])
        cells = (f"{name}, {connections} at a time", processes)
        yield _row(cells, _medians(figures), _medians(bare), ratios, BOUNDS[name, connections])


def measure(client: Client, server: Server, request: HttpRequest, connections: int) -> Figures:
    """Return what a block of requests took of one server, on so many connections."""
    client.connect(server.port, request, connections)  # as a server closes those that rest
    processes = ProcessTree(server.pid)
    before = processes.processor_s()
    block = client.ask(BLOCK_S)
    whole, of_server = (
        (after - began) / len(block.samples)
        for after, began in zip(processes.processor_s(), before, strict=True)
    )
    return Figures(p50(block.samples), whole, of_server, block.rate)


def _medians(figures: list[Figures]) -> Figures:
    return Figures(*map(median, zip(*map(astuple, figures), strict=True)))


def _row(
    what: tuple[str, ...], ours: Figures, bare: Figures, ratios: Figures, bounds: Bounds
) -> Row:
    met = bounds.are_met(ratios)
    cells = (
        *what,
        duration(ours.p50), duration(bare.p50), *_ratio(ratios.p50, bounds.p50),
        duration(ours.whole), duration(bare.whole), *_ratio(ratios.whole, bounds.whole),
        duration(ours.server), *_ratio(ratios.server, bounds.server),
        f"{ours.rate:,.0f}", f"{bare.rate:,.0f}", *_ratio(ratios.rate, bounds.rate),
        verdict(met),
    )  # fmt: skip
    return Row(cells, met)


def _ratio(ratio: float, bound: float | None) -> tuple[str, str]:
    return f"{ratio:.2f}", "" if bound is None else f"{bound:.2f}"
