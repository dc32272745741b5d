"""What code of a language model costs, and a tool that it calls, beside a ``MiniRacer()``."""

import asyncio
import json
from collections.abc import Callable, Iterator
from time import perf_counter, sleep
from typing import Any, Final

import uvloop

from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.limits import TOOL_CALLS
from tests.bench.figures import Row, alternate, compared, duration, measured, p50
from tests.bench.installation import installed
from tests.bench.plain import PlainLibrary

_Execute = Callable[[str], ExecutionResult]

_EXECUTE: Final = 1.5
_CALL: Final = 0.25
"""The highest ratios to making a ``MiniRacer()``: 3 ms, and 0.5 for a call, where that takes 2."""
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


def rows(plain: PlainLibrary) -> Iterator[Row]:
    """Measure each in turn with making a ``MiniRacer()``, and return the rows."""
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

        def trivial(pause_s: float) -> float:
            sleep(pause_s)
            began = perf_counter()
            execute(_TRIVIAL)
            return perf_counter() - began

        def nested() -> float:
            return float(json.loads(execute(_NESTED).result or b"0")) / 1e3 / _CALLS

        for _ in range(5):
            trivial(_PAUSE_S), nested()
        code, calls, library = alternate(
            10,
            lambda: [trivial(_PAUSE_S) for _ in range(5)],
            lambda: [nested() for _ in range(2)],
            lambda: plain.make(4, rest_s=_PAUSE_S),
        )
        beside = ("MiniRacer()", library)
        yield compared("execute in code mode, trivial code", code, *beside, bound=_EXECUTE)
        # Each has an isolate of its own, and here makes it.
        straight = [trivial(0) for _ in range(50)]
        yield measured("one straight after another", duration(p50(straight)))
        yield compared("a tool that code calls", calls, *beside, bound=_CALL)
