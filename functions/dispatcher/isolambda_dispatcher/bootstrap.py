"""The composition root of the dispatcher in Lambda."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from isolambda_core.adapters import (
    dynamodb,
    event_sources,
)
from isolambda_core.adapters.aws import (
    lambda_executor,
    secrets_manager,
    sqs_queue,
)
from isolambda_core.adapters.aws.clients import LazyClient
from isolambda_core.adapters.aws.lambda_executor import LambdaExecutor
from isolambda_core.adapters.aws.secrets_manager import SecretsManagerSecret
from isolambda_core.adapters.aws.sqs_queue import (
    SqsConsumer,
    SqsExecutionQueue,
)
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.event_sources import (
    Clients,
    open_sources,
)
from isolambda_core.adapters.http_callbacks import HttpsCallbacks
from isolambda_core.config import DispatcherSettings
from isolambda_core.domain.late import late
from isolambda_core.ports.accounts import InstallationSecret
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.queues import ExecutionQueue
from isolambda_core.ports.store import Store
from isolambda_core.services.accounts.tenants import Tenants
from isolambda_core.services.executions.budgets import open_budgets
from isolambda_core.services.executions.execution import open_executions
from isolambda_core.services.queue.dispatch import DispatchService, open_dispatch
from isolambda_core.services.triggers.events import open_events
from isolambda_core.services.triggers.failures import TriggerFailureService
from isolambda_core.services.triggers.reconciler import open_reconciler
from isolambda_core.services.triggers.triggers import open_triggers
from isolambda_dispatcher.batches import Batches, ItemResult
from isolambda_dispatcher.dispatcher import Dispatcher
from isolambda_dispatcher.sources.executions import CALLBACK, EXECUTION, ExecutionSource
from isolambda_dispatcher.sources.shadows import ShadowSource

if TYPE_CHECKING:
    from isolambda_core.adapters.aws.sqs_shadows import SqsShadowQueue
    from isolambda_core.adapters.json_schemas import JsonSchemaChecker
    from isolambda_core.ports.secrets import Sealer
    from isolambda_core.services.key_values.grants import KvGrants
    from isolambda_core.services.shadows.queued import QueuedShadowService

LEASE_S = 65.0
"""How long an attempt can run elsewhere: DispatcherFunction's own 60 s, and a little."""


def build_dispatcher(
    settings: DispatcherSettings, note: Callable[[ItemResult], None], alarm: Callable[[], None]
) -> Dispatcher:
    """Return the dispatcher on DynamoDB, SQS, event sources and the executor's Lambda.

    It calls ``note`` with the result of each item, and ``alarm`` for each trigger that it disables
    after failures.
    """
    client = _client("dynamodb", dynamodb.client_config)
    store = dynamodb.open_store(settings.table_name, client, audit_days=settings.audit_days)
    secret = SecretsManagerSecret(
        _client("secretsmanager", secrets_manager.client_config), settings.secret_arn
    )
    clock = SystemClock()
    sqs = _client("sqs", sqs_queue.client_config)
    tenant_of = Tenants(store.accounts).of
    queue = SqsExecutionQueue(sqs, settings.queue_url, tenant_of)
    callbacks = SqsExecutionQueue(sqs, settings.callback_queue_url, tenant_of)
    consumer = SqsConsumer(sqs, settings.dead_letter_queue_url)
    clients = Clients.made_by(lambda service: _client(service, event_sources.client_config))
    sources = open_sources(settings, clients, clock)
    reconciler = open_reconciler(store, sources, queue, clock)
    triggers = open_triggers(store, sources, reconciler, secret, clock)
    executor = LambdaExecutor(
        _client("lambda", lambda_executor.client_config),
        settings.executor_function_name,
        settings.tenant_isolation,
    )
    failures = TriggerFailureService(store.triggers, triggers, alarm)
    sealer = late(partial(_open_sealer, secret, settings.secrets_key_arn))
    schemas = late(_open_schemas)
    dispatch = open_dispatch(
        store,
        secret,
        sealer,
        schemas,
        clock,
        executor,
        HttpsCallbacks(),
        failures,
        lease_s=LEASE_S,
        budgets=open_budgets(store, queue, clock),
        grants=late(partial(_open_grants, secret, clock, settings.api_url)),
        shadows=late(partial(_open_shadow_queue, settings, sqs, tenant_of, clock)),
    )
    reconcile = reconciler.reconcile
    shadows = late(partial(_open_shadows, store, dispatch, queue))
    return Dispatcher(
        store.triggers,
        open_events(store, open_executions(store, sealer, schemas, clock), queue, clock),
        dispatch.perform,
        consumer,
        Batches(note),
        clock,
        {
            settings.queue_arn: ExecutionSource(
                EXECUTION, dispatch.perform, reconcile, consumer, callbacks
            ),
            settings.callback_queue_arn: ExecutionSource(
                CALLBACK, dispatch.call_back, reconcile, consumer, callbacks
            ),
            settings.shadow_queue_arn: ShadowSource(shadows, consumer),
        },
    )


def _client(service: str, configure: Callable[[], Config]) -> Any:
    """Return a client of a service that is made when it is first used."""
    make_client: Any = boto3.client
    return LazyClient(lambda: make_client(service, config=configure()))


# A cold start does without what few executions need.


def _open_sealer(secret: InstallationSecret, key_arn: str) -> "Sealer":
    from isolambda_core.adapters.aes_gcm import AesGcmSealer  # noqa: PLC0415 - see above

    derived = AesGcmSealer(secret)
    if not key_arn:
        return derived
    from isolambda_core.adapters.aws import kms_sealer  # noqa: PLC0415 - see above

    return kms_sealer.KmsSealer(_client("kms", kms_sealer.client_config), key_arn, derived)


def _open_schemas() -> "JsonSchemaChecker":
    from isolambda_core.adapters.json_schemas import (  # noqa: PLC0415 - see above
        JsonSchemaChecker,
    )

    return JsonSchemaChecker()


def _open_grants(secret: InstallationSecret, clock: Clock, url: str) -> "KvGrants":
    from isolambda_core.services.key_values.grants import KvGrants  # noqa: PLC0415 - see above

    return KvGrants(secret, clock, url)


def _open_shadow_queue(
    settings: DispatcherSettings, client: Any, tenant_of: Callable[[str], str], clock: Clock
) -> "SqsShadowQueue":
    from isolambda_core.adapters.aws.sqs_shadows import (  # noqa: PLC0415 - see above
        SqsShadowQueue,
    )

    return SqsShadowQueue(client, settings.shadow_queue_url, tenant_of, clock)


def _open_shadows(
    store: Store, dispatch: DispatchService, queue: ExecutionQueue
) -> "QueuedShadowService":
    from isolambda_core.services.shadows.queued import open_queued_shadows  # noqa: PLC0415

    return open_queued_shadows(store, dispatch, queue)
