"""Triggers of type ``stream``: streams of DynamoDB tables and of Kinesis that Lambda polls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from typing_extensions import override

from isolambda_core.adapters.event_sources.event_source_mappings import Mappings
from isolambda_core.adapters.event_sources.names import service_of
from isolambda_core.adapters.event_sources.source_authorizer import SourceAuthorizer
from isolambda_core.adapters.sources_by_type import EventSource
from isolambda_core.config import SourceSettings
from isolambda_core.domain.triggers.triggers import Trigger, TriggerRef
from isolambda_core.domain.triggers.types.stream import STARTING_POSITIONS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesis import KinesisClient

_KEY = "stream_arn"
_TAGS_MAX = 50  # of a stream of Kinesis, which returns ten otherwise


@dataclass(frozen=True, slots=True)
class PolledStreams(EventSource):
    """One mapping for each trigger, of the stream that it names."""

    kinesis: "KinesisClient"
    dynamodb: "DynamoDBClient"
    settings: SourceSettings
    mappings: Mappings
    authorizer: SourceAuthorizer

    @override
    def bind(self, trigger: Trigger) -> None:
        """Make the mapping, or change it to what the document says; see ``EventSources.bind``."""
        self.authorizer.authorize(_KEY, trigger, self._tags)
        # The dispatcher counts attempts, and sends what failed for good to the dead letters. Lambda
        # does so with records that are too old when it reads them.
        wanted = {
            "ParallelizationFactor": 1,
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": -1,
            "MaximumRecordAgeInSeconds": trigger.document.get("maximum_age_s", -1),
            "DestinationConfig": {
                "OnFailure": {"Destination": self.settings.dead_letter_queue_arn}
            },
        }
        position = trigger.document.get("starting_position", STARTING_POSITIONS[0])
        self.mappings.map(_KEY, trigger, wanted, StartingPosition=position)

    @override
    def unbind(self, trigger: TriggerRef) -> None:
        """Remove the mapping; see ``EventSources.unbind``."""
        source = cast("str", trigger.source)
        if self.authorizer.can_be_bound(source):
            self.mappings.remove(source)

    def _tags(self, arn: str) -> Mapping[str, str]:
        if service_of(arn) == "kinesis":
            listed = self.kinesis.list_tags_for_stream(StreamARN=arn, Limit=_TAGS_MAX)
            return {tag["Key"]: tag.get("Value", "") for tag in listed["Tags"]}
        table, _, _ = arn.partition("/stream/")
        pages = self.dynamodb.get_paginator("list_tags_of_resource")
        found = [page["Tags"] for page in pages.paginate(ResourceArn=table)]
        return {tag["Key"]: tag["Value"] for tags in found for tag in tags}
