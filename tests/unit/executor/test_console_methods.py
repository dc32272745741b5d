"""Every method of the standard's console is there, prints its arguments, and never fails."""

import pytest

from isolambda_core.domain.limits import LOG_BYTES
from tests.unit.executor.printing import Printer

# https://console.spec.whatwg.org/#console-namespace
METHODS = [
    *("assert", "clear", "debug", "error", "info", "log", "table", "trace", "warn", "dir"),
    *("dirxml", "count", "countReset", "group", "groupCollapsed", "groupEnd"),
    *("time", "timeLog", "timeEnd"),
]
LABELLED = ["count", "countReset", "time", "timeLog", "timeEnd"]
"""Their first argument becomes a string, as an argument of any interface does."""


def test_every_method_of_the_standard_is_there(printer: Printer) -> None:
    [listed] = printer.shown("Object.keys(console).join(' ')")

    assert listed.split() == METHODS


@pytest.mark.parametrize("method", METHODS)
def test_a_method_works_when_it_is_taken_from_the_console(printer: Printer, method: str) -> None:
    source = f"const {{{method}: taken}} = console; taken('x'); taken.call(null, 'x', 'y'); log();"

    printer.lines(source.replace("log()", "console.log('on')"))


@pytest.mark.parametrize("method", LABELLED)
def test_an_error_of_a_label_is_the_callers(printer: Printer, method: str) -> None:
    lines = printer.lines(
        "for (const label of [{ toString() { throw 1; } }, Symbol('s')]) {"
        f"    try {{ console.{method}(label); }} catch (error) {{ console.log(`${{error}}`); }} }}"
    )

    assert lines == [("log", "1"), ("log", "TypeError: Cannot convert a Symbol value to a string")]


@pytest.mark.parametrize("method", LABELLED)
@pytest.mark.parametrize("label", ["", "undefined, null", "{}", "'x'.repeat(1e6)", "1n", "{}, 1n"])
def test_a_method_takes_any_label_that_is_a_string(
    printer: Printer, method: str, label: str
) -> None:
    assert printer.lines(f"console.{method}({label}); console.log('on')")[-1] == ("log", "on")


@pytest.mark.parametrize("method", [name for name in METHODS if name not in LABELLED])
@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "undefined, null",
        "Symbol('s'), Symbol('t')",
        "{toString() { throw 1; }, [Symbol.toPrimitive]() { throw 1; }}",
        "'%s %d %i %f %o %O %c', Symbol('s'), Object.create(null), 1n, {valueOf() { throw 1; }}",
        "new Proxy({}, {ownKeys() { throw 1; }}), new Proxy([], {get() { throw 1; }})",
        "(() => { const {proxy, revoke} = Proxy.revocable([], {}); revoke(); return proxy; })()",
        "[{get a() { throw 1; }}], [{}, Symbol('s'), 'a']",
        "Array(2 ** 32 - 1), Array(2 ** 32 - 1)",
        "'x'.repeat(1e6), 'y'.repeat(1e6)",
        "class { static toString() { throw 1; } }, () => {}",
    ],
)
def test_no_other_method_ever_fails(printer: Printer, method: str, arguments: str) -> None:
    lines = printer.lines(f"console.{method}({arguments}); console.groupEnd(); console.log('on')")

    assert lines[-1] == ("log", "on")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("'%s has %d calls', 'Ada', 3", "Ada has 3 calls"),
        ("'%s has %d calls', 'Ada', 3, 'and', {n: 1}", "Ada has 3 calls and { n: 1 }"),
        ("'%d|%i|%f', '42.9px', 42.9, '1.5rem'", "42|42|1.5"),
        ("'%d|%i|%f', 'x', {}, Symbol()", "NaN|NaN|NaN"),
        ("'%d|%i', 9007199254740993n, new Number(7)", "9007199254740993n|7"),
        ("'%o|%O', {a: 'b'}, ['c']", '{ a: "b" }|[ "c" ]'),
        ("'%cred%c!', 'color: red', ''", "red!"),
        ("'%d%%', 50", "50%"),
        ("'%s%%s', 'x', 'y'", "x%s y"),
        ("'%s|%s|%s', undefined, null, Symbol('q')", "undefined|null|Symbol(q)"),
        ("'%s', {toString() { return 'mine'; }}", "mine"),
        ("'%s', {a: 1}", "{ a: 1 }"),
        ("'%s', new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("'%s and %s', 1", "1 and %s"),
        ("'%s', '%s', 1", "%s 1"),
        ("'%x %', 1", "%x % 1"),
        ("'100%'", "100%"),
        ("'a text without', 'any'", "a text without any"),
        ("1, '%s', 2", "1 %s 2"),
        ("'%s'", "%s"),
    ],
)
def test_directives_are_replaced(printer: Printer, arguments: str, text: str) -> None:
    assert printer.lines(f"console.log({arguments})") == [("log", text)]


@pytest.mark.parametrize(
    ("call", "level", "text"),
    [
        ("debug('%s', 1)", "debug", "1"),
        ("info('%s', 1)", "info", "1"),
        ("warn('%s', 1)", "warn", "1"),
        ("error('%s', 1)", "error", "1"),
        ("dirxml('%s', 1)", "log", "1"),
        ("group('%s', 1)", "log", "1"),
        ("groupCollapsed('%s', 1)", "log", "1"),
        ("trace('%s', 1)", "debug", "Trace: 1\n    at function.js:1:9"),
        ("trace()", "debug", "Trace\n    at function.js:1:9"),
        ("assert(0, '%s', 1)", "error", "Assertion failed: 1"),
        ("assert('', {a: 1}, 'b')", "error", "Assertion failed { a: 1 } b"),
        ("assert()", "error", "Assertion failed"),
        ("dir({a: 1}, {depth: 0})", "log", "{ a: 1 }"),
        ("dir('%s', 1)", "log", "%s"),
    ],
)
def test_what_prints_formats(printer: Printer, call: str, level: str, text: str) -> None:
    assert printer.lines(f"console.{call}") == [(level, text)]


