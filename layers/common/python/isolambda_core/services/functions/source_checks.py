"""Compile the source of a function in the executor when a client writes it."""

from dataclasses import dataclass

from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.source_checks import (
    SourceReport,
    compile_request,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.ports.executions import Executor


@dataclass(frozen=True, slots=True)
class SourceCheckService:
    """Asks an executor that answers soon, so that a write does not wait long."""

    executor: Executor

    def check(self, function: Function, request_id: str = "") -> SourceReport:
        """Return the findings about a function's source.

        Of an executor that is busy or not available nothing is known: whether it is must not decide
        what can be written.
        """
        try:
            result = self.executor.execute(compile_request(function, request_id))
        except (ExecutorBusyError, ExecutorUnavailableError):
            return SourceReport()
        return SourceReport.of(result)
