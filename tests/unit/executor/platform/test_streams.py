"""Streams: what the web platform tests do not say, attacks first."""

import pytest

from isolambda_core.domain.executions.execution import Outcome
from isolambda_executor.engine import Engine
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.platform.evaluating import Evaluate, open_isolate
from tests.unit.executor.printing import Printer
from tests.unit.executor.supervised import run

_ENDLESS = "const endless = () => new ReadableStream({ pull(it) { it.enqueue('x') } });"
_NEVER_READ = "new ReadableStream({ start(it) { for (;;) it.enqueue(new Array(1000).fill(1)) } })"
_BYTES_NEVER_READ = """
    const bytes = () => new Uint8Array(1e6).fill(1);
    new ReadableStream({ type: 'bytes', start(it) { for (;;) it.enqueue(bytes()) } })
"""
_NEVER_WRITTEN = """
    const writer = new WritableStream({ write: () => new Promise(() => {}) }).getWriter();
    for (;;) writer.write(new Array(1000).fill(1))
"""


@pytest.mark.parametrize(
    "reader",
    [
        "for await (const chunk of endless());",
        "await endless().pipeTo(new WritableStream())",
        "await endless().pipeThrough(new TransformStream()).pipeTo(new WritableStream())",
        "await endless().pipeThrough(new TextEncoderStream()).pipeTo(new WritableStream())",
    ],
)
def test_a_stream_that_never_ends_is_stopped_in_time(shared: Supervisor, reader: str) -> None:
    result = run(shared, f"{_ENDLESS} {reader}", wall_time_ms=500)

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME
    assert run(shared, "return 1").result == b"1"


@pytest.mark.parametrize("source", [_NEVER_READ, _BYTES_NEVER_READ, _NEVER_WRITTEN])
def test_a_queue_that_grows_for_ever_meets_the_memory_limit(
    shared: Supervisor, source: str
) -> None:
    result = run(shared, source, memory_mb=32, wall_time_ms=25_000)

    assert result.outcome is Outcome.EXCEEDED_MEMORY
    assert run(shared, "return 1").result == b"1"


def test_what_user_code_spoils_before_harms_no_other_isolate(engine: Engine) -> None:
    with open_isolate(engine) as spoiled, open_isolate(engine) as other:
        spoiled(
            "Promise.prototype.then = Object.defineProperty = Array.prototype.push = () => {};"
            "try { new ReadableStream().getReader().read() } catch { } return 0"
        )
        seen = other(
            "const stream = new ReadableStream({ start(it) { it.enqueue('ok'); it.close() } });"
            "let text = ''; for await (const chunk of stream) text += chunk; return text"
        )

    assert seen == "ok"


def test_a_getter_on_the_prototype_of_objects_does_not_keep_streams_from_working(
    evaluate: Evaluate,
) -> None:
    seen = evaluate(
        "const stream = new ReadableStream({ start(it) { it.enqueue('ok'); it.close() } });"
        "const fail = { __proto__: null, get() { throw new Error('poisoned') } };"
        "for (const name of ['get', 'set', '_state', '_reader', 'value', 'done'])"
        "    Object.defineProperty(Object.prototype, name, fail);"
        "const { value } = await stream.getReader().read(); return value"
    )

    assert seen == "ok"


def test_a_stream_of_bytes_fills_the_buffer_of_its_reader(evaluate: Evaluate) -> None:
    seen = evaluate(
        "const stream = new ReadableStream({ type: 'bytes', autoAllocateChunkSize: 16,"
        "    pull(it) { it.byobRequest.view[0] = 7; it.byobRequest.respond(1); it.close() } });"
        "const { value } = await stream.getReader({ mode: 'byob' }).read(new Uint8Array(4));"
        "return [value.length, value[0], value.buffer.byteLength]"
    )

    assert seen == [1, 7, 4]


def test_a_signal_ends_a_pipe(evaluate: Evaluate) -> None:
    seen = evaluate(
        "const controller = new AbortController();"
        "const pipe = new ReadableStream().pipeTo(new WritableStream(), controller);"
        "controller.abort();"
        "try { await pipe } catch (error) { return [error.name, error instanceof DOMException] }"
    )

    assert seen == ["AbortError", True]


@pytest.mark.parametrize("asked", ["before", "after"])
def test_the_signal_of_a_stream_that_is_written_has_the_first_reason(
    evaluate: Evaluate, asked: str
) -> None:
    seen = evaluate(
        "let controller; const reasons = [];"
        "const stream = new WritableStream({ start(it) { controller = it } });"
        "const listen = () => { controller.signal.onabort = () => reasons.push('event') };"
        f"if ('{asked}' === 'before') listen();"
        "stream.abort('one').catch(() => {}); stream.abort('two').catch(() => {});"
        "return [controller.signal.aborted, controller.signal.reason, ...reasons]"
    )

    assert seen == [True, "one", *(["event"] if asked == "before" else [])]


def test_the_console_shows_what_a_stream_is_and_not_what_the_library_keeps(
    printer: Printer,
) -> None:
    [(_, line)] = printer.lines(
        "const { readable, writable } = new TransformStream(); readable.mine = 1;"
        "console.log(readable, writable, readable.getReader(), writable.locked)"
    )

    assert line == (
        'ReadableStream { locked: true, state: "readable", mine: 1 } '
        'WritableStream { locked: false, state: "writable" } ReadableStreamDefaultReader {} false'
    )


def test_a_stream_is_not_cloned(evaluate: Evaluate) -> None:
    seen = evaluate(
        "try { structuredClone(new ReadableStream()) } catch (error) { return error.name }"
    )

    assert seen == "DataCloneError"
