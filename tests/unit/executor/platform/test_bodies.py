"""Request and Response: what the Fetch Standard asks, and attacks."""

import pytest

from isolambda_core.domain.executions.execution import Outcome
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.platform.evaluating import Evaluate, thrown
from tests.unit.executor.supervised import run

_STREAM = """
    const streamOf = (...chunks) => new ReadableStream({
        start(it) { for (const chunk of chunks) it.enqueue(chunk); it.close(); },
    });
    const bytesOf = (text) => new TextEncoder().encode(text);
"""
_VALUES = {
    # what a response is by itself
    "(({ status, ok, type, url, redirected, statusText, body, bodyUsed }) =>"
    " [status, ok, type, url, redirected, statusText, body, bodyUsed])(new Response())":
        [200, True, "default", "", False, "", None, False],
    "(({ status, ok, type, body }) => [status, ok, type, body])(Response.error())":
        [0, False, "error", None],
    "(it => [it.status, it.headers.get('location')])(Response.redirect('http://A/b', 307))":
        [307, "http://a/b"],
    "new Response('', { status: 404 }).ok": False,
    "new Response(null, { status: 204 }).status": 204,
    "new Response(null, { statusText: 'a\\tb \\xff' }).statusText": "a\tb \xff",
    # the types of bodies
    "new Response('a').headers.get('content-type')": "text/plain;charset=UTF-8",
    "new Response(new URLSearchParams('a=1')).headers.get('content-type')":
        "application/x-www-form-urlencoded;charset=UTF-8",
    "new Response(new Blob(['a'], { type: 'a/b' })).headers.get('content-type')": "a/b",
    "new Response(new Blob(['a'])).headers.get('content-type')": None,
    "new Response(new Uint8Array(1)).headers.get('content-type')": None,
    "new Response(streamOf()).headers.get('content-type')": None,
    "new Response('a', { headers: { 'Content-Type': 'x/y' } }).headers.get('content-type')": "x/y",
    "Response.json({}).headers.get('content-type')": "application/json",
    "Response.json({}, { headers: { 'content-type': 'a/b' } }).headers.get('content-type')": "a/b",
    # reading
    "await new Response('h\\u00e4\\ud83d\\ude00').text()": "hä😀",
    "await new Response('\\ufeffa').text()": "a",
    "await new Response('\\ud800').text()": "�",
    "await new Response(new Uint8Array([255, 65])).text()": "�A",
    "await new Response().text()": "",
    "await new Response('[1]').json()": [1],
    "await Response.json({ a: [1] }).json()": {"a": [1]},
    "(await new Response('abc').bytes()).join()": "97,98,99",
    "(await new Response('abc').arrayBuffer()).byteLength": 3,
    "await (await new Response('abc').blob()).text()": "abc",
    "(await new Response('a', { headers: { 'content-type': 'A/B;x=1' } }).blob()).type": "a/b;x=1",
    "await new Response(new DataView(bytesOf('abc').buffer, 1)).text()": "bc",
    "await new Response(streamOf(bytesOf('a'), bytesOf('bc'))).text()": "abc",
    "await new Response({ toString: () => 'x' }).text()": "x",
    "await new Request('http://a', { method: 'POST', body: 'x' }).text()": "x",
    # once
    "await (async (it) => { await it.text(); return it.bodyUsed })(new Response('a'))": True,
    "await (async (it) => { await it.text(); return it.bodyUsed })(new Response())": False,
    "await (async (it) => { await it.text(); return it.body.locked })(new Response('a'))": True,
    "((it) => { it.text(); return it.bodyUsed })(new Response('a'))": True,
    "((it) => [it.body === it.body, it.bodyUsed])(new Response('a'))": [True, False],
    "await (async (it) => { it.body; return it.text() })(new Response('a'))": "a",
    # copies
    "await (async (it) => [await it.clone().text(), await it.text()])(new Response('a'))":
        ["a", "a"],
    "await (async (it) => { it.body; return [await it.clone().text(), await it.text()] })"
    "(new Response('a'))": ["a", "a"],
    "await (async (it) => [await it.clone().text(), await it.text()])"
    "(new Response(streamOf(bytesOf('ab'))))": ["ab", "ab"],
    "await (async (it) => {"
    "    const copy = it.clone();"
    "    const { value } = await it.body.getReader().read(); value[0] = 120;"
    "    return copy.text();"
    "})(new Response(streamOf(bytesOf('ab'))))": "ab",
    "await (async (it) => {"
    "    const [a, b] = [it.clone().body, it.body].map((body) => body.getReader().read());"
    "    return [(await a).value, (await b).value].map((chunk) => chunk.constructor.name);"
    "})(new Response(streamOf(new Int8Array(1))))": ["Int8Array", "Int8Array"],
    "await (async (it) => { const { body } = it; it.clone(); return it.body === body })"
    "(new Response('a'))": True,
    "await (async (bytes) => { const it = new Response(bytes); bytes[0] = 120; return it.text() })"
    "(bytesOf('ab'))": "ab",
    # requests
    "(({ method, url, mode, credentials, cache, redirect, referrer, duplex, keepalive }) =>"
    " [method, url, mode, credentials, cache, redirect, referrer, duplex, keepalive])"
    "(new Request('HTTP://A/b/../c#d'))":
        ["GET", "http://a/c#d", "cors", "same-origin", "default", "follow", "about:client", "half",
         False],
    "['get', 'Post', 'patch', 'x-Y'].map((method) => new Request('http://a', { method }).method)":
        ["GET", "POST", "patch", "x-Y"],
    "new Request(new Request('http://a', { method: 'PUT', headers: { a: '1' } })).headers.get('a')":
        "1",
    "new Request(new Request('http://a', { headers: { a: '1' } }), { headers: {} })"
    ".headers.get('a')": None,
    "await (async (first) => {"
    "    const second = new Request(first);"
    "    return [first.bodyUsed, second.bodyUsed, await second.text(), second.method];"
    "})(new Request('http://a', { method: 'POST', body: 'x' }))": [True, False, "x", "POST"],
    "await (async (first) => {"
    "    const second = new Request(first);"
    "    return [first.bodyUsed, await second.text()];"
    "})(new Request('http://a', { method: 'POST', body: streamOf(bytesOf('x')), duplex: 'half' }))":
        [True, "x"],
    "await new Request(new Request('a:', { method: 'PUT', body: 'x' }), { body: 'y' }).text()":
        "y",
    "(({ signal }) => [signal instanceof AbortSignal, signal.aborted])(new Request('http://a'))":
        [True, False],
    "((controller) => {"
    "    const first = new Request('http://a', controller);"
    "    const copies = [first.clone(), new Request(first)];"
    "    const { signal } = copies[0]; controller.abort('why');"
    "    return [first, ...copies].map((it) => it.signal.reason).concat(signal.aborted);"
    "})(new AbortController())": ["why", "why", "why", True],
    "new Request(new Request('http://a', { signal: AbortSignal.abort() }), { signal: null })"
    ".signal.aborted": False,
}  # fmt: skip

