"""FormData and its two formats: what the standards ask, and attacks."""

import pytest

from tests.unit.executor.platform.evaluating import Evaluate, thrown

_VALUES = {
    "(it => { it.append('a', 1); it.append('a', '\\ud800'); return it.getAll('a') })"
    "(new FormData())": ["1", "�"],
    "(it => { it.append('a', new Blob(['x'])); return it.get('a').name })(new FormData())": "blob",
    "(it => { it.append('a', new Blob([]), 'n'); return it.get('a').name })(new FormData())": "n",
    "(it => { it.append('a', new File([], 'f')); return it.get('a').name })(new FormData())": "f",
    "(it => { const file = new File([], 'f'); it.append('a', file); return it.get('a') === file })"
    "(new FormData())": True,
    "(it => { const file = new File([], 'f', { lastModified: 1 }); it.append('a', file, 'n');"
    "  return [it.get('a').name, it.get('a').lastModified] })(new FormData())": ["n", 1],
    "(it => { it.append('a', 1); it.append('b', 2); it.append('a', 3); it.set('a', 4);"
    "  return [...it] })(new FormData())": [["a", "4"], ["b", "2"]],
    "(it => { it.append('a', 1); it.delete('a'); return [it.has('a'), it.get('a')] })"
    "(new FormData())": [False, None],
}  # fmt: skip

_REFUSED = {
    "new FormData({})": "there are no forms",
    "new FormData(null)": "there are no forms",
    "new FormData().append('a')": "2 arguments required",
    "new FormData().append('a', 'b', 'c')": "a value with a file name is not a Blob",
    "new FormData().set('a', {}, 'c')": "a value with a file name is not a Blob",
    "FormData.prototype.append.call({}, 'a', 'b')": "private",
}

_TYPE = "multipart/form-data; boundary=X"
_PART = 'Content-Disposition: form-data; name="a"'
_READ = {
    f"--X\r\n{_PART}\r\n\r\n1\r\n--X--\r\n": [["a", "1"]],
    f"--X\r\n{_PART}\r\n\r\n1\r\n--X--": [["a", "1"]],
    f"--X\r\n{_PART}\r\n\r\n\r\n--X--": [["a", ""]],
    f"--X\r\n{_PART}\r\n\r\n1\r\n--X--\r\nepilogue": [["a", "1"]],
    f"--X\r\n{_PART}\r\n\r\n--X\r\n--X--": [["a", "--X"]],
    f"--X\r\n{_PART}\r\n\r\n\r\n--Y\r\n--X--": [["a", "\r\n--Y"]],
    f"--X\r\nX-Other: 1\r\n{_PART}\r\n\r\n1\r\n--X--": [["a", "1"]],
    "--X\r\ncontent-disposition:form-data;NAME=a\r\n\r\n1\r\n--X--": [["a", "1"]],
    '--X\r\nContent-Disposition: form-data; name="a%22%0D%0Ab;="\r\n\r\n1\r\n--X--':
        [['a"\r\nb;=', "1"]],
    f"--X\r\n{_PART}\r\n\r\nä\ufeff😀\r\n--X--": [["a", "ä\ufeff😀"]],
    f'--X\r\n{_PART}; filename="ä"\r\n\r\n1\r\n--X--': [["a", "ä text/plain 1"]],
    f'--X\r\n{_PART}; filename=""\r\nContent-Type: A/b\r\n\r\n1\r\n--X--': [["a", " a/b 1"]],
    "--X--": [],
}  # fmt: skip

_UNREAD = {
    "": "does not begin with the boundary",
    "--Y--": "does not begin with the boundary",
    "preamble\r\n--X--": "does not begin with the boundary",
    "--X": "no line ends behind a boundary",
    "--X\n\n": "no line ends behind a boundary",
    "--X\r\n\r\n1\r\n--X--": "a part has no name",
    f"--X\r\n{_PART}\r\n": "a part does not end",
    f"--X\r\n{_PART}\r\n\r\n1": "a part does not end",
    f"--X\r\n{_PART}\r\n\r\n1\n--X--": "a part does not end",
    "--X\r\nX: y\r\n\r\n1\r\n--X--": "a part has no name",
    "--X\r\nContent-Disposition: form-data\r\n\r\n1\r\n--X--": "a part has no name",
    "--X\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--X--": "a part is not form-data",
    '--X\r\nContent-Disposition: form-data; name="a\r\n\r\n1\r\n--X--': "a quote does not end",
    "--X\r\nno header\r\n\r\n1\r\n--X--": "a line that is no header",
}

_FORM_DATA = """
    const formDataOf = (body, type) =>
        new Response(body, { headers: { 'content-type': type } }).formData();
    const shown = async (value) =>
        typeof value === 'string' ? value : `${value.name} ${value.type} ${await value.text()}`;
"""


def _read(body: str, kind: str = _TYPE) -> str:
    return f"""
        {_FORM_DATA}
        const pairs = [];
        for (const [name, value] of await formDataOf({body!r}, {kind!r}))
            pairs.push([name, await shown(value)]);
        return pairs;
    """


