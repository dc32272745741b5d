"""The port ``EventSources``: on AWS (moto), on one machine, and as tests have it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.event_sources import (
    Clients,
    open_sources,
)
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.documents import validated_trigger
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerType,
)
from isolambda_core.ports.triggers import EventSources
from isolambda_core.services.executions.execution import open_executions
from isolambda_core.services.triggers.events import open_events
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sources import registry
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.aws import (
    SETTINGS,
    account,
    arn,
    make_sources,
    put_back_after,
)
from tests.support.clocks import SetClock
from tests.support.sources import FakeEventSources

ACCOUNT, FUNCTION = "a" * 32, "f" * 32
KINDS = ("schedule", "event", "own queue", "queue", "bucket", "stream", "topic", "webhook", "http")
ELSEWHERE: dict[str, dict[str, Any]] = {
    "schedule": {"type": "schedule", "schedule": "rate(5 minutes)"},
    "event": {"type": "event", "pattern": {"source": ["shop"]}},
    "own queue": {"type": "queue"},
    "queue": {"type": "queue", "queue_arn": arn("sqs", "orders")},
    "bucket": {"type": "bucket", "bucket": "letters"},
    "stream": {"type": "stream", "stream_arn": arn("kinesis", "stream/clicks")},
    "topic": {"type": "topic", "topic_arn": arn("sns", "news")},
    "webhook": {"type": "webhook"},
    "http": {"type": "http", "path": "shop", "auth": {"type": "none"}},
}


@dataclass(frozen=True)
class Place:
    """Event sources, what can be named there, and whether they deliver to a trigger.

    ``listens`` is None where nothing but the table decides that.
    """

    sources: EventSources
    documents: dict[str, dict[str, Any]]
    listens: Callable[[Trigger], bool | None]

    def a_trigger(self, kind: str, number: int = 1, **document: Any) -> Trigger:
        accepted = validated_trigger({"name": "n", **self.documents[kind], **document})
        trigger = Trigger(ACCOUNT, FUNCTION, f"{number:032x}", accepted, 1, 1)
        if kind == "own queue":
            return replace(trigger, own_queue_arn=self.sources.own_queue_arn(trigger.id))
        return trigger


def _in_memory() -> Iterator[Place]:
    sources = FakeEventSources()

    def listens(trigger: Trigger) -> bool:
        bound = sources.bound.get(trigger.source or trigger.id)
        return bound is not None and bound.enabled

    yield Place(sources, ELSEWHERE, listens)


def _on_one_machine(folder: Path) -> Iterator[Place]:
    with closing(open_store(None)) as store:
        clock = SetClock()
        executions = open_executions(
            store, AesGcmSealer(FileSecret(bytes(32))), JsonSchemaChecker(), clock
        )
        events = open_events(store, executions, store.queue, clock)
        sources = registry.open_sources(store, folder, events, clock)
        yield Place(sources, ELSEWHERE, lambda trigger: _waits_for(store, trigger))


def _waits_for(store: SqliteStore, trigger: Trigger) -> bool | None:
    match trigger.type:
        case TriggerType.SCHEDULE:
            return store.queue.scheduled(trigger.id) is not None
        case TriggerType.BUCKET:
            return store.watches.has(trigger.id, "letters")
    return None


@pytest.fixture(scope="module")
def aws() -> Iterator[Place]:
    with account() as clients:
        documents = make_sources(clients, ACCOUNT)
        sources = open_sources(SETTINGS, clients, SetClock())
        yield Place(sources, documents, lambda trigger: _delivers(clients, trigger))


def _delivers(clients: Clients, trigger: Trigger) -> bool | None:
    match trigger.type:
        case TriggerType.SCHEDULE:
            listed = clients.scheduler.list_schedules(GroupName=SETTINGS.schedule_group)
            return [each["State"] for each in listed["Schedules"]] == ["ENABLED"]
        case TriggerType.EVENT | TriggerType.BUCKET as kind:
            bus = SETTINGS.event_bus_name if kind is TriggerType.EVENT else "default"
            rules = clients.events.list_rules(EventBusName=bus)["Rules"]
            return [rule["State"] for rule in rules] == ["ENABLED"]
        case TriggerType.QUEUE | TriggerType.STREAM:
            found = clients.functions.list_event_source_mappings(
                FunctionName=SETTINGS.dispatcher_arn
            )["EventSourceMappings"]
            return [mapping["State"] for mapping in found] == ["Enabled"]
        case TriggerType.TOPIC:
            return len(clients.sns.list_subscriptions()["Subscriptions"]) == 1
    return None


@pytest.fixture(params=["in memory", "one machine", pytest.param("AWS", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    match request.param:
        case "in memory":
            yield from _in_memory()
        case "one machine":
            yield from _on_one_machine(tmp_path)
        case _:
            aws = request.getfixturevalue("aws")
            with put_back_after():
                yield aws


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_delivers_what_is_bound_to_it_however_often_it_is(place: Place, kind: str) -> None:
    trigger = place.a_trigger(kind)

    for _ in range(2):
        place.sources.bind(trigger)
        assert place.listens(trigger) in (True, None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_delivers_nothing_to_who_is_disabled_until_it_is_enabled(
    place: Place, kind: str
) -> None:
    trigger, disabled = place.a_trigger(kind), place.a_trigger(kind, enabled=False)
    place.sources.bind(trigger)

    place.sources.bind(disabled)
    assert place.listens(trigger) in (False, None)

    place.sources.bind(trigger)
    assert place.listens(trigger) in (True, None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_delivers_nothing_more_once_it_is_unbound_however_often_it_is(
    place: Place, kind: str
) -> None:
    trigger = place.a_trigger(kind)
    place.sources.bind(trigger)

    for _ in range(2):
        place.sources.unbind(trigger.ref)
        assert place.listens(trigger) in (False, None)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_never_bound_can_be_unbound(place: Place, kind: str) -> None:
    trigger = place.a_trigger(kind)

    place.sources.unbind(trigger.ref)

    assert place.listens(trigger) in (False, None)


def test_the_queue_of_a_trigger_is_its_own_and_always_the_same(place: Place) -> None:
    one, again, other = (place.a_trigger("own queue", number) for number in (1, 1, 2))

    assert one.own_queue_arn == again.own_queue_arn != other.own_queue_arn
    assert place.sources.details(one)["queue_arn"] == one.own_queue_arn


@pytest.mark.parametrize("kind", KINDS)
def test_no_detail_of_a_source_takes_the_place_of_a_key_of_the_document(
    place: Place, kind: str
) -> None:
    trigger = place.a_trigger(kind)
    place.sources.bind(trigger)

    assert not place.sources.details(trigger).keys() & trigger.document.keys()


def test_each_event_that_is_published_has_an_id_of_its_own(place: Place) -> None:
    events = [BusEvent("shop", "order", '{"total":1}')] * 12

    ids = place.sources.publish(ACCOUNT, events)

    assert None not in ids
    assert len(set(ids)) == len(events)
