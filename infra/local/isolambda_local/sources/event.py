"""Triggers of type ``event`` on one machine: a bus that hands on each event at once."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.ids import dashed, new_id
from isolambda_core.domain.json_text import parse
from isolambda_core.domain.triggers.bus_events import BusEvent, resource_of
from isolambda_core.domain.triggers.event_patterns.pattern import matcher
from isolambda_core.domain.triggers.triggers import Trigger, TriggerType
from isolambda_core.ports.clock import Clock
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.sources import event as aws_event
from isolambda_local.sources.aws_envelopes import eventbridge_event
from isolambda_local.sqlite.triggers import SqliteTriggerRepository

_Subscriber = tuple[Callable[[Document], bool], Trigger]


@dataclass(frozen=True, slots=True)
class LocalBus:
    """The bus of one machine; the table has its subscribers."""

    triggers: SqliteTriggerRepository
    events: EventService
    clock: Clock

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Hand events to the triggers that match them; see ``EventSources.publish``.

        An event has no id where one of its triggers could not get it, though others may have it.
        """
        found = self.triggers.of_account(account_id, TriggerType.EVENT)
        subscribers = [(matcher(each.pattern), each) for each in found if each.enabled]
        return [self._publish(account_id, event, subscribers) for event in events]

    def _publish(
        self, account_id: str, event: BusEvent, subscribers: Sequence[_Subscriber]
    ) -> str | None:
        event_id = new_id()
        published = eventbridge_event(
            event_id,
            self.clock.now_ms(),
            event.source,
            event.detail_type,
            resource_of(account_id),
            parse(event.detail),
        )
        trigger_event = aws_event.read(published)
        try:
            for is_matched, trigger in subscribers:
                if is_matched(published):
                    with suppress(FunctionNotFoundError):  # and its trigger goes with it
                        self.events.accept(trigger, trigger_event)
        except StoreUnavailableError:
            return None
        return dashed(event_id)
