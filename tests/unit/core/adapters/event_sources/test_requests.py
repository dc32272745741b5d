"""What is published on the stack's bus, and sent to the queues of triggers."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from isolambda_core.adapters.event_sources import (
    Clients,
    open_sources,
)
from isolambda_core.adapters.event_sources.own_queues import OwnSqsQueues
from isolambda_core.domain.limits import EVENT_BYTES
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.documents import validated_trigger
from isolambda_core.domain.triggers.errors import SourcesUnavailableError
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_core.ports.triggers import EventSources
from tests.support.aws import (
    SETTINGS,
    STACK,
    unhooked_after,
)
from tests.support.clocks import SetClock
from tests.support.samples import ACCOUNT, FUNCTION

pytestmark = pytest.mark.slow

ID = "1" * 32
SOLD = BusEvent("shop", "sold", '{"n":1}')


@pytest.fixture
def sources(clients: Clients) -> EventSources:
    return open_sources(SETTINGS, clients, SetClock())


@pytest.fixture
def trigger(sources: EventSources, clients: Clients) -> Trigger:
    """A trigger with a queue that was made for it, and that has no consumer."""
    queue = sources.own_queue_arn(ID)
    OwnSqsQueues(clients.sqs, SETTINGS).make(queue)
    document = validated_trigger({"name": "n", "type": "queue"})
    return Trigger(ACCOUNT, FUNCTION, ID, document, 1, 1, own_queue_arn=queue)


@contextmanager
def requests(client: Any, operation: str) -> Iterator[list[list[dict[str, Any]]]]:
    """Note the entries of each request from now on."""
    noted: list[list[dict[str, Any]]] = []

    def note(params: dict[str, Any], **_: object) -> None:
        noted.append(params["Entries"])

    service = client.meta.service_model.service_name
    with unhooked_after(client):
        client.meta.events.register(f"provide-client-params.{service}.{operation}", note)
        yield noted


def received(clients: Clients, sources: EventSources, trigger: Trigger) -> list[str]:
    url = str(sources.details(trigger)["queue_url"])
    bodies: list[str] = []
    while found := clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        bodies += [message["Body"] for message in found]
    return sorted(bodies)


def test_events_are_published_in_the_accounts_name_ten_at_a_time(
    sources: EventSources, clients: Clients
) -> None:
    with requests(clients.events, "PutEvents") as noted:
        ids = sources.publish(ACCOUNT, [SOLD] * 25)

    assert [len(entries) for entries in noted] == [10, 10, 5]
    assert noted[0][0] == {
        "EventBusName": STACK,
        "Source": "shop",
        "DetailType": "sold",
        "Detail": '{"n":1}',
        "Resources": [f"isolambda:{ACCOUNT}"],
    }
    assert len(set(ids)) == 25
    assert None not in ids


def test_a_request_is_never_larger_than_aws_takes(
    sources: EventSources, clients: Clients, trigger: Trigger
) -> None:
    bodies = ["é" * 60_000] * 5 + ["small"]

    with requests(clients.sqs, "SendMessageBatch") as noted:
        ids = sources.send(trigger, bodies)

    assert [len(entries) for entries in noted] == [2, 2, 2]
    assert None not in ids


def test_what_is_published_or_sent_has_the_hops_that_led_to_it_beside(
    sources: EventSources, clients: Clients, trigger: Trigger
) -> None:
    with requests(clients.events, "PutEvents") as published:
        sources.publish(ACCOUNT, [replace(SOLD, hops=3), SOLD])
    with requests(clients.sqs, "SendMessageBatch") as sent:
        sources.send(trigger, ["m"], 4)
        sources.send(trigger, ["m"])

    own = f"isolambda:{ACCOUNT}"
    assert [entry["Resources"] for entry in published[0]] == [[own, "isolambda:hops=3"], [own]]
    assert [entries[0]["MessageAttributes"] for entries in sent] == [
        {"isolambda-hops": {"DataType": "Number", "StringValue": "4"}},
        {},
    ]


def test_hops_count_among_the_bytes_of_a_request(
    sources: EventSources, clients: Clients, trigger: Trigger
) -> None:
    halves = ["m" * (EVENT_BYTES // 2)] * 2

    with requests(clients.sqs, "SendMessageBatch") as sent:
        sources.send(trigger, halves)
        sources.send(trigger, halves, 4)

    assert [len(entries) for entries in sent] == [2, 1, 1]


def test_messages_are_sent_to_the_triggers_own_queue(
    sources: EventSources, clients: Clients, trigger: Trigger
) -> None:
    bodies = [str(n) for n in range(12)]

    ids = sources.send(trigger, bodies)

    assert len(set(ids)) == 12
    assert received(clients, sources, trigger) == sorted(bodies)


def test_an_event_that_the_bus_does_not_take_is_reported_by_itself(
    sources: EventSources, clients: Clients
) -> None:
    refused = {"ErrorCode": "MalformedDetail", "ErrorMessage": "no"}
    with Stubber(clients.events) as stub:
        answer = {"FailedEntryCount": 1, "Entries": [{"EventId": "e1"}, refused, {"EventId": "e3"}]}
        stub.add_response("put_events", answer)

        assert sources.publish(ACCOUNT, [SOLD] * 3) == ["e1", None, "e3"]


def test_a_message_that_the_queue_does_not_take_is_reported_by_itself(
    sources: EventSources, clients: Clients, trigger: Trigger
) -> None:
    refused = {"Id": "0", "SenderFault": True, "Code": "InvalidMessageContents"}
    taken = {"Id": "1", "MessageId": "m2", "MD5OfMessageBody": "0"}
    with Stubber(clients.sqs) as stub:
        stub.add_response("send_message_batch", {"Successful": [taken], "Failed": [refused]})

        assert sources.send(trigger, ["\ud800", "two"]) == [None, "m2"]


def test_a_batch_that_fails_takes_nothing_from_what_was_taken_before(
    sources: EventSources, clients: Clients
) -> None:
    with Stubber(clients.events) as stub:
        entries = [{"EventId": f"e{n}"} for n in range(10)]
        stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": entries})
        stub.add_client_error("put_events", "ThrottlingException")

        ids = sources.publish(ACCOUNT, [SOLD] * 12)

    assert ids == [*[f"e{n}" for n in range(10)], None, None]


def test_who_got_nothing_through_may_try_again(sources: EventSources, clients: Clients) -> None:
    with Stubber(clients.events) as stub:
        stub.add_client_error("put_events", "ThrottlingException")
        with pytest.raises(SourcesUnavailableError):
            sources.publish(ACCOUNT, [SOLD])


def test_an_event_that_is_too_large_is_not_taken_however_often_it_is_tried(
    sources: EventSources, clients: Clients
) -> None:
    large = BusEvent("shop", "sold", json.dumps("x" * EVENT_BYTES))
    with Stubber(clients.events) as stub:
        stub.add_client_error("put_events", "ValidationException", "over the limit")

        assert sources.publish(ACCOUNT, [large]) == [None]


@pytest.mark.parametrize("nothing", [[], ()])
def test_nothing_is_sent_for_nothing(
    sources: EventSources, clients: Clients, nothing: Sequence[BusEvent]
) -> None:
    with requests(clients.events, "PutEvents") as noted:
        assert sources.publish(ACCOUNT, nothing) == []

    assert noted == []
