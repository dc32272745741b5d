"""What was counted while executions were made, all of them together."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from tests.bench.charges import Charges
from tests.bench.cost.prices import HTTP_API_METERED_BYTES, SQS_METERED_BYTES

API, DISPATCHER, EXECUTOR = LAMBDAS = ("ApiFunction", "DispatcherFunction", "ExecutorFunction")

_LAMBDAS_OWN: Final = ("START ", "END ", "REPORT ")


@dataclass
class Counts:
    """``processor_s``, ``invocations`` and ``calls`` are by Lambda, and calls also by service.

    ``logged`` is bytes by kind of line; ``metrics`` names each metric with the values of its
    dimensions, since CloudWatch charges for each such combination.
    """

    executions: int
    charges: Charges = field(default_factory=Charges)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    http_requests: int = 0
    invocations: Counter[str] = field(default_factory=Counter)
    logged: Counter[str] = field(default_factory=Counter)
    metrics: set[tuple[str, ...]] = field(default_factory=set)
    processor_s: dict[str, float] = field(default_factory=dict)
    sqs_requests: int = 0

    def add_http(self, asked: int, answered: int) -> None:
        """Count a request of the HTTP API by the bytes of its body and of the answer's."""
        self.http_requests += metered(max(asked, answered), HTTP_API_METERED_BYTES)

    def add_sqs(self, size: int) -> None:
        """Count a request to SQS by its bytes."""
        self.sqs_requests += metered(size, SQS_METERED_BYTES)

    def add_lines(self, lines: Iterable[str], *, lambdas_own: bool) -> None:
        """Count what went to the log of a Lambda; what only the emulator says does not count.

        The emulator always writes Lambda's own lines: they count if the template asks for them.
        """
        for line in lines:
            if line.startswith(_LAMBDAS_OWN):
                if lambdas_own:
                    self.add_line("Lambda's lines", line)
            elif line.startswith("{"):
                metrics = set(_metrics_in(line))
                self.metrics |= metrics
                self.add_line("metrics" if metrics else "our lines", line)

    def add_line(self, kind: str, line: str) -> None:
        """Count a line, and the end of it."""
        self.logged[kind] += len(line.encode()) + 1

    def busiest(self, kind: str) -> tuple[float, float]:
        """Return the units of reads and writes for each execution, of one key of a kind.

        It is the key of which most is asked; ``kind`` is how it begins.
        """
        reads, writes = (
            max((units for pk, units in by_key.items() if pk.startswith(kind)), default=0)
            for by_key in (self.charges.reads_of, self.charges.writes_of)
        )
        return reads / self.executions, writes / self.executions


def metered(size: int, unit: int) -> int:
    """Return how many requests one of so many bytes is charged as."""
    return max(1, -(-size // unit))


def _metrics_in(line: str) -> Iterable[tuple[str, ...]]:
    blob = json.loads(line)
    for directive in blob.get("_aws", {}).get("CloudWatchMetrics", []):
        for dimensions in directive["Dimensions"]:
            values = [f"{name}={blob[name]}" for name in sorted(dimensions)]
            for metric in directive["Metrics"]:
                yield directive["Namespace"], metric["Name"], *values
