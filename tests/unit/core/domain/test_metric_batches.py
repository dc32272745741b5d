"""The values of requests wait for each other a second, and then share a line."""

from dataclasses import dataclass, field

import pytest

from isolambda_core.domain.metric_batches import INTERVAL_S, MetricBatches

START_S = 1_800_000_000.0


@dataclass
class Line:
    """A line of metrics; ``values`` are those that were added."""

    dimension: str
    values: list[tuple[str, str, float]] = field(default_factory=list)
    timestamp: int = 0
    written: int = 0

    def add_metric(self, name: str, unit: str, value: float) -> None:
        self.values.append((name, unit, value))

    def set_timestamp(self, timestamp: int) -> None:
        self.timestamp = timestamp

    def flush_metrics(self) -> None:
        self.written += 1


class Metrics:
    """Batches of one metric, at a time that a test sets; ``lines`` are all that were opened."""

    def __init__(self) -> None:
        self.now_s = START_S
        self.lines: list[Line] = []
        self._batches = MetricBatches(self._open, {"Latency": "Milliseconds"}, lambda: self.now_s)

    def add(self, value: float, dimension: str = "/a", *, urgent: bool = False) -> None:
        self._batches.add(dimension, {"Latency": value}, urgent=urgent)

    def written(self) -> list[tuple[str, list[float]]]:
        """Return the lines that were written, by their dimensions and values."""
        assert all(line.written <= 1 for line in self.lines)
        return [
            (line.dimension, [value for _, _, value in line.values])
            for line in self.lines
            if line.written
        ]

    def _open(self, dimension: str) -> Line:
        self.lines.append(Line(dimension))
        return self.lines[-1]


@pytest.fixture
def metrics() -> Metrics:
    """Metrics of which the first value was written."""
    metrics = Metrics()
    metrics.add(0)
    assert metrics.written() == [("/a", [0])]
    metrics.lines.clear()
    return metrics


def test_the_values_of_a_second_share_a_line(metrics: Metrics) -> None:
    for value in (1, 2):
        metrics.now_s += INTERVAL_S / 4
        metrics.add(value)
    assert metrics.written() == []

    metrics.now_s += INTERVAL_S
    metrics.add(3)

    assert metrics.written() == [("/a", [1, 2, 3])]


def test_each_value_of_the_dimension_has_a_line_of_its_own(metrics: Metrics) -> None:
    metrics.add(1, "/a")
    metrics.add(2, "/b")
    metrics.now_s += INTERVAL_S
    metrics.add(3, "/a")

    assert metrics.written() == [("/a", [1, 3]), ("/b", [2])]


def test_who_asks_less_than_once_a_second_waits_for_none(metrics: Metrics) -> None:
    for value in (1, 2):
        metrics.now_s += INTERVAL_S
        metrics.add(value)

    assert metrics.written() == [("/a", [1]), ("/a", [2])]


def test_what_is_urgent_is_written_at_once_with_what_waits(metrics: Metrics) -> None:
    metrics.add(1)
    metrics.add(2, urgent=True)

    assert metrics.written() == [("/a", [1, 2])]


def test_a_line_is_written_before_it_is_full(metrics: Metrics) -> None:
    for value in range(150):
        metrics.add(value)

    [(_, values)] = metrics.written()
    assert values == list(range(99))


def test_values_from_before_a_sleep_keep_their_time(metrics: Metrics) -> None:
    metrics.add(1)
    metrics.now_s += 3600
    metrics.add(2)

    assert metrics.written() == [("/a", [1]), ("/a", [2])]
    assert [line.timestamp for line in metrics.lines] == [
        START_S * 1000,
        (START_S + 3600) * 1000,
    ]


def test_a_clock_that_goes_back_keeps_no_value(metrics: Metrics) -> None:
    metrics.now_s -= 10
    metrics.add(1)

    assert metrics.written() == [("/a", [1])]
