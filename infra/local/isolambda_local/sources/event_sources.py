"""The event sources of one machine, by the types of triggers."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.ids import dashed, new_id
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.event_patterns.pattern import matcher
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
    TriggerType,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.services.triggers.events import EventService
from isolambda_local.sources.aws_envelopes import (
    ACCOUNT,
    REGION,
    event_of_bus,
    message_of_queue,
)
from isolambda_local.sources.bucket import FOLDER, Folders
from isolambda_local.sources.schedule import Schedules
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.triggers import SqliteTriggerRepository


@dataclass(frozen=True, slots=True)
class LocalEventSources:
    """The port ``EventSources``, with what one machine has.

    Schedules wait in the queue, a bucket is a folder, and the bus and the queues made for triggers
    hand on what they get at once. Queues, streams and topics with an ARN are somewhere else:
    nothing comes from there.
    """

    schedules: Schedules
    folders: Folders
    triggers: SqliteTriggerRepository
    events: EventService
    clock: Clock

    def own_queue_arn(self, trigger_id: str) -> str:
        """Return the ARN of the queue of a trigger; see ``EventSources.own_queue_arn``."""
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{trigger_id}"

    def bind(self, trigger: Trigger) -> None:
        """Have a source deliver what a trigger asks for; see ``EventSources.bind``."""
        # Of the others the table says it all, or nothing comes from there.
        if trigger.type is TriggerType.SCHEDULE:
            self.schedules.bind(trigger)
        elif trigger.type is TriggerType.BUCKET:
            self.folders.bind(trigger)

    def unbind(self, trigger: TriggerRef) -> None:
        """Have a source deliver nothing more; see ``EventSources.unbind``."""
        if trigger.type is TriggerType.SCHEDULE:
            self.schedules.unbind(trigger.trigger_id)
        elif trigger.type is TriggerType.BUCKET:
            self.folders.unbind(trigger.trigger_id)

    def details(self, trigger: Trigger) -> Document:
        """Return what else there is to know of a source; see ``EventSources.details``."""
        if trigger.type is TriggerType.BUCKET:
            return self.folders.details(trigger)
        arn = trigger.own_queue_arn
        return {} if arn is None else {"queue_arn": arn}

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Hand events to the triggers that match them; see ``EventSources.publish``.

        An event that could not be handed to all of them is not taken, though some may have it.
        """
        found = self.triggers.of_account(account_id, TriggerType.EVENT)
        listening = [(matcher(each.pattern), each) for each in found if each.enabled]
        return [self._publish(account_id, event, listening) for event in events]

    def send(self, trigger: Trigger, bodies: Sequence[str]) -> Sequence[str | None]:
        """Hand messages to the trigger of a queue; see ``EventSources.send``.

        Nothing waits here for a trigger that is disabled, so it is not taken.
        """
        return [self._send(trigger, body) if trigger.enabled else None for body in bodies]

    def _publish(
        self,
        account_id: str,
        event: BusEvent,
        listening: Sequence[tuple[Callable[[Document], bool], Trigger]],
    ) -> str | None:
        # Powertools, which knows the shapes of AWS's events, takes 150 ms to import; many a server
        # is never sent an event.
        from isolambda_dispatcher.sources import event as bus  # noqa: PLC0415 - see above

        event_id = new_id()
        shaped = event_of_bus(account_id, event_id, event, self.clock.now_ms())
        trigger_event = bus.read(shaped)
        try:
            for is_matched, trigger in listening:
                if is_matched(shaped):
                    with suppress(FunctionNotFoundError):  # and its trigger goes with it
                        self.events.accept(trigger, trigger_event)
        except StoreUnavailableError:
            return None
        return dashed(event_id)

    def _send(self, trigger: Trigger, body: str) -> str | None:
        # As for an event of the bus.
        from aws_lambda_powertools.utilities.data_classes import sqs_event  # noqa: PLC0415

        from isolambda_dispatcher.sources import queue  # noqa: PLC0415

        message_id, at_ms = new_id(), self.clock.now_ms()
        queue_arn = self.own_queue_arn(trigger.id)
        message = sqs_event.SQSRecord(message_of_queue(queue_arn, message_id, body, at_ms))
        try:
            self.events.accept(trigger, queue.read(message))
        except (StoreUnavailableError, FunctionNotFoundError):
            return None
        return dashed(message_id)


def open_sources(
    store: SqliteStore, data_dir: Path, events: EventService, clock: Clock
) -> LocalEventSources:
    """Return the event sources on a database and a directory of data."""
    return LocalEventSources(
        Schedules(store.queue, clock),
        Folders(data_dir / FOLDER, store.watches),
        store.triggers,
        events,
        clock,
    )
