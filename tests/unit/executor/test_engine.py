"""The engine knows every way in which V8 can answer, also of a release to come."""

import json
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import cast

import pytest
from py_mini_racer._objects import _MiniRacerTypes

from isolambda_core.domain.limits import MIB, Limits
from isolambda_executor import answers
from isolambda_executor.answers import JavaScriptError, OutOfMemoryError, OutOfTimeError, StuckError
from isolambda_executor.engine import Isolate
from isolambda_executor.request_memory import PROGRAM_BYTES, REQUEST_BYTES
from tests.unit.executor.answering import completed

_WAIT_S = 60.0
HANGS = "Array.prototype.includes.call({length: 2 ** 53 - 1}, 1)"


def test_every_error_of_the_library_is_mapped() -> None:
    theirs = {value for name, value in vars(_MiniRacerTypes).items() if name.endswith("_exception")}

    assert set(answers._ERRORS) == theirs


def test_the_types_that_are_read_are_the_librarys() -> None:
    theirs = (_MiniRacerTypes.str_utf8, _MiniRacerTypes.integer, _MiniRacerTypes.double)

    assert theirs == (answers.STRING, answers._INTEGER, answers._DOUBLE)


@pytest.mark.parametrize(
    ("code", "answer"),
    [("'é'", "é".encode()), ("1", 1.0), ("1.5", 1.5), ("({})", None), ("undefined", None)],
)
def test_strings_and_numbers_are_answers(
    isolate: Isolate, code: str, answer: bytes | float | None
) -> None:
    assert isolate.evaluate(code, _WAIT_S) == answer


@pytest.mark.parametrize("code", ["throw 1", "const = ;", "nowhere"])
def test_what_throws_or_does_not_parse_is_reported(isolate: Isolate, code: str) -> None:
    with pytest.raises(JavaScriptError):
        isolate.evaluate(code, _WAIT_S)


@pytest.mark.usefixtures("patient")
def test_a_loop_is_cancelled_and_the_isolate_goes_on(isolate: Isolate) -> None:
    with pytest.raises(OutOfTimeError):
        isolate.evaluate("while (true);", 0.05)

    assert isolate.evaluate("'on'", _WAIT_S) == b"on"


def test_a_full_heap_is_reported_and_the_isolate_goes_on(isolate: Isolate) -> None:
    isolate.set_memory_limit(20 << 20)

    with pytest.raises(OutOfMemoryError):
        isolate.evaluate("const kept = []; while (true) kept.push(new Array(1000))", _WAIT_S)

    assert isolate.evaluate("'on'", _WAIT_S) == b"on"


def test_a_microtask_that_no_cancellation_reaches_is_reported_and_can_be_closed(
    isolate: Isolate,
) -> None:
    isolate.evaluate("Promise.resolve().then(() => { while (true); }); 1", _WAIT_S)

    with pytest.raises(StuckError):
        isolate.evaluate("1", 0.05)


_FITTING = REQUEST_BYTES // 2


@pytest.mark.parametrize("character", ["a", "ž", "語", "😀", "\ud800"])
@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 1_000, _FITTING - 40, _FITTING, 100_000])
@pytest.mark.parametrize("other", [1, _FITTING])
def test_an_input_and_a_context_of_any_length_arrive_as_they_are(
    isolate: Isolate, character: str, length: int, other: int
) -> None:
    isolate.call("load", "return [call, context.text]", "", timeout_s=_WAIT_S)
    for texts in ((character * length, "b" * other), ("b" * other, character * length)):
        payload, context = (
            json.dumps(part, ensure_ascii=character == "\ud800").encode()
            for part in (texts[0], {"text": texts[1]})
        )

        answer = completed(
            isolate, isolate.run(payload, context, 1_000, 1_000_000, 0, timeout_s=_WAIT_S)
        )

        assert isinstance(answer, bytes)
        assert tuple(json.loads(answer)) == texts


