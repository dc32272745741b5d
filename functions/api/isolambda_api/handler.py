"""The Lambda entry of the API; the only module here that runs code at import."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from mangum import Mangum
from mangum.types import LambdaContext

from isolambda_api.bootstrap import build_app
from isolambda_core.config import ApiSettings

_SERVER_ERROR = 500

# Service name, metrics namespace and log level are set in template.yaml.
logger = Logger()
tracer = Tracer()
metrics = Metrics()
copy_config_to_registered_loggers(logger, include={"isolambda_api", "isolambda_core"})
_serve = Mangum(build_app(ApiSettings.from_environment()), lifespan="off")


# The event and the answer hold keys, sources and inputs: neither is logged nor traced.
@logger.inject_lambda_context(log_event=False)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer an event of an HTTP API (payload format 2.0)."""
    answer = _serve(event, context)
    metrics.add_metric("Requests", MetricUnit.Count, 1)
    metrics.add_metric("Errors", MetricUnit.Count, int(answer["statusCode"] >= _SERVER_ERROR))
    return answer
