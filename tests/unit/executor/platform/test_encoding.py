"""TextEncoder and TextDecoder: what the web platform tests do not say, attacks first."""

import json
import random
import shutil
from pathlib import Path

import pytest

from isolambda_executor import chunks
from isolambda_executor.engine import Engine
from tests.unit.executor.platform.evaluating import Evaluate, open_isolate
from tests.unit.executor.printing import Printer

_POISON = """
    const poisoned = () => { throw new Error('poisoned') };
    const accessor = { __proto__: null, get: poisoned, set: poisoned };
    for (const name of ['fatal', 'ignoreBOM', 'stream', 'get', 'set', 'value'])
        Object.defineProperty(Object.prototype, name, accessor);
    Object.defineProperty(Array.prototype, 0, accessor);
    String.fromCharCode = String.prototype.charCodeAt = String.prototype.slice = poisoned;
    String.prototype.toWellFormed = Array.prototype[Symbol.iterator] = poisoned;
    Function.prototype.call = Function.prototype.apply = Reflect.apply = poisoned;
    Uint8Array.prototype.subarray = Uint16Array = poisoned;
"""
_TEXTS = ["", "a", "é", "€", "🍕", "aé€🍕", "a" * 63, "a" * 64, "é" * 5_000, "x🍕" * 3_000]


def _noise() -> list[bytes]:
    """Return bytes of which most are nearly UTF-8; the same in every run."""
    chance = random.Random(18)  # noqa: S311 - not for secrets
    pieces = ["a", "é", "€", "🍕", "퟿", "\U0010ffff"]
    noise = [chance.randbytes(chance.randrange(1, 40)) for _ in range(400)]
    for _ in range(400):
        text = bytearray("".join(chance.choices(pieces, k=chance.randrange(1, 30))).encode())
        for _ in range(chance.randrange(4)):
            text[chance.randrange(len(text))] = chance.randrange(256)
        noise.append(bytes(text[: chance.randrange(1, len(text) + 1)]))
    return noise


@pytest.mark.parametrize("text", _TEXTS, ids=len)
def test_a_text_becomes_the_bytes_that_python_makes_of_it_and_comes_back(
    evaluate: Evaluate, text: str
) -> None:
    seen = evaluate(
        f"const text = {json.dumps(text)}; const bytes = new TextEncoder().encode(text);"
        "return [bytes.toHex(), new TextDecoder('utf-8', { fatal: true }).decode(bytes) === text]"
    )

    assert seen == [text.encode().hex(), True]


def test_bytes_that_are_no_utf8_are_replaced_as_python_replaces_them(evaluate: Evaluate) -> None:
    noise = _noise()

    seen = evaluate(
        f"const noise = {json.dumps([each.hex() for each in noise])};"
        "const decoder = new TextDecoder('utf8', { ignoreBOM: true });"
        "return noise.map((hex) => decoder.decode(Uint8Array.fromHex(hex)))"
    )

    assert seen == [each.decode("utf-8", "replace") for each in noise]


def test_bytes_that_are_no_utf8_are_errors_where_python_has_them(evaluate: Evaluate) -> None:
    noise = _noise()

    def is_valid(data: bytes) -> bool:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    seen = evaluate(
        f"const noise = {json.dumps([each.hex() for each in noise])};"
        "const decoder = new TextDecoder('utf-8', { fatal: true });"
        "const isValid = (hex) => {"
        "    try { decoder.decode(Uint8Array.fromHex(hex)); return true }"
        "    catch (error) { return error instanceof TypeError ? false : error.name }"
        "};"
        "return noise.map(isValid)"
    )

    assert seen == [is_valid(each) for each in noise]


def test_bytes_in_pieces_are_the_same_text_wherever_they_are_cut(evaluate: Evaluate) -> None:
    noise = b"".join(_noise()[-40:])

    seen = evaluate(
        f"const bytes = Uint8Array.fromHex('{noise.hex()}'), texts = new Set();"
        "for (const label of ['utf-8', 'utf-16le', 'gb18030'])"
        "for (let size = 1; size < 9; size++) {"
        "    const decoder = new TextDecoder(label); let text = '';"
        "    for (let i = 0; i < bytes.length; i += size)"
        "        text += decoder.decode(bytes.subarray(i, i + size), { stream: true });"
        "    texts.add(label + text + decoder.decode());"
        "}"
        "return texts.size"
    )

    assert seen == 3


