"""Handle invocations of ExecutorFunction: one execution each, in the environment's one worker."""

import gc

# A cold start does without the collector, as nothing that is imported becomes garbage.
gc.disable()

from isolambda_executor.spawning import spawn

# Before the other imports: the worker starts in parallel with them.
_spawned = spawn()

from isolambda_core.domain.dataclass_code import take_compiled

take_compiled(__file__)

from isolambda_executor.fork_server import ForkServer

_fork_server = ForkServer(_spawned)
_first = _fork_server.start()

import json
import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit, single_metric
from aws_lambda_powertools.utilities.typing import LambdaContext

from isolambda_core.domain.correlation import correlate, request_filter
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.executions.wire import (
    dump_result,
    load_request,
)
from isolambda_core.domain.log_levels import ignore_level_of_runtime
from isolambda_core.domain.metric_batches import MetricBatches
from isolambda_executor.broker import Broker
from isolambda_executor.kinds import kinds_without_a_store
from isolambda_executor.supervisor import Supervisor

ignore_level_of_runtime()
logger = Logger()
copy_config_to_registered_loggers(logger, log_level="DEBUG", include={"isolambda_executor"})
logger.registered_handler.addFilter(request_filter(lambda: logger.log_level))


def _net_ceiling() -> tuple[str, ...] | None:
    allowed = os.environ.get("NET_ALLOW")  # noqa: TID251 - the other setting
    if not allowed:
        return None
    from isolambda_core.domain.net import ceiling_of  # noqa: PLC0415 - few installations have one

    return ceiling_of(allowed.split(","))


supervisor = Supervisor(
    workers=1,
    fork_server=_fork_server,
    first=_first,
    operations=Broker(kinds_without_a_store(), net_ceiling=_net_ceiling()),
    unconfined=os.environ.get("UNCONFINED") == "true",  # noqa: TID251 - one of two settings
)
gc.freeze()
gc.enable()


def _open_line(outcome: str) -> EphemeralMetrics:
    # CloudWatch bills each combination of dimensions as a metric: there are seven outcomes, but any
    # number of accounts and functions.
    line = EphemeralMetrics()
    line.add_dimension("outcome", outcome)
    return line


_metrics = MetricBatches(
    _open_line,
    {
        "Executions": MetricUnit.Count.value,
        "Compilations": MetricUnit.Count.value,
        "WallTime": MetricUnit.Milliseconds.value,
        "ColdIsolates": MetricUnit.Count.value,
        "Fetches": MetricUnit.Count.value,
    },
)


@cache
def _note_start(function_name: str) -> None:
    """Count and log the start of this environment; called again, do nothing."""
    with single_metric("ColdStart", MetricUnit.Count, 1) as metric:
        metric.add_dimension("function_name", function_name)
    logger.info(
        "started",
        extra={"confined": supervisor.confined, "confinement": supervisor.confinement.words},
    )


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Execute the request in ``event`` and return its result, in the formats of ``wire``.

    Raises:
        MalformedMessageError: the event is not a request; Lambda reports that to the invoker.
    """
    request = load_request(event)
    correlate(request.request_id)
    result = supervisor.execute(request)
    _note_start(context.function_name)
    _count(request, result)
    _log(request, result)
    message: dict[str, Any] = json.loads(dump_result(result))
    return message


def _count(request: ExecutionRequest, result: ExecutionResult) -> None:
    values: dict[str, float] = {"Compilations": 1}
    if not request.compile_only:
        usage = result.usage
        values = {"Executions": 1, "WallTime": usage.wall_ms, "ColdIsolates": int(usage.cold)}
        if usage.fetches:
            values["Fetches"] = usage.fetches
    _metrics.add(result.outcome, values, urgent=result.outcome is Outcome.INTERNAL_ERROR)


def _log(request: ExecutionRequest, result: ExecutionResult) -> None:
    """Log an execution that failed, and at DEBUG one that succeeded."""
    log = logger.debug if result.outcome is Outcome.OK else logger.info
    log(
        "compiled" if request.compile_only else "executed",
        extra={
            "execution_id": request.execution_id,
            "account_id": request.account_id,
            "function_id": request.function_id,
            "version": request.version,
            "outcome": result.outcome,
            "wall_ms": result.usage.wall_ms,
            "cpu_ms": result.usage.cpu_ms,
            "memory_mb": result.usage.memory_mb,
            "cold": result.usage.cold,
            "fetches": result.usage.fetches,
            "source_characters": len(request.source),
            "input_bytes": len(request.input),
            "confined": supervisor.confined,
        },
    )
