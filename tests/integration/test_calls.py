"""A switch calls, and gets its callflow in the time that it has, whatever the function does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.integration.conftest import Server
from tests.processes import children, cpu_ticks

SWITCH_WAITS_S = 5.0
"""K: core/kazoo_translator/src/kzt_translator.erl, ``req_timeout_ms``."""

VOICEMAIL = {"module": "voicemail", "data": {"id": "v", "action": "compose"}}
GREET = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"
LOOP = "while (true) {}"
_AT_WORK_TICKS = 20


def call(server: Server, function: str, **keys: str) -> Any:
    """Call as a switch does: with a key that may execute this function and nothing else."""
    account = server.credentials["account_id"]
    with server.client() as owner:
        asked = {"scopes": ["execute"], "function_id": function}
        made = owner.put(f"/v2/accounts/{account}/api_keys", json={"data": asked})
        key = made.json()["data"]["api_key"]
    with httpx2.Client(base_url=server.credentials["url"], timeout=SWITCH_WAITS_S) as switch:
        return switch.post(f"/pivot/{account}/{function}", params={"key": key}, data=keys)


def at_work(server: Server) -> int:
    """Return how long the server's processes have worked, in hundredths of a second."""
    return sum(cpu_ticks(process) for process in children(server.process.pid))


def test_a_call_is_answered_by_its_function(server: Server) -> None:
    answer = call(server, server.create(GREET), **{"Caller-ID-Name": "Ada"})

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"module": "tts", "data": {"text": "hi Ada"}}


@pytest.mark.parametrize(
    "source", [LOOP, "throw new Error('no')", "return 1", "return {module: 'nonsense'}"]
)
def test_a_call_is_answered_by_the_fallback_in_time(server: Server, source: str) -> None:
    answer = call(server, server.create(source, fallback=VOICEMAIL))

    assert (answer.status_code, answer.json()) == (200, VOICEMAIL)


def test_a_call_does_not_wait_behind_other_executions(start: Callable[..., Server]) -> None:
    server = start("--workers", "1")
    looping = server.create(LOOP, limits={"wall_time_ms": 6_000})
    greeting = server.create(GREET, fallback=VOICEMAIL)

    idle = at_work(server)

    with ThreadPoolExecutor(1) as another:
        busy = another.submit(server.execute, looping)
        while at_work(server) < idle + _AT_WORK_TICKS and not busy.done():
            pass
        answer = call(server, greeting, **{"Caller-ID-Name": "Ada"})
        assert not busy.done()
        assert answer.json() == VOICEMAIL
        assert busy.result()["outcome"] == "exceeded_wall_time"


def test_a_function_that_keeps_failing_a_call_is_disabled(server: Server) -> None:
    function = server.create("throw new Error('no')")

    answers = [call(server, function) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [502] * 6 + [400]
    with server.client() as owner:
        listed = owner.get(server.functions_url()).json()["data"]
        owner.patch(server.functions_url(), json={"data": {"re-enable": True}})
    assert "the last: exception" in listed[0]["disable_reason"]
    assert call(server, function).status_code == 502
