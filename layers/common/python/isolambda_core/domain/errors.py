"""What can go wrong, in the platform's own words; each dialect has one table that renders these.

IsolambdaError
├── InvalidDocumentError        the document breaks its schema or a limit
├── PayloadTooLargeError        the input of an execution is over its limit
├── UnauthorizedError           no API key, or not one of ours
├── ForbiddenError              the key is good, but not for this
├── NotFoundError
│   ├── AccountNotFoundError
│   ├── ApiKeyNotFoundError
│   ├── FunctionNotFoundError
│   └── QualifierNotFoundError  no such version or alias
├── ConflictError
│   ├── AccountExistsError
│   ├── ApiKeyExistsError
│   ├── FunctionExistsError     the id is taken, also by a deleted function
│   └── RevisionConflictError   somebody else wrote first
├── FunctionDisabledError       the document says ``enabled: false``
├── ExecutorBusyError           no worker came free in time
├── ExecutorUnavailableError    the executor could not be reached, or answered nonsense
└── StoreUnavailableError       the store did not answer
"""

from collections.abc import Sequence
from dataclasses import dataclass

from isolambda_core.domain.json_text import JsonValue


class IsolambdaError(Exception):
    """Anything the platform raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that a document breaks.

    ``rule`` is the JSON schema's own word (``required``, ``type``, ``maxLength`` …); ``target`` is
    what the rule demands and ``value`` what was given (for ``required`` the name of the property).
    """

    path: tuple[str, ...]
    rule: str
    target: JsonValue
    value: JsonValue


class InvalidDocumentError(IsolambdaError):
    """The document breaks its schema or a limit; every problem is listed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            "; ".join(f"{'.'.join(problem.path)}: {problem.rule}" for problem in problems)
        )
        self.problems = tuple(problems)


class PayloadTooLargeError(IsolambdaError):
    """The input of an execution is over its limit; both numbers are bytes."""

    def __init__(self, limit: int, used: int) -> None:
        super().__init__(f"the input is {used} bytes long; the limit is {limit}")
        self.limit = limit
        self.used = used


class UnauthorizedError(IsolambdaError):
    """No API key was given, or not one of ours."""

    def __init__(self) -> None:
        super().__init__("invalid credentials")


class ForbiddenError(IsolambdaError):
    """The key is good, but belongs to another account."""

    def __init__(self) -> None:
        super().__init__("the key does not belong to this account")


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


class ConflictError(IsolambdaError):
    """The store holds something that this write did not expect."""


class AccountExistsError(ConflictError):
    """The account id is taken."""


class ApiKeyExistsError(ConflictError):
    """The API key is taken."""


class FunctionExistsError(ConflictError):
    """The function id is taken in this account, perhaps by a deleted function."""


class RevisionConflictError(ConflictError):
    """The function is no longer at the revision that this write started from."""


class FunctionDisabledError(IsolambdaError):
    """The function's document says ``enabled: false``."""

    def __init__(self, function_id: str) -> None:
        super().__init__(f"function {function_id!r} is disabled")


class ExecutorBusyError(IsolambdaError):
    """No worker came free in time; the execution was not started."""

    def __init__(self) -> None:
        super().__init__("every worker is busy; try again")


class ExecutorUnavailableError(IsolambdaError):
    """The executor could not be reached, or answered what it never should."""

    def __init__(self) -> None:
        super().__init__("the executor is not available")


class StoreUnavailableError(IsolambdaError):
    """The store did not answer, or refused for a reason of its own."""

    def __init__(self) -> None:
        super().__init__("the store is not available")
