"""The cases, and what holds of each of them wherever it runs.

A case is a folder with `function.js` and `case.json`. `case.json` holds `outcome`, and where they
matter `input`, `context`, `limits`, `isolation`, `features`, `result`, `error` and `exceeded` (the
keys that must agree) and `logs` (`[level, text]` pairs). With `compile_only` nothing is executed.
`kill_with` names a signal that ends the worker from outside while the function runs.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast

import pytest

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import WALL_TIME_MS_MAX, Limits
from tests.support.processes import (
    children,
    cpu_ticks,
)

WITHIN_MS = 200
"""How long after its wall time an execution is over, whatever its code does."""
_TRIES = 20
_TIME_ENOUGH = {"wall_time_ms": WALL_TIME_MS_MAX}
"""For cases that are not about time: a busy machine takes long over much memory."""

every_case = pytest.mark.parametrize(
    "case",
    sorted(path.parent for path in Path(__file__).parent.glob("*/*/case.json")),
    ids=lambda path: f"{path.parent.name}/{path.name}",
)


def read_case(case: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((case / "case.json").read_text(encoding="utf-8"))
    return expected


def request_of(case: Path, expected: dict[str, Any]) -> ExecutionRequest:
    return ExecutionRequest(
        execution_id=new_id(),
        account_id="a" * 32,
        function_id=new_id(),
        version="$LATEST",
        source=(case / "function.js").read_text(encoding="utf-8"),
        input=json.dumps(expected.get("input", {})).encode(),
        isolation=expected.get("isolation", "version"),
        features=tuple(expected.get("features", ())),
        context=json.dumps(expected.get("context", {})),
        limits=Limits(**{**_TIME_ENOUGH, **expected.get("limits", {})}),
        compile_only=expected.get("compile_only", False),
    )


def request_of_another_account() -> ExecutionRequest:
    limits = Limits(**_TIME_ENOUGH)
    source = "return call.n + 1;"
    return ExecutionRequest(new_id(), "b" * 32, new_id(), "1", source, b'{"n": 1}', limits=limits)


def in_time(
    execute: Callable[[ExecutionRequest], ExecutionResult],
    request: ExecutionRequest,
    transport_ms: Callable[[], float] = lambda: 0.0,
) -> ExecutionResult:
    """Execute a request, and return its result if that came within its time.

    What the way there and back may take is read again for each try.
    If not, another process may have held it up: then it is tried again, as another function. What
    is late by itself is late each time.
    """
    late = []
    for _ in range(_TRIES):
        may_be_late_ms = WITHIN_MS + transport_ms()
        began = time.monotonic()
        result = execute(request)
        late.append((time.monotonic() - began) * 1e3 - request.limits.wall_time_ms)
        if late[-1] < may_be_late_ms:
            return result
        # What the worker does after its reply is not the next try's time.
        assert_healthy(execute(request_of_another_account()))
        request = replace(request, execution_id=new_id(), function_id=new_id())
    raise AssertionError(f"milliseconds after its wall time, each time: {late}")


def assert_ends_as(result: ExecutionResult, expected: dict[str, Any]) -> None:
    assert result.outcome == expected["outcome"], result
    if "result" in expected:
        assert json.loads(cast("bytes", result.result)) == expected["result"]
    elif result.outcome is not Outcome.OK or "compile_only" in expected:
        assert result.result is None
    if "error" in expected:
        assert result.error is not None
        assert {key: getattr(result.error, key) for key in expected["error"]} == expected["error"]
    if "exceeded" in expected:
        assert result.error is not None
        exceeded = result.error.exceeded
        assert {key: getattr(exceeded, key) for key in expected["exceeded"]} == expected["exceeded"]
    if "logs" in expected:
        assert [[line.level, line.text] for line in result.logs] == expected["logs"]


def assert_healthy(result: ExecutionResult) -> None:
    assert (result.outcome, result.result) == (Outcome.OK, b"2"), result


# More than a worker that starts up takes, which may be going on: that one is not at work.
AT_WORK_TICKS = 50


@contextmanager
def killed_at_work(signal_name: str | None, supervisor: int) -> Iterator[None]:
    """End whichever worker of the process ``supervisor`` comes to work, while the block runs."""
    if signal_name is None:
        yield
        return
    before = {pid: cpu_ticks(pid) for pid in children(supervisor)}
    over = Event()

    def kill() -> None:
        while not over.wait(0.01):
            for pid in children(supervisor):
                if cpu_ticks(pid) > before.get(pid, 0) + AT_WORK_TICKS:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.Signals[signal_name])
                    return

    killer = Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()
