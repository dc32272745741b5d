"""The worker answers frames; here without a supervisor, which would replace it."""

import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.json_text import to_utf8
from isolambda_core.domain.limits import CONTEXT_BYTES, Limits
from isolambda_executor.connection import Connection
from isolambda_executor.console import Console, exchange_in, open_console
from isolambda_executor.frames import FRAME_BYTES_MAX, Frame
from isolambda_executor.isolates import SPARES
from isolambda_executor.messages import (
    READY,
    REQUEST_ID_BYTES,
    WorkerRequest,
    encode_request,
    memory_for,
    read_reply,
    read_state,
    write_request,
)
from isolambda_executor.metering import Meter
from isolambda_executor.request_memory import PROGRAM_BYTES
from isolambda_executor.waits import BLOCKING
from isolambda_executor.worker import Worker

ROOT = Path(__file__).parents[3]
_WAIT_S = 60.0
# Time enough, wherever it is not what the test is about.
LIMITS = Limits(wall_time_ms=25_000)


class Served:
    """A worker in a process of its own, and the end of the socket that its supervisor would hold.

    ``constants`` are those of ``isolambda_executor.worker`` that this one is to have.
    """

    def __init__(self, **constants: int) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "tests.unit.executor.worker_process"]
        settings = [f"{name}={number}" for name, number in constants.items()]
        console = open_console()
        with theirs:
            descriptors = (theirs.fileno(), console)
            self._process = subprocess.Popen(
                [*command, *map(str, descriptors), *settings], cwd=ROOT, pass_fds=descriptors
            )
        self._console = Console(console)
        self._exchange = exchange_in(console)
        os.close(console)
        self.connection = Connection(ours, self._exchange)
        self.ready = self._receive()
        self.held_bytes = 0

    def ask(
        self,
        source: str,
        payload: str = "{}",
        limits: Limits = LIMITS,
        isolation: str = "version",
        features: tuple[str, ...] = (),
        context: str = "{}",
        *,
        compile_only: bool = False,
    ) -> ExecutionResult:
        request = ExecutionRequest(
            "e" * 32,
            "a" * 32,
            "f" * 32,
            "1",
            source,
            payload.encode(),
            isolation=isolation,
            features=features,
            context=context,
            limits=limits,
            compile_only=compile_only,
        )
        message = write_request(request)
        request_id = os.urandom(REQUEST_ID_BYTES)
        data_max = self._limit_data(memory_for(limits, len(message[1]) + len(message[2])))
        began = time.monotonic()
        self._console.clear()
        self.connection.send(encode_request(request_id, data_max, message, self._exchange))
        (answered, _, self.held_bytes, self.takes_requests), reply = read_state(self._receive())
        assert answered == request_id
        if not self.takes_requests:
            (_, _, self.held_bytes, _), _ = read_state(self._receive())
        elapsed_ms = (time.monotonic() - began) * 1e3
        logs = self._console.lines(limits, elapsed_ms)
        return read_reply(request, reply, logs, elapsed_ms)

    def _receive(self) -> Frame:
        return complete(
            BLOCKING.frame(self.connection, time.monotonic() + _WAIT_S, FRAME_BYTES_MAX)
        )

    def _limit_data(self, more_bytes: int) -> int:
        statm = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii")
        data = int(statm.split()[5]) * resource.getpagesize() - self.held_bytes
        data_max = data + more_bytes + (32 << 20)
        limits = (data_max, resource.RLIM_INFINITY)
        resource.prlimit(self._process.pid, resource.RLIMIT_DATA, limits)
        return data_max

    def end(self) -> int:
        """Have the worker end, and return its exit code."""
        self.connection.close()
        try:
            return self._process.wait(_WAIT_S)
        finally:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    yield served
    assert served.end() == 0


def test_a_worker_says_how_large_it_is_and_whether_it_is_confined(served: Served) -> None:
    (request_id, resident_bytes, _, is_ready), (ready, _, _) = read_state(served.ready)

    assert request_id == bytes(REQUEST_ID_BYTES)
    assert resident_bytes > 10 << 20
    assert is_ready
    assert READY.unpack(ready) == (Confinement(0), True)


