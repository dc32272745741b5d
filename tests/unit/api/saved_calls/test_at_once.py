"""In Lambda, the saved calls of a request are executed at the same time."""

import asyncio
import io
import threading
from typing import Any

from anyio.from_thread import start_blocking_portal

from isolambda_core.adapters.aws.lambda_executor import LambdaExecutor
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.executions.wire import dump_result

TOGETHER = 4
REQUEST = ExecutionRequest("e" * 32, "a" * 32, "f" * 32, "1", "return 1", b"1")
RESULT = ExecutionResult("e" * 32, Outcome.OK, b"1")


class Client:
    """Answers once as many invocations are under way as are to be."""

    def __init__(self) -> None:
        self.all_there = threading.Barrier(TOGETHER, timeout=30)

    def invoke(self, **_: Any) -> dict[str, Any]:
        self.all_there.wait()
        return {"Payload": io.BytesIO(dump_result(RESULT))}


def test_an_executor_in_threads_invokes_several_times_at_once() -> None:
    client: Any = Client()
    executor = LambdaExecutor(client, "executor", in_threads=True)

    async def execute() -> list[ExecutionResult]:
        return await asyncio.gather(*(executor.execute_async(REQUEST) for _ in range(TOGETHER)))

    with start_blocking_portal() as portal:
        results = portal.call(execute)

    assert results == [RESULT] * TOGETHER
