"""The console shows the platform's objects by what they hold, and runs nothing of user code."""

import pytest

from tests.unit.executor.printing import Printer

_PLACE = "\n    at function.js:1:13"
VALUES = {
    "new DOMException('gone', 'AbortError')": f"DOMException [AbortError]: gone{_PLACE}",
    "new DOMException('gone')": f"DOMException [Error]: gone{_PLACE}",
    "new DOMException('', 'DataError')": f"DOMException [DataError]{_PLACE}",
    "new (class Mine extends DOMException {})('m', 'DataError')": f"Mine [DataError]: m{_PLACE}",
    "Object.create(DOMException.prototype)": "DOMException {}",
    "AbortSignal.abort({ a: 1 })": "AbortSignal { aborted: true, reason: { a: 1 } }",
    "new AbortController()": "AbortController { signal: AbortSignal { aborted: false } }",
    "new EventTarget()": "EventTarget {}",
    "new (class T extends EventTarget { a = 1 })()": "T [EventTarget] { a: 1 }",
    "Object.create(Event.prototype)": "Event {}",
    "new URL('http://a?b')": 'URL { href: "http://a/?b" }',
    "new URLSearchParams('a=1&b=2&a=3')": 'URLSearchParams { a: [ "1", "3" ], b: "2" }',
    "new Headers({ 'X-A': 1 })": 'Headers { "x-a": "1" }',
    "Response.json(1)": 'Response { status: 200, statusText: "", headers: '
    'Headers { "content-type": "application/json" }, bodyUsed: false }',
    "new Request('http://a')": 'Request { method: "GET", url: "http://a/", headers: Headers {}, '
    "bodyUsed: false }",
    "new Blob(['a'], { type: 'a/b' })": 'Blob { size: 1, type: "a/b" }',
    "new File([], 'n', { lastModified: 1 })": 'File { size: 0, type: "", name: "n", '
    "lastModified: 1 }",
    "((it) => { it.set('__proto__', 1); return it })(new FormData)": 'FormData { __proto__: "1" }',
    "Object.create(Headers.prototype)": "Headers {}",
}


@pytest.mark.parametrize("value", VALUES)
def test_an_object_is_shown_by_what_it_holds(value: str, printer: Printer) -> None:
    assert printer.shown(value) == [VALUES[value]]


def test_an_event_is_shown_with_what_it_carries(printer: Printer) -> None:
    [shown] = printer.shown("new CustomEvent('x', { detail: [1], cancelable: true })")

    assert shown.startswith('CustomEvent { type: "x", defaultPrevented: false, cancelable: true,')
    assert "detail: [ 1 ]" in shown


def test_accessors_that_user_code_replaces_are_not_called(printer: Printer) -> None:
    lines = printer.lines(
        "const fail = { get() { console.log('called'); return 'x' } };"
        "const error = new DOMException('gone', 'AbortError');"
        "for (const key of ['name', 'message'])"
        "    Object.defineProperty(DOMException.prototype, key, fail);"
        "Object.defineProperty(Event.prototype, 'type', fail);"
        "console.log(error, new Event('x'))"
    )

    assert [text.split(":")[0] for _, text in lines] == ["DOMException [AbortError]"]
