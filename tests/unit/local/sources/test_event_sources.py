"""The bus and the queues of one machine: what is published or sent becomes executions."""

from dataclasses import replace
from time import process_time
from typing import Any

import pytest

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, StoreUnavailableError
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import MATCHING_STEPS
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.documents import validated_trigger
from isolambda_core.domain.triggers.event_patterns.pattern import matcher
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_local.sources import event as bus
from isolambda_local.sources.event import LocalBus
from tests.support.faults import Fault
from tests.support.local_runtime import SteppedRuntime
from tests.support.samples import ACCOUNT, FUNCTION, OTHER_ACCOUNT

ORDER = BusEvent("shop", "order", '{"total":120}')
ARN = "arn:aws:{}:us-east-1:123456789012:{}"


def test_an_event_goes_to_each_trigger_that_it_matches_with_one_id(machine: SteppedRuntime) -> None:
    machine.create(type="event", pattern={"source": ["shop"]})
    machine.create(type="event", pattern={"detail": {"total": [{"numeric": [">", 100]}]}})
    machine.create(type="event", pattern={"source": ["warehouse"]})

    [event_id] = machine.local.sources.publish(ACCOUNT, [ORDER])
    machine.perform()

    payload = {
        "id": event_id,
        "source": "shop",
        "detail-type": "order",
        "time": "2027-01-15T08:00:00Z",
        "detail": {"total": 120},
    }
    assert machine.calls == [payload, payload]


def test_what_is_published_or_sent_keeps_the_hops_that_led_to_it(machine: SteppedRuntime) -> None:
    machine.create(type="event", pattern={"source": ["shop"]})
    queue = machine.create(type="queue")

    machine.local.sources.publish(ACCOUNT, [replace(ORDER, hops=3)])
    machine.local.sources.send(queue, ["m"], 4)
    machine.perform()

    assert sorted(request.hops for request in machine.executor.requests) == [3, 4]
    assert "hops" not in dump(machine.calls)


def test_an_event_is_of_one_account(machine: SteppedRuntime) -> None:
    machine.create(OTHER_ACCOUNT, type="event", pattern={"source": ["shop"]})

    [event_id] = machine.local.sources.publish(ACCOUNT, [ORDER])
    machine.perform()

    assert event_id is not None
    assert machine.calls == []


def test_events_of_one_request_have_ids_in_their_order(machine: SteppedRuntime) -> None:
    machine.create(type="event", pattern={"source": ["shop"]})
    events = [BusEvent("shop", "order", f'{{"number":{number}}}') for number in range(5)]

    ids = machine.local.sources.publish(ACCOUNT, events)
    machine.perform()

    by_id = {call["id"]: call["detail"]["number"] for call in machine.calls}
    assert [by_id[str(event_id)] for event_id in ids] == [0, 1, 2, 3, 4]


def test_a_disabled_trigger_gets_no_event(machine: SteppedRuntime) -> None:
    trigger = machine.create(type="event", pattern={"source": ["shop"]})
    machine.local.triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"enabled": False})

    machine.local.sources.publish(ACCOUNT, [ORDER])
    machine.perform()

    assert machine.calls == []


def test_an_event_whose_function_is_gone_is_taken_and_runs_nothing(machine: SteppedRuntime) -> None:
    machine.create(type="event", pattern={"source": ["shop"]})
    function = machine.store.functions.get(ACCOUNT, FUNCTION)
    machine.store.functions.remove(function)

    [event_id] = machine.local.sources.publish(ACCOUNT, [ORDER])

    assert event_id is not None


def test_an_event_that_cannot_be_queued_is_not_taken_and_the_others_are(
    machine: SteppedRuntime,
) -> None:
    machine.create(type="event", pattern={"source": ["shop"]})
    fault = Fault(StoreUnavailableError, at=1)
    queue = fault.on("queue", machine.store.queue)
    events = replace(machine.local.events, queue=queue)
    hindered = LocalBus(machine.store.triggers, events, machine.clock)

    ids = hindered.publish(ACCOUNT, [ORDER, ORDER, ORDER])
    machine.perform()

    assert [event_id is None for event_id in ids] == [False, True, False]
    assert {call["id"] for call in machine.calls} == {ids[0], ids[2]}


ABSENT: Any = {"detail": {"a": {str(number): [{"exists": False}] for number in range(75)}}}
DEEP_ABSENT: Any = {"detail": {"a": {"b": ABSENT["detail"]["a"]}}}
BLOCKS: Any = {"detail": {"a": {"b": [{"cidr": f"10.0.{number}.0/24"} for number in range(75)]}}}
CASES: Any = {
    "detail": {"a": [{"suffix": {"equals-ignore-case": f"{number}a"}} for number in range(40)]}
}
CHOICES: Any = {
    "detail": {
        "a": {
            "$or": [{f"b{number}": [{"exists": False}]} for number in range(10)],
            "x": {
                "$or": [{f"c{number}": [{"exists": False}]} for number in range(10)],
                "y": {"$or": [{f"d{number}": [{"exists": False}]} for number in range(10)]},
            },
        }
    }
}
HEAVY = [ABSENT, DEEP_ABSENT, BLOCKS, CASES, CHOICES]


