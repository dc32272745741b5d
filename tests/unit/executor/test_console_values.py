"""The console shows what a value holds, wherever it holds it, and runs nothing of it."""

import pytest

from tests.unit.executor.printing import Printer

VALUES = {
    # dates, patterns, boxes
    "new Date(NaN)": "Invalid Date",
    "new Date(0)": "1970-01-01T00:00:00.000Z",
    "Object.assign(new Date(0), {a: 1})": "1970-01-01T00:00:00.000Z { a: 1 }",
    "new (class D extends Date {})(0)": "D [Date] 1970-01-01T00:00:00.000Z",
    "/a\\/b/dgimsuy": "/a\\/b/dgimsuy",
    "Object.assign(/x/v, {a: 1})": "/x/v { a: 1 }",
    "new Number(5)": "[Number: 5]",
    "new Number(-0)": "[Number: -0]",
    "new String('abc')": '[String: "abc"]',
    "Object.assign(new String('abc'), {a: 1})": '[String: "abc"] { a: 1 }',
    "new Boolean(false)": "[Boolean: false]",
    "Object(Symbol('s'))": "[Symbol: Symbol(s)]",
    "Object(5n)": "[BigInt: 5n]",
    "new (class N extends Number {})(5)": "[Number (N): 5]",
    # lists
    "Object.assign([1, 2], {total: 3, 'a-b': 4, '-1': 5})": '[ 1, 2, total: 3, "a-b": 4, "-1": 5 ]',
    "[1, , 3]": "[ 1, <empty>, 3 ]",
    "new (class L extends Array {})(1, 2)": "L(2) [ 1, 2 ]",
    "(function () { return arguments; })(1, 'b')": '[Arguments] [ 1, "b" ]',
    "'ab'.match(/(?<first>a)/)": '[ "a", "a", index: 0, input: "ab", '
    'groups: [Object: null prototype] { first: "a" } ]',
    "Array.from({length: 102}, (_, i) => i)":
        "[ " + ", ".join(map(str, range(100))) + ", … 2 more ]",
    "new Uint8Array(2)": "Uint8Array(2) [ 0, 0 ]",
    "Object.assign(new Float64Array([1.5]), {a: 1})": "Float64Array(1) [ 1.5, a: 1 ]",
    "new BigInt64Array(1)": "BigInt64Array(1) [ 0n ]",
    # collections
    "new Map([[{a: 1}, ['b']]])": 'Map(1) { { a: 1 } => [ "b" ] }',
    "Object.assign(new Set(['a']), {b: 1})": 'Set(1) { "a", b: 1 }',
    "new (class M extends Map {})([[1, 2]])": "M(1) [Map] { 1 => 2 }",
    "new WeakMap()": "WeakMap { <items unknown> }",
    "new WeakSet()": "WeakSet { <items unknown> }",
    "new WeakRef({a: 1})": "WeakRef { { a: 1 } }",
    "new Map([[1, 2]]).entries()": "Object [Map Iterator] {}",
    "[1].values()": "Object [Array Iterator] {}",
    # bytes
    "new Uint8Array([1, 255]).buffer": "ArrayBuffer { [Uint8Contents]: <01 ff>, byteLength: 2 }",
    "(() => { const b = new ArrayBuffer(2); b.transfer(); return b; })()":
        "ArrayBuffer { (detached), byteLength: 0 }",
    "new SharedArrayBuffer(1)": "SharedArrayBuffer { [Uint8Contents]: <00>, byteLength: 1 }",
    "new ArrayBuffer(60)": "ArrayBuffer { [Uint8Contents]: <" + " ".join(["00"] * 50)
    + " … 10 more bytes>, byteLength: 60 }",
    "new DataView(new ArrayBuffer(3), 1)": "DataView { byteLength: 2, byteOffset: 1, "
    "buffer: ArrayBuffer { [Uint8Contents]: <00 00 00>, byteLength: 3 } }",
    # what runs later
    "Promise.resolve(1)": "Promise { <state unknown> }",
    "new (class P extends Promise {})(() => {})": "P [Promise] { <state unknown> }",
    "(function* () {})()": "Object [Generator] {}",
    "(async function* () {})()": "Object [AsyncGenerator] {}",
    # functions and classes
    "Object.assign(function f() {}, {a: 1})": "[Function: f] { a: 1 }",
    "(() => {})": "[Function (anonymous)]",
    "async () => {}": "[AsyncFunction (anonymous)]",
    "function* g() {}": "[GeneratorFunction: g]",
    "async function* g() {}": "[AsyncGeneratorFunction: g]",
    "class A { static size = 2; }": "[class A] { size: 2 }",
    "class B extends Map {}": "[class B extends Map]",
    "Object.setPrototypeOf(function f() {}, null)": "[Function (null prototype): f]",
    # objects and their keys
    "new (class A { b = 1; #c = 2; get d() { return 3; } })()": "A { b: 1 }",
    "{get a() { throw 1; }, set b(_) {}, get c() { throw 1; }, set c(_) {}}": "{ a: [Getter], "
    "b: [Setter], c: [Getter/Setter] }",
    "{'a-b': 1, 'é': 2, '': 3, 1: 4, a1: 5, $: 6}":
        '{ "1": 4, "a-b": 1, "é": 2, "": 3, a1: 5, $: 6 }',
    "{[Symbol('s')]: 1, [Symbol.iterator]: 2}": "{ [Symbol(s)]: 1, [Symbol(Symbol.iterator)]: 2 }",
    "{__proto__: null, a: 1}": "[Object: null prototype] { a: 1 }",
    "Object.setPrototypeOf(new Map([[1, 2]]), null)": "[Map(1): null prototype] { 1 => 2 }",
    "Object.setPrototypeOf(new Date(0), null)": "[Date: null prototype] 1970-01-01T00:00:00.000Z",
    "Object.setPrototypeOf([1], null)": "[Array(1): null prototype] [ 1 ]",
    "{[Symbol.toStringTag]: 'T'}": 'Object [T] { [Symbol(Symbol.toStringTag)]: "T" }',
    "Object.defineProperty(new Map(), Symbol.toStringTag, {value: 'Set', enumerable: true})":
        "Map(0) [Set] { "
    '[Symbol(Symbol.toStringTag)]: "Set" }',
    "JSON.rawJSON('12')": '[Object: null prototype] { rawJSON: "12" }',
    "Math": "Object [Math] {}",
    "{a: {b: {c: {d: {e: {f: 1}, g: new Date(0), h: []}}}}}": "{ a: { b: { c: { d: { e: [Object], "
    "g: 1970-01-01T00:00:00.000Z, h: [Array] } } } } }",
    # Temporal, Intl, WebAssembly
    "Temporal.PlainDate.from('2026-07-01')": "PlainDate [Temporal.PlainDate] 2026-07-01",
    "Temporal.Duration.from({hours: 1})": "Duration [Temporal.Duration] PT1H",
    "Temporal.Instant.fromEpochMilliseconds(0)": "Instant [Temporal.Instant] 1970-01-01T00:00:00Z",
    "new Intl.NumberFormat('lt')": "NumberFormat [Intl.NumberFormat] {}",
    "new Intl.Locale('lt-LT')": "Locale [Intl.Locale] lt-LT",
    "new WebAssembly.Memory({initial: 1})": "Memory [WebAssembly.Memory] {}",
    # behind a proxy
    "new Proxy(new Map([[1, 2]]), {})": "Map(1) { 1 => 2 }",
    "new Proxy(new Date(0), {})": "1970-01-01T00:00:00.000Z",
    "new Proxy(new Proxy([1], {}), {})": "[ 1 ]",
    "new Proxy(class A {}, {})": "[class A]",
    "Proxy.revocable({a: 1}, {}).proxy": "{ a: 1 }",
    "(() => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy; })()":
        "<Revoked Proxy>",
    # primitives
    "-0, [-0], 10n, [10n], Symbol('s'), [undefined, null]": "-0 [ -0 ] 10n [ 10n ] Symbol(s) "
    "[ undefined, null ]",
}  # fmt: skip


