"""The command on both kinds of installation: SQLite in a directory, and a stack in moto."""

import json
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.aws.secrets_manager import SecretsManagerSecret
from isolambda_core.adapters.aws.sqs_queue import (
    SqsConsumer,
    SqsExecutionQueue,
)
from isolambda_core.adapters.clock import SystemClock
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.secrets.installation_secret import open_secret
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.dead_letters import SqliteConsumer
from tests.support.aws import SESSION, emulation

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

from tests.unit.cli.installations import DISPATCHER_ARN, REGION, STACK, TABLE, Operated


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Operated]:
    with closing(open_store(tmp_path / DATABASE_NAME)) as store:
        consumer = SqliteConsumer(store.queue, SystemClock())
        options = ("--data-dir", str(tmp_path))
        yield Operated(options, store, open_secret(tmp_path), store.queue, consumer)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS in this process, and an operator with credentials and nothing else."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr("isolambda_core.adapters.aws.sqs_dead_letters._WAIT_S", 0)
    with emulation():
        yield


@pytest.fixture
def formation(aws: None) -> "CloudFormationClient":  # noqa: ARG001 - it must be there
    formation: CloudFormationClient = _client("cloudformation")
    return formation


@pytest.fixture
def stack(formation: "CloudFormationClient") -> Operated:
    manager = _client("secretsmanager")
    arn = manager.create_secret(Name="installation", SecretString="s" * 64)["ARN"]
    outputs = {
        "FunctionsTableName": {"Ref": "Table"},
        "InstallationSecretArn": arn,
        "ExecutionQueueUrl": {"Ref": "Queue"},
        "ExecutionDeadLetterQueueUrl": {"Ref": "DeadLetterQueue"},
        "DispatcherArn": DISPATCHER_ARN,
    }
    template = {
        "Resources": {
            "Table": TABLE,
            "Queue": {"Type": "AWS::SQS::Queue"},
            "DeadLetterQueue": {"Type": "AWS::SQS::Queue"},
        },
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    formation.create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    client, sqs = _client("dynamodb"), _client("sqs")
    [described] = formation.describe_stacks(StackName=STACK)["Stacks"]
    urls = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    return Operated(
        ("--stack", STACK, "--region", REGION),
        dynamodb.open_store("functions", client),
        SecretsManagerSecret(manager, arn),
        SqsExecutionQueue(sqs, urls["ExecutionQueueUrl"], tenant_of=str),
        SqsConsumer(sqs, urls["ExecutionDeadLetterQueueUrl"]),
    )


@pytest.fixture(params=["machine", pytest.param("stack", marks=pytest.mark.slow)])
def operated(request: pytest.FixtureRequest) -> Operated:
    """Each kind of installation in turn."""
    return cast("Operated", request.getfixturevalue(request.param))


# A client takes longer to make than the requests of a test take.
@cache
def _client(service: str) -> Any:
    make: Any = SESSION.client
    return make(service, region_name=REGION)