def with_heavy_triggers(machine: SteppedRuntime, count: int) -> None:
    """Add triggers with patterns that are heavy and legal, to functions of their own."""
    for number in range(count):
        pattern = {**HEAVY[number % len(HEAVY)], "detail-type": [f"{number}", "order"]}
        document = validated_trigger({"name": "n", "type": "event", "pattern": pattern})
        trigger = Trigger(ACCOUNT, FUNCTION, f"{number:032x}", document, 0, 0)
        machine.store.triggers.add(trigger)


@pytest.mark.parametrize(
    "detail",
    [
        {"a": [{"b": 1}] * 10_000},
        {"a": [{"b": f"192.0.{number // 256}.{number % 256}"} for number in range(9_000)]},
        {"a": [{"b": [{}] * 9}] * 1_000},
        {"a": [{"x": {"y": {}}}] * 10_000},
        {"a": ["a" * 20] * 10_000},
        {"a": {"b": "a" * 250_000}},
        {"q": [{}] * 10_000},
    ],
    ids=["objects", "addresses", "deeper", "choices", "texts", "a long text", "other fields"],
)
def test_a_hostile_event_takes_little_time_or_is_refused_with_the_limit(
    machine: SteppedRuntime, detail: Any
) -> None:
    with_heavy_triggers(machine, 50)
    event = BusEvent("shop", "order", dump(detail))
    machine.local.sources.publish(ACCOUNT, [ORDER])  # which makes the matchers

    began = process_time()
    try:
        machine.local.sources.publish(ACCOUNT, [event])
    except InvalidDocumentError as error:
        [violation] = error.violations
        assert violation.path == ("events",)
        assert (violation.rule, violation.target) == ("error", MATCHING_STEPS)
        assert violation.message is not None
        assert str(MATCHING_STEPS) in violation.message
    assert process_time() - began < 2


def test_many_small_events_are_matched_with_the_heaviest_triggers(machine: SteppedRuntime) -> None:
    with_heavy_triggers(machine, 40)
    events = [BusEvent("shop", "other", '{"q":1}')] * 50 + [BusEvent("shop", "order", '{"a":1}')]

    ids = machine.local.sources.publish(ACCOUNT, [*events, *events[:49]])

    assert None not in ids


def test_what_is_refused_for_its_work_is_handed_on_to_no_trigger(machine: SteppedRuntime) -> None:
    machine.create(type="event", pattern={"source": ["shop"]})
    with_heavy_triggers(machine, 5)
    heavy = BusEvent("shop", "order", dump({"a": [{"b": 1}] * 10_000}))

    with pytest.raises(InvalidDocumentError):
        machine.local.sources.publish(ACCOUNT, [ORDER, heavy])
    machine.perform()

    assert machine.calls == []


def test_a_matcher_is_made_once_for_each_revision_of_a_trigger(
    machine: SteppedRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []

    def make(pattern: Document) -> Any:
        made.append(pattern)
        return matcher(pattern)

    monkeypatch.setattr(bus, "matcher", make)
    trigger = machine.create(type="event", pattern={"source": ["shop", new_id()]})
    for _ in range(3):
        machine.local.sources.publish(ACCOUNT, [ORDER] * 3)
    machine.local.triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"pattern": {"source": ["none"]}})
    for _ in range(3):
        machine.local.sources.publish(ACCOUNT, [ORDER])
    machine.perform()

    assert len(made) <= 2
    assert len(machine.calls) == 9


def test_a_message_is_delivered_as_one_of_sqs_is(machine: SteppedRuntime) -> None:
    trigger = machine.create(type="queue")

    [message_id] = machine.local.sources.send(trigger, ["hello"])
    machine.perform()

    assert machine.calls == [
        {
            "message_id": message_id,
            "body": "hello",
            "sent_at": "2027-01-15T08:00:00Z",
            "attributes": {},
        }
    ]


def test_a_disabled_trigger_takes_no_message(machine: SteppedRuntime) -> None:
    trigger = machine.create(type="queue", enabled=False)

    assert machine.local.sources.send(trigger, ["hello"]) == [None]


def test_a_queue_of_its_own_has_an_arn_as_documents_have_them(machine: SteppedRuntime) -> None:
    trigger = machine.create(type="queue")
    arn = f"arn:aws:sqs:local:000000000000:{trigger.id}"

    assert (trigger.source, trigger.own_queue_arn) == (arn, arn)
    assert machine.local.sources.details(trigger) == {"queue_arn": arn}
    assert validated_trigger({"name": "n", "type": "queue", "queue_arn": arn})["queue_arn"] == arn


@pytest.mark.parametrize(
    "document",
    [
        {"type": "queue", "queue_arn": ARN.format("sqs", "orders")},
        {"type": "stream", "stream_arn": ARN.format("kinesis", "stream/clicks")},
        {"type": "topic", "topic_arn": ARN.format("sns", "news")},
    ],
    ids=lambda document: str(document["type"]),
)
def test_a_source_that_is_somewhere_else_is_bound_and_tells_nothing(
    machine: SteppedRuntime, document: dict[str, str]
) -> None:
    trigger = machine.create(**document)

    assert machine.local.sources.details(trigger) == {}
