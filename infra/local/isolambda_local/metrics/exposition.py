"""Show what was counted as Prometheus reads it: its text format, version 0.0.4."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, cast

from isolambda_core import __version__
from isolambda_core.ports.blocking import Blocking
from isolambda_local.metrics.families import (
    ACCOUNT_EXECUTIONS,
    BOUNDS_S,
    FAMILIES,
    OFFSETS,
    PREFIX,
    RUNNING,
    Family,
)
from isolambda_local.metrics.table import MetricTable

if TYPE_CHECKING:
    from prometheus_client import Metric

KEPT_S: Final = 1.0
"""How long a text is shown again: it costs as much as some executions, and asks the store."""
_PER_S: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class QueueState:
    """What waits in the queue: how many messages are due, and how long the oldest one has been."""

    messages: int
    oldest_s: float


@dataclass(slots=True)
class Exposition:
    """The text of all metrics; ``workers`` is how many executions run at a time at most.

    ``queue`` reads the state of the queue; where it cannot be read, its metrics are left out. That
    is done by ``blocking``, and so is the writing of the text, which takes milliseconds.
    """

    table: MetricTable
    workers: int
    queue: Callable[[], QueueState | None]
    blocking: Blocking
    now: Callable[[], float] = monotonic
    _text: bytes = b""
    _made_at: float = 0.0
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def text(self) -> bytes:
        """Return the metrics as they are, or as they were at most ``KEPT_S`` seconds ago."""
        async with self._making:
            if not self._text or self.now() - self._made_at >= KEPT_S:
                self._text = await self.blocking(self._render)
                self._made_at = self.now()
            return self._text

    def _render(self) -> bytes:
        # A server without metrics does without the library.
        from prometheus_client import CollectorRegistry  # noqa: PLC0415
        from prometheus_client.exposition import generate_latest  # noqa: PLC0415

        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(list(self._metrics(self.queue()))))
        return generate_latest(registry)

    def _metrics(self, queue: QueueState | None) -> "Iterator[Metric]":
        from prometheus_client.core import (  # noqa: PLC0415 - as above
            GaugeMetricFamily,
            InfoMetricFamily,
        )

        sums = self.table.sums()
        for family in FAMILIES:
            yield self._metric(family, sums)
        running = sums[OFFSETS[RUNNING.name]]
        workers = GaugeMetricFamily(
            f"{PREFIX}workers", "Executions that run at a time at most, by state.", labels=["state"]
        )
        workers.add_metric(["busy"], running)
        workers.add_metric(["idle"], max(0, self.workers - running))
        yield workers
        if queue is not None:
            text = "Messages of the queue that are due, without dead letters."
            yield GaugeMetricFamily(f"{PREFIX}queue_messages", text, queue.messages)
            text = "How long the oldest message of the queue has been due."
            yield GaugeMetricFamily(f"{PREFIX}queue_oldest_seconds", text, queue.oldest_s)
        text = "The release that serves."
        yield InfoMetricFamily(f"{PREFIX}build", text, {"version": __version__})

    def _metric(self, family: Family, sums: Sequence[int]) -> "Metric":
        from prometheus_client.core import (  # noqa: PLC0415 - as above
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        kinds: Any = {
            "counter": CounterMetricFamily,
            "gauge": GaugeMetricFamily,
            "histogram": HistogramMetricFamily,
        }
        metric: Any = kinds[family.kind](family.name, family.text, labels=family.labels)
        for labels, words in self._rows(family, sums):
            if family.kind == "histogram":
                *buckets, sum_us = words
                bounds = (*map(str, BOUNDS_S), "+Inf")
                counts = list(zip(bounds, accumulate(buckets), strict=True))
                metric.add_metric(labels, buckets=counts, sum_value=sum_us / _PER_S)
            else:
                metric.add_metric(labels, words[0])
        return cast("Metric", metric)

    def _rows(
        self, family: Family, sums: Sequence[int]
    ) -> Iterator[tuple[tuple[str, ...], Sequence[int]]]:
        rows = family.rows
        if family is ACCOUNT_EXECUTIONS:
            accounts = self.table.accounts()
            rows = [(account,) for account in accounts] + rows[len(accounts) :]
        at = OFFSETS[family.name]
        for labels in rows:
            words = sums[at : at + family.width]
            at += family.width
            if any(words) or not family.is_sparse:
                yield labels, words


class _Collector:
    def __init__(self, metrics: "list[Metric]") -> None:
        self.metrics = metrics

    def collect(self) -> "list[Metric]":
        return self.metrics
