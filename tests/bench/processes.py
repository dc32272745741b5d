"""How many requests a second two server processes answer, and how many one, on two processors.

Isolambda and a bare FastAPI are measured with both, all four in turn in each round. A ratio is the
median of the ratios within one round.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from statistics import median
from typing import Final

from tests.bench.client import Client
from tests.bench.figures import Row, verdict
from tests.bench.servers import Server, bare_fastapi, isolambda
from tests.support.frequent_requests import EXECUTE_KAZOO, HttpRequest

HEADINGS: Final = ("server", "one process", "two", "ratio", "bound", "met")
BOUND: Final = 1.2
"""The lowest ratio of the requests a second of two processes to those of one."""
CONNECTIONS: Final = 32
ROUNDS: Final = 9
BLOCK_S: Final = 0.4


def rows() -> Iterator[Row]:
    """Measure, and return a row for Isolambda and one for the bare FastAPI."""
    with ExitStack() as stack:
        client = stack.enter_context(closing(Client()))
        ours = [stack.enter_context(isolambda(processes)) for processes in (1, 2)]
        bare = [stack.enter_context(bare_fastapi(processes)) for processes in (1, 2)]
        servers = {
            EXECUTE_KAZOO: [(server, server.requests[EXECUTE_KAZOO]) for server in ours],
            "bare FastAPI": [(server, server.greet) for server in bare],
        }
        rates: dict[str, list[list[float]]] = {name: [] for name in servers}
        for _ in range(1 + ROUNDS):
            for name, pair in servers.items():
                rates[name].append([_rate(client, *each) for each in pair])
    for name, rounds in rates.items():
        yield row(name, rounds[1:], BOUND if name == EXECUTE_KAZOO else None)


def row(name: str, rates: list[list[float]], bound: float | None) -> Row:
    """Return the row of a server, by the rates of one and of two processes in each round."""
    one, two = (median(each) for each in zip(*rates, strict=True))
    ratio = median(of_two / of_one for of_one, of_two in rates)
    met = None if bound is None else ratio >= bound
    shown = "" if bound is None else f"{bound:.2f}"
    cells = (name, f"{one:,.0f}/s", f"{two:,.0f}/s", f"{ratio:.2f}", shown, verdict(met))
    return Row(cells, met)


def _rate(client: Client, server: Server, request: HttpRequest) -> float:
    client.connect(server.port, request, CONNECTIONS)
    return client.ask(BLOCK_S).rate
