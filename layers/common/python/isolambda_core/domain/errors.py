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

from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.json_text import JsonValue, dump


class IsolambdaError(Exception):
    """Anything the platform raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
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
    """The document breaks its schema or a limit; every problem is listed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            "; ".join(f"{'.'.join(problem.path)}: {problem.demand}" for problem in problems)
        )
        self.problems = tuple(problems)


class PayloadTooLargeError(IsolambdaError):
    """The input of an execution is over its limit; both numbers are bytes."""

    def __init__(self, limit: int, used: int) -> None:
        super().__init__(f"the input is {used} bytes long; the limit is {limit}")
        self.limit = limit
        self.used = used


class ContextTooLargeError(IsolambdaError):
    """``meta`` and ``tokens`` of an execution are over their limit; both numbers are bytes."""

    def __init__(self, limit: int, used: int) -> None:
        super().__init__(f"meta and tokens are {used} bytes long; the limit is {limit}")
        self.limit = limit
        self.used = used


class TooManyRequestsError(IsolambdaError):
    """The token bucket of the caller holds too little; it will do in ``retry_after_s`` seconds."""

    def __init__(self, remaining: int, retry_after_s: int) -> None:
        super().__init__(f"too many requests; try again in {retry_after_s} s")
        self.remaining = remaining
        self.retry_after_s = retry_after_s


class UnauthorizedError(IsolambdaError):
    """No API key or token was given, or not one of ours, or one that is no longer good."""

    def __init__(self, message: str = "invalid credentials") -> None:
        super().__init__(message)


class WebhookRefusedError(UnauthorizedError):
    """A delivery to a webhook is not genuine, or no longer; ``cause`` gives nothing of it away."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"the delivery is refused: {cause}")
        self.cause = cause


class ForbiddenError(IsolambdaError):
    """The key is good, but not for this; ``cause`` says why where that gives nothing away."""

    def __init__(self, cause: str | None = None) -> None:
        super().__init__(cause or "the key does not belong to this account")
        self.cause = cause


class AccountDisabledError(IsolambdaError):
    """The document of the account that would act, or execute, says ``enabled: false``."""

    def __init__(self, account_id: str) -> None:
        super().__init__(f"account {account_id!r} is disabled")


class NotFoundError(IsolambdaError):
    """There is nothing by this name; ``identifier`` is the name that was asked for."""

    kind = "resource"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"no {self.kind} {identifier!r}")
        self.identifier = identifier


class AccountNotFoundError(NotFoundError):
    """No account has this id."""

    kind = "account"


class ApiKeyNotFoundError(NotFoundError):
    """No API key has this SHA-256."""

    kind = "API key"


class FunctionNotFoundError(NotFoundError):
    """The account has no function with this id, or it was deleted."""

    kind = "function"


class QualifierNotFoundError(NotFoundError):
    """The function has no such version or alias."""

    kind = "version or alias"


class ExecutionNotFoundError(NotFoundError):
    """The function has no record of this execution, or none any more."""

    kind = "execution"


class TriggerNotFoundError(NotFoundError):
    """The function has no trigger with this id."""

    kind = "trigger"


class ConflictError(IsolambdaError):
    """The store holds something that this write did not expect."""


class AccountExistsError(ConflictError):
    """The account id is taken."""


class AccountHasChildrenError(ConflictError):
    """The account has accounts under it, which must be deleted first."""


class ApiKeyExistsError(ConflictError):
    """The API key is taken."""


class FunctionExistsError(ConflictError):
    """The function id is taken in this account, perhaps by a deleted function."""


class VersionExistsError(ConflictError):
    """The number was given already, perhaps to a version that is gone."""


class VersionInUseError(ConflictError):
    """An alias points to the version; ``alias`` is its name."""

    def __init__(self, alias: str) -> None:
        super().__init__(f"the alias {alias!r} points to the version")
        self.alias = alias


class AliasExistsError(ConflictError):
    """The function has an alias of this name."""


class SourceInUseError(ConflictError):
    """Another trigger listens to the queue, stream or topic; ``source`` is its ARN."""

    def __init__(self, source: str) -> None:
        super().__init__(f"another trigger listens to {source}")
        self.source = source


class TooManyTriggersError(ConflictError):
    """The function has ``limits.TRIGGERS`` triggers."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the function has {limit} triggers, and may have no more")
        self.limit = limit


class ExecutionInProgressError(ConflictError):
    """Another request with this idempotency key is being served; try again for its answer."""

    def __init__(self) -> None:
        super().__init__("a request with this idempotency key is in progress; try again")


class RevisionConflictError(ConflictError):
    """The document is no longer at the revision that this write started from."""

    def __init__(self) -> None:
        super().__init__("somebody else wrote first; try again")


class PreconditionFailedError(IsolambdaError):
    """The revision is not the one that the caller named; nothing was written."""

    def __init__(self) -> None:
        super().__init__("the revision is another")


class IdempotencyKeyReusedError(IsolambdaError):
    """The idempotency key was used for another request within ``limits.IDEMPOTENCY_S``."""

    def __init__(self) -> None:
        super().__init__("the idempotency key was used for another request")


class ListTooLongError(IsolambdaError):
    """A list that was asked for in one piece is longer than one answer may be."""

    def __init__(self) -> None:
        super().__init__("the list is too long for one answer; ask for pages")


class FunctionDisabledError(IsolambdaError):
    """The function's document says ``enabled: false``."""

    def __init__(self, function_id: str) -> None:
        super().__init__(f"function {function_id!r} is disabled")


class CallRefusedError(FunctionDisabledError):
    """A call came for a function that is disabled, and whose document has no fallback."""


class TriggerDisabledError(IsolambdaError):
    """The trigger's document says ``enabled: false``."""

    def __init__(self, trigger_id: str) -> None:
        super().__init__(f"trigger {trigger_id!r} is disabled")


class CallFailedError(IsolambdaError):
    """The function failed, and its document has no fallback; ``result`` is how it failed."""

    def __init__(self, result: ExecutionResult) -> None:
        super().__init__(f"the call was not answered: {result.outcome}")
        self.result = result


class CallbackFailedError(IsolambdaError):
    """A callback was not taken; ``str(error)`` says why, and repeats nothing of the answer."""


class ExecutorBusyError(IsolambdaError):
    """No worker came free in time; the execution was not started."""

    def __init__(self) -> None:
        super().__init__("every worker is busy; try again")


class ExecutorUnavailableError(IsolambdaError):
    """The executor could not be reached, or answered what it never should."""

    def __init__(self, message: str = "the executor is not available") -> None:
        super().__init__(message)


class UnconfinedError(ExecutorUnavailableError):
    """The kernel does not confine a worker, so nothing is executed."""

    def __init__(self) -> None:
        super().__init__("the kernel confines no worker: it has no seccomp, or refuses the filter")


class SourcesUnavailableError(IsolambdaError):
    """An event source could not be reached, or refused for a reason of its own."""

    def __init__(self) -> None:
        super().__init__("the event source is not available; try again")


class StoreUnavailableError(IsolambdaError):
    """The store did not answer, or refused for a reason of its own."""

    def __init__(self) -> None:
        super().__init__("the store is not available")
