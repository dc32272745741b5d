"""A switch gets its callflow in the time that it has, however busy the server is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.integration.conftest import Server
from tests.processes import children, cpu_ticks

VOICEMAIL = {"module": "voicemail", "data": {"id": "v", "action": "compose"}}
GREET = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"
LOOP = "while (true) {}"
_AT_WORK_TICKS = 20


def at_work(server: Server) -> int:
    """Return how long the server's processes have worked, in hundredths of a second."""
    return sum(cpu_ticks(process) for process in children(server.process.pid))


def test_a_call_does_not_wait_behind_other_executions(start: Callable[..., Server]) -> None:
    server = start("--workers", "1")
    looping = server.create(LOOP, limits={"wall_time_ms": 6_000})
    greeting = server.create(GREET, fallback=VOICEMAIL)

    idle = at_work(server)

    with ThreadPoolExecutor(1) as another:
        busy = another.submit(server.execute, looping)
        while at_work(server) < idle + _AT_WORK_TICKS and not busy.done():
            pass
        answer = server.call(greeting, {"Caller-ID-Name": "Ada"})
        assert not busy.done()
        assert answer.json() == VOICEMAIL
        assert busy.result()["outcome"] == "exceeded_wall_time"
