"""The environment variables that the template gives to a Lambda that a test calls."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_COMMON: Final = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "TABLE_NAME": "functions",
    "EXECUTOR_FUNCTION_NAME": "executor",
    "SECRET_ARN": "installation",
    "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/executions",
    "SHADOW_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/shadows",
    "STACK_NAME": "isolambda",
    "EVENT_BUS_NAME": "isolambda",
    "SCHEDULE_GROUP": "isolambda",
    "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/scheduler",
    "DISPATCHER_ARN": "arn:aws:lambda:us-east-1:123456789012:function:dispatcher:live",
    "DEAD_LETTER_QUEUE_ARN": "arn:aws:sqs:us-east-1:123456789012:dead-letters",
    "POWERTOOLS_METRICS_NAMESPACE": "Isolambda",
}

API: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_COMMON,
        "POWERTOOLS_SERVICE_NAME": "api",
    }
)

DISPATCHER: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_COMMON,
        "QUEUE_ARN": "arn:aws:sqs:us-east-1:123456789012:executions",
        "CALLBACK_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/callbacks",
        "CALLBACK_QUEUE_ARN": "arn:aws:sqs:us-east-1:123456789012:callbacks",
        "SHADOW_QUEUE_ARN": "arn:aws:sqs:us-east-1:123456789012:shadows",
        "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters",
        "POWERTOOLS_SERVICE_NAME": "dispatcher",
    }
)
