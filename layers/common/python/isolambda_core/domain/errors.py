"""The errors of the platform. Each dialect renders them by one table.

IsolambdaError
├── InvalidDocumentError        the document breaks its schema or a limit
├── PayloadTooLargeError        the input of an execution is over its limit
├── ContextTooLargeError        ``meta`` and ``tokens`` of an execution are over their limit
├── TooManyRequestsError        the token bucket of the caller is empty
├── UnauthorizedError           no API key or token, or an invalid one
│   └── WebhookRefusedError     a delivery to a webhook is not signed as it must be
├── ForbiddenError              the key is valid, but not for this
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
│   └── RevisionConflictError   another request wrote first
├── PreconditionFailedError     the revision is not the one that the caller named
├── IdempotencyKeyReusedError   the idempotency key stands for another request
├── ListTooLongError            a list that was asked for in one piece is over its limit
├── FunctionDisabledError       the document says ``enabled: false``
│   └── CallRefusedError        … and has no callflow to answer a call with
├── TriggerDisabledError        the trigger's document says ``enabled: false``
├── CallFailedError             the function has no callflow to answer a call with
├── CallbackFailedError         the receiver of a callback was not reached, or refused it
├── ExecutorBusyError           no worker came free in time
├── ExecutorUnavailableError    the executor was not reached, or its answer was invalid
│   └── UnconfinedError         the kernel does not confine user code
├── SourcesUnavailableError     the event sources were not reached
└── StoreUnavailableError       the store did not answer
"""

from collections.abc import Sequence
from dataclasses import dataclass

from isolambda_core.domain.json_text import JsonValue, dump


class IsolambdaError(Exception):
    """The base of all errors that the platform raises on purpose."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a document breaks.

    ``rule`` is a keyword of JSON Schema (``required``, ``type``, ``maxLength`` …); ``target`` is
    its value in the schema, and ``value`` the client's (for ``required`` the property's name).
    ``message`` is the text of the rule ``error``, which JSON Schema lacks; ``place`` is the line
    and the column of the fault, if the value is a source.
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
    """No resource has this name; ``identifier`` is the name."""

    kind = "resource"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"no {self.kind} {identifier!r}")
        self.identifier = identifier


class ConflictError(IsolambdaError):
    """The state of the store forbids this write."""


class RevisionConflictError(ConflictError):
    """The document is not at the revision that this write read."""

    def __init__(self) -> None:
        super().__init__("somebody else wrote first; try again")


class PreconditionFailedError(IsolambdaError):
    """The caller named another revision than the stored one; nothing was written."""

    def __init__(self) -> None:
        super().__init__("the revision is another")


class ListTooLongError(IsolambdaError):
    """A list without pages is longer than an answer may be."""

    def __init__(self) -> None:
        super().__init__("the list is too long for one answer; ask for pages")


class StoreUnavailableError(IsolambdaError):
    """The store did not answer, or refused for a reason of its own."""

    def __init__(self) -> None:
        super().__init__("the store is not available")
