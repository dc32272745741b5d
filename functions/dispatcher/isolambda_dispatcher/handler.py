"""The Lambda entry of the dispatcher; the only module here that runs code at import."""

from isolambda_core.domain.dataclass_code import take_compiled

# Before anything makes a dataclass, whose code would be compiled.
take_compiled(__file__)

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from isolambda_core.config import DispatcherSettings
from isolambda_core.domain.correlation import request_filter
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.log_levels import ignore_level_of_runtime
from isolambda_core.domain.queue.messages import Acknowledge, Retry, SendToCallbacks, SendToDlq
from isolambda_dispatcher.batches import FAILED, BatchResponse, ItemResult
from isolambda_dispatcher.bootstrap import build_dispatcher
from isolambda_dispatcher.queued import DROPPED
from isolambda_dispatcher.sources.executions import EXECUTION

# template.yaml sets service name, metrics namespace and log level.
ignore_level_of_runtime()
logger = Logger()
tracer = Tracer()
metrics = Metrics()
copy_config_to_registered_loggers(
    logger, log_level="DEBUG", include={"isolambda_dispatcher", "isolambda_core"}
)
logger.registered_handler.addFilter(request_filter(lambda: logger.log_level))

_METRICS: dict[str, str] = {
    Acknowledge.name: "Processed",
    SendToCallbacks.name: "Processed",
    Retry.name: "Retried",
    SendToDlq.name: "DeadLettered",
    DROPPED: "Dropped",
    FAILED: "Failed",
}


def _note(result: ItemResult) -> None:
    # The metrics of executions have no prefix: they are older than those of triggers.
    source = "" if result.source == EXECUTION else result.source.capitalize()
    metrics.add_metric(f"{source}{_METRICS[result.disposition]}", MetricUnit.Count, 1)


def _alarm() -> None:
    metrics.add_metric("DisabledTriggers", MetricUnit.Count, 1)


_dispatcher = build_dispatcher(DispatcherSettings.from_environment(), _note, _alarm)


@logger.inject_lambda_context(log_event=False)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> BatchResponse:
    """Take events of a source, and return to Lambda which items must stay there."""
    try:
        return _dispatcher.handle(event, context.get_remaining_time_in_millis)
    except IsolambdaError:  # Lambda brings it again, and keeps it in the end
        metrics.add_metric(_METRICS[FAILED], MetricUnit.Count, 1)
        raise
