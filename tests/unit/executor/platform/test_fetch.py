"""fetch: what it asks of the trusted side, and what it makes of the answer."""

import pytest

from tests.unit.executor.platform.evaluating import Evaluate

_ASKED: dict[str, dict[str, object]] = {
    "'http://A/b/../c?d#e'": {"method": "GET", "url": "http://a/c?d", "body": None},
    "'https://\\u00e4.example/\\u00e4'": {"url": "https://xn--4ca.example/%C3%A4"},
    "new URL('http://a')": {"url": "http://a/"},
    "'http://a', { method: 'patch' }": {"method": "patch"},
    "'http://a', { method: 'put', body: '\\u00e4\\ud800' }":
        {"method": "PUT", "body": "bytes", "bytes": "w6Tvv70="},
    "'http://a', { method: 'POST', body: '' }": {"body": "bytes", "bytes": ""},
    "'http://a', { method: 'POST', body: new Uint8Array([0, 255]) }":
        {"body": "bytes", "bytes": "AP8="},
    "'http://a', { method: 'POST', body: new Blob(['x'], { type: 'a/b' }) }":
        {"body": "bytes", "bytes": "eA==", "headers": [["content-type", "a/b"]]},
    "'http://a', { method: 'POST', body: new URLSearchParams({ a: '1 2' }) }":
        {"body": "bytes", "bytes": "YT0xKzI="},
    "new Request('http://a', { method: 'POST', body: 'x' })": {"body": "bytes", "bytes": "eA=="},
    "((it) => { it.body; return it })(new Request('http://a', { method: 'POST', body: 'x' }))":
        {"body": "bytes", "bytes": "eA=="},
    "new Request('http://a', { method: 'POST', body: 'x' }).clone()": {"bytes": "eA=="},
    "new Request('http://a', { method: 'POST', body: 'x' }), { method: 'PUT', body: 'y' }":
        {"method": "PUT", "bytes": "eQ=="},
    "'http://a', { redirect: 'manual' }": {"redirect": "manual"},
    "'http://a', { redirect: 'error' }": {"redirect": "error"},
    "'http://a'": {"redirect": "follow", "headers": []},
    "'http://a', { headers: { Accept: 'x', B: '\\xff' } }":
        {"headers": [["accept", "x"], ["b", "\xff"]]},
    "'http://a', { headers: [['Set-Cookie', '1'], ['set-cookie', '2'], ['x', 'a'], ['X', 'b']] }":
        {"headers": [["set-cookie", "1"], ["set-cookie", "2"], ["x", "a, b"]]},
    "'http://a', streamed(() => {})": {"method": "POST", "body": "stream"},
    "'http://a', { body: null, signal: null, keepalive: true, priority: 'high' }": {"body": None},
}  # fmt: skip


@pytest.mark.parametrize("given", _ASKED)
def test_a_request_becomes_an_operation(ask: Evaluate, given: str) -> None:
    asked = ask(f"fetch({given}); return asked;")

    assert isinstance(asked, list)
    [message] = asked
    assert message["kind"] == "fetch"
    assert {name: message.get(name) for name in _ASKED[given]} == _ASKED[given]


def test_a_form_is_sent_whole_with_its_boundary(ask: Evaluate) -> None:
    source = """
        const body = new FormData();
        body.append('a', new File(['x'], 'b'));
        fetch('http://a', { method: 'POST', body });
        const headers = new Map(asked[0].headers);
        const again = new Response(Uint8Array.fromBase64(asked[0].bytes), { headers });
        return (await again.formData()).get('a').text();
    """

    assert ask(source) == "x"


_RESPONSES = {
    "(({ status, statusText, ok, url, redirected, type, bodyUsed }) =>"
    " [status, statusText, ok, url, redirected, type, bodyUsed])"
    "(await answered({}, { status: 404, statusText: 'No', url: 'http://b/', redirected: true }))":
        [404, "No", False, "http://b/", True, "basic", False],
    "(await answered({}, { status: 999, statusText: '\\xff\\x01' })).status": 999,
    "[...(await answered({}, { headers: [['B', '1'], ['set-cookie', '2'], ['Set-Cookie', '']] }))"
    ".headers]": [["b", "1"], ["set-cookie", "2"], ["set-cookie", ""]],
    "await answered().then((it) => it.headers.set('a', 'b')).catch((thrown) => `${thrown}`)":
        "TypeError: Failed to execute 'set' on 'Headers': the headers are immutable",
    "(await answered({ method: 'HEAD' }, { headers: [['content-length', '5']] })).body": None,
    "(await answered({}, { status: 204 })).body": None,
    "(await answered({}, { status: 304 })).body": None,
    "await (await answered({ method: 'HEAD' })).text()": "",
    "(({ status, headers }) => [status, headers.get('location')])(await answered("
    "{ redirect: 'manual' }, { status: 302, headers: [['location', '/x']] }))": [302, "/x"],
}  # fmt: skip


@pytest.mark.parametrize("expression", _RESPONSES)
def test_a_head_becomes_a_response(ask: Evaluate, expression: str) -> None:
    assert ask(f"return {expression}") == _RESPONSES[expression]


_DATA = {
    "data:,a%20b": ["a b", "text/plain;charset=US-ASCII"],
    "data:text/html,<b>#c": ["<b>", "text/html"],
    "data:text/html;charset=utf-8,%C3%A4": ["ä", "text/html;charset=utf-8"],
    "data:;charset=x,a": ["a", "text/plain;charset=x"],
    "data:text/html;base64,YQ==": ["a", "text/html"],
    "data:text/html ; base64  ,Y Q": ["a", "text/html"],
    "data:;BASE64,YQ%3D%3D": ["a", "text/plain;charset=US-ASCII"],
    "data:base64,YQ": ["YQ", "text/plain;charset=US-ASCII"],
    "data:x;base64;y,YQ": ["YQ", "text/plain;charset=US-ASCII"],
    "data:?a,b?c": ["b?c", "text/plain;charset=US-ASCII"],
}


@pytest.mark.parametrize("url", _DATA)
def test_a_data_url_is_read_here(ask: Evaluate, url: str) -> None:
    source = f"""
        const it = await fetch('{url}', {{ method: 'PUT' }});
        return [await it.text(), it.headers.get('content-type'), it.status, it.url, asked.length];
    """

    assert ask(source) == [*_DATA[url], 200, url.partition("#")[0].strip(), 0]
