"""Two server processes beside one, on two processors: requests a second, and processor time.

Isolambda and a bare FastAPI are measured with both, all four in turn in each round. A ratio is the
median of the ratios within one round.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from statistics import median
from typing import Final

from tests.bench.beside_bare import Figures, measure
from tests.bench.client import Client
from tests.bench.figures import Row, duration, verdict
from tests.bench.servers import bare_fastapi, isolambda
from tests.support.frequent_requests import EXECUTE_KAZOO

HEADINGS: Final = (
    "server", "one process", "two", "ratio", "bound", "processor", "two", "ratio", "met",
)  # fmt: skip
BOUND: Final = 1.2
"""The lowest ratio of the requests a second of two processes to those of one."""
CONNECTIONS: Final = 32
ROUNDS: Final = 9


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
        measured: dict[str, list[list[Figures]]] = {name: [] for name in servers}
        for _ in range(1 + ROUNDS):
            for name, pair in servers.items():
                measured[name].append([measure(client, *each, CONNECTIONS) for each in pair])
    for name, rounds in measured.items():
        yield row(name, rounds[1:], BOUND if name == EXECUTE_KAZOO else None)


def row(name: str, rounds: list[list[Figures]], bound: float | None) -> Row:
    """Return the row of a server, by what each round took of one and of two processes."""
    one, two = zip(*rounds, strict=True)
    ratio = median(b.rate / a.rate for a, b in rounds)
    met = None if bound is None else ratio >= bound
    cells = (
        name,
        *(f"{median(each.rate for each in rates):,.0f}/s" for rates in (one, two)),
        f"{ratio:.2f}", "" if bound is None else f"{bound:.2f}",
        *(duration(median(each.whole for each in times)) for times in (one, two)),
        f"{median(b.whole / a.whole for a, b in rounds):.2f}",
        verdict(met),
    )  # fmt: skip
    return Row(cells, met)
