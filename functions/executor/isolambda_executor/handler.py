"""Handle invocations of ExecutorFunction: one execution each, in the environment's one worker."""

from isolambda_executor.fork_server import ForkServer

# Before the other imports: the worker starts in parallel with them.
_fork_server = ForkServer()
_first = _fork_server.start()

import json
import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from isolambda_core.domain.correlation import correlate, request_filter
from isolambda_core.domain.executions.wire import (
    dump_result,
    load_request,
)
from isolambda_executor.supervisor import Supervisor

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(logger, log_level="DEBUG", include={"isolambda_executor"})
logger.registered_handler.addFilter(request_filter(lambda: logger.log_level))
supervisor = Supervisor(
    workers=1,
    fork_server=_fork_server,
    first=_first,
    unconfined=os.environ.get("UNCONFINED") == "true",  # noqa: TID251 - the only setting
)


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Execute the request in ``event`` and return its result, in the formats of ``wire``.

    Raises:
        MalformedMessageError: the event is not a request; Lambda reports that to the invoker.
    """
    request = load_request(event)
    correlate(request.request_id)
    result = supervisor.execute(request)
    # CloudWatch bills each combination of dimensions as a metric: there are seven outcomes, but any
    # number of accounts and functions. Logs Insights can count those by property.
    metrics.add_dimension("outcome", result.outcome)
    metrics.add_metadata("account_id", request.account_id)
    metrics.add_metadata("function_id", request.function_id)
    if request.compile_only:
        metrics.add_metric("Compilations", MetricUnit.Count, 1)
    else:
        metrics.add_metric("Executions", MetricUnit.Count, 1)
        metrics.add_metric("WallTime", MetricUnit.Milliseconds, result.usage.wall_ms)
        metrics.add_metric("ColdIsolates", MetricUnit.Count, int(result.usage.cold))
    logger.debug(
        "used",
        extra={
            "execution_id": request.execution_id,
            "cpu_ms": result.usage.cpu_ms,
            "memory_mb": result.usage.memory_mb,
            "source_characters": len(request.source),
            "input_characters": len(request.input),
        },
    )
    logger.info(
        "compiled" if request.compile_only else "executed",
        extra={
            "execution_id": request.execution_id,
            "account_id": request.account_id,
            "function_id": request.function_id,
            "version": request.version,
            "outcome": result.outcome,
            "wall_ms": result.usage.wall_ms,
            "cold": result.usage.cold,
            "confined": supervisor.confined,
        },
    )
    message: dict[str, Any] = json.loads(dump_result(result))
    return message
