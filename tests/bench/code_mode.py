"""What code of a language model costs: beside an execution, and beside what a tool costs itself."""

import asyncio
import json
from collections.abc import Callable, Iterator
from time import perf_counter, sleep
from typing import Any, Final

import uvloop

from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.limits import TOOL_CALLS
from tests.bench.figures import Row, Samples, duration, measured, p50
from tests.bench.installation import installed

_Execute = Callable[[str], ExecutionResult]

EXECUTE_S: Final = 0.003
CALL_S: Final = 0.0005
_TRIVIAL: Final = "return 1"
_PAUSE_S: Final = 0.05
"""A model takes longer to write its next code; the worker makes isolates meanwhile."""
_CALLS: Final = TOOL_CALLS // 2
_NESTED: Final = f"""
await tools.echo({{}});
const began = performance.now();
for (let n = 0; n < {_CALLS}; n++) await tools.echo({{ n }});
return performance.now() - began;
"""


def rows() -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    with (
        installed(on_loop=True) as installation,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        services = installation.services
        account, key = services.accounts.create_top("acme")
        caller = services.access.authenticate(key)
        document: dict[str, Any] = {"name": "echo", "function_js": "return call;"}
        document |= {"tool": {"description": "Returns its input."}, "record": "none"}
        services.functions.create(account.id, document)

        def execute(code: str) -> ExecutionResult:
            result = runner.run(services.code.execute(account, caller, code, ""))
            assert result.outcome is Outcome.OK, result.error
            return result

        yield from _trivial(execute)
        yield _nested(execute)


def _trivial(execute: _Execute) -> Iterator[Row]:
    def took(pause_s: float) -> float:
        sleep(pause_s)
        began = perf_counter()
        execute(_TRIVIAL)
        return perf_counter() - began

    samples = [took(_PAUSE_S) for _ in range(60)][10:]
    yield _row("execute in code mode, trivial code", samples, EXECUTE_S)
    # Each has an isolate of its own, and here makes it.
    samples = [took(0) for _ in range(60)][10:]
    yield measured("one straight after another", duration(p50(samples)))


def _nested(execute: _Execute) -> Row:
    def took() -> float:
        return float(json.loads(execute(_NESTED).result or b"0")) / 1e3 / _CALLS

    samples = [took() for _ in range(12)][2:]
    return _row("a tool that code calls", samples, CALL_S)


def _row(what: str, samples: Samples, bound_s: float) -> Row:
    bound = duration(bound_s)
    return measured(what, duration(p50(samples)), bound=bound, met=p50(samples) <= bound_s)
