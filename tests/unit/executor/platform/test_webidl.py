"""The conversions of Web IDL, which every interface stands on; hostile values first."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from isolambda_executor import chunks
from isolambda_executor.engine import Engine, Isolate

_WAIT_S = 60.0
_PLATFORM = Path(chunks.__file__).with_name("platform")
_PROBE = "return { __proto__: null, webidl: need('webidl') };"


@pytest.fixture(scope="module")
def isolate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Isolate]:
    """An isolate whose chunk ``probe`` makes ``webidl`` a global."""
    folder = tmp_path_factory.mktemp("platform")
    for name in ("interfaces", "primordials", "webidl"):
        shutil.copy(_PLATFORM / f"{name}.js", folder)
    (folder / "probe.js").write_text(_PROBE, encoding="ascii")
    (folder / "globals.json").write_text('{"probe": ["webidl"]}', encoding="ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "_FOLDER", str(folder))
        chunks.read_chunks.cache_clear()
        isolate = Engine().isolate()
        isolate.evaluate("Object.assign(globalThis, webidl)", _WAIT_S)
        yield isolate
        isolate.close()
    chunks.read_chunks.cache_clear()


def value_of(isolate: Isolate, expression: str) -> object:
    """Return an expression's value, or the name of the error that it throws."""
    answer = isolate.evaluate(
        "(() => { const flat = (v) => Object.is(v, -0) ? '-0' : v !== v ? 'NaN' : v;"
        f"try {{ return JSON.stringify([flat({expression})]) }}"
        "catch (error) { return JSON.stringify([error.name ?? error]) } })()",
        _WAIT_S,
    )
    assert isinstance(answer, bytes)
    [value] = json.loads(answer)
    return value


INTEGERS = {
    "toUnsignedLong(-1)": 2**32 - 1,
    "toUnsignedLong(2 ** 32 + 5.9)": 5,
    "toUnsignedLong(Infinity)": 0,
    "toUnsignedLong('0x10')": 16,
    "toUnsignedLong(1n)": "TypeError",
    "toUnsignedLong(Symbol())": "TypeError",
    "toUnsignedShort(-1)": 65_535,
    "toOctet(256)": 0,
    "toLong(2 ** 31)": -(2**31),
    "toLong(-0.9)": 0,
    "toLong(-0)": 0,
    "toLongLong(-5.5)": -5,
    "toLongLong(2 ** 63) === -(2 ** 63)": True,
    "toLong(-(2 ** 31) - 1)": 2**31 - 1,
    "toUnsignedLongLong(-1) === 2 ** 64": True,  # the nearest double
    "toUnsignedLong(-1, { enforceRange: true })": "TypeError",
    "toUnsignedLong(2 ** 32, { enforceRange: true })": "TypeError",
    "toUnsignedLong(NaN, { enforceRange: true })": "TypeError",
    "toUnsignedLong(-0.9, { enforceRange: true })": 0,
    "toUnsignedLongLong(2 ** 53, { enforceRange: true })": "TypeError",
    "toLongLong(-(2 ** 53), { enforceRange: true })": "TypeError",
    "toOctet(-5, { clamp: true })": 0,
    "toOctet(300, { clamp: true })": 255,
    "toOctet(2.5, { clamp: true })": 2,
    "toOctet(3.5, { clamp: true })": 4,
    "toOctet(NaN, { clamp: true })": 0,
    "toLongLong(Infinity, { clamp: true })": 2**53 - 1,
    "toDouble('1.5')": 1.5,
    "toDouble(Infinity)": "TypeError",
    "toUnrestrictedDouble('x')": "NaN",
}
STRINGS = {
    "toDOMString(null)": "null",
    "toDOMString(Symbol())": "TypeError",
    "toDOMString({ toString() { throw 'mine' } })": "mine",
    "toUSVString('a\\ud800b')": "a\ufffdb",
    "toByteString('\\u00ff')": "\u00ff",
    "toByteString('a\\u0100')": "TypeError",
    "toEnum({ __proto__: null, a: true })('a')": "a",
    "toEnum({ __proto__: null, a: true })('toString')": "TypeError",
    "toEnum({ __proto__: null, a: true })('__proto__')": "TypeError",
}
LISTS = {
    "toSequence(new Set([1, 2]), toDOMString).length": 2,
    "toSequence('text', toDOMString)": "TypeError",
    "toSequence({}, toDOMString)": "TypeError",
    "toSequence({ [Symbol.iterator]: () => 1 }, toDOMString)": "TypeError",
    "toSequence({ [Symbol.iterator]: () => ({ next: () => 1 }) }, toDOMString)": "TypeError",
    "toSequence({ [Symbol.iterator]: 1 }, toDOMString)": "TypeError",
    "toSequence({ get [Symbol.iterator]() { throw 'mine' } }, toDOMString)": "mine",
    "toRecord({ b: 1, a: 2, 1: 3 }, toDOMString, toDOMString).length": 3,
    "toRecord({ b: 1 }, toDOMString, toDOMString)[0][1]": "1",
    "toRecord({ '\\ud800': 1, '\\ufffd': 2 }, toUSVString, toDOMString)[0][1]": "2",
    "toRecord({ [Symbol('s')]: 1 }, toDOMString, toDOMString)": "TypeError",
    "toRecord(Object.defineProperty({}, Symbol(), { value: 1 }), toDOMString, toAny).length": 0,
    "toRecord(new Proxy({}, { ownKeys() { throw 'mine' } }), toDOMString, toAny)": "mine",
    "toRecord(1, toDOMString, toAny)": "TypeError",
}
_MEMBERS = "{ __proto__: null, a: member(toDOMString, 'x'), b: member(toBoolean) }"
DICTIONARIES = {
    f"toDictionary(undefined, {_MEMBERS}).a": "x",
    f"toDictionary(null, {_MEMBERS}).a": "x",
    f"toDictionary({{ a: undefined }}, {_MEMBERS}).a": "x",
    f"'b' in toDictionary({{}}, {_MEMBERS})": False,
    f"toDictionary(Object.create({{ a: 1 }}), {_MEMBERS}).a": "1",
    f"toDictionary(() => {{}}, {_MEMBERS}).a": "x",
    f"toDictionary(5, {_MEMBERS})": "TypeError",
    "toDictionary({}, { __proto__: null, a: requiredMember(toAny) })": "TypeError",
    "toCallback({})": "TypeError",
}
_SHORT = "new ArrayBuffer(8, { maxByteLength: 16 })"
_DETACHED = "(() => { const b = new ArrayBuffer(8); b.transfer(); return b })()"
_BEYOND = (
    f"(() => {{ const b = {_SHORT}; const v = new DataView(b, 6, 2); b.resize(4); return v }})()"
)
BUFFERS = {
    "toBufferSource(new ArrayBuffer(8)).length": 8,
    "toBufferSource(new Uint16Array(4).subarray(1, 3)).byteOffset": 2,
    "toBufferSource(new Uint16Array(4).subarray(1, 3)).length": 4,
    "toBufferSource(new DataView(new ArrayBuffer(8), 3)).length": 5,
    f"toBufferSource({_DETACHED}).length": 0,
    f"toBufferSource({_SHORT})": "TypeError",
    f"toBufferSource({_SHORT}, {{ allowResizable: true }}).length": 8,
    f"toBufferSource({_BEYOND}, {{ allowResizable: true }}).length": 0,
    "toBufferSource([1, 2])": "TypeError",
    "toBufferSource({ __proto__: ArrayBuffer.prototype })": "TypeError",
    "toBufferSource({ __proto__: Uint8Array.prototype })": "TypeError",
    "toBufferSource('text')": "TypeError",
    "isBufferSource(new DataView(new ArrayBuffer(1)))": True,
    "isBufferSource({ __proto__: ArrayBuffer.prototype })": False,
    "copyBuffer(new Uint8Array([1, 2]).subarray(1)).buffer.byteLength": 1,
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [case for table in (INTEGERS, STRINGS, LISTS, DICTIONARIES, BUFFERS) for case in table.items()],
)
def test_a_value_is_converted_or_refused(isolate: Isolate, expression: str, value: object) -> None:
    assert value_of(isolate, expression) == value


