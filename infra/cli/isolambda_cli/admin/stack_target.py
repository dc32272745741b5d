"""The target of a command that works on AWS: a stack, with the operator's own rights."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from isolambda_cli.admin.targets import (
    TAKEN,
    AwsError,
    NoInstallationError,
    RefusesRemoval,
    ReplayFailedError,
    ReplayResult,
)
from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.aws import (
    secrets_manager,
    sqs_queue,
)
from isolambda_core.adapters.aws.clients import configured
from isolambda_core.adapters.aws.secrets_manager import SecretsManagerSecret
from isolambda_core.adapters.aws.sqs_dead_letters import SqsDeadLetters
from isolambda_core.adapters.aws.sqs_queue import SqsExecutionQueue
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import JsonValue, dump, parse
from isolambda_core.domain.queue.messages import Retry
from isolambda_core.domain.triggers.batch_records import kind_of
from isolambda_core.ports.store import Store
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.accounts.accounts import (
    AccountService,
    open_accounts,
)
from isolambda_core.services.accounts.tenants import Tenants
from isolambda_core.services.executions.records import open_records
from isolambda_core.services.key_values.key_values import KeyValueService
from isolambda_core.services.queue.dead_letters import DeadLetterService
from isolambda_core.services.secrets.secrets import SecretService, open_secrets

_DISPATCHER_S = 70
"""Read timeout of an invocation: the dispatcher's timeout of 60 s, and 10 s more."""


@dataclass(frozen=True, slots=True)
class StackTarget:
    """The port ``Target`` on the outputs of a stack; each property makes its own clients."""

    session: boto3.Session
    outputs: Mapping[str, str]

    @property
    def accounts(self) -> AccountService:
        """See ``Target.accounts``."""
        return open_accounts(
            self._store, self._secret, JsonSchemaChecker(), SystemClock(), RefusesRemoval()
        )

    @property
    def secrets(self) -> SecretService:
        """See ``Target.secrets``."""
        return open_secrets(self._store, AesGcmSealer(self._secret), SystemClock())

    @property
    def dead_letters(self) -> DeadLetterService:
        """See ``Target.dead_letters``."""
        sqs = self.session.client("sqs", config=sqs_queue.client_config())
        store = self._store
        queue = SqsExecutionQueue(
            sqs, self._output("ExecutionQueueUrl"), Tenants(store.accounts).of
        )
        dead_letter_queue_url = self._output("ExecutionDeadLetterQueueUrl")
        letters = SqsDeadLetters(sqs, dead_letter_queue_url, queue.queue_url)
        clock = SystemClock()
        return DeadLetterService(
            letters, open_records(store, clock), store.triggers, queue, self.replay, clock
        )

    @property
    def key_values(self) -> KeyValueService:
        """See ``Target.key_values``."""
        return KeyValueService(self._store.key_values, SystemClock())

    @property
    def triggers(self) -> TriggerRepository:
        """See ``Target.triggers``."""
        return self._store.triggers

    def replay(self, event: Document) -> Sequence[ReplayResult]:
        """Invoke the dispatcher's Lambda with an event; see ``Target.replay``.

        The dispatcher reports no result for an event that is not a batch.
        """
        config = configured(read_timeout=_DISPATCHER_S, retries={"total_max_attempts": 1})
        response = self.session.client("lambda", config=config).invoke(
            FunctionName=self._output("DispatcherArn"), Payload=dump(event).encode()
        )
        report = parse(response["Payload"].read())
        if response.get("FunctionError"):
            reason = report.get("errorMessage") if isinstance(report, Mapping) else None
            raise ReplayFailedError(f"the dispatcher failed: {reason or 'see its log'}")
        return list(_results(event, report))

    @property
    def _secret(self) -> SecretsManagerSecret:
        secret_arn = self._output("InstallationSecretArn")
        manager = self.session.client("secretsmanager", config=secrets_manager.client_config())
        return SecretsManagerSecret(manager, secret_arn)

    @property
    def _store(self) -> Store:
        table_name = self._output("FunctionsTableName")
        client = self.session.client("dynamodb", config=dynamodb.client_config())
        return dynamodb.open_store(table_name, client)

    def _output(self, name: str) -> str:
        if name not in self.outputs:
            raise NoInstallationError(
                f"the stack has no output {name!r}; is it Isolambda's, and wholly deployed?"
            )
        return self.outputs[name]


@contextmanager
def open_stack(name: str, region: str | None, profile: str | None) -> Iterator[StackTarget]:
    """Find a stack by its name, and yield its target.

    Raises:
        NoInstallationError: there is no stack of this name.
        AwsError: there are no credentials, no region, or no way to AWS; or AWS refuses a request,
            here or in the body of the ``with`` statement.
    """
    try:
        yield _find(name, boto3.Session(region_name=region, profile_name=profile))
    except (BotoCoreError, ClientError) as error:
        raise AwsError(str(error)) from error


def _find(name: str, session: boto3.Session) -> StackTarget:
    client = session.client("cloudformation", config=dynamodb.client_config())
    try:
        found = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise NoInstallationError(f"no such stack in {client.meta.region_name}") from error
    outputs = found[0].get("Outputs", [])
    return StackTarget(session, {output["OutputKey"]: output["OutputValue"] for output in outputs})


def _results(event: Document, response: JsonValue) -> Iterator[ReplayResult]:
    """Yield the result of each item; in a stream, a retried item has all later ones retried too."""
    match event, response:
        case {"Records": [*records]}, {"batchItemFailures": [*failures]}:
            failed = {cast("Document", failure)["itemIdentifier"] for failure in failures}
        case _:
            yield ReplayResult("event", TAKEN)
            return
    is_held_up = False
    for record in records:
        _, shape = kind_of(cast("Document", record))
        item = shape.item_of(cast("Document", record))
        is_retried = item in failed or is_held_up
        is_held_up = is_retried and shape.of_shard
        yield ReplayResult(item, Retry.name if is_retried else TAKEN)
