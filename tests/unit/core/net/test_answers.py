"""Answers of servers, read strictly: what could be read in two ways is refused."""

import pytest
from typing_extensions import override

from isolambda_core.domain.limits import ANSWER_PIECES, CHUNKS, KIB, MIB
from isolambda_core.net.bodies import read_body
from isolambda_core.net.errors import ProtocolError, TooLargeError
from isolambda_core.net.heads import ResponseHead, is_header, read_head, request_head
from isolambda_core.net.incoming import Incoming

HEAD_BYTES, HEADERS, BODY_BYTES = 1_000, 8, 10_000


class Pieces:
    """A connection on which an answer comes in pieces of one size."""

    def __init__(self, answer: bytes, size: int) -> None:
        self.left = [answer[at : at + size] for at in range(0, len(answer), size)]

    def receive(self, _most: int) -> bytes:
        return self.left.pop(0) if self.left else b""

    def has_arrived(self) -> bool:
        return False


def incoming(answer: bytes, size: int = 7) -> Incoming:
    return Incoming(Pieces(answer, size))  # type: ignore[arg-type]


def head_of(answer: bytes, method: str = "GET", size: int = 7) -> ResponseHead:
    return read_head(incoming(answer, size), method, HEAD_BYTES, HEADERS)


def body_of(answer: bytes, method: str = "GET", size: int = 7) -> bytes:
    stream = incoming(answer, size)
    head = read_head(stream, method, HEAD_BYTES, HEADERS)
    return b"".join(read_body(stream, head, BODY_BYTES))


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_head_is_read_however_it_comes(size: int) -> None:
    answer = (
        b"HTTP/1.1 200 All is w\xe9ll\r\nA: \t1 2\t\r\nb:\r\nA: \xff\r\nContent-Length: 0\r\n\r\n"
    )

    head = head_of(answer, size=size)

    assert (head.status, head.reason, head.length) == (200, "All is w\xe9ll", 0)
    assert head.headers == (("a", "1 2"), ("b", ""), ("a", "\xff"), ("content-length", "0"))
    assert head.values("a") == ["1 2", "\xff"]
    assert head.keeps_connection


