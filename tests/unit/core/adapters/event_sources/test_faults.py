"""AWS and the table agree in the end, whatever happens between two requests to AWS."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from isolambda_api.http.services import Services
from isolambda_core.adapters.event_sources import (
    Clients,
    open_sources,
)
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.queue.messages import Acknowledge, QueuedMessage, ReconcileTrigger
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerType,
)
from isolambda_core.services.triggers.reconciler import open_reconciler
from isolambda_core.services.triggers.triggers import TriggerService
from isolambda_local.sqlite import SqliteStore
from tests.support.aws import (
    SETTINGS,
    STACK,
    bound_in_moto,
)
from tests.support.clocks import SetClock
from tests.support.faults import (
    Fault,
    KilledError,
)
from tests.support.samples import ACCOUNT, FUNCTION, Keep

pytestmark = pytest.mark.slow

KINDS = ("schedule", "event", "own queue", "queue", "bucket", "table", "stream", "topic")
Use = Callable[[TriggerService, str], object]


class ThrottledError(ClientError):
    """AWS has no time."""

    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "ThrottlingException"}}, "Anything")


USES: dict[str, Use] = {
    "change": lambda triggers, id_: triggers.patch(ACCOUNT, FUNCTION, id_, {"maximum_age_s": 90}),
    "disable": lambda triggers, id_: triggers.patch(ACCOUNT, FUNCTION, id_, {"enabled": False}),
    "remove": lambda triggers, id_: triggers.remove(ACCOUNT, FUNCTION, id_),
}


@dataclass
class Letters:
    """An execution queue that a kill leaves as it was."""

    messages: list[QueuedMessage] = field(default_factory=list)

    def send(self, message: QueuedMessage, after_s: int = 0) -> None:
        assert after_s > 0
        self.messages.append(message)


@dataclass(frozen=True)
class World:
    """A table, and an AWS account beside it."""

    clients: Clients
    documents: dict[str, dict[str, Any]]
    store: SqliteStore
    letters: Letters
    service: TriggerService

    def triggers(self, fault: Fault) -> TriggerService:
        """Return the service, every request to AWS faulty."""
        faulty = {
            each.name: fault.on(each.name, getattr(self.clients, each.name))
            for each in fields(self.clients)
        }
        sources = open_sources(SETTINGS, Clients(**faulty), SetClock())
        reconciler = replace(self.service.reconciler, sources=sources)
        return replace(self.service, sources=sources, reconciler=reconciler)

    def reconcile(self) -> None:
        """Do what every message asks for."""
        while self.letters.messages:
            message = self.letters.messages.pop(0)
            assert isinstance(message, ReconcileTrigger)
            assert self.service.reconciler.reconcile(message, 1) == Acknowledge()

    def kept(self) -> list[Trigger]:
        return list(self.store.triggers.of_function(ACCOUNT, FUNCTION))


@pytest.fixture
def world(
    clients: Clients,
    documents: dict[str, dict[str, Any]],
    store: SqliteStore,
    services: Services,
    keep: Keep,
) -> World:
    keep()
    letters = Letters()
    sources = open_sources(SETTINGS, clients, SetClock())
    reconciler = open_reconciler(store, sources, letters, SetClock())
    service = replace(services.triggers, sources=sources, reconciler=reconciler)
    return World(clients, documents, store, letters, service)


def due(triggers: list[Trigger]) -> dict[str, list[str]]:
    """Return what triggers must be bound to, no more and no less."""
    places: dict[str, list[str]] = {}
    for trigger in triggers:
        match trigger.type:
            case TriggerType.SCHEDULE:
                places["schedules"] = [trigger.id]
            case TriggerType.EVENT:
                places["rules"] = [f"{STACK}/{STACK}-{trigger.id}"]
            case TriggerType.BUCKET:
                places["rules"] = [f"default/{STACK}-{trigger.id}"]
            case TriggerType.TOPIC if trigger.enabled:
                places["subscriptions"] = [str(trigger.source)]
            case TriggerType.QUEUE | TriggerType.STREAM:
                places["mappings"] = [str(trigger.source)]
        if trigger.own_queue_arn is not None:
            places["queues"] = [f"{STACK}-trigger-{trigger.id}"]
    return places


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["create", *USES])
@pytest.mark.parametrize(
    ("error", "late"), [(KilledError, False), (KilledError, True), (ThrottledError, False)]
)
def test_there_is_neither_a_rule_without_a_document_nor_a_document_without_a_rule(
    world: World, kind: str, name: str, error: type[BaseException], late: bool
) -> None:
    document = {"name": "n", **world.documents[kind]}
    at = 0
    while True:
        made = None if name == "create" else world.service.create(ACCOUNT, FUNCTION, document)
        world.reconcile()
        fault = Fault(error, at, late)
        faulty = world.triggers(fault)
        try:
            if made is None:
                faulty.create(ACCOUNT, FUNCTION, document)
            else:
                USES[name](faulty, made.id)
        except (KilledError, IsolambdaError):
            pass
        world.reconcile()

        kept = world.kept()
        assert bound_in_moto() == due(kept), f"request {at}: {fault.steps}"
        if made is not None and name != "remove":
            assert [trigger.id for trigger in kept] == [made.id]
        if name == "remove":
            assert kept == []
        if len(fault.steps) <= at:
            break  # it was over before anything happened
        world.service.remove_all(ACCOUNT, FUNCTION)
        world.reconcile()
        at += 1
    assert at > 0
