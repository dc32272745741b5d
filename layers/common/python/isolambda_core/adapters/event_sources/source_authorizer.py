"""Queues, streams, topics and buckets that a document names: whose they are, and if they will do.

Tenants share an AWS account, so a name in a document proves nothing. Who owns a source lets an
account of Isolambda use it, by the tag ``isolambda:account``, whose value is the account's id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from isolambda_core.adapters.event_sources.errors import (
    code_of,
    expecting,
    refused,
)
from isolambda_core.adapters.event_sources.names import (
    name_of,
    place_of,
    queue_url,
    service_of,
)
from isolambda_core.config import SourceSettings
from isolambda_core.domain.documents import Document
from isolambda_core.domain.triggers.triggers import RULES, TriggerType

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

TAG = "isolambda:account"
DISPATCHER_S = 60
"""How long DispatcherFunction has a batch at the most; Lambda wants a queue to hide it as long."""

_KEYS: Mapping[str, str] = {
    **{each: rules.source_key for each, rules in RULES.items() if rules.source_key is not None},
    TriggerType.BUCKET: "bucket",
}
_TAGS_MAX = 50  # of a stream, which is asked for ten otherwise


def key_of(kind: TriggerType) -> str:
    """Return the key of a document that names its source."""
    return _KEYS[kind]


@dataclass(frozen=True, slots=True)
class SourceAuthorizer:
    """What documents name in the stack's region and AWS account."""

    settings: SourceSettings
    sqs: "SQSClient"
    sns: "SNSClient"
    s3: "S3Client"
    kinesis: "KinesisClient"
    dynamodb: "DynamoDBClient"

    def require(self, kind: TriggerType, document: Document, account_id: str) -> str:
        """Return the source that a document names, if it is there for an account and will do.

        Raises:
            InvalidDocumentError: it is not there, not for this account, or not as it must be.
            SourcesUnavailableError: AWS does not tell.
        """
        key = _KEYS[kind]
        source = cast("str", document[key])
        message = self._out_of_bounds(source)
        if message is not None:
            raise refused(key, source, message)
        with expecting(key, source):
            tags = self._tags(source)
            if tags.get(TAG) != account_id:
                raise refused(key, source, f"Its tag {TAG} must name this account: {account_id}")
            if kind is TriggerType.QUEUE:
                self._require_time(source)
            if kind is TriggerType.BUCKET:
                self._require_notifications(source)
        return source

    def can_be_bound(self, source: str) -> bool:
        """Tell whether a queue, stream or topic could ever have been bound.

        Whoever names what cannot be, such as the queue of executions, must not have it unbound.
        """
        return self._out_of_bounds(source) is None

    def _out_of_bounds(self, source: str) -> str | None:
        is_arn = source.startswith("arn:")
        if (name_of(source) if is_arn else source).startswith(f"{self.settings.stack_name}-"):
            return "Is one of Isolambda's own, or named as these are"
        _, region, account = here = place_of(self.settings.dispatcher_arn)
        if is_arn and place_of(source) != here:
            return f"Must be in the region {region} of the AWS account {account}"
        return None

    def _tags(self, source: str) -> Mapping[str, str]:
        if not source.startswith("arn:"):
            return self._tags_of_bucket(source)
        match service_of(source):
            case "sqs":
                url = queue_url(self.settings, source)
                return self.sqs.list_queue_tags(QueueUrl=url).get("Tags", {})
            case "sns":
                of_topic = self.sns.list_tags_for_resource(ResourceArn=source)["Tags"]
                return {tag["Key"]: tag["Value"] for tag in of_topic}
            case "kinesis":
                listed = self.kinesis.list_tags_for_stream(StreamARN=source, Limit=_TAGS_MAX)
                return {tag["Key"]: tag.get("Value", "") for tag in listed["Tags"]}
            case _:
                table, _, _ = source.partition("/stream/")
                pages = self.dynamodb.get_paginator("list_tags_of_resource")
                found = [page["Tags"] for page in pages.paginate(ResourceArn=table)]
                return {tag["Key"]: tag["Value"] for tags in found for tag in tags}

    def _tags_of_bucket(self, bucket: str) -> Mapping[str, str]:
        _, _, owner = place_of(self.settings.dispatcher_arn)
        try:
            found = self.s3.get_bucket_tagging(Bucket=bucket, ExpectedBucketOwner=owner)["TagSet"]
        except ClientError as error:
            if code_of(error) == "NoSuchTagSet":
                return {}
            raise
        return {tag["Key"]: tag["Value"] for tag in found}

    def _require_time(self, arn: str) -> None:
        asked = self.sqs.get_queue_attributes(
            QueueUrl=queue_url(self.settings, arn), AttributeNames=["VisibilityTimeout"]
        )
        hidden_s = int(asked["Attributes"]["VisibilityTimeout"])
        if hidden_s < DISPATCHER_S:
            message = f"Its visibility timeout is {hidden_s} s, and must be {DISPATCHER_S} or more"
            raise refused("queue_arn", arn, message)

    def _require_notifications(self, bucket: str) -> None:
        _, _, owner = place_of(self.settings.dispatcher_arn)
        told: Mapping[str, object] = self.s3.get_bucket_notification_configuration(
            Bucket=bucket, ExpectedBucketOwner=owner
        )
        if "EventBridgeConfiguration" not in told:
            message = "Must send its notifications to Amazon EventBridge, a property of the bucket"
            raise refused("bucket", bucket, message)
