"""Fakes of what the app stands on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from isolambda_core.domain.executions.errors import CallbackFailedError
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.queue.messages import Disposition

NOW = 1_710_253_474

Perform = Callable[[], Disposition]


class FixedClock:
    def now(self) -> int:
        return NOW

    def now_ms(self) -> int:
        return NOW * 1000


@dataclass
class ScriptedExecutor:
    """Records requests; echoes the input, or does what the script says.

    What is only to be compiled goes to another executor, which finds nothing wrong.
    """

    requests: list[ExecutionRequest] = field(default_factory=list)
    script: ExecutionResult | Exception | None = None
    compiler: "ScriptedExecutor | None" = None

    confined: bool | None = None

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        if request.compile_only and self.compiler is not None:
            return self.compiler.execute(request)
        self.requests.append(request)
        if isinstance(self.script, Exception):
            raise self.script
        if self.script is None:
            return ExecutionResult(request.execution_id, Outcome.OK, request.input)
        return replace(self.script, execution_id=request.execution_id)


@dataclass
class Mailbox:
    """Takes every callback, unless it has a reason to refuse."""

    taken: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    refusal: str | None = None

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        if self.refusal is not None:
            raise CallbackFailedError(self.refusal)
        self.taken.append((url, headers, body))
