"""Errors of executions.

IsolambdaError
├── PayloadTooLargeError        the input of an execution is over its limit
├── ContextTooLargeError        ``meta`` and ``tokens`` of an execution are over their limit
├── NotFoundError
│   ├── ExecutionNotFoundError  no record of such an execution
│   └── ApprovalNotFoundError   no call of a tool waits for such an approval, or has it
├── ConflictError
│   ├── ExecutionInProgressError another request has this idempotency key, and is not done
│   ├── TaskEndedError          the task to be cancelled has ended
│   ├── ReceiptUnavailableError an execution has no receipt, or none yet
│   └── ApprovalUsedError       the call was executed, so that nothing is left to decide
├── ReceiptRefusedError         a receipt is none, or not of the installation
├── TooManyFollowersError       a tenant has as many requests that wait for logs as it may
├── InvalidDocumentError
│   ├── InputNotAcceptedError   the input does not fit the schema of the function
│   └── UnknownCursorError      logs cannot be followed from there
├── IdempotencyKeyReusedError   the idempotency key stands for another request
├── LoopDetectedError           functions fetch each other, or themselves, without end
├── CallFailedError             the function has no callflow to answer a call with
├── CallbackFailedError         the receiver of a callback was not reached, or refused it
├── ExecutorBusyError           no worker came free in time
│   ├── TooManyExecutionsError  a tenant has its share of the workers already
│   └── BudgetExhaustedError    an account has used all of a budget
└── ExecutorUnavailableError    the executor was not reached, or its answer was invalid
    └── UnconfinedError         the kernel does not confine user code
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from isolambda_core.domain.errors import (
    ConflictError,
    InvalidDocumentError,
    IsolambdaError,
    NotFoundError,
    Violation,
)
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.json_text import JsonValue

if TYPE_CHECKING:
    from isolambda_core.domain.schemas.contract import Fault


class PayloadTooLargeError(IsolambdaError):
    """The input of an execution is over its limit; both numbers are bytes."""

    def __init__(self, limit: int, used: int) -> None:
        super().__init__(f"the input is {used} bytes long; the limit is {limit}")
        self.limit = limit
        self.used = used


class InputNotAcceptedError(InvalidDocumentError):
    """The input does not fit the ``input_schema`` of the function; ``fault`` says where."""

    def __init__(self, fault: "Fault") -> None:
        super().__init__([Violation(fault.keys, fault.keyword, None, None, fault.message)])
        self.args = (f"the input does not fit its schema: {fault.text}",)
        self.fault = fault


class ContextTooLargeError(IsolambdaError):
    """``meta`` and ``tokens`` of an execution are over their limit; both numbers are bytes."""

    def __init__(self, limit: int, used: int) -> None:
        super().__init__(f"meta and tokens are {used} bytes long; the limit is {limit}")
        self.limit = limit
        self.used = used


class ExecutionNotFoundError(NotFoundError):
    """The function never had a record of this execution, or its record has expired."""

    kind = "execution"


class ApprovalNotFoundError(NotFoundError):
    """The account has no approval with this id, or it has expired."""

    kind = "approval"


class ApprovalUsedError(ConflictError):
    """The call that was approved was executed already."""

    def __init__(self) -> None:
        super().__init__("the call was executed already")


class TaskEndedError(ConflictError):
    """The task to be cancelled has ended."""

    def __init__(self) -> None:
        super().__init__("the task has ended")


class ReceiptUnavailableError(ConflictError):
    """An execution has no receipt, or none yet; ``str(error)`` says why."""


class ReceiptRefusedError(IsolambdaError):
    """A receipt is none, or not of the installation; ``str(error)`` says what is wrong."""


class ExecutionInProgressError(ConflictError):
    """Another request with this idempotency key is in progress; try again for its answer.

    ``limit`` is how many requests of a tenant may wait for a key, where as many do so already.
    """

    def __init__(self, limit: int | None = None) -> None:
        cause = (
            "" if limit is None else f", and {limit} requests wait for a key, which is the limit"
        )
        super().__init__(f"a request with this idempotency key is in progress{cause}; try again")


class TooManyFollowersError(IsolambdaError):
    """As many requests of the tenant wait for logs as may; ``limit`` is how many."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} requests wait for logs, which is the limit; ask without wait_s")
        self.limit = limit


class UnknownCursorError(InvalidDocumentError):
    """The cursor is none, or ahead of all that the store has, as after another was put in place."""

    def __init__(self) -> None:
        message = "is no cursor of these logs; begin without one"
        super().__init__([Violation(("after",), "error", None, None, message)])


class LoopDetectedError(IsolambdaError):
    """More fetches than ``limit`` led to the request, each by the function of the one before."""

    def __init__(self, limit: int, used: int) -> None:
        super().__init__(f"{used} fetches of functions led to this request; the limit is {limit}")
        self.limit = limit
        self.used = used


class IdempotencyKeyReusedError(IsolambdaError):
    """The idempotency key was used for another request within ``limits.IDEMPOTENCY_S``."""

    def __init__(self) -> None:
        super().__init__("the idempotency key was used for another request")


class CallFailedError(IsolambdaError):
    """The function failed, and its document has no fallback; ``result`` is the failed execution."""

    def __init__(self, result: ExecutionResult) -> None:
        super().__init__(f"the call was not answered: {result.outcome}")
        self.result = result


class CallbackFailedError(IsolambdaError):
    """The receiver refused a callback; ``str(error)`` says why, without text of the response."""


class ExecutorBusyError(IsolambdaError):
    """No worker came free in time; the execution was not started."""

    def __init__(self, message: str = "every worker is busy; try again") -> None:
        super().__init__(message)


class TooManyExecutionsError(ExecutorBusyError):
    """A tenant has as many executions at a time as it may; the execution was not started."""

    def __init__(self, limit: int, used: int) -> None:
        super().__init__(f"the limit of executions at a time is {limit}; {used} are under way")
        self.limit = limit
        self.used = used


class BudgetExhaustedError(ExecutorBusyError):
    """An account, or one above it, has used all of a budget; the execution was not started.

    ``value`` and ``used`` are in the unit of ``budget``. ``ends_at`` is when the ``period`` ends,
    as RFC 3339 writes it; the budget of what is stored has none.
    """

    def __init__(
        self,
        budget: str,
        period: str,
        value: float,
        used: float,
        ends_at: str | None,
        retry_after_s: int,
    ) -> None:
        until = "" if ends_at is None else f"; the {period} ends at {ends_at}"
        super().__init__(
            f"the budget is {value:.15g} {budget} ({period}), and {used:.15g} are used{until}"
        )
        self.retry_after_s = retry_after_s
        self.fields: Mapping[str, JsonValue] = {
            "budget": budget,
            "period": period,
            "value": value,
            "used": used,
            "ends_at": ends_at,
        }


class ExecutorUnavailableError(IsolambdaError):
    """The executor was not reached, or its answer was invalid."""

    def __init__(self, message: str = "the executor is not available") -> None:
        super().__init__(message)


class UnconfinedError(ExecutorUnavailableError):
    """The kernel does not confine workers, so the executor executes nothing."""

    def __init__(self) -> None:
        super().__init__("the kernel confines no worker: it has no seccomp, or refuses the filter")