def test_an_interface_looks_as_web_idl_wants(isolate: Isolate) -> None:
    shape = isolate.evaluate(
        "class Thing { static make() {} get size() { return 0 } add() {} }"
        "defineInterface(Thing, { __proto__: null, constants: { __proto__: null, ONE: 1 } });"
        "JSON.stringify([Object.keys(Thing.prototype), Object.keys(Thing), `${new Thing()}`,"
        "    Object.getOwnPropertyDescriptor(Thing, 'prototype').writable,"
        "    Object.getOwnPropertyDescriptor(Thing, 'ONE').writable])",
        _WAIT_S,
    )

    assert isinstance(shape, bytes)
    assert json.loads(shape) == [
        ["size", "add", "ONE"],
        ["make", "ONE"],
        "[object Thing]",
        False,
        False,
    ]


def test_an_iterable_shows_what_is_added_meanwhile_and_refuses_others(isolate: Isolate) -> None:
    seen = isolate.evaluate(
        "class Pairs { #pairs = [['a', 1]]; add(...pair) { this.#pairs.push(pair) }"
        "    static at(self, i) { return self.#pairs[i] } }"
        "const { at } = Pairs; delete Pairs.at; defineIterable(Pairs, at);"
        "const pairs = new Pairs(), seen = [];"
        "for (const [key, value] of pairs) {"
        "    seen.push(key + value); if (value < 3) pairs.add('b', value + 1) }"
        "let refused;"
        "try { Pairs.prototype.entries.call({}) } catch (error) { refused = error.name }"
        "JSON.stringify([seen, [...pairs.keys()], `${pairs.values()}`, refused])",
        _WAIT_S,
    )

    assert isinstance(seen, bytes)
    assert json.loads(seen) == [
        ["a1", "b2", "b3"],
        ["a", "b", "b"],
        "[object Pairs Iterator]",
        "TypeError",
    ]