def test_a_text_that_was_too_large_is_not_seen_again(isolate: Isolate) -> None:
    isolate.call("load", "return call", "", timeout_s=_WAIT_S)
    large = json.dumps("a" * REQUEST_BYTES).encode()
    completed(isolate, isolate.run(large, b"{}", 1_000, 1_000_000, 0, timeout_s=_WAIT_S))

    assert completed(isolate, isolate.run(b"1", b"{}", 1_000, 10, 0, timeout_s=_WAIT_S)) == b"1"


@pytest.mark.parametrize("character", ["a", "ž", "😀", "\ud800"])
@pytest.mark.parametrize("payload", [b"1", json.dumps("x" * REQUEST_BYTES).encode()])
def test_a_program_as_long_as_it_may_be_is_loaded_and_run_in_one_step(
    isolate: Isolate, character: str, payload: bytes
) -> None:
    head = "\nreturn [Array.isArray(call), typeof call, context.text, '"
    width = len(character.encode("utf-8", "surrogatepass"))
    text = character * ((PROGRAM_BYTES - len(head) - 2) // width)
    program = f"{head}{text}']".encode("utf-8", "surrogatepass")
    kind = type(json.loads(payload)).__name__.replace("int", "number").replace("str", "string")

    first = completed(
        isolate,
        isolate.run(payload, b'{"text":"b"}', 1_000, 1_000_000, 0, program, timeout_s=_WAIT_S),
    )
    second = completed(
        isolate, isolate.run(payload, b'{"text":"c"}', 1_000, 1_000_000, 0, timeout_s=_WAIT_S)
    )

    assert json.loads(cast("bytes", first)) == [False, kind, "b", text]
    assert json.loads(cast("bytes", second)) == [False, kind, "c", text]
    assert isolate.reads_context


@pytest.mark.parametrize(
    ("source", "begins"), [("return (", b"\r\n{"), ("throw 1", b"\n{"), ("return 1", b"1")]
)
def test_a_program_that_does_not_compile_is_told_from_one_that_throws(
    isolate: Isolate, source: str, begins: bytes
) -> None:
    program = f"\n{source}".encode()

    answer = completed(
        isolate, isolate.run(b"1", b"{}", 1_000, 1_000, 0, program, timeout_s=_WAIT_S)
    )

    assert isinstance(answer, bytes)
    assert answer.startswith(begins)


@pytest.mark.parametrize(("memory_mb", "calls"), [(Limits().memory_mb, 0), (16, 1)])
def test_a_new_isolate_has_the_usual_limit_of_memory_already(
    isolate: Isolate, monkeypatch: pytest.MonkeyPatch, memory_mb: int, calls: int
) -> None:
    limits: list[int] = []
    library = SimpleNamespace(mr_set_hard_memory_limit=lambda _, limit: limits.append(limit))

    with monkeypatch.context() as patch:
        patch.setattr(isolate._context, "_dll", library)
        isolate.set_memory_limit(memory_mb * MIB)

    assert limits == [memory_mb * MIB] * calls


def ran(isolate: Isolate, source: str) -> bytes | float | None:
    """Return what ``run`` answers for a source."""
    isolate.call("load", source, "", timeout_s=_WAIT_S)
    return completed(isolate, isolate.run(b"{}", b"{}", 1_000, 1_000, 1_000, timeout_s=_WAIT_S))


def test_an_isolate_whose_function_leaves_promises_that_never_end_is_not_at_rest(
    isolate: Isolate,
) -> None:
    forever = "const again = () => Promise.resolve().then(again); again(); return 1"

    assert ran(isolate, forever) == b"1"
    with pytest.raises(StuckError):
        completed(isolate, isolate.await_rest(0.05, 0.05))


def test_an_isolate_at_rest_has_the_answer_of_a_promise_that_settles_without_a_timer(
    isolate: Isolate,
) -> None:
    assert ran(isolate, "return await (await 'one') + 'two'") is None
    assert completed(isolate, isolate.answer_at_rest(_WAIT_S)) == b'"onetwo"'
    assert completed(isolate, isolate.answer_at_rest(_WAIT_S)) is None


def test_an_isolate_at_rest_tells_how_long_a_timer_has_to_wait(isolate: Isolate) -> None:
    assert ran(isolate, "await new Promise(done => setTimeout(done, 100_000))") is None

    left_ms = completed(isolate, isolate.answer_at_rest(_WAIT_S))

    assert isinstance(left_ms, float)
    assert 0 < left_ms <= 100_000


def test_an_isolate_at_rest_looks_at_no_timer_of_an_execution_that_was_stopped(
    isolate: Isolate,
) -> None:
    assert ran(isolate, "await new Promise(done => setTimeout(done, 100_000))") is None
    assert isinstance(completed(isolate, isolate.answer_at_rest(_WAIT_S)), float)

    isolate.stop(_WAIT_S, _WAIT_S)

    assert completed(isolate, isolate.answer_at_rest(_WAIT_S)) is None


def test_an_execution_waits_for_the_rest_of_the_one_before(isolate: Isolate) -> None:
    assert ran(isolate, "return 1") == b"1"
    assert ran(isolate, "return await 2") is None
    assert completed(isolate, isolate.answer_at_rest(_WAIT_S)) == b"2"


@pytest.mark.parametrize("context", [b"", b"{", b'{"a": 1}'])
def test_a_context_is_not_parsed_for_a_function_that_reads_none(
    isolate: Isolate, context: bytes
) -> None:
    isolate.call("load", "return call", "", timeout_s=_WAIT_S)

    assert completed(isolate, isolate.run(b"1", context, 1_000, 10, 0, timeout_s=_WAIT_S)) == b"1"


def test_v8_that_has_answered_is_not_waited_for(
    isolate: Isolate, monkeypatch: pytest.MonkeyPatch
) -> None:
    isolate.ask_to_rest()
    assert isolate._rests.wait(_WAIT_S)
    monkeypatch.setattr(isolate._rests, "wait", None)

    completed(isolate, isolate.await_rest())


def closing(body: str) -> subprocess.CompletedProcess[str]:
    """Close an isolate in a process of its own."""
    begin = "from isolambda_executor import context, engine\nisolate = engine.Engine().isolate()"
    program = f"{begin}\n{body}"
    return subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        timeout=_WAIT_S,
    )


