"""A switch gets its callflow in the time that it has, however busy the server is."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.support.processes import (
    children,
    cpu_ticks,
)
from tests.support.servers import Server
from tests.support.waiting import eventually

VOICEMAIL = {"module": "voicemail", "data": {"id": "v", "action": "compose"}}
GREET = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"
LOOP = "while (true) {}"
_AT_WORK_TICKS = 20


def test_a_call_does_not_wait_behind_other_executions(start: Callable[..., Server]) -> None:
    server = start("--workers", "1")
    looping = server.create(LOOP, limits={"wall_time_ms": 25_000})
    greeting = server.create(GREET, fallback=VOICEMAIL)

    idle = {pid: cpu_ticks(pid) for pid in children(server.process.pid)}

    def at_work() -> int | None:
        busy = (pid for pid, ticks in idle.items() if cpu_ticks(pid) >= ticks + _AT_WORK_TICKS)
        return next(busy, None)

    with ThreadPoolExecutor(1) as another:
        busy = another.submit(server.execute, looping)
        worker = eventually(at_work)
        answer = server.call(greeting, {"Caller-ID-Name": "Ada"})
        assert not busy.done()
        assert answer.json() == VOICEMAIL
        os.kill(worker, signal.SIGKILL)
        assert busy.result()["outcome"] == "internal_error"