def test_an_assertion_that_holds_says_nothing(printer: Printer) -> None:
    assert printer.lines("console.assert(1, 'x'); console.assert({}, 'y')") == []


def test_counts_are_reported_with_their_labels(printer: Printer) -> None:
    source = """
    console.count(); console.count('calls'); console.count('calls'); console.count(undefined);
    console.countReset('calls'); console.count('calls'); console.countReset('nobody');
    console.count('__proto__'); console.count('constructor');"""

    assert printer.lines(source) == [
        ("info", "default: 1"),
        ("info", "calls: 1"),
        ("info", "calls: 2"),
        ("info", "default: 2"),
        ("info", "calls: 1"),
        ("warn", 'Count for "nobody" does not exist'),
        ("info", "__proto__: 1"),
        ("info", "constructor: 1"),
    ]


def test_times_are_reported_with_their_labels(printer: Printer) -> None:
    source = """
    console.time('step'); console.time('step'); console.time();
    const began = Date.now();
    while (Date.now() < began + 5);
    console.timeLog('step', {a: 1}, 'b'); console.timeEnd('step'); console.timeEnd('step');
    console.timeEnd(); console.timeLog('toString');"""

    lines = printer.lines(source)

    assert [level for level, _ in lines] == ["warn", "log", "info", "warn", "info", "warn"]
    assert lines[0][1] == 'Timer "step" already exists'
    assert lines[1][1].endswith("ms { a: 1 } b")
    ms = [int(text.split(": ")[1].split("ms")[0]) for _, text in (lines[1], lines[2], lines[4])]
    assert min(ms) >= 5
    assert lines[3][1] == 'Timer "step" does not exist'
    assert lines[5][1] == 'Timer "toString" does not exist'


def test_groups_indent_all_lines_of_their_contents(printer: Printer) -> None:
    source = """
    console.group('outer'); console.log('a\\nb'); console.groupCollapsed(); console.warn({c: 1});
    console.groupEnd(); console.info('d'); console.groupEnd(); console.groupEnd(); console.log('e');
    console.group(); console.group(); console.clear(); console.log('f');"""

    assert [text for _, text in printer.lines(source)] == [
        "outer",
        "  a\n  b",
        "    { c: 1 }",
        "  d",
        "e",
        "f",
    ]


@pytest.mark.parametrize(
    ("arguments", "table"),
    [
        (
            "[{a: 1, b: 'x'}, {a: 22, c: [1]}]",
            """
┌─────────┬────┬─────┬───────┐
│ (index) │ a  │ b   │ c     │
├─────────┼────┼─────┼───────┤
│ 0       │ 1  │ "x" │       │
│ 1       │ 22 │     │ [ 1 ] │
└─────────┴────┴─────┴───────┘""",
        ),
        (
            "[1, 'two', {three: 3}]",
            """
┌─────────┬───────┬────────┐
│ (index) │ three │ Values │
├─────────┼───────┼────────┤
│ 0       │       │ 1      │
│ 1       │       │ "two"  │
│ 2       │ 3     │        │
└─────────┴───────┴────────┘""",
        ),
        (
            "new Map([['k', {v: 1}]])",
            """
┌─────────┬───┐
│ (index) │ v │
├─────────┼───┤
│ "k"     │ 1 │
└─────────┴───┘""",
        ),
        (
            "{x: {a: 1, get b() { throw 1; }}, get y() { throw 1; }}, ['b', 'a']",
            """
┌─────────┬──────────┬───┬──────────┐
│ (index) │ b        │ a │ Values   │
├─────────┼──────────┼───┼──────────┤
│ x       │ [Getter] │ 1 │          │
│ y       │          │   │ [Getter] │
└─────────┴──────────┴───┴──────────┘""",
        ),
        (
            "new Set([new Date(0), new Map([[1, 2]]), new Error('a')])",
            """
┌─────────┬──────────────────────────┐
│ (index) │ Values                   │
├─────────┼──────────────────────────┤
│ 0       │ 1970-01-01T00:00:00.000Z │
│ 1       │ Map(1) { 1 => 2 }        │
│ 2       │ Error: a…                │
└─────────┴──────────────────────────┘""",
        ),
        ("5", "\n5"),
        ("'text'", "\ntext"),
    ],
)
def test_a_table_shows_its_values(printer: Printer, arguments: str, table: str) -> None:
    [(level, text)] = printer.lines(f"console.table({arguments})")

    assert (level, "\n" + text) == ("log", table)


def test_what_a_console_remembers_is_bounded_and_ends_with_its_execution(printer: Printer) -> None:
    many = "for (let i = 0; i < 1e5; i++) { console.time('t' + i); console.group(); }"

    lines = printer.lines(f"{many} console.log('deep'); console.clear(); console.timeEnd('t5')")

    assert [level for level, _ in lines] == ["warn", "log", "info"]
    assert lines[0][1].lstrip().startswith('"t1000" and further labels are not kept')
    assert len(lines[1][1]) < 200
    assert sum(len(text) for _, text in lines) < LOG_BYTES


def test_nothing_of_an_execution_is_left_on_the_console_of_the_next(printer: Printer) -> None:
    source = "console.group('g'); console.count(); console.time()"

    assert printer.lines(source, times=2) == [("log", "g"), ("info", "  default: 1")]
