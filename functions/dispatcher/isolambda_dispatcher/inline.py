"""Execute records while their source holds them, which keeps order or redelivers what is left."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import ClassVar

from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.queue.messages import (
    Disposition,
    QueuedExecution,
    Retry,
    SendToDlq,
)
from isolambda_core.domain.triggers.triggers import Trigger, TriggerEvent
from isolambda_core.domain.triggers.types.record_shape import Record
from isolambda_core.ports.queues import Consumer
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.parsing import UnknownEventError

_LATER = Retry(30.0)
"""By then there may be a trigger, a function or a store."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InlineSource(ABC):
    """Executes the records of one trigger; a ``BatchSource``.

    ``trigger`` is None where no enabled trigger has the source: its records stay there.
    ``perform`` is ``DispatchService.perform``.
    """

    trigger: Trigger | None
    events: EventService
    perform: Callable[[QueuedExecution, int], Disposition]
    consumer: Consumer

    name: ClassVar[str]

    @abstractmethod
    def id_of(self, record: Record) -> str:
        """Return AWS's own id of a record."""

    @abstractmethod
    def ordering_key(self, record: Record) -> Hashable:
        """Return what orders a record; see ``BatchSource.ordering_key``."""

    @abstractmethod
    def read(self, record: Record) -> TriggerEvent:
        """Return the event of a record.

        Raises:
            UnknownEventError: the record cannot be read.
        """

    @abstractmethod
    def retry_later(self, record: Record, after_s: float) -> None:
        """Have the source deliver a record again; see ``BatchSource.retry_later``."""

    def received(self, record: Record) -> int:  # noqa: ARG002 - of this record, where known
        """Return how often the source has delivered a record, from 1."""
        return 1

    def take(self, record: Record) -> Disposition:
        """Execute the function for a record.

        A record that cannot be read goes to the dead letters as it is, and holds up nothing.

        Raises:
            StoreUnavailableError: the dead-letter queue does not answer; the record must stay.
        """
        received = self.received(record)
        if self.trigger is None:
            return _LATER
        item = self.id_of(record)
        try:
            message = self.events.save(self.trigger, self.read(record))
        except UnknownEventError as error:
            # The log has nothing of the record: it may hold anything.
            reason = {"trigger_id": self.trigger.id, "item": item, "reason": str(error)}
            _log.error("%(item)s cannot be read: %(reason)s", reason, extra=reason)
            self.consumer.send_to_dlq(dump(record))
            return SendToDlq()
        except (FunctionNotFoundError, StoreUnavailableError):
            return _LATER
        disposition = self.perform(message, received)
        if isinstance(disposition, SendToDlq):
            self.consumer.send_to_dlq(dump_message(message))
        line = {
            "execution_id": message.execution_id,
            "account_id": message.account_id,
            "function_id": message.function_id,
            "trigger_id": self.trigger.id,
            "item": item,
            "disposition": disposition.name,
            "receive_count": received,
        }
        _log.info("%(execution_id)s %(disposition)s", line, extra=line)
        return disposition
