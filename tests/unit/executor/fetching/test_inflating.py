"""Bodies are inflated in steps, and no further than their limit."""

import gzip
import zlib
from collections.abc import Callable, Iterator

import brotli
import pytest

from isolambda_core.domain.limits import KIB, MIB
from isolambda_core.net.errors import ProtocolError, TooLargeError
from isolambda_executor.fetching.inflating import inflated

TEXT = b"".join(b"%d, " % number for number in range(10_000))
MOST = 10 * MIB


def to_brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=3))


def bare(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def whole(data: bytes, *codings: str, size: int = 1_000, most: int = MOST) -> bytes:
    return b"".join(inflated(cut(data, size), list(codings), most))


@pytest.mark.parametrize("size", [1, 1_000, 1_000_000])
@pytest.mark.parametrize(
    ("coding", "deflate"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", bare),
        ("br", to_brotli),
    ],
)
def test_a_body_is_inflated_however_it_comes(
    coding: str, deflate: Callable[[bytes], bytes], size: int
) -> None:
    assert whole(deflate(TEXT), coding, size=size) == TEXT
    assert whole(b"", coding) == b""


def test_two_codings_are_taken_away_in_reverse() -> None:
    twice = to_brotli(gzip.compress(TEXT))

    assert whole(twice, "gzip, br") == whole(twice, "gzip", "br") == TEXT


@pytest.mark.parametrize("coding", ["identity", "", "zstd", "gzip, zstd"])
def test_what_is_not_known_stays_as_it_is(coding: str) -> None:
    assert whole(TEXT, coding) == TEXT


def test_a_file_of_gzip_may_have_several_members_and_padding() -> None:
    files = gzip.compress(b"one, ") + gzip.compress(b"two")

    assert whole(files + bytes(512), "gzip", size=7) == b"one, two"
    assert whole(zlib.compress(b"one") + b"\x1f padding", "deflate", size=5) == b"one"


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(TEXT, mtime=0)[:-9], "gzip"),
        (zlib.compress(TEXT)[:-9], "deflate"),
        (to_brotli(TEXT)[:-9], "br"),
        (TEXT, "gzip"),
        (b"\x08" + TEXT, "deflate"),
        (TEXT, "br"),
        (to_brotli(TEXT) + b"padding", "br"),
        (TEXT, "gzip, gzip, gzip"),
        (gzip.compress(b"") * 1_001, "gzip"),
    ],
)
def test_what_is_not_encoded_so_is_an_error(body: bytes, coding: str) -> None:
    with pytest.raises(ProtocolError, match=r"encoded|more than 1000 members"):
        whole(body, coding)


BOMB = bytes(4 * MIB)


@pytest.mark.parametrize(
    ("bomb", "coding"),
    [
        (gzip.compress(BOMB, mtime=0), "gzip"),
        (zlib.compress(BOMB), "deflate"),
        (bare(BOMB), "deflate"),
        (to_brotli(BOMB), "br"),
        (gzip.compress(gzip.compress(BOMB, mtime=0), mtime=0), "gzip, gzip"),
        (gzip.compress(to_brotli(BOMB), mtime=0), "br, gzip"),
        (to_brotli(BOMB), "gzip, br"),
    ],
)
def test_a_bomb_goes_off_at_the_limit(bomb: bytes, coding: str) -> None:
    most = 1 * MIB
    sizes: list[int] = []

    with pytest.raises((TooLargeError, ProtocolError)) as raised:
        sizes.extend(len(piece) for piece in inflated(iter([bomb]), [coding], most))

    assert sum(sizes) <= most
    if isinstance(raised.value, TooLargeError):
        assert most < raised.value.used <= most + 320 * KIB