@pytest.mark.parametrize(("value", "text"), VALUES.items(), ids=VALUES)
def test_a_value_is_shown_with_its_content(printer: Printer, value: str, text: str) -> None:
    value = value if value.startswith(("-", "(")) else f"({value})"

    assert printer.shown(value) == [text]


TRAPS = """
const run = () => { console.error('user code runs'); throw 1; };
const traps = new Proxy({}, {get: (_, trap) => trap === '__proto__' ? undefined : run});
"""


@pytest.mark.parametrize(
    "value",
    [
        "new Proxy({a: 1}, traps)",
        "new Proxy([1], traps)",
        "new Proxy(new Error('x'), traps)",
        "new Proxy(() => {}, traps)",
        "Object.create(new Proxy({}, traps))",
        "Object.setPrototypeOf(new Map(), new Proxy({}, traps))",
        "Object.setPrototypeOf(() => {}, new Proxy({}, traps))",
        "{get [Symbol.toStringTag]() { run(); }}",
        "new (class { get [Symbol.toStringTag]() { run(); } })()",
        "new (class { static get name() { run(); } })()",
        "Object.defineProperty({}, 'constructor', {get: run})",
        "Object.defineProperty(new Error('x'), 'name', {get: run})",
        "Object.defineProperty(new Error('x'), 'message', {get: run})",
        "Object.defineProperty(new Error('x'), 'stack', {get: run})",
        "Object.defineProperty(new Error('x'), 'cause', {get: run})",
        "new (class extends Error { get message() { run(); } get name() { run(); } })()",
        "Object.assign(new Error(), {message: {toString: run, [Symbol.toPrimitive]: run}})",
        "Object.defineProperty(/x/g, 'global', {get: run})",
        "Object.defineProperty(new Map(), 'size', {get: run})",
        "Object.assign(new Date(0), {toISOString: run, valueOf: run})",
        "Object.defineProperty(new Uint8Array(1), 'length', {get: run})",
        "Object.assign(Promise.resolve(), {then: run, constructor: run})",
        "Object.defineProperty(Promise.resolve(), 'constructor', {get: run})",
        "{toJSON: run, inspect: run, toString: run, [Symbol.toPrimitive]: run}",
        "{[Symbol.for('nodejs.util.inspect.custom')]: run}",
        "Object.assign([1], {[Symbol.iterator]: run})",
        "(function () { return Object.defineProperty(arguments, 'length', {get: run}); })()",
    ],
)
@pytest.mark.parametrize("method", ["log", "dir", "table", "group", "assert", "trace", "error"])
def test_nothing_of_a_value_runs_when_it_is_shown(
    printer: Printer, method: str, value: str
) -> None:
    first = "false, " if method == "assert" else ""

    [(_, text)] = printer.lines(f"{TRAPS} console.{method}({first}{value})")

    assert "runs" not in text
    assert "unreadable" not in text


