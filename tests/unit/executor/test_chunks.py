"""A chunk of the web platform reaches an isolate when code first touches one of its globals."""

import json
from collections.abc import Callable, Iterator
from ctypes import addressof, create_string_buffer
from pathlib import Path
from types import SimpleNamespace

import pytest

from isolambda_executor import chunks, request_memory
from isolambda_executor.answers import JavaScriptError, OutOfTimeError
from isolambda_executor.engine import Engine
from isolambda_executor.host_calls import HostCalls
from isolambda_executor.request_memory import MEMORY_BYTES, RequestMemory
from tests.unit.executor.answering import answer_of, completed

_WAIT_S = 60.0
_LEFT_MS = 60_000
_BYTES = 1 << 20

_CHUNKS = {
    "greeting": "return { __proto__: null, Greeting: need('words').text, Other: 1 };",
    "words": "return { __proto__: null, text: 'hello' };",
    "dependent": """// A comment.
        const late = () => need('counted');
const later = () => {
  const { Counted } = need('counted');
  return Counted;
};
const { text } = need('words');
const {
  Greeting,
} = need('greeting');
return { __proto__: null, Dependent: () => `${text} ${Greeting}`, Late: late };""",
    "long": f"/*{'x' * 200_000}*/ return {{ __proto__: null, Long: 42 }};",
    "counted": "globalThis.n = (globalThis.n ?? 0) + 1; return { __proto__: null, Counted: n };",
    "broken": "return nowhere;",
    "lacking": "return need('vendor/nowhere');",
    "random": """
        const Random = (size) => {
            const bytes = new Uint8Array(size);
            host.random(bytes);
            return bytes;
        };
        return { __proto__: null, Random };
    """,
}
_GLOBALS = {
    "greeting": ["Greeting", "Other"],
    "dependent": ["Dependent", "Late"],
    "long": ["Long"],
    "counted": ["Counted"],
    "broken": ["Broken"],
    "lacking": ["Lacking"],
    "random": ["Random"],
}

Run = Callable[[str], object]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    for name, text in _CHUNKS.items():
        (tmp_path / f"{name}.js").write_text(text, encoding="ascii")
    (tmp_path / "globals.json").write_text(json.dumps(_GLOBALS), encoding="ascii")
    monkeypatch.setattr(chunks, "_FOLDER", str(tmp_path))
    chunks.read_chunks.cache_clear()
    yield Engine()
    chunks.read_chunks.cache_clear()


@pytest.fixture
def run(engine: Engine) -> Iterator[Run]:
    isolate = engine.isolate()

    def run(source: str) -> object:
        return json.loads(answer_of(isolate, source))

    yield run
    isolate.close()


def test_a_touched_global_becomes_a_plain_property(run: Run) -> None:
    source = "const of = () => Object.getOwnPropertyDescriptor(globalThis, 'Greeting');"

    untouched = run(f"{source} return typeof of().get")
    touched = run(f"{source} Greeting; return of()")

    assert untouched == "function"
    assert touched == {
        "value": "hello",
        "writable": True,
        "enumerable": False,
        "configurable": True,
    }


def test_a_global_that_code_replaces_loads_nothing(run: Run) -> None:
    assert run("Broken = 1; return Broken") == 1


def test_a_chunk_may_be_longer_than_the_memory_of_requests(run: Run) -> None:
    assert run("return Long") == 42


def test_a_chunk_is_evaluated_once(run: Run) -> None:
    run("return Counted")

    assert run("return Counted") == 1


def test_a_chunk_loads_in_a_promise_and_in_a_timer(run: Run) -> None:
    assert run("await null; return Greeting") == "hello"
    assert run("return new Promise((done) => setTimeout(() => done(Other), 1))") == 1


def test_an_error_of_a_chunk_is_the_codes_own(run: Run) -> None:
    assert run("try { return Broken } catch (error) { return error.name }") == "ReferenceError"


def test_a_library_that_is_not_built_is_named(run: Run) -> None:
    message = run("try { return Lacking } catch (error) { return error.message }")

    assert message == "there is no chunk vendor/nowhere: run make libraries"


def test_poisoned_built_ins_do_not_reach_the_loader(run: Run) -> None:
    poison = """
        String.fromCharCode = Reflect.apply = () => { throw new Error('poisoned') };
        Array.prototype[Symbol.iterator] = Function = undefined;
        Object.prototype.get = () => { throw new Error('poisoned') };
        Atomics.wait = Atomics.load = undefined;
    """

    assert run(f"{poison} return Long") == 42


