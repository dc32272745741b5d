"""Fakes of the ports: they record what is asked of them, and answer as a test scripts it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from typing_extensions import override

from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.ports.executions import Executor
from tests.support.samples import OK


@dataclass
class ScriptedExecutor(Executor):
    """Records each request, and ends it as the script says; the last ending is for all further."""

    script: list[ExecutionResult | BaseException] = field(default_factory=lambda: [OK])
    requests: list[ExecutionRequest] = field(default_factory=list)

    confinement: None = None

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        self.requests.append(request)
        ending = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(ending, BaseException):
            raise ending
        return replace(ending, execution_id=request.execution_id)

    @property
    def inputs(self) -> list[Any]:
        """The input of each request, in order."""
        return [json.loads(request.input) for request in self.requests]

    def ends(self, *endings: ExecutionResult | BaseException) -> None:
        self.script = list(endings)

    def returns(self, result: bytes | None) -> None:
        self.ends(ExecutionResult("", Outcome.OK, result))


@dataclass
class EchoingExecutor(ScriptedExecutor):
    """Returns each input while it has no script; the compiler takes what is only to be compiled."""

    script: list[ExecutionResult | BaseException] = field(default_factory=list)
    compiler: ScriptedExecutor = field(default_factory=ScriptedExecutor)

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        if request.compile_only:
            return self.compiler.execute(request)
        if self.script:
            return super().execute(request)
        self.requests.append(request)
        return ExecutionResult(request.execution_id, Outcome.OK, request.input)


@dataclass
class CountingChanges:
    """The store in memory, which does not tell what changes: everything, each time it is asked."""

    number: int = 0

    def count(self) -> int:
        self.number += 1
        return self.number


@dataclass(frozen=True)
class InstantExecutor(Executor):
    """Answers at once: a source that ``results`` names with its result, any other with nothing."""

    results: Mapping[str, bytes] = field(default_factory=dict)

    confinement: None = None

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        result = self.results.get(request.source)
        return ExecutionResult(request.execution_id, Outcome.OK, result)


class UnusedExecutor(Executor):
    """Fails a test that executes anything."""

    confinement: None = None

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        raise NotImplementedError


@dataclass(frozen=True)
class Posted:
    """A callback that was sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class RecordingCallbacks:
    """Records what is posted, and takes or refuses it as the script says, at last always alike."""

    script: list[Exception | None] = field(default_factory=lambda: [None])
    posted: list[Posted] = field(default_factory=list)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.posted.append(Posted(url, headers, body))
        refusal = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if refusal is not None:
            raise refusal


class UnavailableSecret:
    """The secret of an installation whose store does not answer."""

    def read(self) -> bytes:
        raise StoreUnavailableError
