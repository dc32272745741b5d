"""structuredClone: what the web platform tests do not say, attacks first."""

import pytest

from tests.unit.executor.platform.evaluating import Run

_UNCLONED = {
    "() => 1": "() => 1",
    "Symbol('s')": "Symbol(s)",
    "Object(Symbol('s'))": "#<Symbol>",
    "Promise.resolve()": "#<Promise>",
    "new WeakMap()": "#<WeakMap>",
    "(function* () {})()": "#<Generator>",
    "[].values()": "#<Array Iterator>",
    "new Intl.NumberFormat()": "#<Intl.NumberFormat>",
    "Temporal.Now.instant()": "#<Temporal.Instant>",
    "new EventTarget()": "#<EventTarget>",
    "new AbortController().signal": "#<AbortSignal>",
    "(EventTarget, globalThis)": "#<EventTarget>",
    "new Proxy([], {})": "A proxy",
    "(() => { const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy })()": "A proxy",
}


@pytest.mark.parametrize("value", _UNCLONED)
@pytest.mark.parametrize("place", ["{}", "[{}]", "{{ a: {} }}", "new Map([[1, {}]])"])
def test_what_has_no_clone_is_a_data_clone_error_wherever_it_is(
    value: str, place: str, run: Run
) -> None:
    error = run(
        f"try {{ structuredClone({place.format(value)}) }}"
        "catch (error) { return [error.name, error.code, error.message] }"
    )

    assert error == ["DataCloneError", 25, f"{_UNCLONED[value]} could not be cloned."]


def test_a_proxy_runs_no_trap(run: Run) -> None:
    trapped = run(
        "let trapped = 0; const traps = new Proxy({}, { get() { trapped++ } });"
        "try { structuredClone([new Proxy({}, traps)]) } catch {} return trapped"
    )

    assert trapped == 0


def test_no_nesting_is_too_deep(run: Run) -> None:
    depth = run(
        "const top = {}; let at = top; for (let i = 0; i < 200_000; i++) at = at.next = {};"
        "let depth = 0; for (at = structuredClone(top); at; at = at.next) depth++; return depth"
    )

    assert depth == 200_001


def test_a_collection_in_itself_is_cloned_once(run: Run) -> None:
    same = run(
        "const map = new Map(), set = new Set([map]), list = [set, map];"
        "map.set(map, set).set('list', list); const cloned = structuredClone(list);"
        "const [s, m] = cloned;"
        "return [s.has(m), m.get(m) === s, m.get('list') === cloned, m !== map]"
    )

    assert same == [True] * 4


def test_getters_run_in_order_and_may_change_what_comes_after(run: Run) -> None:
    cloned = run(
        "const inner = { get c() { value.d = 'c' } };"
        "const value = { get a() { delete this.b; this.z = 1; return inner }, b: 1, d: 'd' };"
        "return structuredClone(value)"
    )

    assert cloned == {"a": {}, "d": "c"}


def test_what_a_getter_throws_is_thrown_and_transfers_nothing(run: Run) -> None:
    left = run(
        "const buffer = new ArrayBuffer(8); let thrown;"
        "try { structuredClone({ get a() { throw 'mine' } }, { transfer: [buffer] }) }"
        "catch (error) { thrown = error } return [thrown, buffer.byteLength]"
    )

    assert left == ["mine", 8]


def test_setters_on_prototypes_see_nothing_of_a_clone(run: Run) -> None:
    seen = run(
        "structuredClone(1); let seen = 0; const accessor = { __proto__: null, set() { seen++ } };"
        "for (const holder of [Object.prototype, Array.prototype]) for (const key of ['a', 0])"
        "    Object.defineProperty(holder, key, accessor);"
        'const source = JSON.parse(\'{"a": [1], "__proto__": {"polluted": 1}}\');'
        "const cloned = structuredClone(source);"
        "return [seen, cloned.a[0], Object.keys(cloned).join(), cloned.polluted ?? null]"
    )

    assert seen == [0, 1, "a,__proto__", None]


def test_methods_that_user_code_replaces_are_not_called(run: Run) -> None:
    cloned = run(
        "structuredClone(1); const poisoned = () => { throw new Error('poisoned') };"
        "for (const { prototype } of [Map, Set, Date, RegExp, ArrayBuffer, Uint8Array])"
        "    for (const key of Reflect.ownKeys(prototype)) if (key !== 'constructor')"
        "        try { Object.defineProperty(prototype, key, { get: poisoned }) } catch {}"
        "Array.prototype[Symbol.iterator] = poisoned;"
        "const sources = [new Date(5), /a/g, new ArrayBuffer(3), new Uint8Array(2)];"
        "for (let i = 0; i < 4; i++) structuredClone(sources[i]); return 'cloned'"
    )

    assert cloned == "cloned"


def test_errors_keep_their_name_their_cause_and_where_they_were_made(run: Run) -> None:
    kept = run(
        "class Mine extends RangeError { name = 'Mine' }"
        "const source = [new RangeError('a', { cause: { b: 1 } }), new Mine('c')];"
        "const [error, mine] = structuredClone(source);"
        "return [error instanceof RangeError, error.message, error.cause,"
        "    error.stack.split('\\n')[1].trim(), mine.constructor.name, Object.keys(error)]"
    )

    assert kept == [True, "a", {"b": 1}, "at function.js:1:64", "Error", []]


def test_a_transferred_buffer_is_the_buffer_of_its_views(run: Run) -> None:
    moved = run(
        "const buffer = new ArrayBuffer(8, { maxByteLength: 16 });"
        "const cloned = structuredClone({ view: new Uint16Array(buffer, 2, 2), buffer },"
        "    { transfer: [buffer] });"
        "return [buffer.detached, cloned.view.buffer === cloned.buffer, cloned.view.length,"
        "    cloned.buffer.maxByteLength]"
    )

    assert moved == [True, True, 2, 16]


@pytest.mark.parametrize(
    "transfer",
    [
        "[buffer, buffer]",
        "[detached]",
        "[{}]",
        "[new Uint8Array(buffer)]",
        "[() => {}]",
        "[new Proxy(buffer, {})]",
    ],
)
def test_what_cannot_be_transferred_leaves_all_as_it_was(transfer: str, run: Run) -> None:
    left = run(
        "const buffer = new ArrayBuffer(8), detached = new ArrayBuffer(8); detached.transfer();"
        f"try {{ structuredClone(1, {{ transfer: {transfer} }}) }}"
        "catch (error) { return [error.name, buffer.byteLength] }"
    )

    assert left == ["DataCloneError", 8]


def test_shared_memory_stays_shared(run: Run) -> None:
    shared = run(
        "const view = new Uint8Array(new SharedArrayBuffer(1));"
        "structuredClone(view)[0] = 7; return view[0]",
        "shared_array_buffer",
    )

    assert shared == 7


def test_a_long_sparse_list_takes_what_it_has(run: Run) -> None:
    sparse = run(
        "const list = []; list[2 ** 32 - 2] = 'end'; list.name = 'x';"
        "const cloned = structuredClone(list);"
        "return [cloned.length, cloned.at(-1), cloned.name, Object.keys(cloned).length]"
    )

    assert sparse == [2**32 - 1, "end", "x", 2]