@pytest.mark.parametrize(
    "value",
    [
        "(() => { const a = {}; Object.setPrototypeOf(a, new Proxy(a, {})); return a; })()",
        "(() => { const a = {}; a.a = a; return a; })()",
        "(() => { let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p; })()",
        "(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a; })()",
        "(() => { const wide = (d) => d ? Array(100).fill(wide(d - 1)) : 1; return wide(5); })()",
        "Object.fromEntries(Array.from({length: 1e5}, (_, i) => ['k' + i, i]))",
        "{['k'.repeat(1e6)]: Symbol('s'.repeat(1e6)), n: 10n ** 100000n}",
        "new Error('x'.repeat(1e6), {cause: 'y'.repeat(1e6)})",
        "Array.from({length: 1e6}, () => 0)",
        "new Map(Array.from({length: 1e5}, (_, i) => [i, i]))",
    ],
)
def test_what_a_value_takes_on_the_console_is_bounded(printer: Printer, value: str) -> None:
    [text] = printer.shown(value)

    assert len(text) < 200_000


ERRORS = {
    "new Error('a', {cause: new TypeError('b', {cause: new RangeError('c')})})": [
        "Error: a\n    at function.js:", "[cause]: TypeError: b",
        "function.js:2:25", "[cause]: RangeError: c",
    ],
    "new Error('a', {cause: {code: 'E1'}})": ['[cause]: { code: "E1" }'],
    "new Error('a', {cause: undefined})": ["[cause]: undefined"],
    "Object.assign(new Error('a'), {cause: new Error('b'), status: 404})": [
        "cause: Error: b", "status: 404",
    ],
    "new AggregateError([new Error('one'), 'two'], 'all')": [
        "AggregateError: all", "[errors]: [ Error: one", '"two"',
    ],
    "new SuppressedError(new Error('one'), new Error('two'), 'both')": [
        "SuppressedError: both", "[error]: Error: one", "[suppressed]: Error: two",
    ],
    "new (class NotFound extends Error { status = 404; })('a')": ["NotFound: a", "status: 404"],
    "Object.assign(new Error('a'), {get: 1, details: {deep: [1]}})": ["details: { deep: [ 1 ] }"],
    "Object.assign(new Error('a'), {message: 404})": ["Error: 404"],
    "Object.assign(new Error('a'), {message: {code: 7}})": ["Error: { code: 7 }"],
    "Object.assign(new Error('a'), {message: Symbol('s')})": ["Error: Symbol(s)"],
    "Object.assign(new Error('a'), {name: 'Mine'})": ["Mine: a"],
    "(() => { const e = new Error('a'); e.stack; e.message = 'later'; return e; })()": [
        '[message]: "later"',
    ],
    "(() => { const e = new Error('a'); delete e.stack; return e; })()": ["Error: a"],
    "Object.assign(new Error('a'), {stack: 'my own'})": ["my own"],
    "Object.defineProperty(new Error('a'), 'b', {enumerable: true, get() { throw 1; }})": [
        "b: [Getter]",
    ],
    "(() => { const e = new Error('a'); e.cause = e; return e; })()": ["cause: [Circular]"],
    "Array.from({length: 1e4}).reduce((cause, _, i) => new Error(`e${i}.`, {cause}), 1)": [
        "Error: e9999.", "[cause]: Error: e9990.", "[cause]: [Error: e99",
    ],
    "new Proxy(new Error('a', {cause: 'b'}), {})": ["Error: a", '[cause]: "b"'],
}  # fmt: skip
WHERE = ["{}", "{{in: {}}}", "[{}]", "new Map([['in', {}]])", "'%s', {}", "'%o', {}"]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize(("error", "texts"), ERRORS.items(), ids=ERRORS)
def test_an_error_is_shown_with_all_that_it_carries(
    printer: Printer, error: str, texts: list[str], where: str
) -> None:
    [(_, shown)] = printer.lines(f"const e =\n {error};\nconsole.error({where.format('e')})")

    at = 0
    for text in texts:
        found = shown.find(text, at)
        assert found >= 0, (text, shown)
        at = found


def test_an_uncaught_error_of_a_timer_is_shown_with_all_that_it_carries(printer: Printer) -> None:
    thrown = "Object.assign(new Error('a', {cause: new Error('b')}), {code: 7})"

    [(level, text)] = printer.lines(
        f"setTimeout(() => {{ throw {thrown}; }}, 1); await new Promise((r) => setTimeout(r, 5))"
    )

    assert level == "error"
    assert text.startswith("Uncaught Error: a\n    at function.js:1")
    assert "[cause]: Error: b" in text
    assert "code: 7" in text
