"""What triggers are bound to on AWS, in moto's account."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from isolambda_core.adapters.event_sources import (
    Clients,
    open_sources,
)
from isolambda_core.adapters.event_sources.names import queue_url
from isolambda_core.domain.limits import TRIGGER_AGE_S_MAX
from isolambda_core.domain.triggers.documents import validated_trigger
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_core.ports.triggers import EventSources
from tests.support.aws import (
    SETTINGS,
    STACK,
    arn,
    bound,
    bound_in_moto,
    unhooked_after,
)
from tests.support.clocks import SetClock
from tests.support.samples import ACCOUNT, FUNCTION

pytestmark = pytest.mark.slow

ID = "1" * 32
MADE_AT = 1_800_000_000
RULE = f"{STACK}-{ID}"
OWN_QUEUE = f"{STACK}-trigger-{ID}"
Documents = dict[str, dict[str, Any]]
BOUND_TO: dict[str, dict[str, list[str]]] = {
    "schedule": {"schedules": [ID]},
    "event": {"rules": [f"{STACK}/{RULE}"]},
    "own queue": {"mappings": [arn("sqs", OWN_QUEUE)], "queues": [OWN_QUEUE]},
    "queue": {"mappings": [arn("sqs", "orders")]},
    "ordered queue": {"mappings": [arn("sqs", "orders.fifo")]},
    "bucket": {"rules": [f"default/{RULE}"]},
    "stream": {"mappings": [arn("kinesis", "stream/clicks")]},
    "topic": {"subscriptions": [arn("sns", "news")]},
    "webhook": {},
}


@pytest.fixture
def clock() -> SetClock:
    return SetClock(MADE_AT * 1000)


@pytest.fixture
def sources(clients: Clients, clock: SetClock) -> EventSources:
    return open_sources(SETTINGS, clients, clock)


def a_trigger(document: dict[str, Any], **more: Any) -> Trigger:
    accepted = validated_trigger({"name": "n", **document, **more})
    trigger = Trigger(ACCOUNT, FUNCTION, ID, accepted, MADE_AT, MADE_AT)
    if document["type"] == "queue" and "queue_arn" not in document:
        return replace(trigger, own_queue_arn=arn("sqs", OWN_QUEUE))
    return trigger


def a_schedule(expression: str = "rate(5 minutes)", **more: Any) -> Trigger:
    return a_trigger({"type": "schedule", "schedule": expression}, **more)


def schedule(clients: Clients) -> Any:
    return clients.scheduler.get_schedule(GroupName=STACK, Name=ID)


def rule(clients: Clients, bus: str = STACK) -> tuple[Any, Any]:
    """Return a rule and its one target."""
    [target] = clients.events.list_targets_by_rule(Rule=RULE, EventBusName=bus)["Targets"]
    return clients.events.describe_rule(Name=RULE, EventBusName=bus), target


def pattern(clients: Clients, bus: str = STACK) -> Any:
    return json.loads(rule(clients, bus)[0]["EventPattern"])


def mapping(clients: Clients) -> Any:
    [found] = clients.functions.list_event_source_mappings()["EventSourceMappings"]
    return found


def envelope_of(kind: str) -> dict[str, str]:
    """Return what a source sends of a trigger, besides the event."""
    ids = {"account_id": ACCOUNT, "function_id": FUNCTION, "trigger_id": ID}
    return {"isolambda": kind, **ids}


@pytest.mark.parametrize("kind", BOUND_TO)
def test_a_trigger_is_bound_to_one_thing_however_often_it_is_bound(
    sources: EventSources, clients: Clients, documents: Documents, kind: str
) -> None:
    trigger = a_trigger(documents[kind])

    sources.bind(trigger)
    sources.bind(trigger)

    assert bound(clients) == bound_in_moto() == BOUND_TO[kind]


def test_a_trigger_is_bound_to_the_stream_of_a_table(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    sources.bind(a_trigger(documents["table"]))

    assert bound(clients) == {"mappings": [documents["table"]["stream_arn"]]}


def test_what_is_unbound_is_gone_however_often_it_is_unbound(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    for document in documents.values():
        trigger = a_trigger(document)
        sources.unbind(trigger.ref)
        sources.bind(trigger)
        sources.unbind(trigger.ref)
        sources.unbind(trigger.ref)

        assert bound(clients) == bound_in_moto() == {}


@pytest.mark.parametrize("kind", ["queue", "topic", "bucket", "stream"])
def test_what_is_unbound_after_its_source_went_is_gone_as_well(
    sources: EventSources, clients: Clients, documents: Documents, kind: str
) -> None:
    sources.bind(a_trigger(documents[kind]))
    clients.sqs.delete_queue(QueueUrl=queue_url(SETTINGS, arn("sqs", "orders")))
    clients.sns.delete_topic(TopicArn=arn("sns", "news"))
    clients.s3.delete_bucket(Bucket="letters")
    clients.kinesis.delete_stream(StreamName="clicks")

    sources.unbind(a_trigger(documents[kind]).ref)

    assert bound(clients) == {}


def test_a_schedule_sends_the_dispatcher_the_trigger_and_the_time(
    sources: EventSources, clients: Clients
) -> None:
    sources.bind(a_schedule("cron(0 9 ? * MON *)", timezone="Europe/Vilnius", maximum_age_s=600))

    made = schedule(clients)
    assert json.loads(made["Target"]["Input"]) == {
        **envelope_of("schedule"),
        "scheduled_at": "<aws.scheduler.scheduled-time>",
    }
    assert made["Target"]["Arn"] == SETTINGS.dispatcher_arn
    assert made["Target"]["RoleArn"] == SETTINGS.scheduler_role_arn
    assert made["Target"]["DeadLetterConfig"] == {"Arn": SETTINGS.dead_letter_queue_arn}
    assert made["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] == 600
    assert made["ScheduleExpression"] == "cron(0 9 ? * MON *)"
    assert made["ScheduleExpressionTimezone"] == "Europe/Vilnius"
    assert made["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert (made["State"], made["ActionAfterCompletion"]) == ("ENABLED", "NONE")


def test_a_schedule_that_is_changed_is_another_one(sources: EventSources, clients: Clients) -> None:
    sources.bind(a_schedule(maximum_age_s=600))

    sources.bind(a_schedule("rate(1 hour)", flexible_minutes=15, enabled=False))

    made = schedule(clients)
    assert made["ScheduleExpression"] == "rate(1 hour)"
    assert made["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert made["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] == TRIGGER_AGE_S_MAX
    assert made["State"] == "DISABLED"


@contextmanager
def changes(clients: Clients) -> Iterator[list[dict[str, Any]]]:
    """Note how a schedule is changed from now on."""
    asked: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: object) -> None:
        asked.append(dict(params))

    events = clients.scheduler.meta.events
    with unhooked_after(clients.scheduler):
        events.register("provide-client-params.scheduler.UpdateSchedule", note)
        yield asked


@pytest.mark.parametrize(
    "trigger",
    [
        a_schedule(),
        a_schedule(start="2027-01-01T00:00:00Z", end="2028-01-01T00:00:00Z", maximum_age_s=60),
        a_schedule("cron(0 9 * * ? *)", flexible_minutes=5),
        a_schedule("cron(0 9 * * ? *)", start="2027-02-01T00:00:00Z"),
        a_schedule("at(2027-03-01T00:00:00)", enabled=False),
        a_schedule("at(2021-01-01T00:00:00)", start="2020-01-01T00:00:00Z"),
    ],
    ids=lambda trigger: trigger.document["schedule"],
)
def test_a_schedule_that_is_as_it_should_be_is_left_alone_so_that_no_run_is_lost(
    sources: EventSources, clients: Clients, clock: SetClock, trigger: Trigger
) -> None:
    sources.bind(trigger)

    with changes(clients) as asked:
        sources.bind(trigger)
        clock.time_ms += 3_600_000 * 24 * 30
        sources.bind(trigger)

    assert asked == []


def test_a_rate_keeps_in_step_however_late_it_is_changed(
    sources: EventSources, clients: Clients, clock: SetClock
) -> None:
    sources.bind(a_schedule())
    first = schedule(clients)["StartDate"]
    clock.time_ms += 7 * 60_000

    sources.bind(a_schedule(maximum_age_s=600))

    later = schedule(clients)["StartDate"]
    assert first == datetime.fromtimestamp(MADE_AT + 300, UTC)
    assert later == datetime.fromtimestamp(MADE_AT + 600, UTC)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2027-06-01T00:00:00Z", "2027-06-01T00:02:00Z"),
        ("2027-06-01T00:00:00Z", "2027-05-01T00:00:00Z"),
        ("2027-06-01T00:00:00Z", "2027-07-01T00:00:00Z"),
    ],
    ids=["out of step", "earlier", "later"],
)
@pytest.mark.parametrize("expression", ["rate(5 minutes)", "cron(0 9 * * ? *)"])
def test_a_schedule_begins_when_its_start_says_though_it_was_another_before(
    sources: EventSources, clients: Clients, expression: str, before: str, after: str
) -> None:
    sources.bind(a_schedule(expression, start=before))

    sources.bind(a_schedule(expression, start=after))

    assert schedule(clients)["StartDate"] == datetime.fromisoformat(after)


def test_a_cron_that_was_to_begin_later_begins_at_once_when_its_start_goes(
    sources: EventSources, clients: Clients
) -> None:
    sources.bind(a_schedule("cron(0 9 * * ? *)", start="2030-01-01T00:00:00Z"))

    sources.bind(a_schedule("cron(0 9 * * ? *)"))

    assert "StartDate" not in schedule(clients)


@pytest.mark.parametrize(
    ("start", "begins"),
    [("2020-01-01T00:00:00Z", None), ("2030-01-01T00:00:00Z", datetime(2030, 1, 1, tzinfo=UTC))],
)
def test_a_cron_begins_with_its_start_unless_that_is_past(
    sources: EventSources, clients: Clients, start: str, begins: datetime | None
) -> None:
    sources.bind(a_schedule("cron(0 9 * * ? *)", start=start, end="2031-01-01T00:00:00Z"))

    made = schedule(clients)
    assert made.get("StartDate") == begins
    assert made["EndDate"] == datetime(2031, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "over",
    [
        a_schedule("rate(1 hour)", start="2020-01-01T00:00:00Z", end="2021-01-01T00:00:00Z"),
        a_schedule("at(2021-01-01T00:00:00)", start="2020-01-01T00:00:00Z"),
    ],
    ids=["its end", "its time"],
)
def test_a_schedule_that_is_over_is_disabled_and_has_no_dates(
    sources: EventSources, clients: Clients, over: Trigger
) -> None:
    sources.bind(over)

    made = schedule(clients)
    assert made["State"] == "DISABLED"
    assert {"StartDate", "EndDate"}.isdisjoint(made)


def test_a_rule_matches_what_its_account_published_and_hands_on_all_of_it(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    sources.bind(a_trigger(documents["event"], maximum_age_s=600))

    made, target = rule(clients)
    assert pattern(clients) == {"source": ["shop"], "resources": [f"isolambda:{ACCOUNT}"]}
    assert made["State"] == "ENABLED"
    assert target["Arn"] == SETTINGS.dispatcher_arn
    assert target["DeadLetterConfig"] == {"Arn": SETTINGS.dead_letter_queue_arn}
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 600
    template = target["InputTransformer"]["InputTemplate"]
    event = {"id": "e", "detail": {"a": [1]}}
    assert json.loads(template.replace("<aws.events.event.json>", json.dumps(event))) == {
        **envelope_of("event"),
        "event": event,
    }


@pytest.mark.parametrize(("age", "age_s"), [({}, 86_400), ({"maximum_age_s": 600}, 600)])
def test_what_cannot_be_handed_over_is_tried_again_while_it_may_be_and_then_kept(
    sources: EventSources, clients: Clients, age: dict[str, int], age_s: int
) -> None:
    sources.bind(a_schedule("rate(5 minutes)", **age))
    sources.bind(a_trigger({"type": "event", "pattern": {"source": ["shop"]}, **age}))

    _, of_rule = rule(clients)
    for target in (schedule(clients)["Target"], of_rule):
        retries = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": age_s}
        assert target["RetryPolicy"] == retries
        assert target["DeadLetterConfig"] == {"Arn": SETTINGS.dead_letter_queue_arn}


def test_a_rule_that_is_changed_is_another_one(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    sources.bind(a_trigger(documents["event"]))

    sources.bind(a_trigger({"type": "event", "pattern": {"source": ["till"]}}, enabled=False))

    assert pattern(clients)["source"] == ["till"]
    assert rule(clients)[0]["State"] == "DISABLED"


@pytest.mark.parametrize(
    ("keys", "filtered"),
    [
        ({}, None),
        ({"prefix": "in/"}, {"prefix": "in/"}),
        ({"suffix": ".csv"}, {"suffix": ".csv"}),
        ({"prefix": "in/", "suffix": ".csv"}, {"wildcard": "in/*.csv"}),
        ({"prefix": "a*b\\", "suffix": "*"}, {"wildcard": "a\\*b\\\\*\\*"}),
    ],
)
def test_a_rule_of_a_bucket_matches_objects_by_prefix_and_suffix(
    sources: EventSources,
    clients: Clients,
    documents: Documents,
    keys: dict[str, str],
    filtered: dict[str, str] | None,
) -> None:
    sources.bind(a_trigger({**documents["bucket"], **keys}))

    detail: dict[str, Any] = {"bucket": {"name": ["letters"]}}
    if filtered is not None:
        detail["object"] = {"key": [filtered]}
    assert pattern(clients, "default") == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": detail,
    }


def test_a_rule_of_a_bucket_matches_what_is_removed_too_if_asked(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    sources.bind(a_trigger({**documents["bucket"], "events": ["removed", "created"]}))

    assert pattern(clients, "default")["detail-type"] == ["Object Created", "Object Deleted"]
    template = rule(clients, "default")[1]["InputTransformer"]["InputTemplate"]
    assert json.loads(template.replace("<aws.events.event.json>", "{}")) == {
        **envelope_of("bucket"),
        "event": {},
    }


def test_a_queue_is_made_that_keeps_what_waits_and_gives_up_in_the_end(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    trigger = a_trigger(documents["own queue"])
    sources.bind(trigger)

    url = str(sources.details(trigger)["queue_url"])
    made = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert made["QueueArn"] == sources.details(trigger)["queue_arn"] == trigger.own_queue_arn
    assert made["VisibilityTimeout"] == "360"
    assert made["SqsManagedSseEnabled"] == "true"
    assert json.loads(made["RedrivePolicy"]) == {
        "deadLetterTargetArn": SETTINGS.dead_letter_queue_arn,
        "maxReceiveCount": 1000,
    }


def test_what_was_made_for_no_trigger_has_no_details(
    sources: EventSources, documents: Documents
) -> None:
    assert sources.details(a_trigger(documents["queue"])) == {}


def test_a_queue_that_was_made_otherwise_becomes_as_it_would_be_made_now(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    url = clients.sqs.create_queue(QueueName=OWN_QUEUE, Attributes={"VisibilityTimeout": "5"})

    sources.bind(a_trigger(documents["own queue"]))

    asked = clients.sqs.get_queue_attributes(
        QueueUrl=url["QueueUrl"], AttributeNames=["VisibilityTimeout"]
    )
    assert asked["Attributes"]["VisibilityTimeout"] == "360"


@pytest.mark.parametrize(
    ("kind", "batch_size", "hands_over"),
    [
        (
            "queue",
            10,
            {"MaximumBatchingWindowInSeconds": 0, "ScalingConfig": {"MaximumConcurrency": 5}},
        ),
        (
            "queue",
            11,
            {"MaximumBatchingWindowInSeconds": 1, "ScalingConfig": {"MaximumConcurrency": 5}},
        ),
        ("ordered queue", 10, {}),
    ],
)
def test_lambda_hands_a_queue_to_the_dispatcher_message_by_message(
    sources: EventSources,
    clients: Clients,
    documents: Documents,
    kind: str,
    batch_size: int,
    hands_over: dict[str, Any],
) -> None:
    with noted(clients) as asked:
        sources.bind(a_trigger({**documents[kind], "batch_size": batch_size}))

    assert asked == [
        {
            "EventSourceArn": documents[kind]["queue_arn"],
            "FunctionName": SETTINGS.dispatcher_arn,
            "Enabled": True,
            "BatchSize": batch_size,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            **hands_over,
        }
    ]


@pytest.mark.parametrize("kind", ["table", "stream"])
def test_lambda_hands_a_stream_to_the_dispatcher_in_order_until_the_dispatcher_gives_up(
    sources: EventSources, clients: Clients, documents: Documents, kind: str
) -> None:
    keys = {"starting_position": "TRIM_HORIZON", "maximum_age_s": 600}

    with noted(clients) as asked:
        sources.bind(a_trigger({**documents[kind], **keys}))
        sources.bind(a_trigger(documents[kind], enabled=False))

    lasting = {
        "BatchSize": 10,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ParallelizationFactor": 1,
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": -1,
        "DestinationConfig": {"OnFailure": {"Destination": SETTINGS.dead_letter_queue_arn}},
    }
    assert asked == [
        {
            "EventSourceArn": documents[kind]["stream_arn"],
            "FunctionName": SETTINGS.dispatcher_arn,
            "Enabled": True,
            "StartingPosition": "TRIM_HORIZON",
            "MaximumRecordAgeInSeconds": 600,
            **lasting,
        },
        {
            "UUID": mapping(clients)["UUID"],
            "Enabled": False,
            "MaximumRecordAgeInSeconds": -1,
            **lasting,
        },
    ]


@contextmanager
def noted(clients: Clients) -> Iterator[list[dict[str, Any]]]:
    """Note how mappings are made and changed."""
    asked: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: object) -> None:
        asked.append(dict(params))

    events = clients.functions.meta.events
    with unhooked_after(clients.functions):
        for operation in ("CreateEventSourceMapping", "UpdateEventSourceMapping"):
            events.register(f"provide-client-params.lambda.{operation}", note)
        yield asked


def test_a_topic_calls_the_dispatcher_until_the_trigger_is_disabled(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    sources.bind(a_trigger(documents["topic"]))
    [subscription] = clients.sns.list_subscriptions()["Subscriptions"]

    sources.bind(a_trigger(documents["topic"], enabled=False))

    assert (subscription["Protocol"], subscription["Endpoint"]) == (
        "lambda",
        SETTINGS.dispatcher_arn,
    )
    assert bound(clients) == {}


def test_the_queue_of_executions_stays_bound_whatever_a_document_names(
    sources: EventSources, clients: Clients
) -> None:
    executions = arn("sqs", f"{STACK}-executions")
    clients.sqs.create_queue(QueueName=f"{STACK}-executions")
    clients.functions.create_event_source_mapping(
        EventSourceArn=executions, FunctionName=SETTINGS.dispatcher_arn
    )

    sources.unbind(a_trigger({"type": "queue", "queue_arn": executions}).ref)

    assert mapping(clients)["EventSourceArn"] == executions
