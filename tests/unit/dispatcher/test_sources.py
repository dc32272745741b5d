"""What every source of events promises, shown by events as AWS sends them."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.records import Status
from isolambda_core.domain.queue.messages import Acknowledge, SendToDlq
from isolambda_dispatcher.parsing import UnknownEventError
from tests.support.faults import Fault
from tests.support.recorded import recorded
from tests.support.samples import ACCOUNT, FUNCTION, Keep
from tests.unit.dispatcher.dispatchers import TRIGGER, ObservedDispatcher, failed

_THROWN = ExecutionError("Error", "hunter2", "at hunter2")


@dataclass(frozen=True)
class Source:
    """A recorded event, the trigger that it is for, and what the function is called with.

    ``first_at_ms`` is when the first happened. ``staying`` are those that must stay where no
    trigger takes them; None where the source does not keep them. ``words`` must not be logged.
    """

    event: str
    document: dict[str, Any]
    calls: tuple[dict[str, Any], ...]
    event_ids: tuple[str, ...]
    first_at_ms: int
    staying: tuple[str, ...] | None
    words: tuple[str, ...]

    @property
    def is_pulled(self) -> bool:
        return self.staying is not None


_PRICED = {
    "Message": "This item has changed",
    "Id": 101,
    "Price": 12.5,
    "Sold": False,
    "Seller": None,
    "Tags": ["first", "second"],
    "Sizes": [9.5, 10],
    "Digest": "AAECAw==",
    "Lines": ["a", {"Count": 2}],
}
_PLAIN = {"Message": "New item!", "Id": 101}
_SHARD = "495903382714902566085596925"
SOURCES = {
    "schedule": Source(
        event="wrapped_scheduler",
        document={"type": "schedule", "schedule": "rate(1 hour)", "input": {"report": "daily"}},
        calls=({"scheduled_at": "2026-12-01T09:00:00Z", "input": {"report": "daily"}},),
        event_ids=("2026-12-01T09:00:00Z",),
        first_at_ms=1_796_115_600_000,
        staying=None,
        words=("daily",),
    ),
    "event": Source(
        event="wrapped_eventbridge_custom",
        document={"type": "event", "pattern": {"source": ["com.example.shop"]}},
        calls=(
            {
                "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
                "source": "com.example.shop",
                "detail-type": "OrderPlaced",
                "time": "2026-11-22T09:30:00Z",
                "detail": {"order": "1001", "total": 12.5, "lines": [{"sku": "a", "count": 2}]},
            },
        ),
        event_ids=("6a7e8feb-b491-4cf7-a9f1-bf3703467718",),
        first_at_ms=1_795_339_800_000,
        staying=None,
        words=("sku", "OrderPlaced"),
    ),
    "bucket, created": Source(
        event="wrapped_s3_object_created",
        document={"type": "bucket", "bucket": "amzn-s3-demo-bucket1"},
        calls=(
            {
                "event": "created",
                "bucket": "amzn-s3-demo-bucket1",
                "key": "photos/one+one %41.jpg",
                "size": 5,
                "etag": "b1946ac92492d2347c6235b4d2611184",
                "version_id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
                "sequencer": "617f08299329d189",
                "time": "2021-11-12T00:00:00Z",
            },
        ),
        event_ids=("17793124-05d4-b198-2fde-7ededc63b103",),
        first_at_ms=1_636_675_200_000,
        staying=None,
        words=("photos",),
    ),
    "bucket, removed": Source(
        event="wrapped_s3_object_deleted",
        document={"type": "bucket", "bucket": "amzn-s3-demo-bucket1", "events": ["removed"]},
        calls=(
            {
                "event": "removed",
                "bucket": "amzn-s3-demo-bucket1",
                "key": "photos/one+one %41.jpg",
                "sequencer": "617f0837b476e463",
                "time": "2021-11-12T00:00:00Z",
            },
        ),
        event_ids=("2ee9cc15-d022-99ea-1fb8-1b1bac4850f9",),
        first_at_ms=1_636_675_200_000,
        staying=None,
        words=("photos",),
    ),
    "queue": Source(
        event="sqs",
        document={"type": "queue", "queue_arn": "arn:aws:sqs:us-east-2:123456789012:my-queue"},
        calls=(
            {
                "message_id": "059f36b4-87a3-44ab-83d2-661975830a7d",
                "body": "Test message.",
                "sent_at": "2018-12-17T21:37:29.183Z",
                "attributes": {"colour": "red", "size": "100", "thumbnail": "aVZCT1J3"},
            },
            {
                "message_id": "2e1424d4-f796-459a-8184-9c92662be6da",
                "body": "Test message.",
                "sent_at": "2018-12-17T21:37:30.636Z",
                "attributes": {},
            },
        ),
        event_ids=("059f36b4-87a3-44ab-83d2-661975830a7d", "2e1424d4-f796-459a-8184-9c92662be6da"),
        first_at_ms=1_545_082_649_183,
        staying=("059f36b4-87a3-44ab-83d2-661975830a7d", "2e1424d4-f796-459a-8184-9c92662be6da"),
        words=("Test message", "thumbnail", "AQEB"),
    ),
    "queue, FIFO": Source(
        event="sqs_fifo",
        document={"type": "queue", "queue_arn": "arn:aws:sqs:us-east-2:123456789012:fifo.fifo"},
        calls=tuple(
            {
                "message_id": f"{n}{n}d6ee51-4cc7-4302-9e22-7cd8afdaadf5",
                "body": f"Test message {n}.",
                "sent_at": sent_at,
                "attributes": {},
                "group_id": group,
            }
            for n, group, sent_at in (
                (1, "left", "2019-11-08T22:18:30.774Z"),
                (2, "right", "2019-11-08T22:18:30.780Z"),
                (3, "left", "2019-11-08T22:18:30.786Z"),
            )
        ),
        event_ids=tuple(f"{n}{n}d6ee51-4cc7-4302-9e22-7cd8afdaadf5" for n in (1, 2, 3)),
        first_at_ms=1_573_251_510_774,
        staying=tuple(f"{n}{n}d6ee51-4cc7-4302-9e22-7cd8afdaadf5" for n in (1, 2, 3)),
        words=("Test message", "AQEB"),
    ),
    "stream, DynamoDB": Source(
        event="dynamodb_stream",
        document={
            "type": "stream",
            "stream_arn": "arn:aws:dynamodb:us-west-2:123456789012:table/ExampleTableWithStream"
            "/stream/2015-06-27T00:48:05.899",
            "starting_position": "LATEST",
        },
        calls=tuple(
            {
                "event": event,
                "keys": {"Id": 101},
                "new": new,
                "old": old,
                "sequence_number": f"442158450000000001745043909{n}",
                "time": f"2015-04-09T00:00:0{n - 1}Z",
            }
            for n, event, new, old in (
                (1, "insert", _PLAIN, None),
                (2, "modify", _PRICED, _PLAIN),
                (3, "remove", None, _PRICED),
            )
        ),
        event_ids=(
            "c4ca4238a0b923820dcc509a6f75849b",
            "c81e728d9d4c2f636f067f89cc14862c",
            "eccbc87e4b5ce2fe28308fd9f2a7baf3",
        ),
        first_at_ms=1_428_537_600_000,
        staying=("4421584500000000017450439091",),
        words=("New item", "Seller"),
    ),
    "stream, Kinesis": Source(
        event="kinesis_stream",
        document={
            "type": "stream",
            "stream_arn": "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
            "starting_position": "TRIM_HORIZON",
        },
        calls=(
            {
                "event": "record",
                "data": "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
                "partition_key": "1",
                "sequence_number": f"{_SHARD}38361571095921575989136588898",
                "time": "2018-12-17T22:10:50.987Z",
            },
            {
                "event": "record",
                "data": "VGhpcyBpcyBvbmx5IGEgdGVzdC4=",
                "partition_key": "1",
                "sequence_number": f"{_SHARD}40925702759324208523137515618",
                "time": "2018-12-17T22:11:51.166Z",
            },
        ),
        event_ids=(
            f"shardId-000000000006:{_SHARD}38361571095921575989136588898",
            f"shardId-000000000006:{_SHARD}40925702759324208523137515618",
        ),
        first_at_ms=1_545_084_650_987,
        staying=(f"{_SHARD}38361571095921575989136588898",),
        words=("SGVsbG8", "VGhpcyBp"),
    ),
    "topic": Source(
        event="sns",
        document={"type": "topic", "topic_arn": "arn:aws:sns:us-east-1:123456789012:sns-lambda"},
        calls=(
            {
                "message_id": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                "topic_arn": "arn:aws:sns:us-east-1:123456789012:sns-lambda",
                "subject": "TestInvoke",
                "message": "Hello from SNS!",
                "attributes": {"Test": "TestString", "TestBinary": "TestBinary"},
                "time": "2019-01-02T12:45:07.000Z",
            },
        ),
        event_ids=("95df01b4-ee98-5cb9-9903-4c221d41eb5e",),
        first_at_ms=1_546_433_107_000,
        staying=None,
        words=("Hello", "TestInvoke", "TestString", "tcc6faL2"),
    ),
}

each_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def by_id(calls: Sequence[Any]) -> list[Any]:
    """Return calls in one order, whichever was the first of those that ran at the same time."""
    return sorted(calls, key=str)


def nobody_wants(source: Source) -> dict[str, Any]:
    """Return the answer for events that run nothing: they stay where their source keeps them."""
    return failed(*(source.staying or ()))


@each_source
def test_the_function_is_called_with_what_happened(
    dispatcher: ObservedDispatcher, keep: Keep, source: Source
) -> None:
    keep()
    dispatcher.trigger(source.document)

    assert dispatcher.handle(recorded(source.event)) == failed()
    dispatcher.perform_queued()

    assert by_id(dispatcher.calls) == by_id(source.calls)
    assert set(dispatcher.dispositions) == {"done"}


@each_source
def test_the_record_says_which_event_of_which_trigger_it_was(
    dispatcher: ObservedDispatcher, keep: Keep, source: Source
) -> None:
    keep()
    dispatcher.trigger(source.document)

    dispatcher.handle(recorded(source.event))
    dispatcher.perform_queued()

    records = list(
        dispatcher.machine.store.records.iterate(ACCOUNT, FUNCTION, descending=False, at_once=10)
    )
    assert [record.event_id for record in records] == list(source.event_ids)
    assert {record.trigger_id for record in records} == {TRIGGER}
    assert {record.trigger for record in records} == {source.document["type"]}
    assert {record.status for record in records} == {Status.SUCCEEDED}
    assert records[0].asked_at_ms == source.first_at_ms


@each_source
def test_what_comes_again_does_not_run_again(
    dispatcher: ObservedDispatcher, keep: Keep, source: Source
) -> None:
    keep()
    dispatcher.trigger(source.document)

    for _ in range(3):
        assert dispatcher.handle(recorded(source.event)) == failed()
        dispatcher.perform_queued()
        dispatcher.machine.clock.time_ms += 3_600_000

    assert len(dispatcher.calls) == len(source.calls)


@each_source
def test_an_event_without_a_trigger_runs_nothing(
    dispatcher: ObservedDispatcher, keep: Keep, source: Source
) -> None:
    keep()

    assert dispatcher.handle(recorded(source.event)) == nobody_wants(source)

    assert dispatcher.perform_queued() == dispatcher.calls == []
    assert set(dispatcher.dispositions) == {"again" if source.is_pulled else "dropped"}
    assert dispatcher.consumer.dead_lettered == []


@each_source
def test_an_event_of_a_disabled_trigger_runs_nothing(
    dispatcher: ObservedDispatcher, keep: Keep, source: Source
) -> None:
    keep()
    dispatcher.trigger({**source.document, "enabled": False})

    assert dispatcher.handle(recorded(source.event)) == nobody_wants(source)

    assert dispatcher.perform_queued() == dispatcher.calls == []
    assert set(dispatcher.dispositions) == {"again" if source.is_pulled else "dropped"}


@each_source
def test_an_event_for_a_function_that_is_gone_runs_nothing(
    dispatcher: ObservedDispatcher, source: Source
) -> None:
    dispatcher.trigger(source.document)

    assert dispatcher.handle(recorded(source.event)) == nobody_wants(source)

    assert dispatcher.perform_queued() == []
    assert set(dispatcher.dispositions) == {"again" if source.is_pulled else "dropped"}


@each_source
def test_nothing_is_lost_when_the_store_is_away(
    dispatcher: ObservedDispatcher, keep: Keep, source: Source
) -> None:
    keep()
    dispatcher.trigger(source.document)
    away = Fault(StoreUnavailableError).on("triggers", dispatcher.dispatcher.triggers)
    hindered = replace(dispatcher.dispatcher, triggers=away)

    with pytest.raises(StoreUnavailableError):
        hindered.handle(recorded(source.event), dispatcher.left_ms)

    assert dispatcher.handle(recorded(source.event)) == failed()
    dispatcher.perform_queued()
    assert len(dispatcher.calls) == len(source.calls)


@each_source
def test_what_failed_for_good_is_among_the_dead_letters_and_makes_way(
    dispatcher: ObservedDispatcher, keep: Keep, source: Source
) -> None:
    keep(attempts=1)
    dispatcher.trigger(source.document)
    dispatcher.machine.executor.ends(ExecutionResult("", Outcome.EXCEPTION, error=_THROWN))

    assert dispatcher.handle(recorded(source.event)) == failed()
    dispositions = dispatcher.perform_queued()

    records = list(dispatcher.machine.store.records.iterate(ACCOUNT, FUNCTION, at_once=10))
    assert [record.status for record in records] == [Status.FAILED] * len(source.calls)
    if source.is_pulled:
        dead_lettered = [
            json.loads(body)["execution_id"] for body in dispatcher.consumer.dead_lettered
        ]
        assert sorted(dead_lettered) == sorted(record.id for record in records)
        assert set(dispatcher.dispositions) == {"dead"}
    else:
        assert dispositions == [SendToDlq()]


@each_source
def test_nothing_that_happened_or_was_thrown_is_in_the_log(
    dispatcher: ObservedDispatcher, keep: Keep, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "isolambda_dispatcher")
    caplog.set_level(logging.DEBUG, "isolambda_core")
    dispatcher.handle(recorded(source.event))
    dispatcher.trigger(source.document)
    dispatcher.handle(recorded(source.event))
    keep(attempts=1)
    dispatcher.machine.executor.ends(ExecutionResult("", Outcome.EXCEPTION, error=_THROWN))
    dispatcher.handle(recorded(source.event))
    dispatcher.perform_queued()

    logged = json.dumps([record.__dict__ for record in caplog.records], default=str)
    assert dispatcher.calls
    assert TRIGGER in logged
    assert [word for word in ("hunter2", *source.words) if word in logged] == []


def broken(source: Source) -> dict[str, Any]:
    """Return the event with its first item such as no source sends it, and a secret in it."""
    event = recorded(source.event)
    if "Records" in event:
        inner = event["Records"][0]
        for part in ("attributes", "dynamodb", "kinesis", "Sns"):
            inner = inner.get(part, inner)
        for name in (
            "SentTimestamp",
            "ApproximateCreationDateTime",
            "approximateArrivalTimestamp",
            "Timestamp",
        ):
            if name in inner:
                inner[name] = "hunter2"
    elif "event" in event:
        event["event"]["time"] = "hunter2"
    else:
        del event["scheduled_at"]
    return event


@each_source
def test_what_cannot_be_read_holds_up_nothing_and_is_kept(
    dispatcher: ObservedDispatcher, keep: Keep, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    keep()
    dispatcher.trigger(source.document)
    event = broken(source)

    if source.is_pulled:
        assert dispatcher.handle(event) == failed()
        assert [json.loads(body) for body in dispatcher.consumer.dead_lettered] == [
            event["Records"][0]
        ]
        assert by_id(dispatcher.calls) == by_id(source.calls[1:])
        assert sorted(dispatcher.dispositions) == ["dead", *["done"] * len(source.calls[1:])]
        assert "hunter2" not in json.dumps([r.__dict__ for r in caplog.records], default=str)
    else:
        # Lambda keeps what it could not hand over, after it tried again.
        with pytest.raises(UnknownEventError) as raised:
            dispatcher.handle(event)
        assert "hunter2" not in str(raised.value)
        assert raised.value.__cause__ is None
        assert dispatcher.perform_queued() == []


@pytest.mark.parametrize(
    "source", [source for source in SOURCES.values() if source.is_pulled], ids=lambda s: s.event
)
def test_what_the_dead_letters_do_not_take_stays(
    dispatcher: ObservedDispatcher, keep: Keep, source: Source
) -> None:
    keep()
    dispatcher.trigger(source.document)
    dispatcher.consumer.away = True

    answer = dispatcher.handle(broken(source))

    assert source.staying is not None
    assert answer["batchItemFailures"][0] == {"itemIdentifier": source.staying[0]}
    assert dispatcher.dispositions.count("failed") == 1

    dispatcher.consumer.away = False
    assert dispatcher.handle(broken(source)) == failed()
    assert len(dispatcher.calls) == len(source.calls) - 1


def test_the_disposition_on_a_pushed_event_is_that_of_the_execution_queue(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep()
    topic = SOURCES["topic"]
    dispatcher.trigger(topic.document)

    dispatcher.handle(recorded(topic.event))

    assert dispatcher.calls == []
    assert dispatcher.perform_queued() == [Acknowledge()]
