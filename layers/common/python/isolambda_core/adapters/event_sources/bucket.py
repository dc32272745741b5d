"""Triggers of type ``bucket``: rules on the bus where Amazon S3 puts its events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from typing_extensions import override

from isolambda_core.adapters.event_sources.errors import code_of, refused
from isolambda_core.adapters.event_sources.rules import Rules
from isolambda_core.adapters.event_sources.source_authorizer import SourceAuthorizer
from isolambda_core.adapters.sources_by_type import EventSource
from isolambda_core.config import SourceSettings
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client

_DEFAULT_BUS = "default"
"""Where AWS's own services put their events."""


@dataclass(frozen=True, slots=True)
class Buckets(EventSource):
    """One rule for each trigger, about a bucket that the trigger's account may use."""

    client: "S3Client"
    events: "EventBridgeClient"
    settings: SourceSettings
    authorizer: SourceAuthorizer

    @override
    def bind(self, trigger: Trigger) -> None:
        """Make the rule, or change it to what the document says; see ``EventSources.bind``."""
        self.authorizer.authorize("bucket", trigger, self._tags, self._require_notifications)
        self._rules.bind(trigger)

    @override
    def unbind(self, trigger: TriggerRef) -> None:
        """Remove the rule; see ``EventSources.unbind``."""
        self._rules.unbind(trigger)

    @property
    def _rules(self) -> Rules:
        return Rules(self.events, self.settings, _DEFAULT_BUS, "bucket")

    def _tags(self, bucket: str) -> Mapping[str, str]:
        try:
            found = self.client.get_bucket_tagging(
                Bucket=bucket, ExpectedBucketOwner=self.authorizer.owner
            )["TagSet"]
        except ClientError as error:
            if code_of(error) == "NoSuchTagSet":
                return {}
            raise
        return {tag["Key"]: tag["Value"] for tag in found}

    def _require_notifications(self, bucket: str) -> None:
        configuration: Mapping[str, object] = self.client.get_bucket_notification_configuration(
            Bucket=bucket, ExpectedBucketOwner=self.authorizer.owner
        )
        if "EventBridgeConfiguration" not in configuration:
            message = "Must send its notifications to Amazon EventBridge, a property of the bucket"
            raise refused("bucket", bucket, message)
