"""``python -m tests.bench.cold``: how long each Lambda takes from its start to its first answer.

Ends with 1 when a bound is not met, and with 0 where what was built cannot be run; it says so then.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.cold.empty_table import empty_table
from tests.bench.cold.lambdas import Lambdas
from tests.bench.cold.pairs import Pair, pairs
from tests.bench.cold.sizes import sizes
from tests.bench.cost.runtime import CannotRunError, Runtime, find
from tests.bench.cost.tables import aligned
from tests.bench.figures import Row, Samples, alternate, duration, p50
from tests.support.built import BUILD

_TIMES: Final = 10
_HEADINGS: Final = ("first answer", "samples", "median", "p90", "ratio", "bound", "met")
_NOTES: Final = """\
From the start of Lambda's runtime (awslambdaric, under the Runtime Interface Emulator) to its first
answer, on as much processor as there is; AWS gives what the memory pays for, and more while it
initializes. Below each Lambda is a bare one with the same packages and bytecode
around it; ratio: of the medians. The table that the second pair reads is on loopback, and empty.
The executor's worker starts while its supervisor does, which needs two cores that are free.
MB: 10^6 bytes. A Lambda and its layers may have 262 unzipped."""


def main() -> int:
    """Measure everything and print it; return the exit status."""
    began = time.monotonic()
    try:
        runtime = find()
    except CannotRunError as error:
        print(f"{error}: nothing was measured")
        return 0
    print(f"load average {os.getloadavg()[0]:.2f} at the start\n", flush=True)
    rows = list(_rows(runtime))
    print(aligned([_HEADINGS, *(row.cells for row in rows)]))
    print(f"\n{aligned(sizes(BUILD))}\n\n{_NOTES}")
    print(f"\n{time.monotonic() - began:.0f} s; load average {os.getloadavg()[0]:.2f} at the end")
    missed = [row.cells[0] for row in rows if row.met is False]
    print(f"NOT MET: {', '.join(missed)}" if missed else "Every bound is met.")
    return 1 if missed else 0


def _rows(runtime: Runtime) -> Iterator[Row]:
    with TemporaryDirectory() as folder, empty_table() as endpoint:
        compared = list(pairs(Lambdas(runtime, Path(folder), endpoint)))
        both = [(pair.ours, pair.theirs) if pair.theirs else (pair.ours,) for pair in compared]
        starts = [start for each in both for start in each]
        # Once more than counts: the first of each reads its files from the disk.
        samples = iter([taken[1:] for taken in alternate(_TIMES + 1, *starts)])
    for pair in compared:
        ours = next(samples)
        theirs = next(samples) if pair.theirs else None
        yield from _rows_of(pair, ours, theirs)


def _rows_of(pair: Pair, ours: Samples, theirs: Samples | None) -> Iterator[Row]:
    if theirs is None:
        yield Row((pair.what, *_told(ours), "", "", ""))
        return
    ratio = p50(ours) / p50(theirs)
    met = None if pair.bound is None else ratio <= pair.bound
    bound = "" if pair.bound is None else f"{pair.bound:.2f}"
    verdict = "" if met is None else "yes" if met else "NO"
    yield Row((pair.what, *_told(ours), f"{ratio:.2f}", bound, verdict), met)
    yield Row((f"  {pair.beside}", *_told(theirs), "", "", ""))


def _told(samples: Samples) -> Sequence[str]:
    p90 = sorted(samples)[-(-len(samples) * 9 // 10) - 1]
    return str(len(samples)), duration(p50(samples)), duration(p90)


if __name__ == "__main__":
    sys.exit(main())
