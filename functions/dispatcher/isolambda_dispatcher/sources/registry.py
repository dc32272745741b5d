"""The source of each type of trigger; a webhook has none: the API takes its deliveries."""

from collections.abc import Mapping

from isolambda_core.domain.triggers.triggers import TriggerType
from isolambda_dispatcher.inline import InlineSource
from isolambda_dispatcher.queued import Pushed, Wrapped
from isolambda_dispatcher.sources import bucket, event, queue, schedule, stream, topic

WRAPPED: Mapping[str, Wrapped] = {
    TriggerType.SCHEDULE: schedule.SOURCE,
    TriggerType.EVENT: event.SOURCE,
    TriggerType.BUCKET: bucket.SOURCE,
}
"""By the word that a trigger's own rule or schedule puts beside an event."""

BATCHED: Mapping[TriggerType, Pushed | type[InlineSource]] = {
    TriggerType.QUEUE: queue.QueueSource,
    TriggerType.STREAM: stream.StreamSource,
    TriggerType.TOPIC: topic.SOURCE,
}
"""By the type that takes the records of a batch."""
