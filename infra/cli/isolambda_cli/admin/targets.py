"""The port of the commands: an open installation, and its errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.domain.triggers.triggers import TriggerRef
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.accounts.accounts import AccountService
from isolambda_core.services.queue.dead_letters import DeadLetterService

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from isolambda_core.ports.executions import Executor
    from isolambda_core.ports.store import Store
    from isolambda_core.services.audit.audit import AuditService
    from isolambda_core.services.key_values.key_values import KeyValueService
    from isolambda_core.services.secrets.secrets import SecretService

TAKEN = "taken"
"""The disposition of an item that a stack accepted; a stack reports no more of it."""


class NoInstallationError(IsolambdaError):
    """The directory or the stack holds no Isolambda; ``str(error)`` says what is missing."""


class AwsError(IsolambdaError):
    """AWS was not reached, or refused a request; ``str(error)`` says why."""


class ReplayFailedError(IsolambdaError):
    """The dispatcher did not accept an event; ``str(error)`` says why."""


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """The result of one item of a batch, or of an event that is no batch.

    ``disposition`` is one of ``isolambda_dispatcher.batches.ItemResult``, or ``TAKEN``. ``record``
    is the record of the item's execution, or None when it is not known.
    """

    item: str
    disposition: str
    record: ExecutionRecord | None = None


class Target(Protocol):
    """An open installation."""

    @property
    def accounts(self) -> AccountService:
        """The service of its accounts and their keys."""
        ...

    @property
    def audit(self) -> "AuditService":
        """The service of what was changed in its accounts."""
        ...

    @property
    def secrets(self) -> "SecretService":
        """The service of the secrets of its accounts and functions."""
        ...

    @property
    def dead_letters(self) -> DeadLetterService:
        """The service of its dead letters."""
        ...

    @property
    def key_values(self) -> "KeyValueService":
        """The service of the values that its functions keep."""
        ...

    @property
    def triggers(self) -> TriggerRepository:
        """The repository of its triggers."""
        ...

    @property
    def store(self) -> "Store":
        """Its store."""
        ...

    def own_queue_arn(self, trigger_id: str) -> str:
        """Return the ARN of the queue that is made for a trigger without a source."""
        ...

    def schedule_reconcile(self, trigger: TriggerRef) -> None:
        """Queue a trigger, to be reconciled after a change that begins now."""
        ...

    def reconcile(self, trigger: TriggerRef) -> bool:
        """Bind or unbind a trigger as it is stored, and return whether its source answered.

        One that its source refuses is disabled, with the reason.
        """
        ...

    def executing(self) -> "AbstractContextManager[Executor]":
        """Return a context with an executor of it, or one of this machine."""
        ...

    def replay(self, event: Document) -> Sequence[ReplayResult]:
        """Send an event to the dispatcher, as AWS does, and return the result of each item.

        Raises:
            ReplayFailedError: the dispatcher does not know such events, or it failed.
        """
        ...


class RefusesRemoval:
    """Stands for the dependents of functions; no operator's command removes a function."""

    def announce_all(self, account_id: str, function_id: str) -> None:
        """Refuse; see :meth:`remove_all`."""
        raise NotImplementedError

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Refuse: no command removes what depends on a function."""
        raise NotImplementedError
