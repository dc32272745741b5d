"""Globals of one function or one object: base64, the clock, microtasks, navigator."""

import pytest

from isolambda_executor.engine import Engine
from tests.unit.executor.platform.evaluating import Run
from tests.unit.executor.printing import Printer


def test_bytes_come_back_from_base64(run: Run) -> None:
    same = run(
        "const byte = (_, i) => String.fromCharCode(i % 256);"
        "const all = Array.from({ length: 10_001 }, byte).join('');"
        "return atob(btoa(all)) === all"
    )

    assert same is True


@pytest.mark.parametrize("text", ["a", "ab=", "abc==", "====", "\\u00a0", "ab-_"])
def test_a_text_that_is_no_base64_is_an_invalid_character_error(text: str, run: Run) -> None:
    assert run(f"try {{ atob('{text}') }} catch (e) {{ return e.name }}") == "InvalidCharacterError"


def test_a_character_that_is_no_byte_is_told_with_its_place(run: Run) -> None:
    message = run("try { btoa('ab\\u0100') } catch (error) { return error.message }")

    assert message == "the character at index 2 is no byte: its code is over 255"


def test_the_clock_ticks_milliseconds_and_never_back(run: Run) -> None:
    times = run(
        "const now = Date.now; const times = [performance.now()];"
        "Date.now = () => 0; times.push(performance.now()); Date.now = now;"
        "const before = now(), told = performance.timeOrigin + performance.now(), after = now();"
        "return [times[0] > 0, times[1] >= times[0], times.every(Number.isInteger),"
        "    before - 1 <= told && told <= after + 1]"
    )

    assert times == [True] * 4


def test_the_clock_begins_anew_with_each_execution(printer: Printer) -> None:
    source = """
        globalThis.before ??= performance.timeOrigin;
        await new Promise((done) => setTimeout(done, 20));
        if (before !== performance.timeOrigin) console.log(performance.now() < 40 + 1_000);
        """

    assert printer.lines(source, times=2) == [("log", "true")]


def test_a_microtask_that_throws_is_an_uncaught_error_and_no_rejection(printer: Printer) -> None:
    lines = printer.lines(
        "addEventListener('error', ({ error }) => console.log('event', error));"
        "queueMicrotask(() => { throw 'mine' }); await null; await null"
    )

    assert lines == [("log", "event mine"), ("error", "Uncaught mine")]


def test_a_microtask_calls_no_then_of_user_code(run: Run) -> None:
    called = run(
        "let called = 0; Promise.prototype.then = () => { called++ };"
        "queueMicrotask(() => {}); queueMicrotask(() => {}); await null; return called"
    )

    assert called == 0


def test_a_worker_awaits_the_microtasks_of_a_source_without_promises(engine: Engine) -> None:
    isolate = engine.isolate()

    isolate.call("load", "queueMicrotask(() => {})", "", timeout_s=60)

    assert isolate.makes_promises
    isolate.close()


def test_navigator_says_where_code_runs(run: Run) -> None:
    assert run("return navigator.userAgent") == "Isolambda"


@pytest.mark.parametrize(
    ("name", "feature"),
    [
        ("FinalizationRegistry", "weak_references"),
        ("SharedArrayBuffer", "shared_array_buffer"),
        ("WeakRef", "weak_references"),
        ("WebAssembly", "webassembly"),
    ],
)
def test_a_global_of_a_feature_is_a_property_as_those_of_the_language(
    name: str, feature: str, run: Run
) -> None:
    source = (
        f"const {{ value, ...rest }} = Object.getOwnPropertyDescriptor(globalThis, '{name}');"
        f"delete globalThis.{name};"
        f"return [rest, typeof {name}]"
    )

    assert run(source, feature) == [
        {"writable": True, "enumerable": False, "configurable": True},
        "undefined",
    ]