_BODY_WAS_READ = "the body was read before, or its stream is locked"
_REFUSED = {
    "new Response('', { status: 199 })": ("RangeError", "the status 199 is not between 200"),
    "new Response('', { status: 600 })": ("RangeError", "the status 600 is not between 200"),
    "new Response('', { status: 204 })": ("TypeError", "with the status 204 has no body"),
    "new Response('', { status: 304 })": ("TypeError", "with the status 304 has no body"),
    "Response.json(1, { status: 205 })": ("TypeError", "with the status 205 has no body"),
    "new Response('', { statusText: 'a\\r\\nb' })": ("TypeError", "control character"),
    "new Response('', { statusText: '\\u0100' })": ("TypeError", "is no byte"),
    "new Response('', 1)": ("TypeError", "not an object"),
    "Response.json(undefined)": ("TypeError", "the data is not JSON"),
    "Response.json(1n)": ("TypeError", "BigInt"),
    "Response.redirect('/a')": ("TypeError", "not a valid URL"),
    "Response.redirect('http://a', 200)": ("RangeError", "200 is not the status of a redirect"),
    "Response.prototype.clone.call({})": ("TypeError", "private"),
    "new Request('/a')": ("TypeError", "not a valid URL"),
    "new Request('http://u:p@a')": ("TypeError", "a user or a password"),
    "new Request()": ("TypeError", "1 argument required"),
    "new Request('http://a', { method: 'a b' })": ("TypeError", "not a token"),
    "new Request('http://a', { method: 'GET\\r\\nx: y' })": ("TypeError", "not a token"),
    "new Request('http://a', { method: 'connect' })": ("TypeError", "CONNECT is forbidden"),
    "new Request('http://a', { method: 'TRACE' })": ("TypeError", "TRACE is forbidden"),
    "new Request('http://a', { body: 'x' })": ("TypeError", "the method GET has no body"),
    "new Request('http://a', { method: 'head', body: '' })": ("TypeError", "HEAD has no body"),
    "new Request('http://a', { mode: 'navigate' })": ("TypeError", "navigate"),
    "new Request('http://a', { mode: 'no-cors', method: 'PUT' })": ("TypeError", "has no method"),
    "new Request('http://a', { mode: 'x' })": ("TypeError", '"x" is not one of'),
    "new Request('http://a', { cache: 'only-if-cached' })": ("TypeError", "only-if-cached"),
    "new Request('http://a', { window: 1 })": ("TypeError", "window"),
    "new Request('http://a', { referrer: '/a' })": ("TypeError", "the referrer is not a valid"),
    "new Request('http://a', { signal: {} })": ("TypeError", "not an AbortSignal"),
    "new Request('http://a', { method: 'POST', body: streamOf() })": ("TypeError", "duplex"),
    "await new Response('{').json()": ("SyntaxError", ""),
    "await new Response().json()": ("SyntaxError", ""),
    "const it = new Response('a'); await it.text(); await it.text()": ("TypeError", _BODY_WAS_READ),
    "const it = new Response('a'); it.body.getReader(); await it.text()":
        ("TypeError", _BODY_WAS_READ),
    "const it = new Response('a'); it.text(); it.clone()": ("TypeError", _BODY_WAS_READ),
    "const it = new Response('a'); it.body.getReader(); it.clone()": ("TypeError", _BODY_WAS_READ),
    "const it = new Request('http://a', { method: 'POST', body: 'x' }); it.text(); new Request(it)":
        ("TypeError", _BODY_WAS_READ),
    "const it = streamOf(); it.getReader(); new Response(it)": ("TypeError", "locked, or was read"),
    "await new Response(streamOf('text')).text()": ("TypeError", "not a Uint8Array"),
    "await new Response(streamOf(new Uint16Array(1))).text()": ("TypeError", "not a Uint8Array"),
    "await new Response(new ReadableStream({ start(it) { it.error(new URIError('x')) } })).text()":
        ("URIError", "x"),
    "await Response.prototype.text.call({})": ("TypeError", "private"),
    "await new Response('').formData()": ("TypeError", "neither multipart/form-data nor"),
}  # fmt: skip


