"""``isolambda admin events send``: an event's address, and the answer of a stack's dispatcher."""

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from typing_extensions import override

from isolambda_cli.admin.event_envelopes import (
    OtherSourceError,
    addressed,
)
from isolambda_cli.admin.stack_target import StackTarget
from isolambda_cli.admin.targets import (
    ReplayFailedError,
    ReplayResult,
)
from isolambda_core.adapters.codecs.messages import read_message
from isolambda_core.domain.queue.messages import ReconcileTrigger
from isolambda_core.domain.triggers.triggers import Trigger
from tests.unit.cli.installations import DISPATCHER_ARN, Operated

EVENTS = Path(__file__).parents[3] / "events"
ACCOUNT, FUNCTION, TRIGGER = "a" * 32, "f" * 32, "9" * 32
ARN = "arn:aws:{}:eu-central-1:210987654321:{}"
SOURCES: dict[str, dict[str, Any]] = {
    "schedule": {"schedule": "rate(1 day)"},
    "event": {"pattern": {"source": ["shop"]}},
    "bucket": {"bucket": "uploads"},
    "queue": {"queue_arn": ARN.format("sqs", "orders")},
    "stream": {"stream_arn": ARN.format("kinesis", "stream/clicks")},
    "topic": {"topic_arn": ARN.format("sns", "news")},
    "webhook": {},
    "http": {"path": "shop", "auth": {"type": "none"}},
}
NAMES = {"account_id": ACCOUNT, "function_id": FUNCTION, "trigger_id": TRIGGER}


def a_trigger(kind: str) -> Trigger:
    document = {"name": "n", "enabled": True, "qualifier": "$LATEST", "type": kind, **SOURCES[kind]}
    return Trigger(ACCOUNT, FUNCTION, TRIGGER, document, 1, 1)


def recorded(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((EVENTS / f"{name}.json").read_text()))


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("sqs", "queue", "eventSourceARN"),
        ("sqs_fifo", "queue", "eventSourceARN"),
        ("dynamodb_stream", "stream", "eventSourceARN"),
        ("kinesis_stream", "stream", "eventSourceARN"),
        ("sns", "topic", "TopicArn"),
    ],
)
def test_the_records_of_a_batch_are_from_the_source_of_the_trigger(
    name: str, kind: str, key: str
) -> None:
    event, trigger = recorded(name), a_trigger(kind)

    address: Any = addressed(event, trigger)

    was, now = (_arns(batch, key) for batch in (event, address))
    assert set(now) == {trigger.source}
    assert json.dumps(address) != json.dumps(event)
    text = json.dumps(event, sort_keys=True)
    for arn in set(was):
        text = text.replace(f'"{key}": "{arn}"', f'"{key}": "{trigger.source}"')
    assert json.dumps(address, sort_keys=True) == text


def _arns(event: Mapping[str, Any], key: str) -> list[str]:
    return [record.get("Sns", record)[key] for record in event["Records"]]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("eventbridge_custom", "event"),
        ("s3_object_created", "bucket"),
        ("s3_object_deleted", "bucket"),
    ],
)
@pytest.mark.parametrize("beginning", ["", "wrapped_"], ids=["as sent", "wrapped"])
def test_an_event_of_eventbridge_is_wrapped_as_by_the_rule_of_the_trigger(
    name: str, kind: str, beginning: str
) -> None:
    event = recorded(beginning + name)

    address = addressed(event, a_trigger(kind))

    assert address == {"isolambda": kind, **NAMES, "event": event.get("event", event)}


@pytest.mark.parametrize("name", ["scheduler", "wrapped_scheduler"])
def test_an_event_of_scheduler_is_as_the_schedule_of_the_trigger_has_it(name: str) -> None:
    address = addressed(recorded(name), a_trigger("schedule"))

    assert address == {"isolambda": "schedule", **NAMES, "scheduled_at": "2026-12-01T09:00:00Z"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sqs", "topic"),
        ("sqs", "stream"),
        ("sqs", "event"),
        ("sns", "queue"),
        ("kinesis_stream", "queue"),
        ("wrapped_scheduler", "event"),
        ("wrapped_eventbridge_custom", "bucket"),
        ("eventbridge_custom", "schedule"),
        ("eventbridge_custom", "webhook"),
        ("eventbridge_custom", "http"),
        ("scheduler", "queue"),
    ],
)
def test_an_event_of_another_source_is_refused(name: str, kind: str) -> None:
    with pytest.raises(OtherSourceError, match=f"this is no event for a trigger of type {kind}"):
        addressed(recorded(name), a_trigger(kind))


def test_a_bucket_s_own_notification_says_that_the_form_of_eventbridge_is_meant(
    machine: Operated, tmp_path: Path
) -> None:
    file = tmp_path / "event.json"
    for event in (
        {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {}}]},
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "mine"},
    ):
        file.write_text(json.dumps(event))

        result = machine.type("events", "send", "--file", str(file))

        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.endswith(
            ": this is a bucket's own notification; what triggers take is the event that S3 sends "
            'through EventBridge, "detail-type": "Object Created" or "Object Deleted"\n'
        )


def test_an_event_of_another_source_names_what_is_meant() -> None:
    with pytest.raises(OtherSourceError, match='type queue: that is records of SQS, "eventSource"'):
        addressed(recorded("sns"), a_trigger("queue"))
    with pytest.raises(OtherSourceError, match="the event that S3 sends through EventBridge"):
        addressed(recorded("sqs"), a_trigger("bucket"))


