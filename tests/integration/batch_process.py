"""A dispatcher on one machine's data that takes one batch; ``test_batch_killed`` kills it.

Its arguments are the path of the database; the event is its standard input. It prints, one line
each, ``begun`` and the id of each execution that begins, and in the end ``answer`` and what Lambda
would get.
"""

import json
import os
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.http_callbacks import HttpsCallbacks
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
)
from isolambda_core.ports.executions import Executor
from isolambda_core.services.executions.budgets import open_budgets
from isolambda_core.services.executions.execution import open_executions
from isolambda_core.services.queue.dispatch import open_dispatch
from isolambda_core.services.triggers.events import open_events
from isolambda_core.services.triggers.failures import TriggerFailureService
from isolambda_core.services.triggers.reconciler import open_reconciler
from isolambda_core.services.triggers.triggers import open_triggers
from isolambda_dispatcher.batches import Batches
from isolambda_dispatcher.dispatcher import Dispatcher
from isolambda_executor.supervisor import Supervisor
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.sources import FakeEventSources

WORKERS = 4


def say(word: str, what: str) -> None:
    """Say something at once, in one piece."""
    os.write(sys.stdout.fileno(), f"{word} {what}\n".encode())


@dataclass(frozen=True)
class Telling(Executor):
    """Says which execution begins."""

    executor: Executor
    confinement: None = None

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        say("begun", request.execution_id)
        return self.executor.execute(request)


class NoConsumer:
    """Nothing is to come again here, and nothing dies."""

    def change_visibility(self, queue_arn: str, receipt_handle: str, after_s: float) -> None:
        raise AssertionError(queue_arn, receipt_handle, after_s)

    def send_to_dlq(self, body: str) -> None:
        raise AssertionError(body)


def dispatcher_on(store: SqliteStore, executor: Executor) -> Dispatcher:
    """Return a dispatcher without leases: no other dispatcher runs."""
    clock, secret = SystemClock(), FileSecret(b"the secret of an installation...")
    sources, queue = FakeEventSources(), store.queue
    reconciler = open_reconciler(store, sources, queue, clock)
    triggers = open_triggers(store, sources, reconciler, secret, clock)
    failures = TriggerFailureService(store.triggers, triggers, lambda: None)
    telling = Telling(executor)
    dispatch = open_dispatch(
        store,
        secret,
        AesGcmSealer(secret),
        JsonSchemaChecker(),
        clock,
        telling,
        HttpsCallbacks(),
        failures,
        lease_s=0,
        budgets=open_budgets(store, queue, clock),
    )
    return Dispatcher(
        store.triggers,
        open_events(
            store,
            open_executions(store, AesGcmSealer(secret), JsonSchemaChecker(), clock),
            queue,
            clock,
        ),
        dispatch.perform,
        NoConsumer(),
        Batches(lambda _: None),
        clock,
        own_queues={},
    )


def main() -> None:
    """Take the batch."""
    event = json.load(sys.stdin)
    with closing(open_store(Path(sys.argv[1]))) as store, Supervisor(WORKERS, wait_s=30) as workers:
        answer = dispatcher_on(store, workers).handle(event, lambda: 60_000)
    say("answer", json.dumps(answer))


if __name__ == "__main__":
    main()
