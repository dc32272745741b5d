"""Triggers of type ``topic``: subscriptions of Amazon SNS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from typing_extensions import override

from isolambda_core.adapters.event_sources.errors import (
    errors_mapped,
    expecting,
    ignoring_missing,
)
from isolambda_core.adapters.event_sources.source_authorizer import SourceAuthorizer
from isolambda_core.adapters.sources_by_type import EventSource
from isolambda_core.config import SourceSettings
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_KEY = "topic_arn"


@dataclass(frozen=True, slots=True)
class Topics(EventSource):
    """One subscription of the dispatcher for each trigger; a topic has one trigger."""

    client: "SNSClient"
    settings: SourceSettings
    authorizer: SourceAuthorizer

    @override
    def bind(self, trigger: Trigger) -> None:
        """Subscribe, or not where the trigger is disabled; see ``EventSources.bind``."""
        topic = self.authorizer.authorize(_KEY, trigger, self._tags)
        with expecting(_KEY, topic):
            subscription = self._subscribe(topic)
        if not trigger.enabled:
            self._unsubscribe(subscription)

    @override
    def unbind(self, trigger: TriggerRef) -> None:
        """Unsubscribe; see ``EventSources.unbind``."""
        topic = cast("str", trigger.source)
        if not self.authorizer.can_be_bound(topic):
            return
        with errors_mapped(), ignoring_missing(or_denied=True):  # no right, no subscription
            self._unsubscribe(self._subscribe(topic))

    def _tags(self, topic: str) -> Mapping[str, str]:
        listed = self.client.list_tags_for_resource(ResourceArn=topic)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    def _subscribe(self, topic: str) -> str:
        """Subscribe the dispatcher, and return the ARN of its subscription; once more does no harm.

        SNS has no other way to find a subscription but to list all of a topic, which may be
        millions.
        """
        subscribed = self.client.subscribe(
            TopicArn=topic,
            Protocol="lambda",
            Endpoint=self.settings.dispatcher_arn,
            ReturnSubscriptionArn=True,
        )
        return subscribed["SubscriptionArn"]

    def _unsubscribe(self, subscription: str) -> None:
        with errors_mapped(), ignoring_missing():
            self.client.unsubscribe(SubscriptionArn=subscription)
