"""The report of a replay, in lines for a person to read."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from isolambda_cli.terminal import printable
from isolambda_core.domain.json_text import JsonValue, dump_readable
from isolambda_core.domain.limits import REPLAY_VALUE_CHARACTERS
from isolambda_core.domain.replays.comparison import Difference, Kind
from isolambda_core.domain.replays.executions import REQUESTS, Replayed
from isolambda_core.domain.replays.report import Report
from isolambda_core.domain.replays.usage import Comparison

_SIGNS = {Kind.CHANGED: "~", Kind.ADDED: "+", Kind.REMOVED: "-"}
_SHOWN = 80
"""Characters of a value that are shown."""


def lines_of(report: Report) -> Iterator[str]:
    """Yield what differs, each place with one example; then what was skipped, and the sums."""
    places: dict[tuple[str, Kind], list[tuple[Replayed, Difference]]] = {}
    for execution in report.executions:
        for difference in execution.found:
            places.setdefault(difference.place, []).append((execution, difference))
    for found in sorted(places.values(), key=len, reverse=True):
        yield printable(_line_of_place(found))
    more = sum(each.more for each in report.executions)
    if more:
        yield f"… and {more} differences that reports have no room for"
    reasons = Counter(each.reason for each in report.executions if each.reason is not None)
    for reason, count in reasons.most_common():
        yield printable(f"? {count} skipped: {reason}")
    if noise := sorted(report.noise.paths | report.noise.members):
        yield printable(f"differs by itself: {', '.join(map(_place, noise))}")
    yield from _lines_of_usage("processor time", "ms", report.cpu_ms)
    yield from _lines_of_usage("memory", "MB", report.memory_mb)
    summary: Any = report.summary
    yield printable(
        f"{report.old}..{report.new}: {summary['compared']} compared, {summary['equal']} equal, "
        f"{summary['different']} different ({summary['different_percent']:g} %), "
        f"{summary['skipped']} skipped"
    )


def _line_of_place(found: list[tuple[Replayed, Difference]]) -> str:
    execution, difference = found[0]
    kind = difference.kind
    values = {
        Kind.CHANGED: f"{_text(difference.old)} → {_text(difference.new)}",
        Kind.ADDED: _text(difference.new),
        Kind.REMOVED: _text(difference.old),
    }
    count = f"in {len(found)}, as {execution.execution_id}"
    return f"{_SIGNS[kind]} {_place(difference.path)}: {values[kind]} ({count})"


def _place(path: str) -> str:
    """Return a path for a person: a request begins with its target."""
    if not path.startswith(REQUESTS):
        return path
    target, _, rest = path.removeprefix(REQUESTS).partition("/")
    return " ".join(filter(None, (target.replace("~1", "/").replace("~0", "~"), rest)))


def _lines_of_usage(name: str, unit: str, compared: Comparison) -> Iterator[str]:
    if compared.more:
        numbers = f"{compared.old:g} {unit} → {compared.new:g} {unit}"
        yield f"! more {name}: {numbers}, the medians of {compared.inputs} inputs"


def _text(value: JsonValue) -> str:
    is_cut = isinstance(value, str) and len(value) == REPLAY_VALUE_CHARACTERS and value[-1] == "…"
    text = str(value) if is_cut else dump_readable(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
