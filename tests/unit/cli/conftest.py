"""The command on both kinds of installation, SQLite in a directory and a stack in moto.

And for authors: on a server that answers as a test says.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import typer

from isolambda_cli.api.client import Api
from isolambda_cli.api.profiles import Profile, change_profiles, profiles_path
from isolambda_cli.lazy import LazyCommand
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

from tests.unit.cli.fake_api import ACCOUNT, KEY, URL, FakeApi, answering
from tests.unit.cli.installations import DISPATCHER_ARN, REGION, STACK, TABLE, Operated


@pytest.fixture(scope="session", autouse=True)
def _build_commands_once() -> Iterator[None]:
    """Have Typer build a command for the first run of it, as in a process, and not for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LazyCommand, "load", cache(LazyCommand.load))
        patch.setattr("typer.testing._get_command", cache(typer.main.get_command))
        yield


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


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    with answering(monkeypatch) as answers:
        yield answers


@pytest.fixture
def api() -> Iterator[Api]:
    opened = Api(URL, ACCOUNT, KEY)
    yield opened
    opened.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the author's home and folder in a place of the test's own, without a profile."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CONFIG_HOME", "ISOLAMBDA_URL", "ISOLAMBDA_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def logged_in(home: Path) -> Path:
    """Have a profile of the server, in the author's home."""
    profile = Profile(URL, KEY, ACCOUNT, "profile default")
    change_profiles(
        profiles_path(), lambda none: replace(none, default="default", named={"default": profile})
    )
    return home


# A client takes longer to make than the requests of a test take.
@cache
def _client(service: str) -> Any:
    make: Any = SESSION.client
    return make(service, region_name=REGION)