@pytest.mark.parametrize("expression", _VALUES)
def test_requests_and_responses_are_what_the_standard_says(
    evaluate: Evaluate, expression: str
) -> None:
    assert evaluate(f"{_STREAM} return {expression}") == _VALUES[expression]


@pytest.mark.parametrize("source", _REFUSED)
def test_what_is_not_allowed_is_an_error_that_says_why(evaluate: Evaluate, source: str) -> None:
    evaluate(f"{_STREAM} Object.assign(globalThis, {{ streamOf, bytesOf }})")

    name, message = thrown(evaluate, source)

    assert name == _REFUSED[source][0]
    assert _REFUSED[source][1] in message


def test_an_init_is_read_once_in_the_order_of_the_standard(evaluate: Evaluate) -> None:
    source = """
        const read = [];
        const traced = (values) => new Proxy(values, {
            get(target, key) { read.push(key); return target[key]; },
        });
        new Response('', traced({ status: 200 }));
        new Request('http://a', traced({ method: 'POST', body: 'x' }));
        return read;
    """

    assert evaluate(source) == [
        "headers", "status", "statusText", "body", "cache", "credentials", "duplex", "headers",
        "integrity", "keepalive", "method", "mode", "priority", "redirect", "referrer",
        "referrerPolicy", "signal", "window",
    ]  # fmt: skip