@pytest.mark.parametrize("text", ["{", "[]", "\xff"], ids=["not JSON", "no object", "not UTF-8"])
def test_a_file_that_holds_no_event_is_one_line_on_stderr(
    machine: Operated, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "event.json"
    file.write_bytes(text.encode("latin-1"))

    result = machine.type("events", "send", "--file", str(file))

    assert (result.exit_code, result.stdout) == (1, "")
    assert str(file) in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_byte_order_mark_before_an_event_is_left_out(machine: Operated, tmp_path: Path) -> None:
    plain, marked = EVENTS / "sqs.json", tmp_path / "event.json"
    marked.write_bytes(b"\xef\xbb\xbf" + plain.read_bytes())

    of_plain, of_marked = (
        machine.type("events", "send", "--file", str(file)) for file in (plain, marked)
    )

    assert (of_marked.exit_code, of_marked.stdout) == (of_plain.exit_code, of_plain.stdout)
    assert "JSON" not in of_marked.stderr


def test_a_number_that_no_double_holds_is_refused(machine: Operated, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    for number in ("9" * 400, "1e400"):
        file.write_text(f'{{"Records": [{number}]}}')

        result = machine.type("events", "send", "--file", str(file))

        assert result.exit_code == 1
        assert "a number is too large" in result.stderr


def test_a_trigger_is_named_whole_or_not_at_all(machine: Operated) -> None:
    file = EVENTS / "sqs.json"

    result = machine.type("events", "send", "--file", str(file), "--trigger", TRIGGER)

    assert result.exit_code == 2
    assert "go together" in result.stderr


def test_an_unknown_trigger_is_one_line_on_stderr(operated: Operated) -> None:
    names = ("--trigger", TRIGGER, "--function", FUNCTION, "--account", ACCOUNT)

    result = operated.type("events", "send", "--file", str(EVENTS / "sqs.json"), *names)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(f": no trigger {TRIGGER!r}\n")


class Lambda:
    """Answers as scripted, and records its invocations; a session has no other."""

    def __init__(self, answer: object, **more: str) -> None:
        self.answer, self.more = answer, more
        self.invoked: list[dict[str, Any]] = []

    def client(self, service: str, **_: object) -> "Lambda":
        assert service == "lambda"
        return self

    def invoke(self, **asked: Any) -> dict[str, Any]:
        self.invoked.append(asked)
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **self.more}

    @property
    def stack(self) -> StackTarget:
        return StackTarget(cast("boto3.Session", self), {"DispatcherArn": DISPATCHER_ARN})


def test_a_stack_is_invoked_with_the_event_and_tells_which_items_stay() -> None:
    event = recorded("sqs")
    first, *others = [record["messageId"] for record in event["Records"]]
    dispatcher = Lambda({"batchItemFailures": [{"itemIdentifier": first}]})

    played = dispatcher.stack.replay(event)

    assert played == [
        ReplayResult(first, "again"),
        *(ReplayResult(item, "taken") for item in others),
    ]
    [asked] = dispatcher.invoked
    assert (asked["FunctionName"], json.loads(asked["Payload"])) == (DISPATCHER_ARN, event)


def test_a_trigger_is_reconciled_by_the_dispatcher_as_by_a_message_of_its_queue() -> None:
    ref = replace(a_trigger("queue"), document={"type": "queue"}).ref
    dispatcher = Lambda({"batchItemFailures": []})
    outputs = {
        "DispatcherArn": DISPATCHER_ARN,
        "ExecutionQueueUrl": "https://sqs/1/isolambda-queue",
    }
    stack = replace(dispatcher.stack, outputs=outputs)

    assert stack.reconcile(ref)

    [asked] = dispatcher.invoked
    [record] = json.loads(asked["Payload"])["Records"]
    assert record["eventSourceARN"] == "arn:aws:sqs:eu-central-1:123456789012:isolambda-queue"
    message = read_message(record["body"])
    assert isinstance(message, ReconcileTrigger)
    assert message.trigger == ref


@pytest.mark.parametrize("failed", [True, False], ids=["failed", "again"])
def test_a_trigger_whose_source_does_not_answer_is_left_to_the_queue(*, failed: bool) -> None:
    class Retrying(Lambda):
        @override
        def invoke(self, **asked: Any) -> dict[str, Any]:
            [record] = json.loads(asked["Payload"])["Records"]
            self.answer = {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
            return super().invoke(**asked)

    dispatcher = Lambda({}, FunctionError="Unhandled") if failed else Retrying({})
    outputs = {
        "DispatcherArn": DISPATCHER_ARN,
        "ExecutionQueueUrl": "https://sqs/1/isolambda-queue",
    }

    assert not replace(dispatcher.stack, outputs=outputs).reconcile(a_trigger("webhook").ref)


def test_what_is_behind_a_record_of_a_stream_that_stays_stays_as_well() -> None:
    event = recorded("kinesis_stream")
    event["Records"] = [
        {**record, "kinesis": {**record["kinesis"], "sequenceNumber": str(n)}}
        for n, record in enumerate([*event["Records"], *event["Records"]][:3])
    ]

    played = Lambda({"batchItemFailures": [{"itemIdentifier": "1"}]}).stack.replay(event)

    assert played == [
        ReplayResult("0", "taken"),
        ReplayResult("1", "again"),
        ReplayResult("2", "again"),
    ]


def test_what_is_no_batch_is_taken_as_a_whole() -> None:
    played = Lambda({"batchItemFailures": []}).stack.replay(recorded("wrapped_scheduler"))

    assert played == [ReplayResult("event", "taken")]


def test_a_dispatcher_that_fails_says_why() -> None:
    answer = {"errorType": "UnknownEventError", "errorMessage": "what came is no event"}

    with pytest.raises(ReplayFailedError, match="the dispatcher failed: what came is no event"):
        Lambda(answer, FunctionError="Unhandled").stack.replay({})
