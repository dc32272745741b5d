"""What code of a language model costs: beside an execution, and beside what a tool costs itself."""

import json
from collections.abc import Iterator
from time import perf_counter, sleep
from typing import Any, Final

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import Caller
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.limits import TOOL_CALLS
from tests.bench.figures import Row, Samples, duration, measured, p50
from tests.bench.installation import installed

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
    with installed() as installation:
        services = installation.services
        account, key = services.accounts.create_top("acme")
        caller = services.access.authenticate(key)
        document: dict[str, Any] = {"name": "echo", "function_js": "return call;"}
        document |= {"tool": {"description": "Returns its input."}, "record": "none"}
        services.functions.create(account.id, document)
        yield from _trivial(services, account, caller)
        yield _nested(services, account, caller)


def _trivial(services: Services, account: Account, caller: Caller) -> Iterator[Row]:
    def took(pause_s: float) -> float:
        sleep(pause_s)
        began = perf_counter()
        _execute(services, account, caller, _TRIVIAL)
        return perf_counter() - began

    samples = [took(_PAUSE_S) for _ in range(60)][10:]
    yield _row("execute in code mode, trivial code", samples, EXECUTE_S)
    # Each has an isolate of its own, and here makes it.
    samples = [took(0) for _ in range(60)][10:]
    yield measured("one straight after another", duration(p50(samples)))


def _nested(services: Services, account: Account, caller: Caller) -> Row:
    def took() -> float:
        result = _execute(services, account, caller, _NESTED)
        return float(json.loads(result.result or b"0")) / 1e3 / _CALLS

    samples = [took() for _ in range(12)][2:]
    return _row("a tool that code calls", samples, CALL_S)


def _row(what: str, samples: Samples, bound_s: float) -> Row:
    bound = duration(bound_s)
    return measured(what, duration(p50(samples)), bound=bound, met=p50(samples) <= bound_s)


def _execute(services: Services, account: Account, caller: Caller, code: str) -> ExecutionResult:
    result = complete(services.code.execute(account, caller, code, ""))
    assert result.outcome is Outcome.OK, result.error
    return result
