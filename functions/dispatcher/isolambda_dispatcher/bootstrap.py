"""The composition root of the dispatcher in Lambda."""

import boto3

from isolambda_core.adapters import dynamodb, lambda_executor, secrets_manager, sqs_queue
from isolambda_core.adapters.callbacks import HttpsCallbacks
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.lambda_executor import LambdaExecutor
from isolambda_core.adapters.secrets_manager import SecretsManagerSecret
from isolambda_core.adapters.sqs_queue import SqsConsumer
from isolambda_core.config import DispatcherSettings
from isolambda_core.services.dispatch import open_dispatch
from isolambda_dispatcher.sources.executions import ExecutionSource

LEASE_S = 65.0
"""How long an attempt can be under way somewhere: DispatcherFunction's own 60 s, and a little."""


def build_execution_source(settings: DispatcherSettings) -> ExecutionSource:
    """Return what takes queued executions, on DynamoDB, SQS and the executor's Lambda."""
    dispatch = open_dispatch(
        dynamodb.open_store(
            settings.table_name, boto3.client("dynamodb", config=dynamodb.client_config())
        ),
        SecretsManagerSecret(
            boto3.client("secretsmanager", config=secrets_manager.client_config()),
            settings.secret_arn,
        ),
        SystemClock(),
        LambdaExecutor(
            boto3.client("lambda", config=lambda_executor.client_config()),
            settings.executor_function_name,
            settings.tenant_isolation,
        ),
        HttpsCallbacks(),
        LEASE_S,
    )
    consumer = SqsConsumer(
        boto3.client("sqs", config=sqs_queue.client_config()),
        settings.queue_url,
        settings.dead_letter_queue_url,
    )
    return ExecutionSource(dispatch.perform, consumer)
