"""A machine whose dispatcher takes events as it does in Lambda."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.json_text import parse
from isolambda_core.domain.queue.messages import Disposition, QueuedExecution, QueuedMessage
from isolambda_core.domain.triggers.documents import validated_trigger
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_dispatcher.batches import ItemResult
from isolambda_dispatcher.dispatcher import Dispatcher
from tests.support.samples import ACCOUNT, FUNCTION
from tests.support.services import Machine

TRIGGER = "7" * 32
"""The trigger that the recorded events are for, of ``FUNCTION`` and ``ACCOUNT``."""
EXECUTION_QUEUE = "arn:aws:sqs:us-east-1:123456789012:executions"
CALLBACK_QUEUE = "arn:aws:sqs:us-east-1:123456789012:callbacks"
PLENTY_MS = 60_000

Answer = dict[str, Any]


@dataclass
class NotingConsumer:
    """Notes what is to come again and what is dead; ``away``: nothing can be put to the dead."""

    away: bool = False
    visibility_changes: list[tuple[str, str, float]] = field(default_factory=list)
    dead_lettered: list[str] = field(default_factory=list)

    def change_visibility(self, queue_arn: str, receipt_handle: str, after_s: float) -> None:
        self.visibility_changes.append((queue_arn, receipt_handle, after_s))

    def send_to_dlq(self, body: str) -> None:
        if self.away:
            raise StoreUnavailableError
        self.dead_lettered.append(body)


@dataclass
class NotingQueue:
    """Notes what is sent; ``away``: nothing can be."""

    away: bool = False
    sent: list[QueuedMessage] = field(default_factory=list)

    def send(self, message: QueuedMessage, after_s: int = 0) -> None:
        if self.away:
            raise StoreUnavailableError
        assert after_s == 0
        self.sent.append(message)


@dataclass
class ObservedDispatcher:
    """A dispatcher on a machine, and what came of what it took; ``left_ms`` counts down."""

    machine: Machine
    dispatcher: Dispatcher
    consumer: NotingConsumer
    callbacks: NotingQueue
    taken: list[ItemResult]
    left_ms: Callable[[], int] = lambda: PLENTY_MS

    def handle(self, event: Any) -> Any:
        """Return the answer to Lambda, in the order of :func:`failed`; it has no meaning there."""
        answer = self.dispatcher.handle(event, self.left_ms)
        return failed(*(str(item["itemIdentifier"]) for item in answer["batchItemFailures"]))

    def trigger(self, document: Any, trigger_id: str = TRIGGER) -> Trigger:
        """Keep a trigger of the function."""
        accepted = validated_trigger({"name": "n", **document})
        trigger = Trigger(ACCOUNT, FUNCTION, trigger_id, accepted, 1, 1)
        self.machine.store.triggers.add(trigger)
        return trigger

    def found(self, trigger: Trigger) -> Trigger:
        return self.machine.store.triggers.get(ACCOUNT, FUNCTION, trigger.id)

    def perform_queued(self) -> list[Disposition]:
        """Perform all that waits in the execution queue, and return the dispositions."""
        queue, dispositions = self.machine.store.queue, []
        while (waiting := queue.next()) is not None:
            queue.forget(waiting)
            if isinstance(waiting.message, QueuedExecution):
                dispositions.append(self.machine.dispatch.perform(waiting.message, 1))
        return dispositions

    @property
    def calls(self) -> list[Any]:
        """What the function was called with, in order."""
        return [parse(request.input) for request in self.machine.executor.requests]

    @property
    def dispositions(self) -> list[str]:
        return [taken.disposition for taken in self.taken]


def failed(*items: str) -> Answer:
    """Return the answer to Lambda with which these items stay in their source."""
    return {"batchItemFailures": [{"itemIdentifier": item} for item in sorted(items)]}
