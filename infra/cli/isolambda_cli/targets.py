"""What an operator works on, wherever it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.accounts.accounts import AccountService
from isolambda_core.services.queue.dead_letters import DeadLetterService

TAKEN = "taken"
"""The disposition of what a stack took; a stack does not report what came of it."""


class NoInstallationError(IsolambdaError):
    """There is no Isolambda where the operator says that it is; ``str(error)`` says what is."""


class AwsError(IsolambdaError):
    """AWS could not be asked, or refused; ``str(error)`` says why."""


class ReplayFailedError(IsolambdaError):
    """An event was not taken as a whole; ``str(error)`` says why."""


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What came of one item of an event, or of all of it where it is no batch.

    ``disposition`` is as in ``isolambda_dispatcher.batches.ItemResult``, or ``TAKEN``. ``record``
    is that of its execution, where that is known.
    """

    item: str
    disposition: str
    record: ExecutionRecord | None = None


class Target(Protocol):
    """An installation that is open."""

    @property
    def accounts(self) -> AccountService:
        """Its accounts, and with them their keys."""
        ...

    @property
    def dead_letters(self) -> DeadLetterService:
        """What failed there for good."""
        ...

    @property
    def triggers(self) -> TriggerRepository:
        """The triggers of all functions."""
        ...

    def replay(self, event: Document) -> Sequence[ReplayResult]:
        """Hand an event to the dispatcher, as AWS does, and return what came of it.

        Raises:
            ReplayFailedError: it is no event that the dispatcher knows, or it could not be taken.
        """
        ...


class RefusesRemoval:
    """Stands for what belongs to functions, of which an operator's commands remove none."""

    def announce_all(self, account_id: str, function_id: str) -> None:
        """Refuse; see :meth:`remove_all`."""
        raise NotImplementedError

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Refuse: no command unbinds the triggers of a removed function."""
        raise NotImplementedError
