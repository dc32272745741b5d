"""Fakes of the ports: they record what is asked of them, and answer as a test scripts it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from tests.support.samples import OK


@dataclass
class ScriptedExecutor:
    """Notes each request, and ends one after the other as the script says, the last for good."""

    script: list[ExecutionResult | BaseException] = field(default_factory=lambda: [OK])
    requests: list[ExecutionRequest] = field(default_factory=list)

    confined: bool | None = None

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        self.requests.append(request)
        ending = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(ending, BaseException):
            raise ending
        return replace(ending, execution_id=request.execution_id)

    def ends(self, *endings: ExecutionResult | BaseException) -> None:
        self.script = list(endings)

    def returns(self, result: str | None) -> None:
        self.ends(ExecutionResult("", Outcome.OK, result))


@dataclass(frozen=True)
class Posted:
    """A callback that was sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class NotingCallbacks:
    """Notes what is sent, and takes or refuses it as the script says, the last for good."""

    script: list[Exception | None] = field(default_factory=lambda: [None])
    posted: list[Posted] = field(default_factory=list)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.posted.append(Posted(url, headers, body))
        refusal = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if refusal is not None:
            raise refusal
