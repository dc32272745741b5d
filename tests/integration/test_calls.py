"""A switch gets its callflow in the time that it has, however busy the server is."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.integration.conftest import Server
from tests.processes import children, cpu_ticks
from tests.waiting import eventually

VOICEMAIL = {"module": "voicemail", "data": {"id": "v", "action": "compose"}}
GREET = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"
LOOP = "while (true) {}"
_AT_WORK_TICKS = 20


def test_a_call_does_not_wait_behind_other_executions(start: Callable[..., Server]) -> None:
    server = start("--workers", "1")
    looping = server.create(LOOP, limits={"wall_time_ms": 25_000})
    greeting = server.create(GREET, fallback=VOICEMAIL)

    [worker] = children(server.process.pid)
    idle = cpu_ticks(worker)

    with ThreadPoolExecutor(1) as another:
        busy = another.submit(server.execute, looping)
        eventually(lambda: cpu_ticks(worker) >= idle + _AT_WORK_TICKS)
        answer = server.call(greeting, {"Caller-ID-Name": "Ada"})
        assert not busy.done()
        assert answer.json() == VOICEMAIL
        os.kill(worker, signal.SIGKILL)
        assert busy.result()["outcome"] == "internal_error"
