"""The bus and the queues of one machine: what is published or sent becomes executions."""

from dataclasses import replace

import pytest

from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.documents import validated_trigger
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
    machine.store.functions.remove(ACCOUNT, FUNCTION, function.revision)

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
