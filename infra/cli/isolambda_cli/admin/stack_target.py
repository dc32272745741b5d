"""The target of a command that works on AWS: a stack, with the operator's own rights."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

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
    kms_sealer,
    lambda_executor,
    secrets_manager,
    sqs_queue,
)
from isolambda_core.adapters.aws.clients import configured
from isolambda_core.adapters.aws.kms_sealer import KmsSealer
from isolambda_core.adapters.aws.lambda_executor import LambdaExecutor
from isolambda_core.adapters.aws.secrets_manager import SecretsManagerSecret
from isolambda_core.adapters.aws.sqs_dead_letters import SqsDeadLetters
from isolambda_core.adapters.aws.sqs_queue import SqsExecutionQueue
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.adapters.event_sources.names import place_of
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.documents import Document
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.json_text import JsonValue, dump, parse
from isolambda_core.domain.limits import RECONCILE_AFTER_S
from isolambda_core.domain.queue.messages import ReconcileTrigger, Retry
from isolambda_core.domain.triggers.batch_records import kind_of
from isolambda_core.domain.triggers.triggers import TriggerRef
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.secrets import Sealer
from isolambda_core.ports.store import Store
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.accounts.accounts import (
    AccountService,
    open_accounts,
)
from isolambda_core.services.accounts.tenants import Tenants
from isolambda_core.services.audit.audit import AuditService
from isolambda_core.services.executions.records import open_records
from isolambda_core.services.key_values.key_values import KeyValueService
from isolambda_core.services.queue.dead_letters import DeadLetterService
from isolambda_core.services.secrets.secrets import SecretService, open_secrets

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_DISPATCHER_S = 70
"""Read timeout of an invocation: the dispatcher's timeout of 60 s, and 10 s more."""


@dataclass(frozen=True, slots=True)
class StackTarget:
    """The port ``Target`` on the outputs of a stack; each property makes its own clients.

    ``has_tenants`` is whether its executor isolates tenants.
    """

    session: boto3.Session
    outputs: Mapping[str, str]
    name: str = ""
    has_tenants: bool = False

    @property
    def store(self) -> Store:
        """See ``Target.store``."""
        table_name = self._output("FunctionsTableName")
        client = self.session.client("dynamodb", config=dynamodb.client_config())
        return dynamodb.open_store(table_name, client)

    @property
    def accounts(self) -> AccountService:
        """See ``Target.accounts``."""
        return open_accounts(
            self.store, self._secret, JsonSchemaChecker(), SystemClock(), RefusesRemoval()
        )

    @property
    def audit(self) -> AuditService:
        """See ``Target.audit``."""
        return AuditService(self.store.audit, SystemClock())

    @property
    def secrets(self) -> SecretService:
        """See ``Target.secrets``."""
        return open_secrets(self.store, self._sealer, SystemClock())

    @property
    def dead_letters(self) -> DeadLetterService:
        """See ``Target.dead_letters``."""
        sqs, store, queue = self._sqs, self.store, self._queue
        dead_letter_queue_url = self._output("ExecutionDeadLetterQueueUrl")
        letters = SqsDeadLetters(sqs, dead_letter_queue_url, queue.queue_url)
        clock = SystemClock()
        return DeadLetterService(
            letters, open_records(store, clock), store.triggers, queue, self.replay, clock
        )

    @property
    def key_values(self) -> KeyValueService:
        """See ``Target.key_values``."""
        return KeyValueService(self.store.key_values, SystemClock())

    @property
    def triggers(self) -> TriggerRepository:
        """See ``Target.triggers``."""
        return self.store.triggers

    def own_queue_arn(self, trigger_id: str) -> str:
        """See ``Target.own_queue_arn``."""
        return self._arn_of_queue(f"{self.name}-trigger-{trigger_id}")

    def schedule_reconcile(self, trigger: TriggerRef) -> None:
        """See ``Target.schedule_reconcile``."""
        message = ReconcileTrigger(trigger, SystemClock().now_ms())
        self._queue.send(message, RECONCILE_AFTER_S)

    def reconcile(self, trigger: TriggerRef) -> bool:
        """Have the dispatcher do it, with its own rights; see ``Target.reconcile``."""
        message = ReconcileTrigger(trigger, SystemClock().now_ms())
        record: Document = {
            "eventSource": "aws:sqs",
            "eventSourceARN": self._arn_of_queue(
                self._output("ExecutionQueueUrl").rpartition("/")[2]
            ),
            "messageId": new_id(),
            "receiptHandle": "none",
            "attributes": {"ApproximateReceiveCount": "1"},
            "body": dump_message(message),
        }
        try:
            [result] = self.replay({"Records": [record]})
        except ReplayFailedError:  # the queued message does it later
            return False
        return result.disposition == TAKEN

    def executing(self) -> AbstractContextManager[Executor]:
        """Return its executor; see ``Target.executing``."""
        client = self.session.client("lambda", config=lambda_executor.client_config())
        return nullcontext(
            LambdaExecutor(
                client, self._output("ExecutorFunctionName"), tenant_isolation=self.has_tenants
            )
        )

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
    def _sealer(self) -> Sealer:
        derived, key_arn = AesGcmSealer(self._secret), self.outputs.get("SecretsKeyArn")
        if key_arn is None:
            return derived
        client = self.session.client("kms", config=kms_sealer.client_config())
        return KmsSealer(client, key_arn, derived)

    @property
    def _secret(self) -> SecretsManagerSecret:
        secret_arn = self._output("InstallationSecretArn")
        manager = self.session.client("secretsmanager", config=secrets_manager.client_config())
        return SecretsManagerSecret(manager, secret_arn)

    @property
    def _sqs(self) -> "SQSClient":
        return self.session.client("sqs", config=sqs_queue.client_config())

    @property
    def _queue(self) -> SqsExecutionQueue:
        url = self._output("ExecutionQueueUrl")
        return SqsExecutionQueue(self._sqs, url, Tenants(self.store.accounts).of)

    def _arn_of_queue(self, name: str) -> str:
        partition, region, account = place_of(self._output("DispatcherArn"))
        return f"arn:{partition}:sqs:{region}:{account}:{name}"

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
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found[0].get("Outputs", [])}
    parameters = found[0].get("Parameters", [])
    chosen = {one.get("ParameterKey"): one.get("ParameterValue") for one in parameters}
    return StackTarget(session, outputs, name, chosen.get("TenantIsolation") == "true")


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
