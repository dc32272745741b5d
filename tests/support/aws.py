"""What triggers are bound to, in an AWS account that is emulated."""

import copyreg
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy, deepcopy
from functools import cache
from threading import Condition, local
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws
from moto.awslambda_simple.models import lambda_simple_backends
from moto.backends import get_backend
from moto.core.config import DefaultConfig
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import method_names_from_class
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.s3.models import s3_backends

from isolambda_core.adapters.event_sources import (
    Clients,
    client_config,
)
from isolambda_core.adapters.event_sources.source_authorizer import TAG
from isolambda_core.config import SourceSettings
from tests.support.emulated_requests import hand_over_requests
from tests.support.expressions import parse_expressions_once

STACK = "isolambda"
REGION: Final = "eu-central-1"
AWS_ACCOUNT = "123456789012"
DISPATCHER = f"{STACK}-dispatcher"
SETTINGS = SourceSettings.model_validate(
    {
        "STACK_NAME": STACK,
        "EVENT_BUS_NAME": STACK,
        "SCHEDULE_GROUP": STACK,
        "SCHEDULER_ROLE_ARN": f"arn:aws:iam::{AWS_ACCOUNT}:role/scheduler",
        "DISPATCHER_ARN": f"arn:aws:lambda:{REGION}:{AWS_ACCOUNT}:function:{DISPATCHER}:live",
        "DEAD_LETTER_QUEUE_ARN": f"arn:aws:sqs:{REGION}:{AWS_ACCOUNT}:{STACK}-dead",
        "QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/{AWS_ACCOUNT}/{STACK}-executions",
    }
)

# One for all tests of a process: a session takes longer to make than a client.
SESSION: Final = boto3.Session("unit", "unit", region_name=REGION)

# What is copied of moto's queues waits for its own messages.
copyreg.pickle(Condition, lambda _: (Condition, ()))

_transaction = local()
"""``copies``: the tables as they were before the transaction, by their names."""


def arn(service: str, resource: str) -> str:
    """Return the ARN of something in the emulated account."""
    return f"arn:aws:{service}:{REGION}:{AWS_ACCOUNT}:{resource}"


@contextmanager
def emulation(config: DefaultConfig | None = None) -> Iterator[None]:
    """Emulate AWS; moto looks up once, not for each request, what is the same for all of them."""
    names_of = cache(method_names_from_class)
    with mock_aws(config=config), pytest.MonkeyPatch.context() as patch:
        patch.setattr("moto.core.responses.method_names_from_class", names_of)
        patch.setattr(XFormedAttributePicker, "get_possible_keys", _possible_keys_once())
        hand_over_requests(patch)
        parse_expressions_once(patch)
        patch.setattr(DynamoDBBackend, "transact_write_items", _with_one_copy_of_each_table())
        patch.setattr(DynamoDBBackend, "update_item", _of_a_copy_in_a_transaction())
        patch.setattr(Table, "__deepcopy__", _copy_with_items, raising=False)
        patch.setattr(Item, "__deepcopy__", _copy_with_attributes)
        yield


def _possible_keys_once() -> Callable[..., tuple[str, ...]]:
    """Return a method that remembers the names under which an object may have a field."""
    look_up = XFormedAttributePicker.get_possible_keys
    known: dict[tuple[str, Any, type], tuple[str, ...]] = {}

    def possible_keys(
        picker: XFormedAttributePicker, context: AttributePickerContext
    ) -> tuple[str, ...]:
        asked = (context.key, context.shape, type(context.obj))
        if asked not in known:
            known[asked] = tuple(look_up(picker, context))
        return known[asked]

    return possible_keys


def _with_one_copy_of_each_table() -> Callable[[DynamoDBBackend, Any], None]:
    """Return a method that copies a table once, before the transaction, and not for each item."""
    transact = DynamoDBBackend.transact_write_items

    def transact_write_items(backend: DynamoDBBackend, transact_items: Any) -> None:
        _transaction.copies = {}
        try:
            transact(backend, transact_items)
        finally:
            del _transaction.copies

    return transact_write_items


def _of_a_copy_in_a_transaction() -> Callable[..., Item]:
    """Return a method that changes no item which a transaction may have to put back."""
    update = DynamoDBBackend.update_item

    def update_item(
        backend: DynamoDBBackend, table_name: str, key: Any, *arguments: Any, **named: Any
    ) -> Item:
        if table_name in _copies():
            table = backend.get_table(table_name)
            hash_key, range_key = backend.get_keys_value(table, key)
            item = table.get_item(hash_key, range_key)
            items: Any = table.items if range_key is None else table.items[hash_key]
            if item is not None:
                items[hash_key if range_key is None else range_key] = deepcopy(item)
        return update(backend, table_name, key, *arguments, **named)

    return update_item


