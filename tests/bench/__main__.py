"""``python -m tests.bench``: the speed and the memory of Isolambda, each beside something else.

Ends with 1 when a bound is not met. Times drift from machine to machine, and on one machine from
minute to minute; what is compared is measured in turn, in one run, and its ratio is what counts.
"""

import gc
import sys
import time
from typing import Final

from tests.bench import (
    accounts,
    bare_fastapi,
    beside_bare,
    code_mode,
    executions,
    lists,
    machine,
    many_tools,
    memory,
    neighbours,
    over_dynamodb,
    over_http,
    processes,
    reach,
    recording,
    schemas,
    shadow,
    turns,
    web_platform,
)
from tests.bench.figures import table
from tests.bench.plain import PlainLibrary

_NOTES: Final = """\
ratio: of the medians, ours over the other; below 1 we are faster. MB/s: of the JSON, one way.
MiniRacer is the plain library in a process of its own, V8 without a worker process, a limit or a
deadline. functions-framework and workerd run the function in the server's own process, and have no
API key, no store, no worker process and no wall between tenants; Isolambda has all of them.
Frequent requests stand beside a bare FastAPI: one route that parses JSON and answers JSON. Figures
are medians of the rounds; a ratio is the median of the ratios within one round, ours over the bare
one. The processor time is that of a request, in all processes of the server, and without V8's.
RCU and WCU are DynamoDB's read and write units, counted from the items in the requests to moto and
in its answers: a consistent read is one for each 4 KB that it examines, a write one for each KB."""


def main() -> int:
    """Measure everything and print it; return the exit status."""
    began = time.monotonic()
    # What was imported, moto above all, is passed over by the collector: neither a server nor the
    # plain library beside us has it to look through.
    gc.freeze()
    left_out: list[str] = []
    meanwhile = machine.Meanwhile()
    with PlainLibrary() as plain:
        print(f"{machine.describe(plain.v8_version)}\n{bare_fastapi.describe()}", flush=True)
        rows = [*executions.rows(plain), *web_platform.rows(plain), *code_mode.rows(plain)]
    rows += accounts.rows()
    rows += memory.rows()
    rows += reach.rows()
    rows += recording.rows()
    rows += many_tools.rows()
    rows += shadow.rows()
    rows += schemas.rows()
    rows.append(over_http.one_connection())
    rows.append(over_http.http_function())
    rows += over_http.many_connections(left_out.append)
    rows += lists.rows()
    rows += turns.rows()
    rows += neighbours.rows()
    rows += over_dynamodb.rows()
    rows += beside_bare.counts()
    while_frequent = machine.Meanwhile()
    frequent = list(beside_bare.rows())
    by_processes = list(processes.rows())
    print(f"\n{table(rows)}\n\n{table(frequent, beside_bare.HEADINGS)}")
    print(f"\n{table(by_processes, processes.HEADINGS)}\n")
    print(f"while these requests were measured, {while_frequent.describe()}\n\n{_NOTES}")
    for what in left_out:
        print(f"\n*** LEFT OUT: {what} ***")
    print(f"\n{time.monotonic() - began:.0f} s, in which {meanwhile.describe()}")
    missed = [row.cells[0] for row in (*rows, *frequent, *by_processes) if row.met is False]
    print(f"NOT MET: {', '.join(missed)}" if missed else "Every bound is met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
