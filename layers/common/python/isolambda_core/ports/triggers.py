"""The repository of triggers, and the event sources that they are bound to."""

from collections.abc import Sequence
from typing import Protocol

from isolambda_core.domain.documents import Document
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)


class TriggerRepository(Protocol):
    """Stores triggers. Every method also raises ``StoreUnavailableError``.

    A queue, stream or topic that a document names belongs to one trigger at a time, and so does the
    path of an HTTP function.
    """

    def add(self, trigger: Trigger) -> None:
        """Store a new trigger.

        Raises:
            SourceInUseError: another trigger has its source.
            RevisionConflictError: the store has this id already.
            QuotaExceededError: the tenant may have no more triggers, or none of this type.
        """
        ...

    def get(self, account_id: str, function_id: str, trigger_id: str) -> Trigger:
        """Return a trigger, by one strongly consistent read.

        Raises:
            TriggerNotFoundError: the function has no such trigger.
        """
        ...

    def of_source(self, source: str) -> Trigger:
        """Return the trigger of a queue, stream or topic, by its ARN, or of a path.

        Raises:
            TriggerNotFoundError: the source has no trigger.
        """
        ...

    def of_function(self, account_id: str, function_id: str) -> Sequence[Trigger]:
        """Return the triggers of a function, in the order of their ids."""
        ...

    def replace(self, trigger: Trigger, before: Trigger) -> None:
        """Replace a trigger that is at the revision of ``before`` by its next revision.

        Raises:
            RevisionConflictError: the trigger is at another revision, or gone.
        """
        ...

    def remove(self, trigger: Trigger) -> None:
        """Remove a trigger that is at its revision; another trigger may then have its source.

        Raises:
            RevisionConflictError: the trigger is at another revision, or gone.
        """
        ...

    def count_failure(self, trigger: Trigger) -> int:
        """Count one more failure in a row, and return the count.

        Returns 0 if the trigger is at another revision or gone: then the failure does not count.
        """
        ...

    def forget_failures(self, trigger: Trigger) -> None:
        """Set the count of failures to 0, unless the trigger is at another revision or gone."""
        ...


class EventSources(Protocol):
    """Binds triggers to schedules, rules, queues, streams and topics.

    Every method also raises ``SourcesUnavailableError`` when a source does not answer, or refuses
    for a reason other than the document. The request may have had its effect all the same.
    """

    def own_queue_arn(self, trigger_id: str) -> str:
        """Return the ARN of the queue that ``bind`` makes for a trigger without a source."""
        ...

    def bind(self, trigger: Trigger) -> None:
        """Make the source deliver what the document describes, or nothing if it is disabled.

        The binding replaces any earlier one of the trigger; to repeat it changes nothing.

        Raises:
            InvalidDocumentError: the source does not exist, the account may not use it, or it
                refuses such a trigger.
        """
        ...

    def unbind(self, trigger: TriggerRef) -> None:
        """Stop the source's deliveries; to repeat it changes nothing.

        It removes what ``bind`` made for the trigger, such as its queue with all messages in it.
        """
        ...

    def details(self, trigger: Trigger) -> Document:
        """Return properties of the source that the document lacks, such as the URL of a queue."""
        ...

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Publish events of an account on the bus.

        Returns the id of each event, or None for one that the bus did not accept.

        Raises:
            InvalidDocumentError: to match them with the triggers of the account takes too long.
        """
        ...

    def send(self, trigger: Trigger, bodies: Sequence[str], hops: int = 0) -> Sequence[str | None]:
        """Send messages to the queue that ``bind`` made for a trigger.

        ``hops`` are as of ``Origin``. Returns the id of each message, or None for one that the
        queue did not accept.
        """
        ...
