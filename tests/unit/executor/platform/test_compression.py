"""CompressionStream and DecompressionStream: attacks, and what Python makes of the same bytes."""

import base64
import gzip
import random
import zlib
from collections.abc import Callable

import pytest

from isolambda_core.domain.executions.execution import Outcome
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.platform.evaluating import Evaluate
from tests.unit.executor.supervised import run

_FORMATS = ["deflate", "deflate-raw", "gzip"]
_WINDOW_BITS = {"deflate": 15, "deflate-raw": -15, "gzip": 31}
_THROUGH = """
    const through = async (transform, pieces) => {
        const writer = transform.writable.getWriter();
        const written = (async () => {
            for (const piece of pieces) await writer.write(piece);
            await writer.close();
        })();
        written.catch(() => {});
        const parts = [];
        for await (const part of transform.readable) parts.push(part.toHex());
        await written;
        return parts.join('');
    };
"""


def _compress(data: bytes, format_: str) -> bytes:
    work = zlib.compressobj(wbits=_WINDOW_BITS[format_])
    return work.compress(data) + work.flush()


def _text(size: int) -> bytes:
    chance = random.Random(18)  # noqa: S311 - not for secrets
    return b" ".join(chance.choices([b"isolate", b"stream", b"\x00\xff", b"x"], k=size))


@pytest.mark.parametrize("format_", _FORMATS)
def test_python_reads_what_is_compressed_here(evaluate: Evaluate, format_: str) -> None:
    data = _text(20_000)

    seen = evaluate(
        f"{_THROUGH} const bytes = Uint8Array.fromHex('{data.hex()}');"
        "const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 1), bytes.subarray(1)];"
        f"return through(new CompressionStream('{format_}'), pieces)"
    )

    assert isinstance(seen, str)
    assert len(seen) < len(data)
    assert zlib.decompress(bytes.fromhex(seen), _WINDOW_BITS[format_]) == data


@pytest.mark.parametrize("size", [1, 7, 1_000_000])
@pytest.mark.parametrize("format_", _FORMATS)
def test_what_python_compresses_is_read_here_in_pieces_of_any_size(
    evaluate: Evaluate, format_: str, size: int
) -> None:
    data = _text(2_000)

    seen = evaluate(
        f"{_THROUGH} const bytes = Uint8Array.fromHex('{_compress(data, format_).hex()}');"
        "const pieces = [];"
        f"for (let i = 0; i < bytes.length; i += {size})"
        f"    pieces.push(bytes.subarray(i, i + {size}));"
        f"return through(new DecompressionStream('{format_}'), pieces)"
    )

    assert seen == data.hex()


def test_what_can_be_known_comes_before_the_end(evaluate: Evaluate) -> None:
    work = zlib.compressobj()
    begun = work.compress(b"hello") + work.flush(zlib.Z_SYNC_FLUSH)

    seen = evaluate(
        "const stream = new DecompressionStream('deflate');"
        f"stream.writable.getWriter().write(Uint8Array.fromHex('{begun.hex()}'));"
        "const { value } = await stream.readable.getReader().read();"
        "return new TextDecoder().decode(value)"
    )

    assert seen == "hello"


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[:-1], lambda data: data + b"x", _flipped, lambda data: b"\xff" + data],
    ids=["cut off", "goes on", "a bit is wrong", "another format"],
)
def test_bytes_that_are_spoilt_are_a_type_error(
    evaluate: Evaluate, spoil: Callable[[bytes], bytes]
) -> None:
    seen = evaluate(
        f"{_THROUGH} const bytes = Uint8Array.fromHex('{spoil(gzip.compress(b'hello')).hex()}');"
        "try { return await through(new DecompressionStream('gzip'), [bytes]) }"
        "catch (error) { return error.name }"
    )

    assert seen == "TypeError"


def test_a_format_that_is_unknown_is_a_type_error_that_names_the_known_ones(
    evaluate: Evaluate,
) -> None:
    seen = evaluate("try { new CompressionStream('zip') } catch (error) { return `${error}` }")

    assert seen == ('TypeError: "zip" is not one of the values "deflate", "deflate-raw", "gzip"')


@pytest.mark.parametrize(
    "reader",
    [
        "const parts = []; for await (const part of unpacked) parts.push(part)",
        "let size = 0; for await (const part of unpacked) size += part.length",
    ],
    ids=["kept", "thrown away"],
)
def test_a_bomb_meets_the_memory_limit_and_no_more(shared: Supervisor, reader: str) -> None:
    bomb = base64.b64encode(gzip.compress(bytes(200_000_000))).decode()

    result = run(
        shared,
        f"const bomb = Uint8Array.fromBase64('{bomb}');"
        "const stream = new DecompressionStream('gzip');"
        "const writer = stream.writable.getWriter(); writer.write(bomb); writer.close();"
        f"const unpacked = stream.readable; {reader}",
        memory_mb=64,
        wall_time_ms=25_000,
    )

    assert result.outcome is Outcome.EXCEEDED_MEMORY
    assert run(shared, "return 1").result == b"1"


def test_user_code_that_runs_between_two_pieces_does_not_change_them(evaluate: Evaluate) -> None:
    data = _text(50_000)

    seen = evaluate(
        f"{_THROUGH} const bytes = Uint8Array.fromHex('{_compress(data, 'deflate').hex()}');"
        "let calls = 0;"
        "Object.defineProperty(Object.prototype, 'then', { configurable: true, get() {"
        "    if (++calls === 3 && !bytes.buffer.detached) bytes.buffer.transfer();"
        "} });"
        "const hex = await through(new DecompressionStream('deflate'), [bytes]);"
        "delete Object.prototype.then;"
        "return hex"
    )

    assert seen == data.hex()