@pytest.mark.parametrize("expression", _VALUES)
def test_form_data_is_what_the_standard_says(evaluate: Evaluate, expression: str) -> None:
    assert evaluate(f"return {expression}") == _VALUES[expression]


@pytest.mark.parametrize("source", _REFUSED)
def test_what_is_no_entry_is_a_type_error_that_says_why(evaluate: Evaluate, source: str) -> None:
    name, message = thrown(evaluate, source)

    assert name == "TypeError"
    assert _REFUSED[source] in message


@pytest.mark.parametrize("body", _READ)
def test_multipart_is_read(evaluate: Evaluate, body: str) -> None:
    assert evaluate(_read(body)) == _READ[body]


@pytest.mark.parametrize("body", _UNREAD)
def test_what_is_not_multipart_is_a_type_error_that_says_why(evaluate: Evaluate, body: str) -> None:
    name, message = thrown(evaluate, _read(body))

    assert name == "TypeError"
    assert _UNREAD[body] in message


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("multipart/form-data", "its type has no boundary"),
        ("multipart/form-data; boundary=", "its type has no boundary"),
        (f"multipart/form-data; boundary={'x' * 71}", "its boundary has 71 characters, 70 at most"),
        ("text/plain", "neither multipart/form-data nor"),
    ],
)
def test_a_type_without_a_boundary_is_refused(evaluate: Evaluate, kind: str, why: str) -> None:
    name, message = thrown(evaluate, _read("--x--", kind))

    assert name == "TypeError"
    assert why in message


def test_what_is_written_is_read_again(evaluate: Evaluate) -> None:
    source = f"""
        {_FORM_DATA}
        const form = new FormData();
        form.append('a"\\r\\n\\u00e4', 'x\\ny\\r\\n--\\ufeff');
        form.append('file', new File([new Uint8Array([0, 255, 13, 10, 45, 45])], 'n"\\u00e4\\n'));
        const response = new Response(form);
        const again = await response.formData();
        const file = again.get('file');
        return [again.get('a"\\r\\n\\u00e4'), file.name, file.type, [...await file.bytes()]];
    """

    assert evaluate(source) == [
        "x\r\ny\r\n--\ufeff", 'n"ä\n', "application/octet-stream", [0, 255, 13, 10, 45, 45]
    ]  # fmt: skip


def test_no_entry_adds_a_part_or_a_header(evaluate: Evaluate) -> None:
    source = """
        const form = new FormData();
        const attack = 'a"\\r\\nX-Evil: 1\\r\\n\\r\\n--';
        form.append(attack, new File(['1'], attack, { type: 'a/b\\r\\nX-Evil: 1' }));
        const text = await new Response(form).text();
        return text.split('\\r\\n').filter((line) => /^(x-evil|--$)/i.test(line));
    """

    assert evaluate(source) == []


def test_nobody_knows_the_boundary_beforehand(evaluate: Evaluate) -> None:
    source = """
        Math.random = () => 0.5;
        crypto = undefined;
        const types = new Set();
        for (let i = 0; i < 100; i++)
            types.add(new Response(new FormData()).headers.get('content-type'));
        const pattern = /^multipart\\/form-data; boundary=[-0-9a-z]{20,70}$/;
        return [types.size, pattern.test([...types][0])];
    """

    assert evaluate(source) == [100, True]


_LONG = [
    "part(NAME, '1').repeat(20_000)",
    "part(NAME, '\\r\\n--Y'.repeat(200_000))",
    "part('X: 2\\r\\n'.repeat(100_000) + NAME, '1')",
    "part(NAME + '; b=\"c\"'.repeat(100_000), '1')",
    "part(NAME + '; filename=\"' + '%22'.repeat(300_000) + '\"', '1')",
    "'--X\\r\\n'.repeat(200_000)",
    "'--X\\r\\n\\r\\n\\r\\n'.repeat(100_000)",
]


@pytest.mark.parametrize("body", _LONG)
def test_a_megabyte_is_read_in_linear_time(evaluate: Evaluate, body: str) -> None:
    source = f"""
        {_FORM_DATA}
        const NAME = 'Content-Disposition: form-data; name=a';
        const part = (head, content) => `--X\\r\\n${{head}}\\r\\n\\r\\n${{content}}\\r\\n`;
        return formDataOf(`${{{body}}}--X--`, {_TYPE!r}).then(() => 'read', (error) => error.name);
    """

    assert evaluate(source) == ("TypeError" if body.startswith("'") else "read")


def test_a_form_is_read_with_its_byte_order_mark(evaluate: Evaluate) -> None:
    source = _read("a=1+2&a=%C3%A4&b=%ff&=c", "application/x-www-form-urlencoded")

    assert evaluate(source) == [["a", "1 2"], ["a", "ä"], ["b", "�"], ["", "c"]]
