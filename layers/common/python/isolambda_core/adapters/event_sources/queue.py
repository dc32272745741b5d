"""Triggers of type ``queue``: queues of Amazon SQS that Lambda polls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import override

from isolambda_core.adapters.event_sources.errors import refused
from isolambda_core.adapters.event_sources.event_source_mappings import Mappings
from isolambda_core.adapters.event_sources.names import queue_url
from isolambda_core.adapters.event_sources.own_queues import OwnSqsQueues
from isolambda_core.adapters.event_sources.source_authorizer import (
    DISPATCHER_S,
    SourceAuthorizer,
)
from isolambda_core.adapters.sources_by_type import EventSource
from isolambda_core.config import SourceSettings
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.triggers.errors import SourcesUnavailableError
from isolambda_core.domain.triggers.triggers import Trigger, TriggerRef

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_KEY = "queue_arn"
_DISPATCHERS = 5
"""How many dispatchers Lambda runs for a queue at a time; all triggers share its concurrency."""
_AT_ONCE = 10
"""How many messages Lambda hands over without waiting for more; a FIFO queue has no more."""


@dataclass(frozen=True, slots=True)
class PolledQueues(EventSource):
    """One mapping for each trigger, of the queue that it names, or that is made for it."""

    client: "SQSClient"
    settings: SourceSettings
    mappings: Mappings
    own_queues: OwnSqsQueues
    authorizer: SourceAuthorizer

    @override
    def bind(self, trigger: Trigger) -> None:
        """Make the mapping, or change it to what the document says; see ``EventSources.bind``."""
        if trigger.own_queue_arn is None:
            _require_batch(trigger)
            self.authorizer.authorize(_KEY, trigger, self._tags, self._require_time)
            self.mappings.map(_KEY, trigger, _wanted(trigger))
            return
        self.own_queues.make(trigger.own_queue_arn)
        try:
            self.mappings.map(_KEY, trigger, _wanted(trigger))
        except InvalidDocumentError as error:  # Lambda may not know a new queue yet
            raise SourcesUnavailableError from error

    @override
    def unbind(self, trigger: TriggerRef) -> None:
        """Remove the mapping, and the queue that was made; see ``EventSources.unbind``."""
        source = cast("str", trigger.source)
        is_own = source == self.own_queues.arn_for(trigger.trigger_id)
        if is_own or self.authorizer.can_be_bound(source):
            self.mappings.remove(source)
        if is_own:
            self.own_queues.remove(source)

    @override
    def details(self, trigger: Trigger) -> Document:
        """Return ARN and URL of the queue that was made for a trigger."""
        arn = trigger.own_queue_arn
        return {} if arn is None else {"queue_arn": arn, "queue_url": self.own_queues.url_of(arn)}

    def _tags(self, arn: str) -> Mapping[str, str]:
        return self.client.list_queue_tags(QueueUrl=queue_url(self.settings, arn)).get("Tags", {})

    def _require_time(self, arn: str) -> None:
        asked = self.client.get_queue_attributes(
            QueueUrl=queue_url(self.settings, arn), AttributeNames=["VisibilityTimeout"]
        )
        hidden_s = int(asked["Attributes"]["VisibilityTimeout"])
        if hidden_s < DISPATCHER_S:
            message = f"Its visibility timeout is {hidden_s} s, and must be {DISPATCHER_S} or more"
            raise refused(_KEY, arn, message)


def _wanted(trigger: Trigger) -> Mapping[str, Any]:
    if _is_fifo(trigger):  # SQS delivers the messages of a group one by one
        return {}
    return {
        "MaximumBatchingWindowInSeconds": 1 if trigger.batch_size > _AT_ONCE else 0,
        "ScalingConfig": {"MaximumConcurrency": _DISPATCHERS},
    }


def _require_batch(trigger: Trigger) -> None:
    if _is_fifo(trigger) and trigger.batch_size > _AT_ONCE:
        raise InvalidDocumentError(
            [Violation(("batch_size",), "maximum", _AT_ONCE, trigger.batch_size)]
        )


def _is_fifo(trigger: Trigger) -> bool:
    return cast("str", trigger.source).endswith(".fifo")
