"""Every case ends as it says, in its time, and the next execution is healthy."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, cast

from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import Limits
from isolambda_executor.supervisor import Supervisor
from tests.processes import children, cpu_ticks

WITHIN_MS = 200


def request_of(folder: Path, case: dict[str, Any]) -> ExecutionRequest:
    return ExecutionRequest(
        execution_id=new_id(),
        account_id="a" * 32,
        function_id=new_id(),
        version="$LATEST",
        source=(folder / "function.js").read_text(encoding="utf-8"),
        input=json.dumps(case.get("input", {})),
        isolation=case.get("isolation", "version"),
        limits=Limits(**case.get("limits", {})),
    )


def assert_ends_as_told(result: ExecutionResult, case: dict[str, Any]) -> None:
    assert result.outcome == case["outcome"], result
    if "result" in case:
        assert json.loads(cast("str", result.result)) == case["result"]
    elif result.outcome is not Outcome.OK:
        assert result.result is None
    if "error" in case:
        assert result.error is not None
        assert {key: getattr(result.error, key) for key in case["error"]} == case["error"]
    if "exceeded" in case:
        assert result.error is not None
        told = result.error.exceeded
        assert {key: getattr(told, key) for key in case["exceeded"]} == case["exceeded"]
    if "logs" in case:
        assert [[line.level, line.text] for line in result.logs] == case["logs"]


@contextmanager
def killed_at_work(signal_name: str | None) -> Iterator[None]:
    """End whichever worker comes to work, by a signal, while the block runs."""
    if signal_name is None:
        yield
        return
    before = {pid: cpu_ticks(pid) for pid in children()}

    def kill() -> None:
        while True:
            for pid, ticks in before.items():
                if cpu_ticks(pid) > ticks + 5:
                    os.kill(pid, signal.Signals[signal_name])
                    return

    killer = Thread(target=kill)
    killer.start()
    yield
    killer.join()


def test_a_case_ends_as_it_says_and_the_next_execution_is_healthy(
    case: Path, supervisor: Supervisor
) -> None:
    told = json.loads((case / "case.json").read_text(encoding="utf-8"))
    request = request_of(case, told)

    began = time.monotonic()
    with killed_at_work(told.get("kill_with")):
        result = supervisor.execute(request)
    took_ms = (time.monotonic() - began) * 1e3

    assert_ends_as_told(result, told)
    assert took_ms < request.limits.wall_time_ms + WITHIN_MS
    healthy = supervisor.execute(
        ExecutionRequest(new_id(), "b" * 32, new_id(), "1", "return call.n + 1;", '{"n": 1}')
    )
    assert (healthy.outcome, healthy.result) == (Outcome.OK, "2")
