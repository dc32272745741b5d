"""Compile the modules of a function in a worker, as it is saved, and execute what came of them."""

import json
from collections.abc import Mapping
from typing import Any

from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import Limits
from isolambda_executor.supervisor import Supervisor

Files = Mapping[str, str]
"""Texts by name, that of ``function_js`` first."""
MARK = "/*!*/"
"""Stands in front of the place of a mistake."""
_LIMITS = Limits(wall_time_ms=25_000, memory_mb=256)


def compile_files(
    supervisor: Supervisor, files: Files, limits: Limits = _LIMITS
) -> ExecutionResult:
    source = json.dumps(list(files.items()))
    return supervisor.execute(_request(source, limits=limits, compile_only=True))


def compiled(supervisor: Supervisor, files: Files) -> str:
    """Return what modules are compiled to."""
    result = compile_files(supervisor, files)
    assert result.outcome is Outcome.OK, result
    return json.dumps(json.loads(result.result or "{}")["compiled"])


def execute(
    supervisor: Supervisor, program: str, call: object = None, function_id: str = "f" * 32
) -> ExecutionResult:
    """Execute what :func:`compiled` returned."""
    call_json = json.dumps(call).encode()
    return supervisor.execute(
        _request(program, function_id=function_id, input=call_json, context='{"id":"c"}')
    )


def result_of(supervisor: Supervisor, files: Files, call: object = None) -> Any:
    result = execute(supervisor, compiled(supervisor, files), call, function_id=new_id())
    assert result.outcome is Outcome.OK, result.error
    return None if result.result is None else json.loads(result.result)


def marked(files: Files) -> tuple[str, int, int]:
    """Return the file, line and column of the place behind the mark."""
    ((name, text),) = [(name, text) for name, text in files.items() if MARK in text]
    before = text[: text.index(MARK) + len(MARK)]
    return name, before.count("\n") + 1, len(before) - before.rfind("\n")


def _request(source: str, **fields: Any) -> ExecutionRequest:
    return ExecutionRequest(
        **{
            "execution_id": new_id(),
            "account_id": "a" * 32,
            "function_id": "f" * 32,
            "version": "$LATEST",
            "source": source,
            "input": b"null",
            "limits": _LIMITS,
            "modules": True,
            **fields,
        }
    )