def test_a_built_in_that_stops_for_nothing_ends_the_process_that_closes_its_isolate() -> None:
    at_work = "assert not isolate._answers.is_reported(cpu_s=0.1, max_s=60)"

    post = f"isolate._context.post_once({HANGS!r}, isolate._answers)"

    done = closing(f"{post}\n{at_work}\nisolate.close()")

    assert done.returncode == -signal.SIGPROF, done.stderr


def test_the_closing_of_an_isolate_is_limited_in_processor_time_and_not_in_time() -> None:
    waiting = """
import time, types
free = isolate._context._dll.mr_free_context
context._CLOSE_CPU_S = 0.05
dll = vars(isolate._context._dll) | {"mr_free_context": lambda one: (time.sleep(0.3), free(one))}
isolate._context._dll = types.SimpleNamespace(**dll)
isolate.close()
print("closed")
began = time.process_time()
while time.process_time() < began + 0.2: pass  # the limit is lifted
"""

    done = closing(waiting)

    assert (done.returncode, done.stdout) == (0, "closed\n"), done.stderr


RANDOM = """
import os, sys
from isolambda_executor.engine import Engine

if len(sys.argv) > 1:
    os.urandom = lambda size: sys.argv[1].encode() * size
engine = Engine()
for _ in range(2):
    sys.stdout.write(f"{engine.isolate().evaluate('Math.random()', 60)} ")
sys.stdout.flush()
os._exit(0)
"""


def random_numbers(*seed: str) -> list[str]:
    """Return the first random numbers of two isolates of a process of their own."""
    command = [sys.executable, "-c", RANDOM, *seed]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_the_random_numbers_of_v8_come_from_the_kernel_and_from_no_file_or_clock() -> None:
    # A source of constants shows that no other contributes.
    [first, second] = random_numbers("x")

    assert first == second
    assert random_numbers("x") == [first, second]
    assert random_numbers("y") != [first, second]
    assert len({*random_numbers(), *random_numbers()}) == 4
