"""Counts and prices make dollars for a million executions, by part."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from tests.bench.cost import prices
from tests.bench.cost.counts import EXECUTOR, Counts
from tests.bench.cost.runtime import Runtime

MILLION: Final = 1_000_000

Dollars = dict[str, float]


@dataclass(frozen=True, slots=True)
class Lambda:
    """What an execution takes of one of the Lambdas: ``invocations`` of it, each for some time.

    ``at_work_s`` is its processor time, on the share of a processor that ``memory_mb`` brings;
    ``waiting_s`` is for AWS, and for the executor.
    """

    memory_mb: int
    invocations: float
    at_work_s: float
    waiting_s: float

    @property
    def billed_s(self) -> float:
        """What Lambda charges for one invocation: whole milliseconds."""
        return ceil((self.at_work_s + self.waiting_s) * 1000) / 1000

    @property
    def gb_seconds(self) -> float:
        """What Lambda charges for one execution."""
        return self.memory_mb / 1024 * self.billed_s * self.invocations


def lambdas(counts: Counts, memory_mb: Mapping[str, int]) -> dict[str, Lambda]:
    """Return the Lambdas that were at work; the one that invokes the executor waits for it."""
    found: dict[str, Lambda] = {}
    for name in sorted(counts.invocations, key=lambda name: name != EXECUTOR):
        invocations = counts.invocations[name]
        waits_s = dict(prices.WAITS_S)
        if EXECUTOR in found:
            waits_s["lambda"] += found[EXECUTOR].billed_s
        waited_s = sum(
            times * waits_s.get(service, 0)
            for (caller, service), times in counts.calls.items()
            if caller == name
        )
        share = min(1, memory_mb[name] / prices.WHOLE_PROCESSOR_MB)
        found[name] = Lambda(
            memory_mb[name],
            invocations / counts.executions,
            counts.processor_s[name] / share / invocations,
            waited_s / invocations,
        )
    return found


def bill(counts: Counts, at_work: Mapping[str, Lambda], architecture: str) -> Dollars:
    """Return dollars for a million executions, by part."""
    each = MILLION / counts.executions
    used = at_work.values()
    gb_s = prices.LAMBDA_GB_SECOND[architecture]
    return {
        "API": counts.http_requests * each * prices.HTTP_API_REQUEST,
        "invocations": sum(counts.invocations.values()) * each * prices.LAMBDA_REQUEST,
        "GB-seconds": sum(one.gb_seconds for one in used) * MILLION * gb_s,
        "reads": counts.charges.reads * each * prices.DYNAMODB_READ_UNIT,
        "writes": counts.charges.writes * each * prices.DYNAMODB_WRITE_UNIT,
        "SQS": counts.sqs_requests * each * prices.SQS_REQUEST,
        "logs": counts.logged.total() * each * prices.LOG_BYTE,
        "X-Ray": MILLION * prices.TRACED * prices.TRACE,
    }


def month(runtime: Runtime, metrics: int) -> Dollars:
    """Return dollars for a month in which nothing is executed, of a stack with all its defaults."""
    snapshots_gb = sum(
        int(runtime.parameter(properties["MemorySize"])) / 1024
        for properties in runtime.resources("AWS::Serverless::Function")
        if "SnapStart" in properties
    )
    return {
        "secret": len(runtime.resources("AWS::SecretsManager::Secret")) * prices.SECRET,
        "metrics": metrics * prices.METRIC,
        "alarms": len(runtime.resources("AWS::CloudWatch::Alarm")) * prices.ALARM,
        "dashboard": len(runtime.resources("AWS::CloudWatch::Dashboard")) * prices.DASHBOARD,
        "snapshots": snapshots_gb * prices.MONTH_S * prices.SNAPSHOT_GB_SECOND,
        "polling SQS": prices.MONTH_S * prices.POLLS_A_SECOND * prices.SQS_REQUEST,
    }


def a_second(counts: Counts, kind: str) -> float:
    """Return how many executions a second one key's partition has room for."""
    reads, writes = counts.busiest(kind)
    used = max(reads / prices.PARTITION_READS, writes / prices.PARTITION_WRITES)
    return 1 / used if used else float("inf")