def test_what_is_written_into_an_array_never_ends_within_a_character(evaluate: Evaluate) -> None:
    text = "aé€🍕" * 3

    seen = evaluate(
        f"const text = '{text}', encoder = new TextEncoder();"
        "return Array.from({ length: 40 }, (_, size) => {"
        "    const { read, written } = encoder.encodeInto(text, new Uint8Array(size));"
        "    return [read, written, encoder.encode(text.slice(0, read)).length];"
        "})"
    )

    assert isinstance(seen, list)
    for size, (read, written, bytes_of_read) in enumerate(seen):
        assert written == bytes_of_read
        assert size - written < 4 or read == len(text.encode("utf-16-le")) // 2
    assert seen[-1][0] == 15


def test_a_surrogate_alone_becomes_the_replacement_character(evaluate: Evaluate) -> None:
    seen = evaluate(
        "const encoder = new TextEncoder(), texts = ['\\ud83c', 'a\\udf55', '\\udf55\\ud83c'];"
        "return texts.map((text) => encoder.encode(text).toHex())"
    )

    assert seen == ["efbfbd", "61efbfbd", "efbfbdefbfbd"]


@pytest.mark.parametrize("label", ["utf-8", "utf-16le", "windows-1252", "shift_jis"])
def test_the_decoder_starts_anew_after_an_error(evaluate: Evaluate, label: str) -> None:
    bad = {"utf-8": "f09f", "utf-16le": "00d8", "windows-1252": "", "shift_jis": "80"}[label]

    seen = evaluate(
        f"const decoder = new TextDecoder('{label}', {{ fatal: true }});"
        f"try {{ decoder.decode(Uint8Array.fromHex('{bad}')) }} catch {{ }}"
        "return decoder.decode(new Uint8Array([97, 0])).charCodeAt(0)"
    )

    assert seen == 97


def test_what_user_code_poisons_after_the_first_touch_changes_nothing(evaluate: Evaluate) -> None:
    seen = evaluate(
        "const encoder = new TextEncoder(), decoder = new TextDecoder(), Bytes = Uint8Array;"
        f"{_POISON}"
        "const long = 'a\\u00e9'.repeat(5000);"
        "return decoder.decode(encoder.encode(long)) === long"
        "    && encoder.encodeInto('abc', new Bytes(2)).read === 2"
        "    && new TextDecoder().encoding === 'utf-8'"
    )

    assert seen is True


def test_user_code_that_spoils_the_chunk_before_spoils_it_for_no_other_isolate(
    engine: Engine,
) -> None:
    with open_isolate(engine) as spoiled, open_isolate(engine) as other:
        seen = spoiled(
            f"{_POISON} try {{ return new TextDecoder().decode(new Uint8Array(3)) }}"
            "catch (error) { return error.message }"
        )
        text = other("return new TextDecoder().decode(new TextEncoder().encode('ok'))")

    assert isinstance(seen, str)
    assert text == "ok"


def test_a_getter_that_detaches_the_buffer_while_it_is_read_leaves_an_empty_text(
    evaluate: Evaluate,
) -> None:
    seen = evaluate(
        "const bytes = new Uint8Array(100).fill(97);"
        "const options = { get stream() { bytes.buffer.transfer(); return false } };"
        "return new TextDecoder().decode(bytes, options)"
    )

    assert seen == ""


def test_utf8_needs_none_of_the_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "platform"
    shutil.copytree(chunks._FOLDER, folder, ignore=shutil.ignore_patterns("vendor"))
    monkeypatch.setattr(chunks, "_FOLDER", str(folder))
    chunks.read_chunks.cache_clear()
    try:
        with open_isolate(Engine()) as evaluate:
            seen = evaluate("return new TextDecoder('UTF-8').decode(new TextEncoder().encode('é'))")
    finally:
        chunks.read_chunks.cache_clear()

    assert seen == "é"


def test_streams_join_what_the_chunks_cut_in_two(evaluate: Evaluate) -> None:
    seen = evaluate(
        "const encoded = new TextEncoderStream(), decoded = new TextDecoderStream();"
        "const writer = encoded.writable.getWriter();"
        "for (const half of ['a\\ud83c', '\\udf55b']) writer.write(half);"
        "writer.close();"
        "let text = '';"
        "for await (const piece of encoded.readable.pipeThrough(decoded)) text += piece;"
        "return text"
    )

    assert seen == "a🍕b"


def test_the_console_shows_the_options_of_a_decoder(printer: Printer) -> None:
    [(_, line)] = printer.lines("console.log(new TextDecoder('latin1', { fatal: true }))")

    assert line == 'TextDecoder { encoding: "windows-1252", fatal: true, ignoreBOM: false }'
