"""Execute functions and tests as a server does, in the confined executor, on a store in memory."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.executions.module_compilation import (
    compiled_in,
    may_be_modules,
    modules_request,
)
from isolambda_core.domain.functions.functions import LATEST, Function
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.json_text import JsonValue, dump, dump_utf8
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.key_values.key_values import KeyValueService
from isolambda_executor.supervisor import Supervisor
from isolambda_local.operations import LocalOperations, performing
from isolambda_local.sqlite import open_store

_ACCOUNT = "0" * 32
_ORIGIN: Document = {
    "meta": {},
    "tokens": {},
    "trigger": "kazoo",
    "trigger_id": None,
    "event_id": None,
}


@dataclass(frozen=True, slots=True)
class Isolates:
    """Executes one thing after another, in a worker process of its own."""

    supervisor: Supervisor
    operations: LocalOperations

    def function_of(self, function_id: str, document: Document) -> Function:
        """Return the function of a validated document, compiled.

        Raises:
            InvalidDocumentError: a module has a mistake, or imports what is not there.
        """
        function = Function(_ACCOUNT, function_id, document, 1, 0, 0)
        if not may_be_modules(function):
            return function
        result = self.supervisor.execute(modules_request(function, ""))
        compiled, violations = compiled_in(function, result)
        if violations:
            raise InvalidDocumentError(violations)
        return replace(function, compiled=compiled)

    @contextmanager
    def with_store(self) -> Iterator[None]:
        """Give what is executed within an empty key-value store."""
        with closing(open_store(None)) as store:
            self.operations.add_store(KeyValueService(store.key_values, SystemClock()))
            yield

    def execute(self, function: Function, call: JsonValue) -> ExecutionResult:
        """Execute a function with an input, within the limits of its document."""
        return self.supervisor.execute(_request(function, call))


@contextmanager
def open_isolates() -> Iterator[Isolates]:
    """Start a worker process, which ends with the context.

    Raises:
        ExecutorUnavailableError: it does not start.
        UnconfinedError: the kernel does not confine it.
    """
    with (
        performing(1, None, private_fetch=False) as operations,
        Supervisor(1, operations=operations.broker) as supervisor,
    ):
        yield Isolates(supervisor, operations)


def _request(function: Function, call: JsonValue) -> ExecutionRequest:
    resolved = Resolved(function, LATEST, LATEST, (function.net,) if function.net else ())
    execution_id = new_id()
    head = dump({"execution_id": execution_id, **_ORIGIN})[:-1]
    return replace(
        resolved.request,
        execution_id=execution_id,
        input=dump_utf8(call),
        context=f"{head},{resolved.context}}}",
    )


def is_ok(result: ExecutionResult) -> bool:
    """Return whether an execution returned."""
    return result.outcome is Outcome.OK
