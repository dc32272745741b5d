"""A call for each right that triggers are bound by, or that their sources are taken from by."""

from collections.abc import Callable
from typing import Any

from tests.stack.local_aws import REGION
from tests.stack.rights import Call
from tests.stack.sources import Sources
from tests.stack.stack import AWS_ACCOUNT, NAME

MakeCall = Callable[[Sources], Call]
RULE = f"{NAME}-probe"
QUEUE = f"{NAME}-trigger-probe"


def schedule(operation: str) -> MakeCall:
    def call(sources: Sources) -> Call:
        settings = sources.settings
        names = {"GroupName": settings.schedule_group, "Name": "probe"}
        if operation in {"get_schedule", "delete_schedule"}:
            return ("scheduler", operation, names)
        target = {"Arn": settings.dispatcher_arn, "RoleArn": settings.scheduler_role_arn}
        asked = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}}
        return ("scheduler", operation, {**names, **asked, "Target": target})

    return call


def rule(operation: str, **parameters: Any) -> MakeCall:
    return lambda sources: (
        "events",
        operation,
        {"EventBusName": sources.settings.event_bus_name, **parameters},
    )


def mapping(operation: str) -> MakeCall:
    def call(sources: Sources) -> Call:
        source = {"EventSourceArn": f"arn:aws:sqs:{REGION}:{AWS_ACCOUNT}:{QUEUE}"}
        return ("lambda", operation, {**source, "FunctionName": sources.settings.dispatcher_arn})

    return call


def queue(operation: str, name: str = "", **parameters: Any) -> MakeCall:
    def call(sources: Sources) -> Call:
        beside, _, _ = sources.settings.queue_url.rpartition("/")
        return ("sqs", operation, {"QueueUrl": f"{beside}/{name or sources.name}", **parameters})

    return call


def topic(operation: str, key: str, **parameters: Any) -> MakeCall:
    arn = f"arn:aws:sns:{REGION}:{AWS_ACCOUNT}"
    return lambda sources: ("sns", operation, {key: f"{arn}:{sources.name}", **parameters})


def subscribe(sources: Sources) -> Call:
    endpoint = {"Protocol": "lambda", "Endpoint": sources.settings.dispatcher_arn}
    return topic("subscribe", "TopicArn", **endpoint)(sources)


def unsubscribe(sources: Sources) -> Call:
    arn = f"arn:aws:sns:{REGION}:{AWS_ACCOUNT}:{sources.name}:nobody"
    return ("sns", "unsubscribe", {"SubscriptionArn": arn})


def bucket(operation: str) -> MakeCall:
    return lambda sources: ("s3", operation, {"Bucket": sources.name})


def stream(operation: str, **parameters: Any) -> MakeCall:
    arn = f"arn:aws:kinesis:{REGION}:{AWS_ACCOUNT}:stream"
    return lambda sources: (
        "kinesis",
        operation,
        {"StreamARN": f"{arn}/{sources.name}", **parameters},
    )


def tags_of_table(sources: Sources) -> Call:
    arn = f"arn:aws:dynamodb:{REGION}:{AWS_ACCOUNT}:table/{sources.name}"
    return ("dynamodb", "list_tags_of_resource", {"ResourceArn": arn})


BIND: dict[str, MakeCall] = {
    "ManageSchedules scheduler:GetSchedule": schedule("get_schedule"),
    "ManageSchedules scheduler:CreateSchedule": schedule("create_schedule"),
    "ManageSchedules scheduler:UpdateSchedule": schedule("update_schedule"),
    "ManageSchedules scheduler:DeleteSchedule": schedule("delete_schedule"),
    "ManageRules events:PutRule": rule("put_rule", Name=RULE, EventPattern='{"source": ["x"]}'),
    "ManageRules events:PutTargets": rule(
        "put_targets", Rule=RULE, Targets=[{"Id": "x", "Arn": "x"}]
    ),
    "ManageRules events:RemoveTargets": rule("remove_targets", Rule=RULE, Ids=["x"]),
    "ManageRules events:DeleteRule": rule("delete_rule", Name=RULE),
    "ManageEventSourceMappings lambda:CreateEventSourceMapping": mapping(
        "create_event_source_mapping"
    ),
    "ListEventSourceMappings lambda:ListEventSourceMappings": mapping("list_event_source_mappings"),
    "ManageTriggerQueues sqs:CreateQueue": lambda _: ("sqs", "create_queue", {"QueueName": QUEUE}),
    "ManageTriggerQueues sqs:SetQueueAttributes": queue(
        "set_queue_attributes", QUEUE, Attributes={}
    ),
    "ManageTriggerQueues sqs:DeleteQueue": queue("delete_queue", QUEUE),
    "DescribeEventSources sqs:ListQueueTags": queue("list_queue_tags"),
    "DescribeEventSources sqs:GetQueueAttributes": queue("get_queue_attributes"),
    "DescribeEventSources kinesis:ListTagsForStream": stream("list_tags_for_stream"),
    "DescribeEventSources dynamodb:ListTagsOfResource": tags_of_table,
    "DescribeEventSources sns:ListTagsForResource": topic("list_tags_for_resource", "ResourceArn"),
    "DescribeEventSources s3:GetBucketTagging": bucket("get_bucket_tagging"),
    "DescribeEventSources s3:GetBucketNotification": bucket(
        "get_bucket_notification_configuration"
    ),
    "Subscribe sns:Subscribe": subscribe,
    "Unsubscribe sns:Unsubscribe": unsubscribe,
}
"""What ApiFunction and DispatcherFunction bind triggers by."""

SHARD = "shardId-000000000000"

TAKE: dict[str, MakeCall] = {
    "PollEventSources sqs:ReceiveMessage": queue("receive_message"),
    "PollEventSources sqs:DeleteMessage": queue("delete_message", ReceiptHandle="x"),
    "PollEventSources sqs:ChangeMessageVisibility": queue(
        "change_message_visibility", ReceiptHandle="x", VisibilityTimeout=0
    ),
    "PollEventSources kinesis:DescribeStream": stream("describe_stream"),
    "PollEventSources kinesis:DescribeStreamSummary": stream("describe_stream_summary"),
    "PollEventSources kinesis:ListShards": stream("list_shards"),
    "PollEventSources kinesis:GetShardIterator": stream(
        "get_shard_iterator", ShardId=SHARD, ShardIteratorType="LATEST"
    ),
    "PollEventSources kinesis:GetRecords": stream("get_records", ShardIterator="x"),
    "ListStreams kinesis:ListStreams": lambda _: ("kinesis", "list_streams", {}),
    "ListStreams dynamodb:ListStreams": lambda _: ("dynamodbstreams", "list_streams", {}),
}
"""What Lambda, in DispatcherFunction's name, and the dispatcher itself take from sources by."""
NOT_ASKED_TO_BIND = {
    "PassRoleToScheduler iam:PassRole",
    "ManageEventSourceMappings lambda:UpdateEventSourceMapping",
    "ManageEventSourceMappings lambda:DeleteEventSourceMapping",
}
"""What ministack lets everybody do."""

NOT_ASKED_TO_TAKE = {
    "PollEventSources dynamodb:DescribeStream",
    "PollEventSources dynamodb:GetShardIterator",
    "PollEventSources dynamodb:GetRecords",
}
"""What ministack refuses to a role that has it for some tables alone: it sees no table there."""
