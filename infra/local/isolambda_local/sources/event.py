"""Triggers of type ``event`` on one machine: a bus that hands on each event at once."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    StoreUnavailableError,
    Violation,
)
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.ids import dashed, new_id
from isolambda_core.domain.json_text import dump, parse
from isolambda_core.domain.limits import MATCHING_STEPS
from isolambda_core.domain.triggers.bus_events import BusEvent, resources_of
from isolambda_core.domain.triggers.event_patterns.matching import TooMuchWorkError, Work
from isolambda_core.domain.triggers.event_patterns.pattern import matcher
from isolambda_core.domain.triggers.triggers import Trigger, TriggerEvent, TriggerType
from isolambda_core.ports.clock import Clock
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.sources import event as aws_event
from isolambda_local.sources.aws_envelopes import eventbridge_event
from isolambda_local.sqlite.triggers import SqliteTriggerRepository

_MATCHERS = 500
_TOO_MUCH_WORK = f"Matching with the triggers of the account takes more than {MATCHING_STEPS} steps"

_Matcher = Callable[[Document, Work], bool]
_Subscriber = tuple[_Matcher, Trigger]
_Matched = tuple[str, TriggerEvent, Sequence[Trigger]]


@dataclass(frozen=True, slots=True)
class LocalBus:
    """The bus of one machine; the table has its subscribers."""

    triggers: SqliteTriggerRepository
    events: EventService
    clock: Clock

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Hand events to the triggers that match them; see ``EventSources.publish``.

        An event has no id where one of its triggers could not get it, though others may have it.

        Raises:
            InvalidDocumentError: to match them takes more than ``limits.MATCHING_STEPS``; none was
                handed on.
        """
        found = self.triggers.of_account(account_id, TriggerType.EVENT)
        subscribers = [(_matcher(dump(each.pattern)), each) for each in found if each.enabled]
        work = Work(MATCHING_STEPS)
        try:
            matched = [self._match(account_id, event, subscribers, work) for event in events]
        except TooMuchWorkError:
            violation = Violation(("events",), "error", MATCHING_STEPS, work.used, _TOO_MUCH_WORK)
            raise InvalidDocumentError([violation]) from None
        return [self._hand_on(*each) for each in matched]

    def _match(
        self, account_id: str, event: BusEvent, subscribers: Sequence[_Subscriber], work: Work
    ) -> _Matched:
        event_id = new_id()
        published = eventbridge_event(
            event_id,
            self.clock.now_ms(),
            event.source,
            event.detail_type,
            resources_of(account_id, event.hops),
            parse(event.detail),
        )
        matching = [each for is_matched, each in subscribers if is_matched(published, work)]
        return event_id, aws_event.read(published), matching

    def _hand_on(
        self, event_id: str, event: TriggerEvent, triggers: Sequence[Trigger]
    ) -> str | None:
        try:
            for trigger in triggers:
                with suppress(FunctionNotFoundError):  # and its trigger goes with it
                    self.events.accept(trigger, event)
        except StoreUnavailableError:
            return None
        return dashed(event_id)


@lru_cache(_MATCHERS)
def _matcher(pattern: str) -> _Matcher:
    """Return the matcher of a pattern, which is made once: its text stands for the revision."""
    return matcher(cast("Document", parse(pattern)))
