"""ExecutorFunction: one execution for each invocation, in the one worker of this environment."""

import json
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from isolambda_core.domain.wire import dump_result, load_request
from isolambda_executor.supervisor import Supervisor

# Lambda invokes an environment once at a time, and starts the worker before the first invocation.
logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(logger, include={"isolambda_executor"})
supervisor = Supervisor(workers=1)


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Execute the request in ``event`` and return its result, both as ``domain.wire`` writes them.

    Raises:
        MalformedMessageError: the event is not a request; the invoker is told so by Lambda.
    """
    request = load_request(event)
    result = supervisor.execute(request)
    metrics.add_dimension("outcome", result.outcome)
    metrics.add_metric("Executions", MetricUnit.Count, 1)
    metrics.add_metric("WallTime", MetricUnit.Milliseconds, result.usage.wall_ms)
    logger.info(
        "executed",
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
