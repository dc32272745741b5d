"""What is measured, and how it is printed: each row is one thing of ours beside one other."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

Samples = Sequence[float]
"""Seconds, one for each time that something was done."""

_UNITS: Final = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_HEADINGS: Final = (
    "what", "samples", "ours: p50", "p99", "beside it", "p50", "p99", "ratio", "bound", "met", "",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, as text; ``met`` is None where nothing is promised."""

    cells: tuple[str, ...]
    met: bool | None = None


def timed(action: Callable[[], object], times: int, warm_up: int = 0) -> list[float]:
    """Return how long an action took, each of ``times``, after ``warm_up`` times more."""
    for _ in range(warm_up):
        action()
    samples = []
    for _ in range(times):
        began = perf_counter()
        action()
        samples.append(perf_counter() - began)
    return samples


def alternate(blocks: int, *things: Callable[[], Samples]) -> list[Samples]:
    """Measure things in turn, a block of each, so that noise of the machine meets all of them."""
    samples: list[list[float]] = [[] for _ in things]
    for _ in range(blocks):
        for measured_so_far, measure in zip(samples, things, strict=True):
            measured_so_far.extend(measure())
    return list(samples)


def p50(samples: Samples) -> float:
    """Return the median."""
    return statistics.median(samples)


def p99(samples: Samples) -> float:
    """Return the 99th percentile; of less than a hundred samples, the greatest."""
    return sorted(samples)[-(-len(samples) * 99 // 100) - 1]


def duration(seconds: float) -> str:
    """Return about three digits and their unit."""
    size, unit = next((each for each in _UNITS if seconds >= each[0]), _UNITS[-1])
    value = seconds / size
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}"


def compared(
    what: str,
    ours: Samples,
    beside: str,
    theirs: Samples,
    *,
    bound: float | None = None,
    note: str = "",
) -> Row:
    """Return the row of two things that were measured in turn; the medians' ratio has the bound."""
    ratio = p50(ours) / p50(theirs)
    met = None if bound is None else ratio <= bound
    cells = (
        what, str(len(ours)), duration(p50(ours)), duration(p99(ours)),
        beside, duration(p50(theirs)), duration(p99(theirs)),
        f"{ratio:.2f}", "" if bound is None else f"{bound:.2f}", verdict(met), note,
    )  # fmt: skip
    return Row(cells, met)


def counted(
    what: str,
    ours: int,
    beside: str,
    theirs: int,
    unit: str,
    *,
    bound: float | None = None,
    note: str = "",
) -> Row:
    """Return the row of two things that were counted once; their ratio has the bound."""
    ratio = ours / theirs
    met = None if bound is None else ratio <= bound
    cells = (
        what, "1", f"{ours} {unit}", "", beside, f"{theirs} {unit}", "",
        f"{ratio:.2f}", "" if bound is None else f"{bound:.2f}", verdict(met), note,
    )  # fmt: skip
    return Row(cells, met)


def measured(
    what: str, value: str, *, bound: str = "", met: bool | None = None, note: str = ""
) -> Row:
    """Return the row of something that has nothing beside it."""
    return Row((what, "1", value, "", "", "", "", "", bound, verdict(met), note), met)


def verdict(met: bool | None) -> str:
    """Return whether a bound is met, in a word; nothing where there is none."""
    return "" if met is None else "yes" if met else "NO"


def table(rows: Sequence[Row], headings: Sequence[str] = _HEADINGS) -> str:
    """Return the rows under their headings, in columns."""
    lines = [headings, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
