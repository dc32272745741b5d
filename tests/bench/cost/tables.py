"""How counts and dollars are printed."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Final

from tests.bench.cost.bill import Lambda, a_second, bill
from tests.bench.cost.counts import LAMBDAS, Counts

_KINDS: Final = {"one function": "FUNCTION#", "one account": "ACCOUNT#", "one key": "KEY#"}
"""What an operator calls the keys of the table's partitions."""


def dollars(
    counted: Mapping[str, Counts], at_work: Mapping[str, Mapping[str, Lambda]]
) -> Sequence[Sequence[str]]:
    """Return what a million executions cost: a row for each way, a column for each part."""
    rows: list[list[str]] = []
    for way, counts in counted.items():
        parts = bill(counts, at_work[way], "x86_64")
        arm64 = sum(bill(counts, at_work[way], "arm64").values())
        if not rows:
            rows.append(["$ a million", *parts, "all", "on arm64", "most of it"])
        most = max(parts, key=lambda part: parts[part])
        prices = [*parts.values(), sum(parts.values()), arm64]
        rows.append([way, *(f"{price:.2f}" for price in prices), most])
    return rows


def uses(
    counted: Mapping[str, Counts], at_work: Mapping[str, Mapping[str, Lambda]]
) -> Sequence[Sequence[str]]:
    """Return what one execution takes, and how many a second a partition has room for."""
    headings = ["one execution", "RCU", "WCU", "SQS"]
    headings += [f"{name.removesuffix('Function')} ms" for name in LAMBDAS]
    headings += ["log bytes", *(f"{name}: a second" for name in _KINDS)]
    rows = [headings]
    for way, counts in counted.items():
        units = (counts.charges.reads, counts.charges.writes, counts.sqs_requests)
        rows.append(
            [
                way,
                *(f"{unit / counts.executions:.3g}" for unit in units),
                *(_ms(at_work[way].get(name)) for name in LAMBDAS),
                f"{counts.logged.total() / counts.executions:.0f}",
                *(_rate(a_second(counts, kind)) for kind in _KINDS.values()),
            ]
        )
    return rows


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows under their headings, the first column left and the others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _ms(one: Lambda | None) -> str:
    """Return milliseconds: at work on its share of a processor, and waiting."""
    return "" if one is None else f"{one.at_work_s * 1000:.1f} + {one.waiting_s * 1000:.0f}"


def _rate(a_second: float) -> str:
    return f"{a_second:,.0f}" if isfinite(a_second) else ""
