"""What can go wrong, in the platform's own words; each dialect has one table that renders these.

IsolambdaError
├── InvalidDocumentError        the document breaks its schema or a limit
├── PayloadTooLargeError        the input of an execution is over its limit
├── ContextTooLargeError        what it is told besides is over its limit
├── TooManyRequestsError        the token bucket of the caller is empty
├── UnauthorizedError           no API key or token, or not one of ours
│   └── WebhookRefusedError     a delivery to a webhook is not signed as it must be
├── ForbiddenError              the key is good, but not for this
├── AccountDisabledError        the account's document says ``enabled: false``
├── NotFoundError
│   ├── AccountNotFoundError
│   ├── ApiKeyNotFoundError
│   ├── FunctionNotFoundError
│   ├── QualifierNotFoundError  no such version or alias
│   ├── ExecutionNotFoundError  no record of such an execution
│   └── TriggerNotFoundError
├── ConflictError
│   ├── AccountExistsError
│   ├── ApiKeyExistsError
│   ├── AccountHasChildrenError accounts under it must be deleted first
│   ├── FunctionExistsError     the id is taken, also by a deleted function
│   ├── VersionExistsError      the number was given already
│   ├── VersionInUseError       an alias points to it
│   ├── AliasExistsError        the function has one of this name
│   ├── SourceInUseError        another trigger listens to this queue, stream or topic
│   ├── TooManyTriggersError    the function has as many as it may have
│   ├── ExecutionInProgressError another request has this idempotency key, and is not done
│   └── RevisionConflictError   somebody else wrote first
├── PreconditionFailedError     the revision is not the one that the caller named
├── IdempotencyKeyReusedError   the idempotency key stands for another request
├── ListTooLongError            a list that was asked for in one piece is over its limit
├── FunctionDisabledError       the document says ``enabled: false``
│   └── CallRefusedError        … and has no callflow to answer a call with
├── TriggerDisabledError        the trigger's document says ``enabled: false``
├── CallFailedError             the function has no callflow to answer a call with
├── CallbackFailedError         who asked to be told of an execution's end could not be
├── ExecutorBusyError           no worker came free in time
├── ExecutorUnavailableError    the executor could not be reached, or answered nonsense
│   └── UnconfinedError         the kernel does not confine user code
├── SourcesUnavailableError     the event sources could not be reached
└── StoreUnavailableError       the store did not answer
"""

from collections.abc import Sequence
from dataclasses import dataclass

from isolambda_core.domain.json_text import JsonValue, dump


class IsolambdaError(Exception):
    """Anything the platform raises on purpose."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a document breaks.

    ``rule`` is the JSON schema's own word (``required``, ``type``, ``maxLength`` …); ``target`` is
    what the rule demands and ``value`` what was given (for ``required`` the name of the property).
    ``message`` is the text of the rule ``error``, which no schema knows; ``place`` is the line and
    the column that it is about, where the value has lines.
    """

    path: tuple[str, ...]
    rule: str
    target: JsonValue
    value: JsonValue
    message: str | None = None
    place: tuple[int, int] | None = None

    @property
    def demand(self) -> str:
        """The rule with its target, for a person to read."""
        return self.rule if self.target is None else f"{self.rule} {dump(self.target)}"


class InvalidDocumentError(IsolambdaError):
    """The document breaks its schema or a limit; every violation is listed."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(
            "; ".join(f"{'.'.join(violation.path)}: {violation.demand}" for violation in violations)
        )
        self.violations = tuple(violations)


class NotFoundError(IsolambdaError):
    """There is nothing by this name; ``identifier`` is the name that was asked for."""

    kind = "resource"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"no {self.kind} {identifier!r}")
        self.identifier = identifier


class ConflictError(IsolambdaError):
    """The store holds something that this write did not expect."""


class RevisionConflictError(ConflictError):
    """The document is no longer at the revision that this write started from."""

    def __init__(self) -> None:
        super().__init__("somebody else wrote first; try again")


class PreconditionFailedError(IsolambdaError):
    """The revision is not the one that the caller named; nothing was written."""

    def __init__(self) -> None:
        super().__init__("the revision is another")


class ListTooLongError(IsolambdaError):
    """A list that was asked for in one piece is longer than one answer may be."""

    def __init__(self) -> None:
        super().__init__("the list is too long for one answer; ask for pages")


class StoreUnavailableError(IsolambdaError):
    """The store did not answer, or refused for a reason of its own."""

    def __init__(self) -> None:
        super().__init__("the store is not available")
