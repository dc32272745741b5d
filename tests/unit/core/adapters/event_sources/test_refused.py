"""What keeps a trigger from being bound on AWS: the document, or AWS."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from isolambda_core.adapters.event_sources import (
    Clients,
    client_config,
    open_sources,
)
from isolambda_core.adapters.event_sources.names import queue_url
from isolambda_core.adapters.event_sources.source_authorizer import TAG
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.documents import validated_trigger
from isolambda_core.domain.triggers.errors import SourcesUnavailableError
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_core.ports.triggers import EventSources
from tests.support.aws import (
    AWS_ACCOUNT,
    REGION,
    SETTINGS,
    STACK,
    arn,
    bound,
    unhooked_after,
)
from tests.support.clocks import SetClock
from tests.support.samples import ACCOUNT, FUNCTION, OTHER_ACCOUNT

pytestmark = pytest.mark.slow

ID = "1" * 32
Documents = dict[str, dict[str, Any]]
TABLE_STREAM = "table/{}/stream/2026-11-22T09:00:00.000"


@pytest.fixture
def sources(clients: Clients) -> EventSources:
    return open_sources(SETTINGS, clients, SetClock())


def a_trigger(document: dict[str, Any], account_id: str = ACCOUNT) -> Trigger:
    trigger = Trigger(account_id, FUNCTION, ID, validated_trigger({"name": "n", **document}), 1, 1)
    if document["type"] == "queue" and "queue_arn" not in document:
        return replace(trigger, own_queue_arn=arn("sqs", f"{STACK}-trigger-{ID}"))
    return trigger


def problem_of(sources: EventSources, trigger: Trigger) -> Violation:
    """Return the one violation that a trigger has with its source."""
    with pytest.raises(InvalidDocumentError) as refusal:
        sources.bind(trigger)
    [violation] = refusal.value.violations
    return violation


@pytest.mark.parametrize(
    ("key", "document"),
    [
        ("queue_arn", {"type": "queue", "queue_arn": arn("sqs", "none")}),
        ("topic_arn", {"type": "topic", "topic_arn": arn("sns", "none")}),
        ("bucket", {"type": "bucket", "bucket": "none"}),
        ("stream_arn", {"type": "stream", "stream_arn": arn("kinesis", "stream/none")}),
        (
            "stream_arn",
            {"type": "stream", "stream_arn": arn("dynamodb", TABLE_STREAM.format("none"))},
        ),
    ],
)
def test_what_is_not_there_is_reported(
    sources: EventSources, clients: Clients, key: str, document: dict[str, Any]
) -> None:
    violation = problem_of(sources, a_trigger(document))

    assert violation == Violation((key,), "error", None, document[key], "There is none")
    assert bound(clients) == {}


@pytest.mark.parametrize("kind", ["queue", "topic", "bucket", "stream", "table"])
def test_what_is_not_tagged_for_the_account_is_refused(
    sources: EventSources, clients: Clients, documents: Documents, kind: str
) -> None:
    violation = problem_of(sources, a_trigger(documents[kind], OTHER_ACCOUNT))

    assert violation.message == f"Its tag {TAG} must name this account: {OTHER_ACCOUNT}"
    assert ACCOUNT not in violation.message
    assert bound(clients) == {}


def test_a_bucket_without_any_tag_is_refused(sources: EventSources, clients: Clients) -> None:
    clients.s3.create_bucket(
        Bucket="untagged", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )

    violation = problem_of(sources, a_trigger({"type": "bucket", "bucket": "untagged"}))

    assert TAG in str(violation.message)


@pytest.mark.parametrize(
    "document",
    [
        {"type": "queue", "queue_arn": arn("sqs", f"{STACK}-executions")},
        {"type": "queue", "queue_arn": arn("sqs", f"{STACK}-trigger-" + "2" * 32)},
        {"type": "topic", "topic_arn": arn("sns", f"{STACK}-AlarmTopic")},
        {"type": "bucket", "bucket": f"{STACK}-bucket"},
        {"type": "stream", "stream_arn": arn("dynamodb", TABLE_STREAM.format(f"{STACK}-Table"))},
        {"type": "stream", "stream_arn": arn("kinesis", f"stream/{STACK}-stream")},
    ],
)
def test_what_is_the_stacks_own_is_refused_whatever_its_tag(
    sources: EventSources, clients: Clients, document: dict[str, Any]
) -> None:
    clients.sqs.create_queue(QueueName=f"{STACK}-executions", tags={TAG: ACCOUNT})

    violation = problem_of(sources, a_trigger(document))

    assert violation.message == "Is one of Isolambda's own, or named as these are"


@pytest.mark.parametrize(
    "elsewhere",
    [
        f"arn:aws:sqs:us-east-1:{AWS_ACCOUNT}:orders",
        f"arn:aws:sqs:{REGION}:210987654321:orders",
        f"arn:aws-cn:sqs:{REGION}:{AWS_ACCOUNT}:orders",
    ],
)
def test_what_is_elsewhere_is_refused_and_never_asked_for(
    sources: EventSources, elsewhere: str
) -> None:
    trigger = a_trigger({"type": "queue", "queue_arn": elsewhere})

    assert "Must be in the region" in str(problem_of(sources, trigger).message)
    sources.unbind(trigger.ref)


def test_a_queue_that_brings_messages_back_too_early_is_refused(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    clients.sqs.set_queue_attributes(
        QueueUrl=queue_url(SETTINGS, arn("sqs", "orders")), Attributes={"VisibilityTimeout": "59"}
    )

    violation = problem_of(sources, a_trigger(documents["queue"]))

    assert violation.message == "Its visibility timeout is 59 s, and must be 60 or more"


def test_a_fifo_queue_has_batches_of_ten_at_the_most(
    sources: EventSources, documents: Documents
) -> None:
    violation = problem_of(sources, a_trigger({**documents["ordered queue"], "batch_size": 11}))

    assert violation == Violation(("batch_size",), "maximum", 10, 11)


def test_a_bucket_without_notifications_is_refused(sources: EventSources, clients: Clients) -> None:
    clients.s3.create_bucket(
        Bucket="quiet", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    clients.s3.put_bucket_tagging(
        Bucket="quiet", Tagging={"TagSet": [{"Key": TAG, "Value": ACCOUNT}]}
    )

    violation = problem_of(sources, a_trigger({"type": "bucket", "bucket": "quiet"}))

    assert "EventBridge" in str(violation.message)


@pytest.mark.parametrize(
    ("kind", "key", "operation", "code", "client"),
    [
        (
            *("schedule", "schedule", "get_schedule", "ValidationException"),
            lambda all_: all_.scheduler,
        ),
        (
            *("event", "pattern", "put_rule", "InvalidEventPatternException"),
            lambda all_: all_.events,
        ),
    ],
)
def test_what_aws_says_of_a_schedule_or_a_pattern_is_passed_on(  # noqa: PLR0913, PLR0917
    sources: EventSources,
    clients: Clients,
    documents: Documents,
    kind: str,
    key: str,
    operation: str,
    code: str,
    client: Callable[[Clients], Any],
) -> None:
    with Stubber(client(clients)) as stub:
        stub.add_client_error(operation, code, "It makes no sense")
        violation = problem_of(sources, a_trigger(documents[kind]))

    assert violation == Violation((key,), "error", None, documents[kind][key], "It makes no sense")


def test_what_lambda_says_of_a_queue_is_passed_on(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    with Stubber(clients.functions) as stub:
        stub.add_response("list_event_source_mappings", {"EventSourceMappings": []})
        stub.add_client_error(
            "create_event_source_mapping", "InvalidParameterValueException", "The role may not"
        )
        violation = problem_of(sources, a_trigger(documents["queue"]))

    assert (violation.path, violation.message) == (("queue_arn",), "The role may not")


def test_a_queue_that_was_just_made_and_is_not_known_yet_is_not_the_documents_fault(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    with Stubber(clients.functions) as stub:
        stub.add_response("list_event_source_mappings", {"EventSourceMappings": []})
        stub.add_client_error("create_event_source_mapping", "InvalidParameterValueException")
        with pytest.raises(SourcesUnavailableError):
            sources.bind(a_trigger(documents["own queue"]))


@pytest.mark.parametrize(
    ("kind", "operation", "code", "client"),
    [
        ("queue", "list_queue_tags", "AccessDenied", lambda all_: all_.sqs),
        ("topic", "list_tags_for_resource", "AuthorizationError", lambda all_: all_.sns),
        ("bucket", "get_bucket_tagging", "AccessDenied", lambda all_: all_.s3),
        ("stream", "list_tags_for_stream", "AccessDeniedException", lambda all_: all_.kinesis),
        ("table", "list_tags_of_resource", "AccessDeniedException", lambda all_: all_.dynamodb),
    ],
)
def test_what_the_stack_may_not_use_is_reported(
    sources: EventSources,
    clients: Clients,
    documents: Documents,
    kind: str,
    operation: str,
    code: str,
    client: Callable[[Clients], Any],
) -> None:
    with Stubber(client(clients)) as stub:
        stub.add_client_error(operation, code)
        violation = problem_of(sources, a_trigger(documents[kind]))

    assert "EventSourceArns" in str(violation.message)


def test_a_topic_that_the_stack_is_not_let_at_any_more_counts_as_unbound(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    with Stubber(clients.sns) as stub:
        stub.add_client_error("subscribe", "AuthorizationError")
        sources.unbind(a_trigger(documents["topic"]).ref)


AWAY: dict[str, tuple[str, Callable[[Clients], Any]]] = {
    "schedule": ("get_schedule", lambda all_: all_.scheduler),
    "event": ("put_rule", lambda all_: all_.events),
    "queue": ("list_queue_tags", lambda all_: all_.sqs),
    "own queue": ("create_queue", lambda all_: all_.sqs),
    "bucket": ("get_bucket_tagging", lambda all_: all_.s3),
    "table": ("list_tags_of_resource", lambda all_: all_.dynamodb),
    "stream": ("list_tags_for_stream", lambda all_: all_.kinesis),
    "topic": ("list_tags_for_resource", lambda all_: all_.sns),
}
"""What is asked first when a trigger is bound."""


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalError", "ConflictException"])
@pytest.mark.parametrize("kind", AWAY)
def test_what_aws_cannot_do_now_is_not_the_clients_fault(
    sources: EventSources, clients: Clients, documents: Documents, kind: str, code: str
) -> None:
    operation, client = AWAY[kind]
    with Stubber(client(clients)) as stub:
        stub.add_client_error(operation, code)
        with pytest.raises(SourcesUnavailableError):
            sources.bind(a_trigger(documents[kind]))


@pytest.mark.parametrize("kind", ["schedule", "event", "own queue"])
def test_a_right_that_the_stack_itself_lacks_is_not_the_clients_fault(
    sources: EventSources, clients: Clients, documents: Documents, kind: str
) -> None:
    operation, client = AWAY[kind]
    with Stubber(client(clients)) as stub:
        stub.add_client_error(operation, "AccessDeniedException")
        with pytest.raises(SourcesUnavailableError):
            sources.bind(a_trigger(documents[kind]))


@pytest.mark.parametrize(
    ("kind", "operation", "client"),
    [
        ("schedule", "delete_schedule", lambda all_: all_.scheduler),
        ("event", "remove_targets", lambda all_: all_.events),
        ("bucket", "remove_targets", lambda all_: all_.events),
        ("queue", "list_event_source_mappings", lambda all_: all_.functions),
        ("topic", "subscribe", lambda all_: all_.sns),
    ],
)
def test_what_cannot_be_unbound_now_is_reported(
    sources: EventSources,
    clients: Clients,
    documents: Documents,
    kind: str,
    operation: str,
    client: Callable[[Clients], Any],
) -> None:
    with Stubber(client(clients)) as stub:
        stub.add_client_error(operation, "ThrottlingException")
        with pytest.raises(SourcesUnavailableError):
            sources.unbind(a_trigger(documents[kind]).ref)


@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url="https://aws"),
        ReadTimeoutError(endpoint_url="https://"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_no_way_to_aws_is_not_the_clients_fault(
    sources: EventSources, clients: Clients, documents: Documents, failure: Exception
) -> None:
    def fail(**_: object) -> None:
        raise failure

    with unhooked_after(clients.events):
        clients.events.meta.events.register_first("before-call.events", fail)

        for act in (sources.bind, lambda trigger: sources.unbind(trigger.ref)):
            with pytest.raises(SourcesUnavailableError) as caught:
                act(a_trigger(documents["event"]))
            assert caught.value.__cause__ is failure
        with pytest.raises(SourcesUnavailableError):
            sources.publish(ACCOUNT, [BusEvent("shop", "sold", "{}")])


def test_a_target_that_was_not_taken_is_no_binding(
    sources: EventSources, clients: Clients, documents: Documents
) -> None:
    with Stubber(clients.events) as stub:
        stub.add_response("put_rule", {})
        stub.add_response("put_targets", {"FailedEntryCount": 1, "FailedEntries": [{}]})
        with pytest.raises(SourcesUnavailableError):
            sources.bind(a_trigger(documents["event"]))


def test_the_clients_give_up_within_the_time_of_a_request() -> None:
    config: Any = client_config()

    attempts = config.retries["total_max_attempts"]
    assert (config.connect_timeout + config.read_timeout) * attempts <= 10
