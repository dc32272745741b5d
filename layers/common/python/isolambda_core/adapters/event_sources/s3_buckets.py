"""Triggers of type ``bucket``: rules on the bus where Amazon S3 puts its events."""

from dataclasses import dataclass

from isolambda_core.adapters.event_sources.rules import Rules
from isolambda_core.adapters.event_sources.source_authorizer import SourceAuthorizer
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)

DEFAULT_BUS = "default"
"""Where AWS's own services put their events."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """One rule for each trigger, about a bucket that the trigger's account may use."""

    rules: Rules
    named: SourceAuthorizer

    def bind(self, trigger: Trigger) -> None:
        """Make the rule, or change it to what the document says; see ``EventSources.bind``."""
        self.named.require(trigger.type, trigger.document, trigger.account_id)
        self.rules.bind(trigger)

    def unbind(self, trigger: TriggerRef) -> None:
        """Remove the rule; see ``EventSources.unbind``."""
        self.rules.unbind(trigger)
