"""The composition root of the API in Lambda."""

import boto3
from fastapi import FastAPI

from isolambda_api.app import Services, create_app
from isolambda_core.adapters import dynamodb, lambda_executor
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.lambda_executor import LambdaExecutor
from isolambda_core.config import ApiSettings
from isolambda_core.domain.limits import LAMBDA_ANSWER_BYTES
from isolambda_core.services.accounts import AccountService
from isolambda_core.services.execution import ExecutionService
from isolambda_core.services.functions import FunctionService


def build_app(settings: ApiSettings) -> FastAPI:
    """Return the app on DynamoDB and the executor's Lambda."""
    store = dynamodb.open_store(
        settings.table_name, boto3.client("dynamodb", config=dynamodb.client_config())
    )
    executor = LambdaExecutor(
        boto3.client("lambda", config=lambda_executor.client_config()),
        settings.executor_function_name,
    )
    clock = SystemClock()
    return create_app(
        Services(
            functions=FunctionService(store.functions, clock),
            accounts=AccountService(store.accounts, store.api_keys, clock),
            executions=ExecutionService(store.functions, executor),
        ),
        answer_bytes=LAMBDA_ANSWER_BYTES,
    )
