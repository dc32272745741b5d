"""The engine knows every way in which V8 can answer, also of a release to come."""

from collections.abc import Iterator

import pytest
from py_mini_racer._objects import _MiniRacerTypes

from isolambda_executor import engine
from isolambda_executor.engine import (
    Engine,
    Isolate,
    JavaScriptError,
    OutOfMemoryError,
    OutOfTimeError,
    StuckError,
)


@pytest.fixture(scope="module")
def running() -> Engine:
    return Engine()


@pytest.fixture
def isolate(running: Engine) -> Iterator[Isolate]:
    isolate = running.isolate()
    yield isolate
    isolate.close()


def test_every_error_of_the_library_is_mapped() -> None:
    theirs = {value for name, value in vars(_MiniRacerTypes).items() if name.endswith("_exception")}

    assert set(engine._ERRORS) == theirs


def test_the_types_that_are_read_are_the_librarys() -> None:
    theirs = (_MiniRacerTypes.str_utf8, _MiniRacerTypes.integer, _MiniRacerTypes.double)

    assert theirs == (engine._STRING, engine._INTEGER, engine._DOUBLE)


@pytest.mark.parametrize(
    ("code", "answer"),
    [("'é'", "é".encode()), ("1", 1.0), ("1.5", 1.5), ("({})", None), ("undefined", None)],
)
def test_strings_and_numbers_are_answers(
    isolate: Isolate, code: str, answer: bytes | float | None
) -> None:
    assert isolate.evaluate(code, 1) == answer


@pytest.mark.parametrize("code", ["throw 1", "const = ;", "nowhere"])
def test_what_throws_or_does_not_parse_is_told(isolate: Isolate, code: str) -> None:
    with pytest.raises(JavaScriptError):
        isolate.evaluate(code, 1)


def test_a_loop_is_cancelled_and_the_isolate_goes_on(isolate: Isolate) -> None:
    with pytest.raises(OutOfTimeError):
        isolate.evaluate("while (true);", 0.05)

    assert isolate.evaluate("'on'", 1) == b"on"


def test_a_full_heap_is_told_and_the_isolate_goes_on(isolate: Isolate) -> None:
    isolate.set_memory_limit(20 << 20)

    with pytest.raises(OutOfMemoryError):
        isolate.evaluate("const kept = []; while (true) kept.push(new Array(1000))", 5)

    assert isolate.evaluate("'on'", 1) == b"on"


def test_a_microtask_that_no_cancellation_reaches_is_told_and_can_be_closed(
    isolate: Isolate,
) -> None:
    isolate.evaluate("Promise.resolve().then(() => { while (true); }); 1", 1)

    with pytest.raises(StuckError):
        isolate.evaluate("1", 0.05)
