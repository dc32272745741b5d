"""List dead letters, and redrive them, so that what failed for good is attempted again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.records import (
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.limits import DEAD_LETTERS
from isolambda_core.domain.queue.dead_letters import (
    DeadLetter,
    Redrive,
)
from isolambda_core.domain.queue.messages import (
    QueuedExecution,
    QueuedMessage,
)
from isolambda_core.domain.triggers.errors import TriggerNotFoundError
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.queues import (
    DeadLetters,
    ExecutionQueue,
)
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.executions.records import RecordService


@dataclass(frozen=True, slots=True)
class DeadLetterService:
    """Lists and redrives dead letters; ``invoke`` sends an event to the dispatcher."""

    letters: DeadLetters
    records: RecordService
    triggers: TriggerRepository
    queue: ExecutionQueue
    invoke: Callable[[Document], object]
    clock: Clock

    def list(self) -> Iterator[tuple[DeadLetter, ExecutionRecord | None]]:
        """Yield up to ``limits.DEAD_LETTERS`` letters, each with the record of its execution.

        Raises:
            StoreUnavailableError: the store or the queue does not answer.
        """
        for letter in self.letters.list(DEAD_LETTERS):
            yield letter, self._record(letter)

    def redrive(self, letter: DeadLetter) -> Redrive:
        """Queue the execution or the event of a letter again, and delete the letter.

        The letter is deleted last, so an operator can repeat a command that was cut off.

        Raises:
            StoreUnavailableError: the store or the queue does not answer.
        """
        if isinstance(letter.message, QueuedExecution):
            return self._redrive_execution(letter, letter.message)
        if letter.message is not None:
            self._send(letter.message)
        elif letter.event is not None:
            if not self._is_wanted(letter.event):
                return Redrive.UNWANTED
            self.invoke(letter.event)
        else:
            return Redrive.IMPOSSIBLE
        self.letters.remove(letter)
        return Redrive.REDRIVEN

    def _redrive_execution(self, letter: DeadLetter, message: QueuedExecution) -> Redrive:
        record = self._record(letter)
        if record is None:
            return Redrive.EXPIRED
        if record.status is Status.SUCCEEDED:
            self.letters.remove(letter)
            return Redrive.NEEDLESS
        # The record first: the dispatcher sends a message to the dead letters at once if its record
        # still says "failed", and the record would then wait for a message that is gone. If this
        # process dies here, the letter is still there, and a second redrive leaves the record.
        if record.status is Status.FAILED:
            try:
                self.records.update(record.redriven())
            except RevisionConflictError:
                return Redrive.BUSY
        self._send(message)
        self.letters.remove(letter)
        return Redrive.REDRIVEN

    def _is_wanted(self, event: Document) -> bool:
        """Return whether the dispatcher would accept an event that names its trigger."""
        match event:
            case {
                "account_id": str(account_id),
                "function_id": str(function_id),
                "trigger_id": str(trigger_id),
            } if all(map(is_id, (account_id, function_id, trigger_id))):
                try:
                    return self.triggers.get(account_id, function_id, trigger_id).enabled
                except TriggerNotFoundError:
                    return False
        return True

    def _send(self, message: QueuedMessage) -> None:
        # It has been queued since now: how long it may wait counts from here.
        self.queue.send(replace(message, sent_at_ms=self.clock.now_ms()))

    def _record(self, letter: DeadLetter) -> ExecutionRecord | None:
        message = letter.message
        if not isinstance(message, QueuedExecution):
            return None
        return self.records.find(message.account_id, message.function_id, message.execution_id)