def test_interim_answers_are_skipped() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nlink: </a>\r\n\r\n"

    assert body_of(interim + b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok") == b"ok"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"hello\n", "does not begin with a status"),
        (b"ICY 200 OK\r\n\r\n", "does not begin with a status"),
        (b"HTTP/2 200 OK\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.2 200 OK\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.1 +20 OK\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.1 099 OK\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.1 600 OK\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.1  200 OK\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.1 200 O\0K\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.1 200 O\rK\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.1 200 OK\na: 1\r\n\r\n", "does not begin with a status"),
        (b"HTTP/1.1 101 Go\r\n\r\n", "switched to another protocol"),
        (b"HTTP/1.1 200 OK\r\na: 1\nb: 2\r\n\r\n", "a line that is no header"),
        (b"HTTP/1.1 200 OK\r\na: 1\rb: 2\r\n\r\n", "a line that is no header"),
        (b"HTTP/1.1 200 OK\r\na: 1\r\n b: 2\r\n\r\n", "a line that is no header"),
        (b"HTTP/1.1 200 OK\r\n a: 1\r\n\r\n", "a line that is no header"),
        (b"HTTP/1.1 200 OK\r\na : 1\r\n\r\n", "a line that is no header"),
        (b"HTTP/1.1 200 OK\r\n: 1\r\n\r\n", "a line that is no header"),
        (b"HTTP/1.1 200 OK\r\na\r\n\r\n", "a line that is no header"),
        (b"HTTP/1.1 200 OK\r\na: \0\r\n\r\n", "a line that is no header"),
        (b"HTTP/1.1 200 OK\r\na\xff: 1\r\n\r\n", "a line that is no header"),
        (b"HTTP/1.1 200 OK\r\na:" + b" " * 900 + b"\0\r\n\r\n", "a line that is no header"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            "more than one content-length",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n",
            "more than one content-length",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            "both a content-length and a transfer-encoding",
        ),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\n", "is no length"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "is no length"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\n", "is no length"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1_0\r\n\r\n", "is no length"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0x1\r\n\r\n", "is no length"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: \xb2\r\n\r\n", "is no length"),
        (b"HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n", "is no length"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n", "other than chunked"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n", "other than chunked"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: \x0bchunked\r\n\r\n", "no header"),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
            "other than chunked",
        ),
        (b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "other than chunked"),
        (b"HTTP/1.1 200 OK\r\na: 1\r\n", "closed the connection within"),
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_what_is_no_head_says_why(answer: bytes, reason: str, size: int) -> None:
    with pytest.raises(ProtocolError, match=reason):
        head_of(answer, size=size)


def test_a_server_that_closes_at_once_did_not_answer() -> None:
    with pytest.raises(ConnectionResetError):
        head_of(b"")


@pytest.mark.parametrize(
    ("answer", "value", "used"),
    [
        (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 5_000, HEAD_BYTES, 1_022),
        (b"HTTP/1.1 200 " + b"a" * 5_000, HEAD_BYTES, 1_022),
        (b"HTTP/1.1 100 Go\r\n\r\n" * 100, HEAD_BYTES, 1_200),
        (b"HTTP/1.1 200 OK\r\n" + b"a: 1\r\n" * 9 + b"\r\n", HEADERS, 9),
    ],
)
def test_a_giant_head_says_which_limit(answer: bytes, value: int, used: int) -> None:
    with pytest.raises(TooLargeError) as raised:
        head_of(answer)

    assert raised.value.value == value
    assert raised.value.used == pytest.approx(used, rel=0.2)


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n"


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello and more", b"hello"),
        (b"HTTP/1.1 200 OK\r\n\r\nup to the end", b"up to the end"),
        (b"HTTP/1.1 204 No\r\ncontent-length: 5\r\n\r\nhello", b""),
        (b"HTTP/1.1 304 No\r\ntransfer-encoding: chunked\r\n\r\nhello", b""),
        (CHUNKED + b'5\r\nhello\r\n00A ;x="y"\r\n and world\r\n0\r\n\r\n', b"hello and world"),
        (CHUNKED + b"1\r\na\r\n0\r\ntrailer: 1\r\n\r\n", b"a"),
    ],
)
def test_a_body_is_read_however_it_comes(answer: bytes, body: bytes, size: int) -> None:
    assert body_of(answer, size=size) == body


def test_the_answer_to_head_has_no_body() -> None:
    assert body_of(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "HEAD") == b""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"-1\r\n", "the size of a chunk is no number"),
        (b"+1\r\na\r\n", "the size of a chunk is no number"),
        (b"1_0\r\n", "the size of a chunk is no number"),
        (b"0x1\r\na\r\n", "the size of a chunk is no number"),
        (b" 1\r\na\r\n", "the size of a chunk is no number"),
        (b"\r\n", "the size of a chunk is no number"),
        (b"1 1\r\na\r\n", "the size of a chunk is no number"),
        (b"1;\0\r\na\r\n", "the size of a chunk is no number"),
        (b"1\na\r\n\r\n", "the size of a chunk is no number"),
        (b"100000000\r\n", "the size of a chunk is no number"),
        (b"1;" + b"x" * 300, "the line before a chunk is over 256 bytes"),
        (b"1\r\nab\r\n0\r\n\r\n", "a chunk of the answer does not end where it should"),
        (b"5\r\nhe", "before the end of its answer"),
        (b"1\r\na\r\n", "closed the connection within its answer"),
        (b"1\r\na\r\n0\r\n", "closed the connection within its answer"),
        (b"0\r\nno trailer\r\n\r\n", "a line that is no header"),
        (b"1\r\na\r\n" * (CHUNKS + 1), "more than 1000 chunks of less than 64 bytes"),
    ],
)
def test_what_is_no_body_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        body_of(CHUNKED + body)


