"""Where triggers are kept, and what they are bound to."""

from collections.abc import Sequence
from typing import Protocol

from isolambda_core.domain.documents import Document
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)


class TriggerRepository(Protocol):
    """Where triggers are kept; every method also raises ``StoreUnavailableError``.

    A queue, stream or topic that a document names belongs to one trigger at a time.
    """

    def add(self, trigger: Trigger) -> None:
        """Keep a new trigger.

        Raises:
            SourceInUseError: another trigger listens to its source.
            RevisionConflictError: its id is taken.
        """
        ...

    def get(self, account_id: str, function_id: str, trigger_id: str) -> Trigger:
        """Return a trigger, by one strongly consistent read.

        Raises:
            TriggerNotFoundError: the function has no such trigger.
        """
        ...

    def of_source(self, source: str) -> Trigger:
        """Return the trigger that listens to a queue, stream or topic, by its ARN.

        Raises:
            TriggerNotFoundError: none does.
        """
        ...

    def of_function(self, account_id: str, function_id: str) -> Sequence[Trigger]:
        """Return the triggers of a function, in the order of their ids."""
        ...

    def replace(self, trigger: Trigger, expected_revision: int) -> None:
        """Write the next revision over ``expected_revision``, and over no other.

        Raises:
            RevisionConflictError: the trigger is at another revision, or gone.
        """
        ...

    def remove(self, trigger: Trigger) -> None:
        """Remove a trigger, at its revision and at no other; its source is free again.

        Raises:
            RevisionConflictError: the trigger is at another revision, or gone.
        """
        ...

    def count_failure(self, trigger: Trigger) -> int:
        """Count one more failure in a row, and return how many there are.

        0 where the trigger is at another revision by now, or gone: then it is none of that.
        """
        ...

    def forget_failures(self, trigger: Trigger) -> None:
        """Begin to count anew, unless the trigger is at another revision by now, or gone."""
        ...


class EventSources(Protocol):
    """What triggers are bound to: schedules, rules, queues, streams and topics.

    Every method also raises ``SourcesUnavailableError`` when a source does not answer, or refuses
    for a reason that the document is not to blame for. What was asked for may be done all the same.
    """

    def own_queue_arn(self, trigger_id: str) -> str:
        """Return the ARN of the queue that ``bind`` makes for a trigger which names none."""
        ...

    def bind(self, trigger: Trigger) -> None:
        """Make the source deliver what the document asks for, or nothing if it is disabled.

        Whatever was bound for this trigger before; once more does no harm.

        Raises:
            InvalidDocumentError: there is no such source, it must not be used, or it takes no such
                trigger.
        """
        ...

    def unbind(self, trigger: TriggerRef) -> None:
        """Let the source deliver nothing more; once more does no harm.

        What was made for the trigger, such as its queue and what waits in it, goes.
        """
        ...

    def details(self, trigger: Trigger) -> Document:
        """Return what else there is to know of the source, such as the URL of a queue."""
        ...

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Put events on the bus, in the name of an account.

        Returns an id for each, None for one that the bus has not taken.
        """
        ...

    def send(self, trigger: Trigger, bodies: Sequence[str]) -> Sequence[str | None]:
        """Put messages into the queue that was made for a trigger.

        Returns an id for each, None for one that the queue has not taken.
        """
        ...
