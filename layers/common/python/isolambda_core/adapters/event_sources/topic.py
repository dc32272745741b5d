"""Triggers of type ``topic``: subscriptions of Amazon SNS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from isolambda_core.adapters.event_sources.errors import (
    errors_mapped,
    expecting,
    ignoring_missing,
)
from isolambda_core.adapters.event_sources.source_authorizer import SourceAuthorizer
from isolambda_core.config import SourceSettings
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_KEY = "topic_arn"


@dataclass(frozen=True, slots=True)
class Topics:
    """One subscription for each trigger, that of the dispatcher; a topic has one trigger."""

    client: "SNSClient"
    settings: SourceSettings
    named: SourceAuthorizer

    def bind(self, trigger: Trigger) -> None:
        """Subscribe, or not where the trigger is disabled; see ``EventSources.bind``."""
        topic = self.named.require(_KEY, trigger, self._tags)
        with expecting(_KEY, topic):
            subscription = self._subscribe(topic)
        if not trigger.enabled:
            self._unsubscribe(subscription)

    def unbind(self, trigger: TriggerRef) -> None:
        """Unsubscribe; see ``EventSources.unbind``."""
        topic = cast("str", trigger.source)
        if not self.named.can_be_bound(topic):
            return
        with errors_mapped(), ignoring_missing(or_denied=True):  # who may not subscribe has not
            self._unsubscribe(self._subscribe(topic))

    def _tags(self, topic: str) -> Mapping[str, str]:
        listed = self.client.list_tags_for_resource(ResourceArn=topic)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    def _subscribe(self, topic: str) -> str:
        """Return the ARN of the dispatcher's subscription, the one that is there if there is one.

        SNS knows no other way to find it than to list all that a topic has, which can be millions.
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
