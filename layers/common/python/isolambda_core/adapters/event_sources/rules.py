"""Rules of Amazon EventBridge, for the types of triggers that have a pattern."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.event_sources.delivery import retries_of
from isolambda_core.adapters.event_sources.errors import (
    as_unavailable,
    errors_mapped,
    ignoring_missing,
)
from isolambda_core.adapters.event_sources.names import rule_name
from isolambda_core.config import SourceSettings
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.triggers.errors import SourcesUnavailableError
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import TargetTypeDef

_TARGET = "dispatcher"


@dataclass(frozen=True, slots=True)
class Rules:
    """One rule on a bus for each trigger, with the trigger's pattern.

    ``key`` is the key of the document that the pattern is made of: violations are of it.
    """

    client: "EventBridgeClient"
    settings: SourceSettings
    bus: str
    key: str

    def bind(self, trigger: Trigger) -> None:
        """Make the rule, or change it to what the document says; see ``EventSources.bind``."""
        name = rule_name(self.settings, trigger.id)
        with as_unavailable(self.key, trigger.document[self.key]):
            self.client.put_rule(
                Name=name,
                EventBusName=self.bus,
                EventPattern=dump(trigger.pattern),
                State="ENABLED" if trigger.enabled else "DISABLED",
            )
        with errors_mapped():
            put = self.client.put_targets(
                Rule=name, EventBusName=self.bus, Targets=[self._target(trigger)]
            )
        if put["FailedEntryCount"]:
            raise SourcesUnavailableError

    def unbind(self, trigger: TriggerRef) -> None:
        """Remove the rule; see ``EventSources.unbind``."""
        name = rule_name(self.settings, trigger.trigger_id)
        with errors_mapped(), ignoring_missing():
            self.client.remove_targets(Rule=name, EventBusName=self.bus, Ids=[_TARGET])
            self.client.delete_rule(Name=name, EventBusName=self.bus)

    def _target(self, trigger: Trigger) -> "TargetTypeDef":
        template = dump(trigger.address).removesuffix("}") + ',"event":<aws.events.event.json>}'
        return {
            "Id": _TARGET,
            "Arn": self.settings.dispatcher_arn,
            "InputTransformer": {"InputTemplate": template},
            "RetryPolicy": retries_of(trigger),
            "DeadLetterConfig": {"Arn": self.settings.dead_letter_queue_arn},
        }