def test_a_body_that_breaks_off_is_none() -> None:
    with pytest.raises(ProtocolError, match="before the end of its answer"):
        body_of(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell")


@pytest.mark.parametrize(
    ("answer", "what", "used"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10001\r\n\r\n", "the body of the answer", 10_001),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 20_000, "the body of the answer", 10_081),
        (CHUNKED + b"ffffffff\r\n", "the body of the answer", 0xFFFFFFFF),
        (CHUNKED + b"0\r\n" + b"a: b\r\n" * 6 * KIB, "the trailer of the answer", 16 * KIB),
    ],
)
def test_a_body_that_is_too_long_says_which_limit(answer: bytes, what: str, used: int) -> None:
    with pytest.raises(TooLargeError) as raised:
        body_of(answer, size=100)

    assert (raised.value.what, raised.value.used) == (what, used)


def test_a_request_has_its_headers_as_bytes() -> None:
    head = request_head("GET", "/a?b", [("host", "api.test"), ("x", "\xff")])

    assert head == b"GET /a?b HTTP/1.1\r\nhost: api.test\r\nx: \xff\r\n\r\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [("a\r\nb", "1"), ("a b", "1"), ("", "1"), ("a:", "1"), ("\xe9", "1"), ("a\0", "1")]
    + [("a", value) for value in ("1\r\nb: 2", "1\n", "\r", "\0", "\x7f", "\u0100")],
)
def test_no_header_of_a_request_ends_its_line(name: str, value: str) -> None:
    assert not is_header(name, value)
    with pytest.raises(ValueError, match=r"^"):
        request_head("GET", "/", [(name, value)])


def test_white_space_takes_no_longer_than_other_text() -> None:
    # With two ways to read it, this would take minutes.
    answer = b"HTTP/1.1 200 OK\r\na:" + b" " * 200 * KIB + b"\0\r\n\r\n"

    with pytest.raises(ProtocolError, match="no header"):
        read_head(incoming(answer, 64 * KIB), "GET", 400 * KIB, HEADERS)


def test_chunks_that_come_together_are_one_piece() -> None:
    answer = CHUNKED + b"1\r\na\r\n" * 500 + b"0\r\n\r\n"

    def pieces(size: int) -> list[int]:
        stream = incoming(answer, size)
        head = read_head(stream, "GET", HEAD_BYTES, HEADERS)
        return [len(piece) for piece in read_body(stream, head, BODY_BYTES)]

    assert pieces(10_000) == [500]
    assert pieces(len(CHUNKED) + 60)[0] == 10
    assert sum(pieces(1)) == 500


@pytest.mark.parametrize("held", [b"1\r\na", b"1\r\na\r\n", b"1\r\na\r\n1", b"2\r\na"])
def test_no_piece_waits_for_what_comes_next(held: bytes) -> None:
    class Waiting(Pieces):
        @override
        def receive(self, _most: int) -> bytes:
            assert self.left, "it waits"
            return self.left.pop(0)

    stream = Incoming(Waiting(CHUNKED + held, 1_000))  # type: ignore[arg-type]
    head = read_head(stream, "GET", HEAD_BYTES, HEADERS)

    assert next(iter(read_body(stream, head, BODY_BYTES))) == b"a"


def whole(answer: bytes, size: int) -> bytes:
    stream = incoming(answer, size)
    return b"".join(read_body(stream, read_head(stream, "GET", HEAD_BYTES, HEADERS), MIB))


def test_an_answer_in_tiny_pieces_is_an_error() -> None:
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + bytes(ANSWER_PIECES + 100)

    with pytest.raises(ProtocolError, match="10000 pieces of less than 256 bytes"):
        whole(answer, 1)
