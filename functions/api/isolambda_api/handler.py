"""The Lambda entry of the API; the only module here that runs code at import."""

import gc

from pydantic import BaseModel

# A cold start does without the collector, as nothing that is imported becomes garbage (20 ms), and
# without what validates FastAPI's own models of an OpenAPI document, until there is one (30 ms).
gc.disable()
BaseModel.model_config["defer_build"] = True

import random
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from mangum import Mangum
from mangum.types import LambdaContext
from snapshot_restore_py import register_after_restore  # type: ignore[import-untyped]

from isolambda_api.bootstrap import build_app
from isolambda_core.config import ApiSettings
from isolambda_core.domain.correlation import request_filter

_SERVER_ERROR = 500

# Service name, metrics namespace, log level and the share of requests that are logged from DEBUG on
# are set in template.yaml.
logger = Logger()
tracer = Tracer(auto_patch=False)  # clients.py patches botocore when it imports it
metrics = Metrics()
copy_config_to_registered_loggers(
    logger, log_level="DEBUG", include={"isolambda_api", "isolambda_core"}
)
logger.registered_handler.addFilter(request_filter(lambda: logger.log_level))


def _count(route: str, status: int | None, duration_ms: float) -> None:
    metrics.add_dimension("route", route)  # as many as there are routes
    metrics.add_metric("Requests", MetricUnit.Count, 1)
    metrics.add_metric("Errors", MetricUnit.Count, int(status is None or status >= _SERVER_ERROR))
    metrics.add_metric("Latency", MetricUnit.Milliseconds, duration_ms)


_serve = Mangum(build_app(ApiSettings.from_environment(), _count), lifespan="off")
# Environments that start from one snapshot would wait alike, and choose alike between versions.
# No connection is open in it: nothing was asked yet.
register_after_restore(random.seed)
gc.freeze()
gc.enable()


# The event and the answer hold keys, sources and inputs: neither is logged nor traced.
@logger.inject_lambda_context(log_event=False)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer an event of an HTTP API (payload format 2.0)."""
    return _serve(event, context)
