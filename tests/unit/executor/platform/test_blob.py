"""Blob and File: what the web platform tests do not say, attacks first."""

import pytest

from tests.unit.executor.platform.evaluating import Evaluate, thrown

_VALUES = {
    "await new Blob(['a', new Uint8Array([98]), new Blob(['c']), { toString: () => 'd' }]).text()":
        "abcd",
    "await new Blob([new Uint8Array([97, 98, 99]).subarray(1, 2)]).text()": "b",
    "await new Blob(['a\\r\\nb\\rc\\n'], { endings: 'native' }).text()": "a\nb\nc\n",
    "new Blob([], { type: 'A/B' }).type": "a/b",
    "new Blob([], { type: 'a\\n/b' }).type": "",
    "await new Blob(['abcdef']).slice(1, -1).slice(1).text()": "cde",
    "await new Blob(['ab']).slice(2, 1).text()": "",
    "((it) => [it.name, it.lastModified])(new File([], 'a/b', { lastModified: 1.9 }))": ["a/b", 1],
    "new File([], 'a').lastModified >= Date.now() - 1000": True,
    "await structuredClone(new Blob(['a'], { type: 'a/b' })).text()": "a",
    "((it) => [it instanceof File, it.name])(structuredClone(new File([], 'n')))": [True, "n"],
    "await (async (blob) => {"
    "    const response = await fetch(`${URL.createObjectURL(blob)}#x`);"
    "    return [await response.text(), response.headers.get('content-type'), response.type];"
    "})(new Blob(['a'], { type: 'a/b' }))": ["a", "a/b", "basic"],
    "await new Promise((resolve) => {"
    "    const reader = new FileReader();"
    "    reader.onload = ({ loaded, total }) => resolve([reader.result, loaded, total]);"
    "    reader.readAsDataURL(new Blob(['a'], { type: 'a/b' }));"
    "})": ["data:a/b;base64,YQ==", 1, 1],
}  # fmt: skip


@pytest.mark.parametrize("expression", _VALUES)
def test_blobs_are_what_the_standard_says(evaluate: Evaluate, expression: str) -> None:
    assert evaluate(f"return {expression}") == _VALUES[expression]


@pytest.mark.parametrize(
    "source",
    [
        "const bytes = new Uint8Array([97]); const it = new Blob([bytes]); bytes[0] = 98;",
        "const it = new Blob(['a']); new Uint8Array(await it.arrayBuffer())[0] = 98;",
        "const it = new Blob(['a']); (await it.bytes())[0] = 98;",
        "const it = new Blob(['a']); (await it.stream().getReader().read()).value[0] = 98;",
        "const it = new Blob(['a']); (await new Response(it).bytes())[0] = 98;",
        "const it = new Blob(['ab']).slice(0, 1); (await it.bytes())[0] = 98;",
    ],
)
def test_nothing_changes_the_bytes_of_a_blob(evaluate: Evaluate, source: str) -> None:
    assert evaluate(f"{source} return it.text()") == "a"


def test_parts_are_read_before_any_is_copied(evaluate: Evaluate) -> None:
    source = """
        const buffer = new ArrayBuffer(3);
        const detach = { toString() { buffer.transfer(); return 'x'; } };
        return new Blob([buffer, detach, new Uint8Array([97])]).text();
    """

    assert evaluate(source) == "xa"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("new Blob('a')", "not a sequence"),
        ("new Blob(1)", "not a sequence"),
        ("new Blob([], { endings: 'x' })", '"x" is not one of'),
        ("new Blob([Symbol()])", "Symbol"),
        ("URL.createObjectURL({})", "the value is not a Blob"),
        ("new FileReader().readAsText({})", "the value is not a Blob"),
        ("await fetch('blob:null/x')", "the URL names no blob"),
        ("await fetch(URL.createObjectURL(new Blob()), { method: 'PUT' })", "no method PUT"),
        (
            "const it = URL.createObjectURL(new Blob()); URL.revokeObjectURL(it); await fetch(it)",
            "the URL names no blob",
        ),
        ("new File([])", "2 arguments required"),
        ("Blob.prototype.slice.call({})", "private"),
        ("await Blob.prototype.text.call({})", "private"),
        ("Object.getOwnPropertyDescriptor(File.prototype, 'name').get.call(new Blob())", "private"),
    ],
)
def test_what_is_no_blob_is_a_type_error_that_says_why(
    evaluate: Evaluate, source: str, why: str
) -> None:
    name, message = thrown(evaluate, source)

    assert name == "TypeError"
    assert why in message


def test_a_read_that_a_listener_begins_again_ends_as_often(evaluate: Evaluate) -> None:
    source = """
        const seen = [];
        const reader = new FileReader();
        for (const type of ['loadstart', 'abort', 'load', 'loadend'])
            reader.addEventListener(type, () => seen.push(type));
        await new Promise((resolve) => {
            reader.addEventListener('loadstart', () => {
                reader.abort();
                reader.readAsText(new Blob(['b']));
                reader.onloadend = resolve;
            }, { once: true });
            reader.readAsText(new Blob(['a']));
        });
        return [seen, reader.result];
    """

    assert evaluate(source) == [
        ["loadstart", "abort", "loadend", "loadstart", "load", "loadend"], "b"
    ]  # fmt: skip
