"""Write the metrics of many requests as one log line a second."""

from collections.abc import Callable, Mapping
from time import time  # noqa: TID251 - the executor has no Clock
from typing import Final, Protocol

INTERVAL_S: Final = 1.0
_RESOLUTION_S: Final = 60.0
"""CloudWatch sums values up by the minute: values further apart need a time of their own."""
_VALUES: Final = 99
"""Values of a metric in one line: CloudWatch takes 100, and Powertools writes by itself at 100."""


class MetricLine(Protocol):
    """One log line of metrics, with one set of dimensions; Powertools' ``EphemeralMetrics``."""

    def add_metric(self, name: str, unit: str, value: float) -> None:
        """Add a value to a metric."""
        ...

    def set_timestamp(self, timestamp: int) -> None:
        """Set the time of all values, in Unix milliseconds."""
        ...

    def flush_metrics(self) -> None:
        """Write the line."""
        ...


class MetricBatches:
    """Collects the values of metrics by a dimension, and writes a line for each dimension's value.

    It writes when ``INTERVAL_S`` has passed since it last wrote, for a value that is urgent, and
    before a line is full. Values wait for the next request. Lambda tells no environment that it
    ends, so the values that then wait are lost: those of its last second.

    Args:
        open_line: Makes a line for a value of the dimension.
        units: The metrics and their units, as CloudWatch names them.
        now: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        open_line: Callable[[str], MetricLine],
        units: Mapping[str, str],
        now: Callable[[], float] = time,
    ) -> None:
        self._open_line = open_line
        self._units = units
        self._now = now
        self._lines: dict[str, MetricLine] = {}
        self._values = 0
        self._began_s = 0.0
        self._written_s = 0.0

    def add(self, dimension: str, values: Mapping[str, float], *, urgent: bool = False) -> None:
        """Add the values of one request; an ``urgent`` request waits for no other."""
        now_s = self._now()
        if self._lines and now_s - self._began_s >= _RESOLUTION_S:
            self._write()
        if not self._lines:
            self._began_s = now_s
        line = self._lines.get(dimension)
        if line is None:
            line = self._lines[dimension] = self._open_line(dimension)
            line.set_timestamp(int(self._began_s * 1000))
        for name, value in values.items():
            line.add_metric(name, self._units[name], value)
        self._values += 1
        due = not 0 <= now_s - self._written_s < INTERVAL_S
        if due or urgent or self._values >= _VALUES:
            self._written_s = now_s
            self._write()

    def _write(self) -> None:
        lines, self._lines, self._values = self._lines, {}, 0
        for line in lines.values():
            line.flush_metrics()