def _copies() -> dict[str, Table]:
    return getattr(_transaction, "copies", {})


def _copy_with_items(table: Table, memo: dict[int, Any]) -> Table:
    """Copy what a transaction changes of a table, and may have to put back."""
    if table.name in _copies():
        return _copies()[table.name]
    copied = copy(table)
    if hasattr(_transaction, "copies"):  # which puts others in the place of items
        _copies()[table.name] = copied
        copied.items = copy(table.items)
        for hash_key, items in table.items.items():
            copied.items[hash_key] = copy(items)
    else:
        copied.items = deepcopy(table.items, memo)
    return copied


def _copy_with_attributes(item: Item, memo: dict[int, Any]) -> Item:
    """Copy what an update changes of an item: moto changes no value that holds no others."""
    copied = object.__new__(Item)
    vars(copied).update(vars(item))
    copied.attrs = LimitedSizeDict()
    changeable = {
        name: deepcopy(value, memo)
        for name, value in item.attrs.items()
        if isinstance(value.value, list | dict)
    }
    dict.update(copied.attrs, item.attrs)  # past the limit of the size, which holds for the item
    dict.update(copied.attrs, changeable)
    return copied


@contextmanager
def account() -> Iterator[Clients]:
    """Emulate an account with what a stack has of its own."""
    with emulation(config={"lambda": {"use_docker": False}}), ExitStack() as hooks:
        clients = Clients.made_by(_client)
        hooks.enter_context(unhooked_after(clients.s3))
        clients.events.create_event_bus(Name=STACK)
        clients.scheduler.create_schedule_group(Name=STACK)
        clients.sqs.create_queue(QueueName=f"{STACK}-dead")
        _make_dispatcher(clients)
        _remember_notifications(clients.s3)
        yield clients


@contextmanager
def put_back_after() -> Iterator[None]:
    """Put back what is in the emulated account now, whatever a test does to it."""
    regional = [each for name in _services() for each in _emulated(name).values()]
    states: list[dict[Any, Any]] = [each.__dict__ for each in regional]
    states.append(s3_backends.bucket_accounts)
    before = deepcopy(states)
    try:
        yield
    finally:
        for state, then in zip(states, before, strict=True):
            state.clear()
            state.update(then)


@contextmanager
def unhooked_after(client: Any) -> Iterator[None]:
    """Take back what a test hooks into a client that other tests use too."""
    events = client.meta.events
    before = copy(events)
    try:
        yield
    finally:
        vars(events).update(vars(before))


