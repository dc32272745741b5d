"""Headers: what the Fetch Standard asks, and attacks."""

import pytest

from tests.unit.executor.platform.evaluating import Evaluate, thrown

_VALUES = {
    "new Headers({ A: '1', b: '2' }).get('a')": "1",
    "new Headers([['a', '1'], ['A', '2']]).get('a')": "1, 2",
    "new Headers(new Headers({ a: '1' })).get('A')": "1",
    "new Headers(new Map([['a', '1']])).get('a')": "1",
    "new Headers().get('a')": None,
    "new Headers({ a: ' \\t\\r\\n1\\n ' }).get('a')": "1",
    "new Headers({ a: '' }).get('a')": "",
    "new Headers({ a: '\\xff' }).get('a')": "\xff",
    "new Headers({ a: 1, b: null }).get('b')": "null",
    "[...new Headers({ b: '1', A: '2' }).keys()]": ["a", "b"],
    "[...new Headers([['set-cookie', 'a'], ['a', '1'], ['Set-Cookie', 'b']])]":
        [["a", "1"], ["set-cookie", "a"], ["set-cookie", "b"]],
    "new Headers([['set-cookie', 'a'], ['Set-Cookie', 'b']]).getSetCookie()": ["a", "b"],
    "new Headers([['set-cookie', 'a'], ['Set-Cookie', 'b']]).get('set-cookie')": "a, b",
    "new Headers().getSetCookie()": [],
    "new Headers({ host: 'a', cookie: 'b', 'user-agent': 'c' }).get('cookie')": "b",
    "new Headers({ ['!#$%&\\'*+-.^_`|~09az']: '1' }).has('!#$%&\\'*+-.^_`|~09AZ')": True,
    "(() => { const it = new Headers({ a: '1', b: '2' }); it.delete('A'); return [...it] })()":
        [["b", "2"]],
    "(() => { const it = new Headers({ a: '1' }); it.set('A', '2'); return it.get('a') })()": "2",
}  # fmt: skip

_REFUSED = {
    "new Headers({ 'a b': '1' })": '"a b" is not the name of a header',
    "new Headers({ '': '1' })": '"" is not the name of a header',
    "new Headers({ 'a:': '1' })": '"a:" is not the name of a header',
    "new Headers({ 'a\\r\\nb': '1' })": '"a\r\nb" is not the name of a header',
    "new Headers({ a: '1\\r\\nx-admin: 1' })": "a line end or U+0000 at 1",
    "new Headers({ a: '1\\nb' })": "a line end or U+0000 at 1",
    "new Headers({ a: '1\\rb' })": "a line end or U+0000 at 1",
    "new Headers({ a: '1\\0' })": "a line end or U+0000 at 1",
    "new Headers({ a: '\\u0100' })": "is no byte",
    "new Headers({ '\\u0161': '1' })": "is no byte",
    "new Headers().append('a', 'b\\r\\nc')": "a line end or U+0000 at 1",
    "new Headers().set('a', 'b\\r\\nc')": "a line end or U+0000 at 1",
    "new Headers().get('a b')": '"a b" is not the name of a header',
    "new Headers().has('')": '"" is not the name of a header',
    "new Headers().delete('\\n')": '"\n" is not the name of a header',
    "new Headers(null)": "neither pairs nor an object",
    "new Headers('a: b')": "neither pairs nor an object",
    "new Headers([['a']])": "a pair has 1 items",
    "new Headers({ a: Symbol() })": "Symbol",
    "new Headers().append('a')": "2 arguments required, but only 1 present",
    "Headers()": "new",
    "Headers.prototype.get.call({}, 'a')": "instance of class Headers",
    "Headers.prototype[Symbol.iterator].call({})": "private",
    "Response.error().headers.set('a', 'b')": "the headers are immutable",
    "Response.redirect('http://a').headers.delete('location')": "the headers are immutable",
    "Response.error().clone().headers.append('a', 'b')": "the headers are immutable",
}


@pytest.mark.parametrize("expression", _VALUES)
def test_headers_are_what_the_standard_says(evaluate: Evaluate, expression: str) -> None:
    assert evaluate(f"return {expression}") == _VALUES[expression]


@pytest.mark.parametrize("expression", _REFUSED)
def test_what_is_no_header_is_a_type_error_that_says_why(
    evaluate: Evaluate, expression: str
) -> None:
    name, message = thrown(evaluate, expression)

    assert name == "TypeError"
    assert _REFUSED[expression] in message


def test_a_long_name_is_shortened_in_the_error(evaluate: Evaluate) -> None:
    source = (
        "try { new Headers({ [' '.repeat(1e6)]: '1' }) } catch (error) { return error.message }"
    )

    assert len(str(evaluate(source))) < 200


def test_headers_hold_when_the_built_ins_are_changed(evaluate: Evaluate) -> None:
    evaluate("new Headers({ a: '1' }).get('a')")
    source = """
        const wrong = () => { throw new Error('poisoned'); };
        Map.prototype.get = Map.prototype.set = Map.prototype.has = Map.prototype.forEach = wrong;
        Array.prototype.join = Array.prototype.sort = Array.prototype.push = wrong;
        String.prototype.toLowerCase = String.prototype.charCodeAt = wrong;
        Object.defineProperty(Array.prototype, '0', { get: wrong, set: wrong });
        const headers = new Headers({ B: '1', a: '2' });
        headers.append('b', '3');
        return `${headers.get('b')} ${headers.keys().next().value}`;
    """

    assert evaluate(source) == "1, 3 a"


def test_headers_that_change_while_they_are_read_are_read_as_they_are_then(
    evaluate: Evaluate,
) -> None:
    source = """
        const headers = new Headers({ b: '1', d: '2' });
        const read = [];
        for (const [name] of headers) {
            read.push(name);
            if (name === 'b') headers.set('c', '3');
        }
        return read;
    """

    assert evaluate(source) == ["b", "c", "d"]


def test_a_hundred_thousand_headers_take_linear_time(evaluate: Evaluate) -> None:
    source = """
        const headers = new Headers();
        for (let i = 0; i < 100_000; i++) headers.append(`a${i}`, i);
        for (let i = 0; i < 100_000; i++) headers.append('b', i);
        let count = 0;
        for (const pair of headers) count++;
        return [count, headers.get('b').length];
    """

    assert evaluate(source) == [100_001, 688_888]