def test_input_and_result_cross_as_they_are(served: Served) -> None:
    text = '{"a": [1, 2.5, "é\\u2028\\ud800😀", null, true, {"": {}}]}'

    assert served.ask("return call.a[2]", text).result == '"é\u2028\\ud800😀"'.encode()


def test_a_lone_surrogate_in_a_large_input_stays_one(served: Served) -> None:
    text = to_utf8(json.dumps("x" * 200_000 + "\ud800", ensure_ascii=False)).decode()

    assert served.ask("return call.slice(-2)", text).result == rb'"x\ud800"'


@pytest.mark.parametrize("size", [16 << 10, (16 << 10) + 1, 200_000, 5_000_000])
def test_large_inputs_and_results_cross_as_they_are_and_the_isolate_stays_warm(
    served: Served, size: int
) -> None:
    text = json.dumps(["é" * 100 + "\u2028\n", {"n": 1.5}] * (size // 220), ensure_ascii=False)
    text = text[:-1] + ',"' + "x" * (size - len(text.encode())) + '"]'

    results = [served.ask("return call", text) for _ in range(2)]

    assert [json.loads(result.result or b"") for result in results] == [json.loads(text)] * 2
    assert [result.usage.cold for result in results] == [True, False]


@pytest.mark.parametrize("length", [PROGRAM_BYTES // 2, PROGRAM_BYTES, 5 * PROGRAM_BYTES])
def test_a_source_of_any_length_has_input_context_and_features(served: Served, length: int) -> None:
    source = "return [call.a, context.b, typeof WeakRef]//é".ljust(length, "x")

    results = [
        served.ask(source, '{"a": 1}', features=("weak_references",), context=f'{{"b": {number}}}')
        for number in range(2)
    ]

    assert [result.result for result in results] == [b'[1,0,"function"]', b'[1,1,"function"]']
    assert [result.usage.cold for result in results] == [True, False]


def test_a_promise_is_waited_for(served: Served) -> None:
    source = "await new Promise((resolve) => setTimeout(resolve, 5)); return 'late'"

    assert served.ask(source).result == b'"late"'


def test_a_version_keeps_its_isolate_and_a_fresh_execution_does_not(served: Served) -> None:
    source = "return globalThis.n = (globalThis.n || 0) + 1"

    assert [served.ask(source).result for _ in range(2)] == [b"1", b"2"]
    assert [served.ask(source, isolation="fresh").result for _ in range(2)] == [b"1", b"1"]
    assert served.ask(source).result == b"3"


def test_what_an_execution_does_to_its_context_is_gone_for_the_next(served: Served) -> None:
    source = """
    const found = [Object.keys(context.meta), typeof context.deadline_ms, 'more' in context];
    context.meta.secret = 'mine';
    context.more = delete context.deadline_ms;
    Object.prototype.__defineSetter__('deadline_ms', () => { throw 1; });
    return found;"""

    results = [served.ask(source, context='{"meta":{"a":"b"}}') for _ in range(2)]

    assert [result.usage.cold for result in results] == [True, False]
    assert [result.result for result in results] == [b'[["a"],"number",false]'] * 2


def test_the_largest_context_crosses_as_it_is(served: Served) -> None:
    meta = {"\u2028\ud800é": "x" * 2 * CONTEXT_BYTES}

    result = served.ask("return context.meta", context=json.dumps({"meta": meta})).result

    assert json.loads(result or "") == meta


def test_after_a_timeout_the_isolate_is_thrown_away(served: Served) -> None:
    source = "globalThis.n = (globalThis.n || 0) + 1; if (call.spin) while (true); return n"
    limits = Limits(wall_time_ms=100)
    served.ask(source)

    spun = served.ask(source, '{"spin": true}', limits)

    assert spun.outcome is Outcome.EXCEEDED_WALL_TIME
    assert spun.error is not None
    assert spun.error.exceeded is not None
    assert spun.error.exceeded.value == 100
    assert spun.error.exceeded.used is not None
    assert spun.error.exceeded.used >= 100
    assert served.ask(source).result == b"1"


def test_garbage_does_not_cost_an_isolate_and_hoarding_does(served: Served) -> None:
    hoard = "globalThis.kept = new Uint8Array(50 << 20).fill(1); return 'hoarded'"
    litter = "for (let i = 0; i < 50; i++) new Uint8Array(1 << 20).fill(i); return 'littered'"

    assert [served.ask(litter).usage.cold for _ in range(2)] == [True, False]
    assert [served.ask(hoard).usage.cold for _ in range(2)] == [True, True]


@pytest.mark.parametrize("before", [0, 1, 5])
@pytest.mark.parametrize(("mb", "outcome"), [(60, Outcome.OK), (90, Outcome.EXCEEDED_MEMORY)])
def test_a_warm_isolate_has_as_much_memory_as_a_new_one(
    served: Served, before: int, mb: int, outcome: Outcome
) -> None:
    source = "return new ArrayBuffer(call.mb << 20).byteLength"
    for _ in range(before):
        served.ask(source, '{"mb": 0}')

    assert served.ask(source, f'{{"mb": {mb}}}').outcome is outcome


def test_warm_isolates_are_closed_when_they_hold_too_much_together() -> None:
    served = Served(_WARM_MAX=40 << 20)
    hoard = "globalThis.kept ??= new Uint8Array(25 << 20).fill(1); return {}"

    cold = [served.ask(hoard.format(n)).usage.cold for n in (0, 0, 1, 1, 0)]

    assert served.end() == 0
    assert cold == [True, False, True, False, True]


def test_the_isolate_of_the_least_recently_used_version_is_closed_when_there_are_too_many() -> None:
    served = Served(KEPT_MAX=2)

    for version in (1, 2, 1, 3):
        assert served.ask(f"return {version}").result == b"%d" % version
    cold = [served.ask(f"return {version}").usage.cold for version in (1, 3, 2)]

    assert served.end() == 0
    assert cold == [False, False, True]


def test_an_isolate_that_microtasks_keep_busy_is_thrown_away(served: Served) -> None:
    source = """
    globalThis.n = (globalThis.n || 0) + 1;
    const storm = () => Promise.resolve().then(storm);
    storm();
    return n;"""

    assert [served.ask(source).result for _ in range(2)] == [b"1", b"1"]


@pytest.mark.parametrize(
    ("source", "isolation", "at_once"),
    [
        ("return 1", "version", True),
        ("throw 1", "version", True),
        ("return (", "version", False),
        ("return (", "fresh", False),
        ("return 1", "fresh", False),
        ("return 1n", "version", False),
    ],
)
def test_a_worker_takes_requests_at_once_unless_it_closes_the_isolate_first(
    served: Served, source: str, isolation: str, at_once: bool
) -> None:
    served.ask(source, isolation=isolation)

    assert served.takes_requests is at_once


def test_a_source_that_is_only_compiled_is_executed_neither_now_nor_later(served: Served) -> None:
    source = "globalThis.n = (globalThis.n || 0) + 1; console.log('executed'); return n"

    compiled = served.ask(source, compile_only=True)

    assert (compiled.outcome, compiled.result, compiled.logs) == (Outcome.OK, None, ())
    assert not served.takes_requests  # until its isolate is closed
    executed = served.ask(source)
    assert (executed.result, executed.usage.cold) == (b"1", True)


def test_what_is_warm_stays_so_when_its_source_is_compiled(served: Served) -> None:
    source = "return globalThis.n = (globalThis.n || 0) + 1"
    served.ask(source)
    served.ask(source, compile_only=True)

    assert served.ask(source).result == b"2"


@pytest.mark.parametrize(
    "source",
    [
        "}); function String(x) { return 'mine'; } (function () {",
        "}); let Date; (function () {",
        "} var parseInt = () => 1; {",
        "} } function Number() { return 'mine'; } label: { {",
        "}; await 1; function Number() { return 'mine'; } {",
    ],
)
def test_what_a_source_that_is_only_compiled_declares_is_gone(served: Served, source: str) -> None:
    for _ in range(SPARES + 1):
        assert served.ask(source, compile_only=True).outcome is Outcome.EXCEPTION
        check = "return [String(1), typeof Date, parseInt('7'), Number('8')]"
        assert served.ask(check, isolation="fresh").result == b'["1","function",7,8]'


def test_the_place_where_a_source_does_not_compile_is_reported(served: Served) -> None:
    broken = served.ask("return (")

    assert broken.error is not None
    assert (broken.error.name, broken.error.line, broken.error.column) == ("SyntaxError", 1, 9)


# Each declares `parseInt`, or what else a script may declare, for the execution after it.
DECLARATIONS = [
    "function parseInt() { return 666; }",
    "async function parseInt() { return 666; }",
    "function* parseInt() { yield 666; }",
    "async function* parseInt() { yield 666; }",
    "{ function parseInt() { return 666; } }",
    "if (1) function parseInt() { return 666; }",
    "switch (1) { case 1: function parseInt() { return 666; } }",
    "var parseInt = () => 666;",
    "for (var parseInt of []);",
    "try {} catch { var parseInt; }",
    "var { parseInt } = { parseInt: 666 };",
    "let parseInt = () => 666;",
    "const parseInt = () => 666;",
    "class parseInt {}",
    "'use strict'; function parseInt() { return 666; }",
]
# Where a declaration stands to be one of the script and no longer of the function.
AROUND = [
    "}}); {declaration} (function () {{",
    "}});\n{declaration}\n(async function () {{",
    "}}); {declaration} throw 1; (function () {{ await 1;",
    "return 1; }}), 1; {declaration} (function () {{",
    "{declaration} }}); {declaration} (",
    "}}); {declaration} @",
]


@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_what_a_source_that_does_not_compile_declares_is_gone(
    served: Served, declaration: str
) -> None:
    for around in AROUND:
        planted = served.ask(around.format(declaration=declaration))
        assert planted.error is not None
        assert planted.error.name == "SyntaxError"

        for isolation in ("version", "fresh"):
            for n in range(SPARES + 1):
                found = served.ask(f"return [parseInt('7'), {n}]", isolation=isolation)
                assert found.result == b"[7,%d]" % n


def test_features_asked_for_by_a_source_that_does_not_compile_reach_no_other(
    served: Served,
) -> None:
    for _ in range(SPARES + 1):
        served.ask("return (", features=("webassembly", "shared_array_buffer"))

    for n in range(SPARES + 1):
        source = f"return [typeof WebAssembly, typeof SharedArrayBuffer, {n}]"
        assert served.ask(source).result == b'["undefined","undefined",%d]' % n


@pytest.mark.parametrize(
    ("source", "limits", "outcome"),
    [
        ("return new ArrayBuffer(1 << 30)", Limits(), Outcome.EXCEEDED_MEMORY),
        ("return 'xxxxxxxx'", Limits(result_bytes=9), Outcome.EXCEEDED_RESULT),
        ("return 'ééééé'", Limits(result_bytes=11), Outcome.EXCEEDED_RESULT),
        ("return 1n", Limits(), Outcome.INVALID_RESULT),
        ("throw 1", Limits(), Outcome.EXCEPTION),
        ("return undefined", Limits(), Outcome.OK),
    ],
)
def test_each_way_to_end(served: Served, source: str, limits: Limits, outcome: Outcome) -> None:
    result = served.ask(source, limits=limits)

    assert result.outcome is outcome
    assert result.result is None
    assert (result.error is None) == (outcome is Outcome.OK)


def test_code_with_tools_has_later_spares_prepared_for_them() -> None:
    console = open_console()
    ours, theirs = socket.socketpair()
    meter = Meter(os.open("/proc", os.O_PATH))
    connection = Connection(theirs, exchange_in(console, in_place=True))
    of_this_process = connection, exchange_in(console), meter, lambda: Confinement(0), console
    code = WorkerRequest(
        bytes(REQUEST_ID_BYTES),
        b"tools a f 1",
        b"return 1",
        b"null",
        b"{}",
        LIMITS,
        fresh=True,
        compile_only=False,
        modules=False,
        data_max=0,
    )
    with ours, theirs, closing(Worker(*of_this_process)) as worker:
        prepared = []
        for request in (replace(code, version=b" a f 1"), code):
            for step in (worker._answer(request), worker._prepare()):
                worker._engine.driver.run(step)
            prepared.append([spare.has_tools for spare in worker._pool._spares])

    assert prepared == [[False] * SPARES, [True] * SPARES]