def make_sources(clients: Clients, account_id: str) -> dict[str, dict[str, Any]]:
    """Make one of each that a document can name, for an account, and return such documents."""
    tags = {TAG: account_id}
    listed: Any = [{"Key": TAG, "Value": account_id}]
    clients.sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "60"}, tags=tags)
    clients.sqs.create_queue(
        QueueName="orders.fifo",
        Attributes={"VisibilityTimeout": "60", "FifoQueue": "true"},
        tags=tags,
    )
    clients.sns.create_topic(Name="news", Tags=listed)
    clients.s3.create_bucket(
        Bucket="letters", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    clients.s3.put_bucket_tagging(Bucket="letters", Tagging={"TagSet": listed})
    clients.s3.put_bucket_notification_configuration(
        Bucket="letters", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    clients.kinesis.create_stream(StreamName="clicks", ShardCount=1)
    clients.kinesis.add_tags_to_stream(StreamName="clicks", Tags=tags)
    table = clients.dynamodb.create_table(
        TableName="customers",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        Tags=listed,
    )["TableDescription"]
    return {
        "schedule": {"type": "schedule", "schedule": "rate(5 minutes)"},
        "event": {"type": "event", "pattern": {"source": ["shop"]}},
        "own queue": {"type": "queue"},
        "queue": {"type": "queue", "queue_arn": arn("sqs", "orders")},
        "ordered queue": {"type": "queue", "queue_arn": arn("sqs", "orders.fifo")},
        "bucket": {"type": "bucket", "bucket": "letters"},
        "table": {"type": "stream", "stream_arn": table["LatestStreamArn"]},
        "stream": {"type": "stream", "stream_arn": arn("kinesis", "stream/clicks")},
        "topic": {"type": "topic", "topic_arn": arn("sns", "news")},
        "webhook": {"type": "webhook"},
        "http": {"type": "http", "path": "shop", "auth": {"type": "none"}},
    }


def bound(clients: Clients, settings: SourceSettings = SETTINGS) -> dict[str, list[str]]:
    """Return all that triggers of a stack are bound to, by kind; no kind of which there is none."""
    group, bus, stack = settings.schedule_group, settings.event_bus_name, settings.stack_name
    schedules = clients.scheduler.list_schedules(GroupName=group)["Schedules"]
    rules = [
        f"{on}/{rule['Name']}"
        for on in (bus, "default")
        for rule in clients.events.list_rules(EventBusName=on, NamePrefix=f"{stack}-")["Rules"]
    ]
    mappings = clients.functions.list_event_source_mappings(FunctionName=settings.dispatcher_arn)
    subscriptions = clients.sns.list_subscriptions()["Subscriptions"]
    queues = clients.sqs.list_queues(QueueNamePrefix=f"{stack}-trigger-").get("QueueUrls", [])
    found = {
        "schedules": [schedule["Name"] for schedule in schedules],
        "rules": rules,
        "mappings": [
            mapping["EventSourceArn"]
            for mapping in mappings["EventSourceMappings"]
            if "-ExecutionQueue-" not in mapping["EventSourceArn"]
        ],
        "subscriptions": [subscription["TopicArn"] for subscription in subscriptions],
        "queues": [url.rpartition("/")[2] for url in queues],
    }
    return {kind: names for kind, names in found.items() if names}


def bound_in_moto() -> dict[str, list[str]]:
    """Return what :func:`bound` returns for the emulated account, without seven requests."""
    events, mappings, notifications, schedules, queues = (
        _emulated(service)[REGION] for service in ("events", "lambda", "sns", "scheduler", "sqs")
    )
    found = {
        "schedules": list(schedules.schedule_groups[STACK].schedules),
        "rules": [
            f"{on}/{name}"
            for on in (STACK, "default")
            for name in events.event_buses[on].rules
            if name.startswith(f"{STACK}-")
        ],
        "mappings": [
            mapping.event_source_arn for mapping in mappings.list_event_source_mappings("", "")
        ],
        "subscriptions": [one.topic.arn for one in notifications.subscriptions.values()],
        "queues": [name for name in queues.queues if name.startswith(f"{STACK}-trigger-")],
    }
    return {kind: names for kind, names in found.items() if names}


def _emulated(service: str) -> Any:
    """Return what moto keeps of a service for the account, by region."""
    get_store: Any = get_backend  # which has a type for each name
    store = lambda_simple_backends if service == "lambda" else get_store(service)
    return store[AWS_ACCOUNT]


def _services() -> list[str]:
    """Return the services of the clients."""
    services: list[str] = []
    Clients.made_by(services.append)
    return services


# A client takes longer to make than most requests of a test take.
@cache
def _client(service: str) -> Any:
    make: Any = SESSION.client
    return make(service, config=client_config())


def _make_dispatcher(clients: Clients) -> None:
    role = _client("iam").create_role(RoleName="dispatcher", AssumeRolePolicyDocument="{}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("nothing.py", "")
    clients.functions.create_function(
        FunctionName=DISPATCHER,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="nothing.handler",
        Code={"ZipFile": packed.getvalue()},
        Publish=True,
    )
    clients.functions.create_alias(FunctionName=DISPATCHER, Name="live", FunctionVersion="1")


def _remember_notifications(s3: Any) -> None:
    """Have moto tell of a bucket that it notifies EventBridge, which it takes and forgets."""
    notified = set()

    def put(params: dict[str, Any], **_: object) -> None:
        if "EventBridgeConfiguration" in params["NotificationConfiguration"]:
            notified.add(params["Bucket"])

    def get(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        context["asked"] = params["Bucket"]

    def answer(parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        if context["asked"] in notified:
            parsed["EventBridgeConfiguration"] = {}

    for event, note in (
        ("provide-client-params.s3.PutBucketNotificationConfiguration", put),
        ("provide-client-params.s3.GetBucketNotificationConfiguration", get),
        ("after-call.s3.GetBucketNotificationConfiguration", answer),
    ):
        s3.meta.events.register(event, note)