def test_a_getter_of_an_init_that_throws_is_thrown(evaluate: Evaluate) -> None:
    source = "new Request('http://a', { get method() { throw new RangeError('mine') } })"

    assert thrown(evaluate, source) == ("RangeError", "mine")


def test_what_stands_in_prototypes_before_the_first_touch_is_no_init(evaluate: Evaluate) -> None:
    source = """
        Object.prototype.headers = { a: '1' };
        Object.prototype.bytes = Object.prototype.stream = Object.prototype.isTaken = true;
        Object.prototype.charset = 'x';
        const { status, headers } = new Response('x', { __proto__: null, status: 201 });
        return [status, [...headers], await new Response('y').text()];
    """

    assert evaluate(source) == [201, [["content-type", "text/plain;charset=UTF-8"]], "y"]


def test_bodies_are_read_with_the_built_ins_as_they_were_at_the_first_touch(
    evaluate: Evaluate,
) -> None:
    evaluate("await new Response(new Response('a').body).text()")
    source = """
        const wrong = () => { throw new Error('poisoned'); };
        for (const name of ['getReader', 'tee', 'cancel']) ReadableStream.prototype[name] = wrong;
        ReadableStreamDefaultReader.prototype.read = wrong;
        JSON.parse = JSON.stringify = Uint8Array.prototype.set = wrong;
        Object.defineProperty(Uint8Array.prototype.__proto__, 'length', { get: wrong });
        const it = Response.json({ a: 1 });
        it.body;
        return [await it.clone().json(), await it.json()];
    """

    assert evaluate(source) == [{"a": 1}, {"a": 1}]


@pytest.mark.parametrize("method", ["text", "json", "blob", "arrayBuffer", "bytes"])
@pytest.mark.parametrize("body", ["'[1]'", "new Response('[1]').body"])
def test_what_is_read_is_not_asked_for_a_then_before_code_has_it(
    method: str, body: str, evaluate: Evaluate
) -> None:
    source = f"""
        const seen = [];
        const readable = new Response({body});
        Object.defineProperty(Object.prototype, 'then', {{
            configurable: true, get() {{ seen.push(Object.prototype.toString.call(this)); }},
        }});
        const promise = readable.{method}();
        await promise;
        delete Object.prototype.then;
        return seen.filter((each) => each === '[object Uint8Array]');
    """

    assert evaluate(source) == (["[object Uint8Array]"] if method == "bytes" else [])


def test_a_request_copied_a_hundred_thousand_times_is_one_request(evaluate: Evaluate) -> None:
    source = """
        const controller = new AbortController();
        let request = new Request('http://a', controller);
        for (let i = 0; i < 50_000; i++) request = new Request(request.clone());
        controller.abort('why');
        return request.signal.reason;
    """

    assert evaluate(source) == "why"


def test_a_type_of_a_megabyte_is_read_in_linear_time(evaluate: Evaluate) -> None:
    source = """
        const MIB = 1 << 20;
        const sizes = [];
        for (const part of [';', ',', '"', ';a=', '\\\\', ';"', 'a/b,', ' ', '=', ';a="']) {
            const headers = { 'content-type': `a/b${part.repeat(MIB / part.length)}` };
            sizes.push((await new Response('', { headers }).blob()).type.length < 2 * MIB);
        }
        return sizes;
    """

    assert evaluate(source) == [True] * 10


@pytest.mark.parametrize("read", ["it.text()", "it.clone().blob()", "new Request(it).bytes()"])
def test_a_body_that_never_ends_meets_a_limit(shared: Supervisor, read: str) -> None:
    source = f"""
        const pull = (it) => it.enqueue(new Uint8Array(1e6).fill(1));
        const body = new ReadableStream({{ pull }});
        const it = new Request('http://a', {{ method: 'POST', body, duplex: 'half' }});
        await {read};
    """

    result = run(shared, source, memory_mb=32, wall_time_ms=25_000)

    assert result.outcome is Outcome.EXCEEDED_MEMORY
    assert run(shared, "return await new Response('1').json()").result == b"1"


def test_a_body_that_never_comes_is_an_error(shared: Supervisor) -> None:
    result = run(shared, "await new Response(new ReadableStream()).text()")

    assert result.error is not None
    assert "can never settle" in result.error.message
