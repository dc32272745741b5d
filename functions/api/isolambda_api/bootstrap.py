"""The composition root of the API in Lambda.

A cold start makes what every first answer needs, and defers the rest: routes, tokens, and clients
of AWS are made when a request first needs them. A snapshot is taken once for many environments, so
it has everything made: whatever is deferred is registered with ``register_before_snapshot``.
"""

import logging
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from fastapi import FastAPI
from snapshot_restore_py import register_before_snapshot  # type: ignore[import-untyped]

from isolambda_api.app import create_app
from isolambda_api.clients import deferred
from isolambda_api.composition import compose
from isolambda_api.http.deferred_route import complete_routes
from isolambda_api.http.request_log import Observe
from isolambda_core.adapters import (
    dynamodb,
    event_sources,
)
from isolambda_core.adapters.aws import (
    lambda_executor,
    secrets_manager,
    sqs_queue,
)
from isolambda_core.adapters.aws.lambda_executor import LambdaExecutor
from isolambda_core.adapters.aws.secrets_manager import SecretsManagerSecret
from isolambda_core.adapters.aws.sqs_queue import SqsExecutionQueue
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.dynamodb.rate_limit_leases import LeasedRateLimitRepository
from isolambda_core.adapters.event_sources import (
    Clients,
    open_sources,
)
from isolambda_core.config import ApiSettings
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.late import late
from isolambda_core.domain.limits import CALL_TIMEOUT_S, LAMBDA_ANSWER_BYTES
from isolambda_core.services.accounts.tenants import Tenants

if TYPE_CHECKING:
    from collections.abc import Callable

    from isolambda_core.adapters.aws.sqs_shadows import SqsShadowQueue
    from isolambda_core.adapters.dynamodb.store import DynamoDbStore
    from isolambda_core.domain.traces import Tell
    from isolambda_core.ports.clock import Clock
    from isolambda_core.ports.secrets import Sealer
    from isolambda_core.services.executions.observed_executions import ObserveExecution

_LOGGERS = ("isolambda_api", "isolambda_core")
"""The loggers of this program, which Powertools keeps from the root."""
_IMPORTED_LATE = (
    "jwt",  # by jwt_tokens.py, with the first token
    "isolambda_api.http.readiness",
    "isolambda_api.http_functions.routes",
    "isolambda_api.mcp.internal",
    "isolambda_api.mcp.routes",
    "isolambda_core.adapters.aes_gcm",
    "isolambda_core.adapters.dynamodb.approvals",
    "isolambda_core.adapters.dynamodb.audit",
    "isolambda_core.adapters.aws.sqs_shadows",
    "isolambda_core.adapters.dynamodb.key_values",
    "isolambda_core.adapters.dynamodb.secrets",
    "isolambda_core.adapters.dynamodb.saved_calls",
    "isolambda_core.adapters.dynamodb.shadows",
    "isolambda_core.domain.triggers.webhooks.twilio",
    "isolambda_core.services.audit.audit",
    "isolambda_core.services.contracts.gate",
    "isolambda_core.services.contracts.saved_calls",
    "isolambda_core.services.executions.account_records",
    "isolambda_core.services.executions.http_functions",
    "isolambda_core.services.functions.tools",
    "isolambda_core.services.key_values.grants",
    "isolambda_core.services.key_values.key_values",
    "isolambda_core.services.replays.replays",
    "isolambda_core.services.secrets.secrets",
    "isolambda_core.services.shadows.intake",
    "isolambda_core.services.tools.approvals",
    "isolambda_core.services.tools.calls",
    "isolambda_core.services.tools.code",
    "isolambda_core.services.tools.grants",
    "isolambda_core.services.tools.tasks",
)
"""Modules that a cold start does without, and a snapshot has."""


