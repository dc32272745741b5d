"""Answer calls: execute a function that decides how a call goes on.

K: applications/callflow/src/module/cf_function.erl, applications/pivot/doc/kazoo/README.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from isolambda_core.domain.callflows import callflow_problems
from isolambda_core.domain.errors import (
    CallFailedError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    FunctionDisabledError,
    Problem,
)
from isolambda_core.domain.execution import ExecutionError, Origin, Outcome
from isolambda_core.domain.functions import LATEST, Function
from isolambda_core.domain.json_text import InvalidJsonError, dump, parse
from isolambda_core.domain.limits import CALL_WALL_TIME_MS
from isolambda_core.services.execution import Execution, ExecutionService
from isolambda_core.services.failures import FailureService

_KAZOO = Origin("kazoo")
_PIVOT = Origin("pivot")
_PROBLEMS_TOLD = 10
_PROBLEM_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """How a call goes on: a callflow, as JSON text.

    ``execution`` is None where nothing was executed. With ``fell_back`` the callflow is the
    ``fallback`` of the function's document, and not what the function returned.
    """

    callflow: str
    execution: Execution | None
    fell_back: bool


@dataclass(frozen=True, slots=True)
class CallService:
    """Executes functions, and minds what becomes of calls.

    A call does not wait: ``hurried`` has an executor that gives up after
    ``limits.CALL_PATIENCE_S``.
    """

    executions: ExecutionService
    hurried: ExecutionService
    failures: FailureService

    def execute(
        self,
        account_id: str,
        function_id: str,
        payload: str,
        qualifier: str,
        affinity: str | None = None,
        *,
        as_callflow: bool,
    ) -> Execution:
        """Execute a function, and note it if it failed; see ``ExecutionService.execute``.

        With ``as_callflow`` a result that is no callflow is an ``invalid_result``.
        """
        execution = self.executions.execute(
            account_id, function_id, payload, qualifier, affinity, origin=_KAZOO
        )
        if as_callflow:
            execution = _demanding_a_callflow(execution)
        self._note(execution)
        return execution

    def answer(
        self,
        account_id: str,
        function_id: str,
        payload: str,
        qualifier: str = LATEST,
        affinity: str | None = None,
    ) -> CallAnswer:
        """Return how a call goes on, of which ``payload`` (JSON text) tells.

        The function is read once, and what the qualifier stands for decides. When it fails, is
        disabled or cannot be executed now, the ``fallback`` of the draft decides.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
            PayloadTooLargeError: the payload is over ``limits.PAYLOAD_BYTES``.
            CallFailedError: it failed, and has no fallback.
            FunctionDisabledError: the document says so, and has no fallback.
            ExecutorBusyError: no worker came free in time, and there is no fallback.
            ExecutorUnavailableError: the executor did not answer, and there is no fallback.
        """
        resolved = self.hurried.resolve(account_id, function_id, qualifier, affinity)
        function = resolved.function
        try:
            execution = self.hurried.run(resolved, payload, CALL_WALL_TIME_MS, origin=_PIVOT)
        except (FunctionDisabledError, ExecutorBusyError, ExecutorUnavailableError):
            if function.fallback is None:
                raise
            return _fallback(function)
        execution = _demanding_a_callflow(execution)
        self._note(execution)
        result = execution.result
        if result.outcome is Outcome.OK and result.result is not None:
            return CallAnswer(result.result, execution, fell_back=False)
        if function.fallback is None:
            raise CallFailedError(result)
        return _fallback(function, execution)

    def _note(self, execution: Execution) -> None:
        self.failures.note(execution.function, execution.version, execution.result)


def _fallback(function: Function, execution: Execution | None = None) -> CallAnswer:
    return CallAnswer(dump(function.fallback), execution, fell_back=True)


def _demanding_a_callflow(execution: Execution) -> Execution:
    result = execution.result
    if result.outcome is not Outcome.OK:
        return execution
    problems = list(islice(_problems(result.result, execution.function.id), _PROBLEMS_TOLD))
    if not problems:
        return execution
    error = ExecutionError("InvalidCallflow", "; ".join(problems))
    invalid = replace(result, outcome=Outcome.INVALID_RESULT, result=None, error=error)
    return replace(execution, result=invalid)


def _problems(text: str | None, function_id: str) -> Iterator[str]:
    if text is None:
        yield "the function returned nothing"
        return
    try:
        callflow = parse(text)
    except InvalidJsonError as error:
        yield f"the result cannot be read: {error}"
        return
    yield from map(_told, callflow_problems(callflow, function_id))


def _told(problem: Problem) -> str:
    where = ".".join(problem.path) or "the result"
    rule = problem.message or f"{problem.rule} {problem.target or ''}".rstrip()
    # The keys of the path are the function's own, and as long as it likes.
    return f"{where[:_PROBLEM_CHARACTERS]}: {rule}"
