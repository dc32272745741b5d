"""Compile the source of a function in the executor when a client writes it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.executions.module_compilation import (
    compiled_in,
    may_be_modules,
    modules_request,
)
from isolambda_core.domain.executions.source_checks import (
    SourceReport,
    compile_request,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.ports.executions import Executor


@dataclass(frozen=True, slots=True)
class SourceCheckService:
    """Asks an executor that answers soon, so that a write does not wait long.

    ``patient`` is another, for modules and strict writes, which are refused without it;
    ``tenant_of`` finds the tenant of an account.
    """

    executor: Executor
    patient: Executor
    tenant_of: Callable[[str], str]

    def check(self, function: Function, request_id: str = "") -> SourceReport:
        """Return the findings about a function's source; modules were compiled before.

        Of an executor that is busy or not available nothing is known: whether it is must not decide
        what can be written.
        """
        if function.compiled is not None:
            return SourceReport()
        try:
            return self._report(self.executor, function, request_id)
        except (ExecutorBusyError, ExecutorUnavailableError):
            return SourceReport()

    def check_patiently(self, function: Function, request_id: str = "") -> SourceReport:
        """Return the findings about a source that is no module.

        Raises:
            ExecutorBusyError: no executor was free in time.
            ExecutorUnavailableError: the executor was not reached.
        """
        return self._report(self.patient, function, request_id)

    def _report(self, executor: Executor, function: Function, request_id: str) -> SourceReport:
        tenant = self.tenant_of(function.account_id)
        result = executor.execute(compile_request(function, tenant, request_id))
        if result.outcome is Outcome.INTERNAL_ERROR:  # no fault of the client's
            raise ExecutorUnavailableError
        return SourceReport.of(result)

    def of_write(self, request_id: str = "", *, is_strict: bool = False) -> "WriteCheck":
        """Return the check of one write."""
        return WriteCheck(self, request_id, is_strict)

    def compiled(
        self, function: Function, request_id: str = ""
    ) -> tuple[Function, SourceReport | None]:
        """Return the function with what an executor compiles its modules to, if it has any.

        Return also the findings about a source that the executor had to compile to know that it is
        no module.

        Raises:
            InvalidDocumentError: a module has a mistake, or imports what the function has not.
            ExecutorBusyError: no executor was free in time.
            ExecutorUnavailableError: the executor was not reached.
        """
        if not may_be_modules(function):
            return function, None
        tenant = self.tenant_of(function.account_id)
        result = self.patient.execute(modules_request(function, tenant, request_id))
        if result.outcome is Outcome.INTERNAL_ERROR:  # no fault of the client's
            raise ExecutorUnavailableError
        compiled, violations = compiled_in(function, result)
        if violations:
            raise InvalidDocumentError(violations)
        if compiled is None:
            return function, SourceReport.of(result)
        return replace(function, compiled=compiled), None


@dataclass(slots=True)
class WriteCheck:
    """Compiles the source of a function that is written, once, and says what is to say of it.

    With ``is_strict`` a source that does not compile is refused, also if it has no modules.
    """

    checks: SourceCheckService
    request_id: str
    is_strict: bool = False
    _report: SourceReport | None = None

    def compiled(self, function: Function) -> Function:
        """Return the function as it is to be saved.

        Raises:
            DomainError: as :meth:`SourceCheckService.compiled`.
        """
        function, self._report = self.checks.compiled(function, self.request_id)
        if self.is_strict and function.compiled is None:
            if self._report is None:
                self._report = self.checks.check_patiently(function, self.request_id)
            if self._report.violation is not None:
                raise InvalidDocumentError([self._report.violation])
        return function

    def report(self, function: Function) -> SourceReport:
        """Return the findings about the source of a function that was saved."""
        if self._report is not None:
            return self._report
        return self.checks.check(function, self.request_id)
