"""URL and URLSearchParams hold against changed built-ins, and against long texts."""

import json

import pytest

from isolambda_executor.engine import Engine
from isolambda_executor.host_calls import HostCalls
from tests.unit.executor.platform.evaluating import Evaluate, Run, open_isolate

_POISON = """
    const wrong = () => { throw new Error('poisoned'); };
    for (const name of ['at', 'charCodeAt', 'indexOf', 'replace', 'slice', 'split', 'trim']) {
        String.prototype[name] = wrong;
    }
    for (const name of ['join', 'map', 'push', 'slice', 'sort']) Array.prototype[name] = wrong;
    Array.prototype[Symbol.iterator] = RegExp.prototype.exec = Object.fromEntries = wrong;
    String.prototype[0] = '/';
    Object.prototype.scheme = Object.prototype.host = Object.prototype['%2e'] = 'http';
    Object.defineProperty(Array.prototype, '0', { get: wrong, set: wrong, configurable: true });
    globalThis.decodeURIComponent = globalThis.encodeURIComponent = globalThis.parseInt = wrong;
"""
_USE = """
    const url = new URL('../c/./d?x=%C3%A4&y=1+2#%', 'http://u:p@EXAMPLE.com:81/a/b/');
    url.searchParams.append('z', '\\u00e4');
    url.pathname += '/e';
    return `${url.href} ${url.searchParams.get('y')} ${new URL('https://0x7f.1/').host}`;
"""
_USED = "http://u:p@example.com:81/a/c/d/e?x=%C3%A4&y=1+2&z=%C3%A4#% 1 2 127.0.0.1"

_MIB = 1 << 20
_LONG = {
    "a host": ("new URL(`https://${'a'.repeat(MIB)}/`).host.length", _MIB),
    "a host of dots": ("URL.canParse(`https://${'.'.repeat(MIB)}1/`)", False),
    "a host of digits": ("URL.canParse(`https://${'0'.repeat(MIB)}1/`)", True),
    "a host of at signs": (
        "new URL(`https://${'@'.repeat(MIB)}a/`).username.length",
        3 * (_MIB - 1),
    ),
    "a host that is not ASCII": ("URL.canParse(`https://${'\\u00e4'.repeat(MIB)}/`)", False),
    "an address": ("URL.canParse(`https://[${'0:'.repeat(MIB)}]/`)", False),
    "a port": ("new URL(`https://a:${'0'.repeat(MIB)}1/`).port", "1"),
    "a path": ("new URL(`https://a/${'b/'.repeat(MIB)}`).pathname.length", 2 * _MIB + 1),
    "a path that goes up": ("new URL(`https://a/${'b/../'.repeat(MIB / 4)}`).pathname", "/"),
    "a path that goes up from afar": (
        "new URL(`https://a/${'b/'.repeat(MIB / 8)}${'c/../../'.repeat(MIB / 8)}`).pathname",
        "/",
    ),
    "a path of backslashes": (
        "new URL(`https://a/${'\\\\'.repeat(MIB)}`).pathname.length",
        _MIB + 1,
    ),
    "a query": ("new URL(`a:?${'\\u00e4'.repeat(MIB)}`).search.length", 6 * _MIB + 1),
    "newlines": ("new URL(`https://a/${'\\n'.repeat(MIB)}b`).pathname", "/b"),
    "spaces": ("new URL(`${' '.repeat(MIB)}https://a/b${' '.repeat(MIB)}`).pathname", "/b"),
    "parameters": ("new URLSearchParams('a=1&'.repeat(MIB / 4)).size", _MIB // 4),
    "parameters that are no UTF-8": (
        "new URLSearchParams('%ff'.repeat(MIB / 4)).get('\\ufffd'.repeat(MIB / 4))",
        "",
    ),
    "parameters that are sorted": (
        """(() => {
            const params = new URLSearchParams();
            for (let i = 0; i < 50_000; i++) params.append(i * 7919 % 50_000, i);
            params.sort();
            return [...params.keys()][1];
        })()""",
        "1",
    ),
}


def test_urls_are_parsed_with_the_built_ins_as_they_were_at_the_first_touch(
    evaluate: Evaluate,
) -> None:
    evaluate("new URL('a:'); new URLSearchParams(); new URL('http://a').port = 1;")

    assert evaluate(_POISON + _USE) == _USED


def test_what_stands_in_prototypes_before_the_first_touch_changes_no_url(
    evaluate: Evaluate,
) -> None:
    source = """
        Object.prototype.scheme = Object.prototype.port = Object.prototype['%2e'] = 'wrong';
        String.prototype[0] = Array.prototype[0] = '/';
    """

    assert evaluate(source + _USE) == _USED


@pytest.mark.parametrize("what", _LONG)
def test_long_texts_are_parsed_in_linear_time(evaluate: Evaluate, what: str) -> None:
    expression, result = _LONG[what]

    assert evaluate(f"const MIB = {_MIB}; return {expression}") == result


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0x7f.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("\\uff11\\uff12\\uff17.0.0.1", "127.0.0.1"),
        ("%31%32%37.1", "127.0.0.1"),
        ("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
    ],
)
def test_an_address_is_shown_as_what_it_is(evaluate: Evaluate, host: str, address: str) -> None:
    assert evaluate(f"return new URL('http://{host}/').hostname") == address