def test_random_bytes_differ_and_are_as_many_as_were_asked_for(run: Run) -> None:
    lengths = run("return [0, 1, 65_536, 200_000].map((n) => Random(n).length)")
    counts = run("return new Set(Random(100_000)).size")

    assert lengths == [0, 1, 65_536, 200_000]
    assert counts == 256
    assert run("return Random(16).toHex()") != run("return Random(16).toHex()")


@pytest.mark.usefixtures("patient")
def test_endless_host_calls_are_stopped_in_time(engine: Engine) -> None:
    isolate = engine.isolate()
    isolate.call("load", "for (;;) Random(1)", "", timeout_s=_WAIT_S)

    with pytest.raises(OutOfTimeError):
        completed(isolate, isolate.run(b"{}", b"{}", _LEFT_MS, _BYTES, 0, timeout_s=0.2))

    completed(isolate, isolate.await_rest())
    isolate.close()


def test_a_chunk_that_does_not_parse_is_an_error_of_the_touch(
    engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "greeting.js").write_text("return {", encoding="ascii")
    chunks.read_chunks.cache_clear()
    isolate = engine.isolate()

    with pytest.raises(JavaScriptError, match="SyntaxError"):
        isolate.evaluate("Greeting", _WAIT_S)

    isolate.close()


def test_a_text_that_is_not_ascii_is_refused(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "words.js").write_text("// é", encoding="utf-8")
    chunks.read_chunks.cache_clear()

    with pytest.raises(ValueError, match="words is not ASCII"):
        engine.isolate()


def test_a_chunk_comes_with_what_it_needs_and_no_more(run: Run) -> None:
    read = chunks.read_chunks()
    names = [name for name, _ in json.loads(read.table)]

    needed = {names[number] for number in read.needed[names.index("dependent")]}

    assert needed == {"dependent", "words", "greeting"}
    assert run("return [Dependent(), Greeting, Late().Counted, Dependent()]") == [
        "hello hello", "hello", 1, "hello hello"
    ]  # fmt: skip


@pytest.mark.usefixtures("engine")
def test_chunks_that_need_each_other_come_once(tmp_path: Path) -> None:
    (tmp_path / "words.js").write_text("const a = need('dependent');", encoding="ascii")
    chunks.read_chunks.cache_clear()

    read = chunks.read_chunks()

    assert len(read.needed[sorted(_CHUNKS).index("words")]) == 3


def test_no_accessor_of_user_code_sees_the_memory_that_brings_a_chunk(run: Run) -> None:
    seen = run("""
        const seen = [];
        const prototype = Object.getPrototypeOf(Uint8Array.prototype);
        const spy = (holder, name) => Object.defineProperty(holder, name, {
            __proto__: null,
            get() { seen[seen.length] = name; return 0; },
        });
        for (const name of ['length', 'buffer', 'byteLength']) spy(prototype, name);
        for (const name of ['value', 'get', 'toJSON']) spy(Object.prototype, name);
        const text = Dependent();
        return [text, seen.length];
    """)

    assert seen == ["hello hello", 0]


def test_the_next_call_may_come_as_soon_as_a_call_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = create_string_buffer(MEMORY_BYTES)
    memory = RequestMemory(addressof(held), lambda _name, _text: None)
    calls = HostCalls(memory)
    numbers, next_call = request_memory._CALL, (1, 7, 9, 2)
    numbers.pack_into(held, request_memory._CALL_AT, 2, 16, 0, 1)

    def answered(*_: object) -> None:
        numbers.pack_into(held, request_memory._CALL_AT, *next_call)

    monkeypatch.setattr(request_memory, "_ANSWERED", SimpleNamespace(pack_into=answered))
    calls.answer()

    assert numbers.unpack_from(held, request_memory._CALL_AT) == next_call


def test_an_answer_leaves_the_request_of_the_next_execution_as_it_is() -> None:
    held = create_string_buffer(MEMORY_BYTES)
    memory = RequestMemory(addressof(held), lambda _name, _text: None)
    memory.write(b"[1]", b"{}", 2, 3, 4)
    before = held[: request_memory._ANSWERED_AT], held[request_memory._TEXTS_AT : 256]

    call = memory.read_call()
    memory.write_answer(call, b"x" * request_memory.ANSWER_BYTES, 0)
    memory.end_call(call)

    after = held[: request_memory._ANSWERED_AT], held[request_memory._TEXTS_AT : 256]
    assert after == before
