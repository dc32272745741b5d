"""The Lambda entry of the API; the only module here that runs code at import."""

import gc

# A cold start does without the collector, as nothing that is imported becomes garbage (20 ms).
gc.disable()

from isolambda_core.domain.dataclass_code import take_compiled

# Before anything makes a dataclass (90 ms).
take_compiled(__file__)

import logging
import random
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import BaseModel

# It also does without what validates FastAPI's own models of an OpenAPI document, until there is
# one (30 ms), and without pydantic.v1, which FastAPI imports to look for its models in annotations
# (15 ms). None stands for a module that is not installed, and then FastAPI looks for none.
BaseModel.model_config["defer_build"] = True
sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type] # there is no such module

import anyio.to_thread
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit, single_metric
from mangum import Mangum
from mangum.types import LambdaContext
from snapshot_restore_py import register_after_restore  # type: ignore[import-untyped]

from isolambda_api.bootstrap import build_app
from isolambda_api.clients import trace_calls
from isolambda_core.adapters.aws.tracing import is_traced
from isolambda_core.config import ApiSettings
from isolambda_core.domain.correlation import request_filter
from isolambda_core.domain.log_levels import ignore_level_of_runtime
from isolambda_core.domain.metric_batches import MetricBatches

_SERVER_ERROR = 500

# Service name, metrics namespace, log level and the share of requests that are logged from DEBUG on
# are set in template.yaml.
ignore_level_of_runtime()
logger = Logger()
tracer = Tracer(auto_patch=False)  # only a traced request needs it
copy_config_to_registered_loggers(
    logger, log_level="DEBUG", include={"isolambda_api", "isolambda_core"}
)
logger.registered_handler.addFilter(request_filter(lambda: logger.log_level))


def _open_line(route: str) -> EphemeralMetrics:
    line = EphemeralMetrics()
    line.add_dimension("route", route)  # as many as there are routes
    return line


_metrics = MetricBatches(
    _open_line,
    {
        "Requests": MetricUnit.Count.value,
        "Errors": MetricUnit.Count.value,
        "Latency": MetricUnit.Milliseconds.value,
    },
)


def _count(route: str, status: int | None, duration_ms: float) -> None:
    failed = status is None or status >= _SERVER_ERROR
    values = {"Requests": 1, "Errors": int(failed), "Latency": duration_ms}
    _metrics.add(route, values, urgent=failed)


@cache
def _count_cold_start(function_name: str) -> None:
    """Count the start of this environment; called again, do nothing."""
    with single_metric("ColdStart", MetricUnit.Count, 1) as metric:
        metric.add_dimension("function_name", function_name)


# API Gateway's access log has a line for each request: here a success is one at DEBUG.
_app = build_app(ApiSettings.from_environment(), _count, success_level=logging.DEBUG)
_serve: Callable[[dict[str, Any], LambdaContext], dict[str, Any]] = Mangum(_app, lifespan="off")


async def _call_here(function: Callable[..., Any], *arguments: Any, **_options: Any) -> Any:
    return function(*arguments)


# An environment serves one request at a time, so nothing else waits for the loop: what Starlette
# would call in a thread is called here, without two switches of threads each time.
anyio.to_thread.run_sync = _call_here  # type: ignore[assignment]
# Environments that start from one snapshot would wait alike, and choose alike between versions.
# No connection is open in it: nothing was asked yet.
register_after_restore(random.seed)
gc.freeze()
gc.enable()


# The event and the answer hold keys, sources and inputs: neither is logged nor traced.
@tracer.capture_lambda_handler(capture_response=False)
def _serve_traced(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _serve(event, context)


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer an event of an HTTP API (payload format 2.0)."""
    _count_cold_start(context.function_name)
    if is_traced():
        trace_calls()
        answer: dict[str, Any] = _serve_traced(event, context)
        return answer
    return _serve(event, context)