def test_a_text_that_is_no_url_is_named(evaluate: Evaluate) -> None:
    source = "try { new URL('/a', 'b') } catch (error) { return [error.name, error.message] }"

    assert evaluate(source) == [
        "TypeError",
        """Failed to construct 'URL': "/a" is not a valid URL relative to "b\"""",
    ]


def test_a_long_text_that_is_no_url_is_shortened(evaluate: Evaluate) -> None:
    source = "try { new URL('a'.repeat(1e6)) } catch (error) { return error.message.length < 200 }"

    assert evaluate(source) is True


def test_each_init_is_read_once_and_in_order(evaluate: Evaluate) -> None:
    source = """
        const read = [];
        const seen = (name, value) => new Proxy(value, {
            get: (target, key) => { read.push(`${name}.${String(key)}`); return target[key]; },
            ownKeys: (target) => { read.push(`keys of ${name}`); return Reflect.ownKeys(target); },
        });
        const params = new URLSearchParams(seen('init', { b: 1, a: { toString: () => '2' } }));
        return [String(params), read];
    """

    assert evaluate(source) == [
        "b=1&a=2", ["init.Symbol(Symbol.iterator)", "keys of init", "init.b", "init.a"]
    ]  # fmt: skip


def test_parameters_that_change_while_they_are_read_are_read_as_they_are_then(
    evaluate: Evaluate,
) -> None:
    source = """
        const url = new URL('a:?a=1&b=2&c=3');
        const read = [];
        for (const [name] of url.searchParams) {
            read.push(name);
            url.searchParams.delete('a');
        }
        url.search = '?d=4';
        return [read, [...url.searchParams], url.href];
    """

    assert evaluate(source) == [["a", "c"], [["d", "4"]], "a:?d=4"]


def test_methods_refuse_objects_of_other_classes(evaluate: Evaluate) -> None:
    source = """
        const names = [];
        for (const Class of [URL, URLSearchParams]) {
            const properties = Object.getOwnPropertyDescriptors(Class.prototype);
            for (const [name, { value, get, set }] of Object.entries(properties)) {
                for (const method of [value, get, set]) {
                    if (typeof method !== 'function' || method === Class) continue;
                    try {
                        method.call({}, 'http://a', 'b');
                        names.push(name);
                    } catch (error) {
                        if (!(error instanceof TypeError)) names.push(`${name}: ${error}`);
                    }
                }
            }
        }
        return names;
    """

    assert evaluate(source) == []


_SCHEMES = ["http", "https", "HTTP", "ws", "file", "a"]
_HOSTS = [
    "a", "example.org", "EXAMPLE.org", "a.b-c.d0", "a.", "a..b", ".a", "", "1.2.3.4", "a.1", "0x1",
    "a.0x1", "xn--a", "a_b", "a%41", "a:80", "a:8080", "a:", "u@a", "u:p@a", "[::1]", "-", "a.b1",
    "localhost",
]  # fmt: skip
_TAILS = [
    "", "/", "?", "#", "/a/b", "/a//b/", "/.", "/..", "/a/./b", "/a/../b", "/.a", "/%2e/a", "/%2E",
    "/%41", "/%", "/a?b=c&d", "/a?b?c", "/a?b#c", "/a#b?c", "/a#b#c", "#a?b", "?#", "/a b", "/a'b",
    "?a'b", '/a"', "/{}", "/a|b", "/a\\b", "\\a", "/a;b,c:d@e=f+g~_-", "/\u00e4", "/a\tb", "/a ",
    "/a!$()*[]", "?a^`{}", "#a`<>",
]  # fmt: skip
_PARTS = """['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname',
    'search', 'hash', 'origin']"""


def test_what_is_read_as_an_ordinary_url_is_what_the_whole_parser_makes_of_it(run: Run) -> None:
    texts = [
        f"{scheme}://{host}{tail}" for scheme in _SCHEMES for host in _HOSTS for tail in _TAILS
    ]

    differences = run(f"""
        const parts = {_PARTS};
        const all = (text) => {{
            const url = URL.parse(text);
            return url === null ? 'none' : parts.map((part) => url[part]).join(' ');
        }};
        // The parser of ordinary URLs leaves one with a space in front to the other.
        return {json.dumps(texts)}.filter((text) => all(text) !== all(` ${{text}}`));
    """)

    assert differences == []


def test_an_ordinary_url_needs_no_more_than_its_own_parser(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    texts = HostCalls._texts

    def noted(calls: HostCalls, number: int) -> bytes:
        asked.append(number)
        return texts(calls, number)

    monkeypatch.setattr(HostCalls, "_texts", noted)
    with open_isolate(engine) as evaluate:
        assert evaluate("return new URL('https://a.example/b?c=d#e').href") is not None
        assert len(asked) == 1
        evaluate("return new URL('https://a.example:81/b').href")
        assert len(asked) == 2
