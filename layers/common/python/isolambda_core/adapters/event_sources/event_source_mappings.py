"""Triggers of type ``queue`` and ``stream``: event source mappings, by which Lambda polls them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from isolambda_core.adapters.event_sources.errors import (
    as_unavailable,
    errors_mapped,
    ignoring_missing,
)
from isolambda_core.adapters.event_sources.queues import Queues
from isolambda_core.adapters.event_sources.source_authorizer import (
    SourceAuthorizer,
    key_of,
)
from isolambda_core.config import SourceSettings
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.triggers.errors import SourcesUnavailableError
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
    TriggerType,
)
from isolambda_core.domain.triggers.types.stream import STARTING_POSITIONS

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_DISPATCHERS = 5
"""How many may be at work on a queue at a time; all triggers share the account's Lambdas."""
_AT_ONCE = 10
"""How many messages Lambda hands over without waiting for more; a FIFO queue has no more."""


@dataclass(frozen=True, slots=True)
class Mappings:
    """One mapping for each trigger, which is found by its source: that has one trigger."""

    client: "LambdaClient"
    settings: SourceSettings
    queues: Queues
    named: SourceAuthorizer

    def bind(self, trigger: Trigger) -> None:
        """Make the mapping, or change it to what the document says; see ``EventSources.bind``."""
        if trigger.own_queue_arn is None:
            _require_batch(trigger)
            source = self.named.require(trigger.type, trigger.document, trigger.account_id)
            self._map(trigger, source)
            return
        self.queues.make(trigger.own_queue_arn)
        try:
            self._map(trigger, trigger.own_queue_arn)
        except InvalidDocumentError as error:  # a new queue is not known everywhere at once
            raise SourcesUnavailableError from error

    def unbind(self, trigger: TriggerRef) -> None:
        """Remove the mapping, and the queue that was made; see ``EventSources.unbind``."""
        source = cast("str", trigger.source)
        is_own = source == self.queues.arn_for(trigger.trigger_id)
        if not is_own and not self.named.can_be_bound(source):
            return
        with errors_mapped():
            found = self._found(source)
            if found is not None:
                with ignoring_missing():
                    self.client.delete_event_source_mapping(UUID=found)
        if is_own:
            self.queues.remove(source)

    def _map(self, trigger: Trigger, source: str) -> None:
        wanted = {
            "Enabled": trigger.enabled,
            "BatchSize": trigger.batch_size,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            **(self._of_stream(trigger) if trigger.type is TriggerType.STREAM else {}),
            **(_of_queue(trigger, source) if trigger.type is TriggerType.QUEUE else {}),
        }
        with errors_mapped():
            found = self._found(source)
        with as_unavailable(key_of(trigger.type), source):
            if found is not None:
                self.client.update_event_source_mapping(UUID=found, **wanted)
            else:
                self.client.create_event_source_mapping(
                    EventSourceArn=source,
                    FunctionName=self.settings.dispatcher_arn,
                    **_beginning(trigger),
                    **wanted,
                )

    def _of_stream(self, trigger: Trigger) -> Mapping[str, Any]:
        # The dispatcher counts attempts, and puts to the dead letters what has failed for good. So
        # does Lambda with what is too old by the time that it is read.
        return {
            "ParallelizationFactor": 1,
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": -1,
            "MaximumRecordAgeInSeconds": trigger.document.get("maximum_age_s", -1),
            "DestinationConfig": {
                "OnFailure": {"Destination": self.settings.dead_letter_queue_arn}
            },
        }

    def _found(self, source: str) -> str | None:
        listed = self.client.list_event_source_mappings(
            EventSourceArn=source, FunctionName=self.settings.dispatcher_arn
        )["EventSourceMappings"]
        return listed[0]["UUID"] if listed else None


def _of_queue(trigger: Trigger, source: str) -> Mapping[str, Any]:
    if _is_fifo(source):  # its groups say how many are at work
        return {}
    return {
        "MaximumBatchingWindowInSeconds": 1 if trigger.batch_size > _AT_ONCE else 0,
        "ScalingConfig": {"MaximumConcurrency": _DISPATCHERS},
    }


def _beginning(trigger: Trigger) -> Mapping[str, Any]:
    if trigger.type is TriggerType.QUEUE:
        return {}
    return {"StartingPosition": trigger.document.get("starting_position", STARTING_POSITIONS[0])}


def _require_batch(trigger: Trigger) -> None:
    if _is_fifo(cast("str", trigger.source)) and trigger.batch_size > _AT_ONCE:
        raise InvalidDocumentError(
            [Violation(("batch_size",), "maximum", _AT_ONCE, trigger.batch_size)]
        )


def _is_fifo(source: str) -> bool:
    return source.endswith(".fifo")
