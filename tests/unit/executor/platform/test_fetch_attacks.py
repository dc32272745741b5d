"""What fetch refuses by itself, and what code does to break it."""

import pytest

from tests.unit.executor.platform.evaluating import Evaluate

_REFUSED = {
    "fetch()": "not a valid URL",
    "fetch('/relative')": "not a valid URL",
    "fetch('http://user:secret@a')": "a user or a password",
    "fetch('ftp://a')": 'fetch knows no scheme "ftp"',
    "fetch('about:blank')": 'fetch knows no scheme "about"',
    "fetch('file:///etc/passwd')": 'fetch knows no scheme "file"',
    "fetch('javascript:1')": 'fetch knows no scheme "javascript"',
    "fetch('__proto__:1')": "not a valid URL",
    "fetch('constructor:1')": 'fetch knows no scheme "constructor"',
    "fetch('http://a', { method: 'CONNECT' })": "CONNECT is forbidden",
    "fetch('http://a', { method: 'trace' })": "TRACE is forbidden",
    "fetch('http://a', { method: 'TRACK' })": "TRACK is forbidden",
    "fetch('http://a', { method: 'GET / HTTP/1.1\\r\\nHost: b' })": "not a token",
    "fetch('http://a', { method: 'P\\u00d6ST' })": "not a token",
    "fetch('http://a', { method: '\\u0100' })": "is no byte",
    "fetch('http://a', { headers: { a: 'b\\r\\nc: d' } })": "a line end or U+0000 at 1",
    "fetch('http://a', { headers: { a: 'b\\nc' } })": "a line end or U+0000 at 1",
    "fetch('http://a', { headers: { a: 'b\\0c' } })": "a line end or U+0000 at 1",
    "fetch('http://a', { headers: { 'a\\r\\nb': '' } })": "is not the name of a header",
    "fetch('http://a', { headers: { 'a:': '' } })": "is not the name of a header",
    "fetch('http://a', { headers: { '': '' } })": "is not the name of a header",
    "fetch('http://a', { headers: { a: '\\ud800' } })": "is no byte",
    "fetch('http://a', { headers: { a: '\\u0100' } })": "is no byte",
    "fetch('http://a', { headers: [['a']] })": "a pair has 1 items",
    "fetch('http://a', { body: 'x' })": "GET has no body",
    "fetch('http://a', { method: 'HEAD', body: 'x' })": "HEAD has no body",
    "fetch('http://a', { redirect: 'other' })": '"other" is not one of',
    "fetch('http://a', { signal: { aborted: true } })": "not an AbortSignal",
    "fetch('http://a', { method: 'POST', body: new ReadableStream() })": 'the duplex is not "half"',
    "fetch('http://a', { get method() { throw new TypeError('mine') } })": "mine",
    "fetch('http://a', new Proxy({}, { get() { throw new TypeError('mine') } }))": "mine",
    "fetch({ toString() { throw new TypeError('mine') } })": "mine",
    "fetch('http://a', { headers: new Proxy({}, { ownKeys() { throw new TypeError('mine') } }) })":
        "mine",
    "fetch('http://a', { method: 'POST', body: { toString() { throw new TypeError('mine') } } })":
        "mine",
    "(async () => { const it = new Request('http://a', { method: 'POST', body: 'x' });"
    " fetch(it).catch(() => {}); return fetch(it) })()": "the body was read before",
    "(async () => { const body = new ReadableStream(); body.getReader();"
    " return fetch('http://a', { method: 'POST', duplex: 'half', body }) })()":
        "is locked, or was read",
    "fetch('http://a', { integrity: 'sha256-AAAA' })": "fetch checks no integrity",
    "fetch('data:text/plain')": "the data URL holds no content",
    "fetch('data:;base64,*')": "the data URL holds no content",
}  # fmt: skip


@pytest.mark.parametrize("source", _REFUSED)
def test_what_fetch_refuses_asks_nothing(ask: Evaluate, source: str) -> None:
    answer = ask(f"""
        const before = asked.length;
        const said = await {source}.then(() => 'nothing', (thrown) => `${{thrown}}`);
        return [said, asked.length - before];
    """)

    assert isinstance(answer, list)
    assert answer[0].startswith("TypeError: ")
    assert _REFUSED[source] in answer[0]
    assert answer[1] == source.count("const it")  # the first fetch of it


@pytest.mark.parametrize(
    "reply",
    [
        "{ end: true }",
        "head({ headers: [['a b', 'c']] })",
        "head({ headers: [['a', 'b\\nc']] })",
        "{ head: {} }",
    ],
)
def test_a_reply_that_makes_no_response_is_an_error(ask: Evaluate, reply: str) -> None:
    said = ask(f"const it = fetch('http://a'); reply(1, {reply}); return failure(it)")

    assert isinstance(said, str)
    assert said.startswith("TypeError: ")


_POLLUTIONS = (
    (
        "for (const name of ['error', 'head', 'more', 'end', 'bytes', 'chunk', 'code', 'body',"
        " 'signal', 'method', 'headers', 'followed', 'incoming'])"
        " Object.defineProperty(Object.prototype, name, { get() { throw new Error(name) }, set() {"
        " throw new Error(name) }, configurable: true });"
    ),
    "Object.prototype.toJSON = () => 'forged';",
    (
        "for (const name of ['push', 'map', 'join', 'slice', Symbol.iterator])"
        " Array.prototype[name] = () => { throw new Error('poisoned') };"
    ),
    (
        "Object.defineProperty(Array.prototype, 0, { set() { throw new Error('poisoned') },"
        " get() { throw new Error('poisoned') }, configurable: true });"
    ),
    (
        "Map.prototype.get = Map.prototype.set = () => { throw new Error('poisoned') };"
        "Reflect.apply = JSON.stringify = () => { throw new Error('poisoned') };"
    ),
)


@pytest.mark.parametrize("pollution", _POLLUTIONS)
@pytest.mark.parametrize("touched", [False, True])
def test_changed_built_ins_harm_no_reply(ask: Evaluate, pollution: str, *, touched: bool) -> None:
    if touched:
        ask("const it = await answered(); reply(1, { end: true }); await it.text();")
    source = f"""
        asked.length = 0;
        const id = {2 if touched else 1};
        const given = head();
        const end = {{ end: true }};
        const chunk = {{ chunk: true }};
        const part = bytesOf('ab');
        const init = {{ __proto__: null, method: 'POST', body: 'x' }};
        {pollution if touched else ""}
        const response = fetch('http://a/', init);
        {"" if touched else pollution}
        reply(id, given);
        const it = await response;
        const text = it.text();
        reply(id, chunk, part);
        reply(id, end);
        const value = await text;
        delete Object.prototype.toJSON;
        return value;
    """

    assert ask(source) == "ab"


def test_a_thenable_is_no_response(ask: Evaluate) -> None:
    source = """
        const seen = [];
        Object.defineProperty(Uint8Array.prototype, 'then', { get() { seen.push('bytes') } });
        const it = await answered();
        const reading = it.body.getReader().read();
        reply(1, { chunk: true }, bytesOf('ab'));
        const { value } = await reading;
        return [value.length, seen];
    """

    assert ask(source) == [2, []]


def test_ten_thousand_headers_are_sent_in_order(ask: Evaluate) -> None:
    source = """
        const headers = Array.from({ length: 10_000 }, (_, i) => [`x-${i}`, `${i}`]);
        fetch('http://a', { headers });
        return [asked[0].headers.length, new Headers(asked[0].headers).get('x-9999')];
    """

    assert ask(source) == [10_000, "9999"]
