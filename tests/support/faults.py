"""What can happen between two steps of a service."""

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from typing_extensions import override

from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult
from isolambda_core.ports.executions import Executor
from isolambda_local.sqlite import SqliteStore

_Target = TypeVar("_Target")


class KilledError(BaseException):
    """The process is gone: no code catches this."""


@dataclass
class Fault:
    """Raises ``error`` at one step, counted from 0: before it is done, or after it (``late``).

    ``steps`` notes all that were begun, by what was called.
    """

    error: type[BaseException] | None = None
    at: int = 0
    late: bool = False
    steps: list[str] = field(default_factory=list)

    def on(self, name: str, target: _Target) -> _Target:
        """Return what does all that ``target`` does, as one of the steps."""
        return cast("_Target", _Faulty(name, target, self))

    def on_executor(self, executor: Executor) -> Executor:
        """Return what executes as ``executor``, as one of the steps."""
        return _FaultyExecutor(self.on("executor", executor))

    def on_store(self, store: SqliteStore) -> SqliteStore:
        """Return a store whose repositories of executions have the fault."""
        return replace(
            store,
            accounts=self.on("accounts", store.accounts),
            functions=self.on("functions", store.functions),
            records=self.on("records", store.records),
            idempotency_records=self.on("claims", store.idempotency_records),
            queue=self.on("queue", store.queue),
        )

    def step(self, name: str, do: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Do a step, and let happen what happens."""
        error = self.error if self.error is not None and len(self.steps) == self.at else None
        self.steps.append(name)
        if error is not None and not self.late:
            raise error
        done = do(*arguments, **named)
        if error is not None:
            raise error
        return done


@dataclass
class _FaultyExecutor(Executor):
    faulty: Executor
    confinement: None = None

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        return self.faulty.execute(request)


@dataclass
class _Faulty:
    name: str
    target: Any
    fault: Fault

    def __getattr__(self, method: str) -> Any:
        do = getattr(self.target, method)
        name = f"{self.name}.{method}"
        return lambda *arguments, **named: self.fault.step(name, do, arguments, named)