def build_app(
    settings: ApiSettings, observe: Observe, success_level: int = logging.INFO
) -> FastAPI:
    """Return the app on DynamoDB, Secrets Manager, SQS, event sources and the executor's Lambda.

    ``observe`` is called after every request; one that succeeds is logged at ``success_level``.
    """
    client = deferred("dynamodb", dynamodb.client_config)
    store = dynamodb.open_store(settings.table_name, client, audit_days=settings.audit_days)
    secret = SecretsManagerSecret(
        deferred("secretsmanager", secrets_manager.client_config), settings.secret_arn
    )
    clock = SystemClock()
    clients = Clients.made_by(lambda service: deferred(service, event_sources.client_config))
    tell, observers = _open_traces(settings.otlp_endpoint)
    services = compose(
        store,
        secret,
        clock,
        executor=LambdaExecutor(
            deferred("lambda", lambda_executor.client_config),
            settings.executor_function_name,
            settings.tenant_isolation,
        ),
        many_executor=LambdaExecutor(
            deferred("lambda", lambda_executor.client_config),
            settings.executor_function_name,
            settings.tenant_isolation,
            in_threads=True,
        ),
        call_executor=LambdaExecutor(
            deferred("lambda", partial(lambda_executor.client_config, CALL_TIMEOUT_S)),
            settings.executor_function_name,
            settings.tenant_isolation,
        ),
        queue=SqsExecutionQueue(
            deferred("sqs", sqs_queue.client_config),
            settings.queue_url,
            Tenants(store.accounts).of,
        ),
        sources=open_sources(settings, clients, clock),
        rate_limits=(
            LeasedRateLimitRepository(store.rate_limits) if settings.bucket_tokens else None
        ),
        size=RateLimit(max(1, settings.bucket_tokens), settings.bucket_per_second),
        budget=store.rate_limits,
        public_url=settings.public_url or None,
        function_hosts=settings.function_hosts,
        own_url=settings.api_url,
        observers=observers,
        open_sealer=_sealer_under(settings.secrets_key_arn, secret),
        shadow_queue=late(partial(_open_shadow_queue, settings, store, clock)),
    )
    app = create_app(services, LAMBDA_ANSWER_BYTES, observe, success_level, tell=tell)
    register_before_snapshot(complete_routes, app.routes)
    for name in _IMPORTED_LATE:
        register_before_snapshot(import_module, name)
    return app


def _open_traces(endpoint: str) -> "tuple[Tell | None, tuple[ObserveExecution, ...]]":
    """Return what takes spans, and what makes those of executions; lines of the log go there, too.

    A thread sends them while the environment answers further requests. Without an endpoint there is
    nothing.
    """
    if not endpoint:
        return None, ()
    # Few installations have a collector, and a cold start does without.
    from isolambda_core.adapters.otlp.log_handler import CollectorHandler  # noqa: PLC0415
    from isolambda_core.adapters.otlp.opening import open_outbox  # noqa: PLC0415
    from isolambda_core.services.executions.execution_spans import ExecutionSpans  # noqa: PLC0415

    tell = open_outbox(endpoint).add
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(CollectorHandler(tell))
    return tell, (ExecutionSpans(tell).observe,)


def _sealer_under(key_arn: str, secret: SecretsManagerSecret) -> "Callable[[], Sealer] | None":
    """Return what opens the sealer of a key of KMS, None without such a key."""
    if not key_arn:
        return None
    # Few installations have one, and a cold start does without.
    from isolambda_core.adapters.aes_gcm import AesGcmSealer  # noqa: PLC0415
    from isolambda_core.adapters.aws import kms_sealer  # noqa: PLC0415

    client = deferred("kms", kms_sealer.client_config)
    return lambda: kms_sealer.KmsSealer(client, key_arn, AesGcmSealer(secret))


def _open_shadow_queue(
    settings: ApiSettings, store: "DynamoDbStore", clock: "Clock"
) -> "SqsShadowQueue":
    # Few aliases have a shadow, and a cold start does without.
    from isolambda_core.adapters.aws.sqs_shadows import SqsShadowQueue  # noqa: PLC0415

    return SqsShadowQueue(
        deferred("sqs", sqs_queue.client_config),
        settings.shadow_queue_url,
        Tenants(store.accounts).of,
        clock,
    )
