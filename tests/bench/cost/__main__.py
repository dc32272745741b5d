"""``python -m tests.bench.cost``: what a million executions cost on AWS, by part.

What ``make build`` made runs here, on an account that counts what it is asked. Ends with 0, also
where what was built cannot run; it says so then.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from typing import Final

from tests.bench.cost import prices
from tests.bench.cost.bill import MILLION, Lambda, bill, lambdas, month
from tests.bench.cost.counts import API, LAMBDAS, Counts
from tests.bench.cost.runtime import CannotRunError, Runtime, find
from tests.bench.cost.stack import open_stack
from tests.bench.cost.tables import aligned, dollars, uses
from tests.bench.cost.ways import ways

_LEAN: Final = {"BUCKET_TOKENS": "0", "POWERTOOLS_LOG_LEVEL": "WARNING"}

_MEMORY_MB: Final = (256, 512, 1024, 1769)

_WAITS: Final = ", ".join(f"{s * 1000:.0f} ms for {what}" for what, s in prices.WAITS_S.items())
_PARTITION: Final = f"{prices.PARTITION_WRITES:,} WCU or {prices.PARTITION_READS:,} RCU"
_NOTES: Final = f"""\
Counted: requests, DynamoDB's units (from the items in requests and answers), SQS's requests, bytes
of logs. RCU and WCU are units of reads and writes. A client sends ten requests one after the other,
and the API has served the account before; a new client sends one. Each message comes alone; up to
ten share an invocation of the dispatcher, and two of the three requests to SQS.
Metrics are a line a second and environment, as where an environment serves twenty requests a second
or more; where it serves less than one, each request is a line of both Lambdas, about 0.3 a million.
ms: x of its processor, measured here and divided by the share of one that the memory brings on AWS,
+ y of waiting, for the executor and for AWS: {_WAITS}.
How long AWS takes was not measured. The functions do next to nothing.
X-Ray: {prices.TRACED:.0%} of requests, as at a hundred a second; when there are few, it traces all.
a second: what a partition of DynamoDB takes, {_PARTITION}, over what an execution asks
of it. An account has one with its functions, a function one with its records, versions and aliases.
Not in it: cold starts, storage, data sent to the internet, taxes, and what is free of charge."""


def main() -> int:
    """Count and print; return the exit status."""
    began = time.monotonic()
    options = argparse.ArgumentParser()
    options.add_argument("--executions", type=int, default=25, help="how many of each way")
    executions = options.parse_args().executions
    try:
        runtime = find()
    except CannotRunError as error:
        print(f"NOTHING WAS COUNTED: {error}")
        return 0
    counted = _count(runtime, executions)
    memory_mb = {name: runtime.memory_mb(name) for name in LAMBDAS}
    at_work = {way: lambdas(counts, memory_mb) for way, counts in counted.items()}
    print(
        f"List prices of us-east-1 as of {prices.AS_OF} (tests/bench/cost/prices.py): check them.\n"
    )
    print(
        f"{aligned(dollars(counted, at_work))}\n\n{aligned(uses(counted, at_work))}\n\n{_NOTES}\n"
    )
    print(_advice(counted, at_work))
    print(_memory(counted["Kazoo"], memory_mb))
    metrics = {metric for counts in counted.values() for metric in counts.metrics}
    standing = month(runtime, len(metrics))
    parts = ", ".join(f"{part} {price:.2f}" for part, price in standing.items())
    print(f"A month, however little is executed: ${sum(standing.values()):.2f} ({parts}).")
    print(f"{time.monotonic() - began:.0f} s")
    return 0


def _advice(counted: Mapping[str, Counts], at_work: Mapping[str, Mapping[str, Lambda]]) -> str:
    plain, lean = (bill(counted[way], at_work[way], "x86_64") for way in ("Kazoo", "Kazoo, lean"))
    logged = counted["Kazoo"].logged
    kinds = ", ".join(f"{kind} {size / logged.total():.0%}" for kind, size in logged.most_common())
    memory_gb = sum(one.memory_mb for one in at_work["Kazoo"].values()) / 1024
    further = memory_gb / 1000 * MILLION * prices.LAMBDA_GB_SECOND["x86_64"]
    return (
        f"Lean: BucketTokens=0 saves {plain['writes'] - lean['writes']:.2f} of writes,"
        f" LogLevel=WARNING {plain['logs'] - lean['logs']:.2f} of logs, both some GB-seconds."
        f"\nLogs of Kazoo: {kinds}."
        f"\nEach further millisecond of a function's own: {further:.3f}, API and executor together."
    )


def _memory(counts: Counts, memory_mb: Mapping[str, int]) -> str:
    """Return what another memory of the API would cost, and how long a request would take."""
    found = []
    for mb in _MEMORY_MB:
        api = lambdas(counts, {**memory_mb, API: mb})[API]
        dollars = api.gb_seconds * MILLION * prices.LAMBDA_GB_SECOND["x86_64"]
        found.append(f"{mb} MB {dollars:.2f} and {api.billed_s * 1000:.0f} ms")
    return f"GB-seconds and time of the API, Kazoo: {', '.join(found)}."


def _count(runtime: Runtime, executions: int) -> Mapping[str, Counts]:
    counted = {}
    with open_stack(runtime) as stack:
        for way, execute in ways(stack):
            counted[way] = stack.count(executions, execute)
    with open_stack(runtime, **_LEAN) as stack:
        way, execute = next(ways(stack))
        counted[f"{way}, lean"] = stack.count(executions, execute)
    return counted


if __name__ == "__main__":
    sys.exit(main())
