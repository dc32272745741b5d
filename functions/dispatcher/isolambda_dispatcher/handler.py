"""The Lambda entry of the dispatcher; the only module here that runs code at import."""

from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    AsyncBatchProcessor,
    EventType,
    async_process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from isolambda_core.config import DispatcherSettings
from isolambda_core.domain.correlation import request_filter
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.queued import Fate
from isolambda_dispatcher.bootstrap import build_execution_source
from isolambda_dispatcher.sources.executions import BATCH

# Service name, metrics namespace and log level are set in template.yaml.
logger = Logger()
tracer = Tracer()
metrics = Metrics()
copy_config_to_registered_loggers(
    logger, log_level="DEBUG", include={"isolambda_dispatcher", "isolambda_core"}
)
logger.registered_handler.addFilter(request_filter(lambda: logger.log_level))
_source = build_execution_source(DispatcherSettings.from_environment())
# One for each message, since each waits for an executor; of asyncio's own there are six in Lambda.
_threads = ThreadPoolExecutor(BATCH)


class ComesAgainError(IsolambdaError):
    """The message is to come again; this tells Lambda to leave it in the queue."""


@logger.inject_lambda_context(log_event=False)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Take a batch of messages, and tell Lambda which of them must stay in the queue."""
    processor = AsyncBatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    answer = async_process_partial_response(event, _take, processor, context)
    failures = zip(answer["batchItemFailures"], processor.exceptions, strict=True)
    for staying, (_, error, _) in failures:
        if not isinstance(error, ComesAgainError):
            metrics.add_metric("Failed", MetricUnit.Count, 1)
            logger.error("message %s failed", staying["itemIdentifier"], exc_info=error)
    return answer


async def _take(record: SQSRecord) -> None:
    # A context for each message, so that no line names the request of another.
    fate = await get_running_loop().run_in_executor(
        _threads, copy_context().run, _source.take, record
    )
    metrics.add_metric(fate.capitalize(), MetricUnit.Count, 1)
    if fate is Fate.AGAIN:
        raise ComesAgainError
