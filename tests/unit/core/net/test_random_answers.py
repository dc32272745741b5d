"""Whatever a server sends, in whatever pieces: it is one answer, or one error."""

from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.net.bodies import read_body
from isolambda_core.net.errors import ProtocolError, TooLargeError
from isolambda_core.net.heads import ResponseHead, read_head
from tests.unit.core.net.test_answers import BODY_BYTES, HEAD_BYTES, HEADERS, incoming

PARTS = (
    *(b"HTTP/1.1 200 OK", b"HTTP/1.0 404", b"HTTP/1.1 100 Go", b"HTTP/1.1 204 ", b"HTTP/1.1 "),
    *(b"\r\n", b"\r\n\r\n", b"\n", b"\r", b" ", b"\t", b":", b";", b",", b"\0", b"\xff", b"x: y"),
    *(b"content-length: 5", b"Content-Length: 0", b"content-length: ", b"connection: close"),
    *(b"transfer-encoding: chunked", b"transfer-encoding: gzip", b"hello", b"hello, world"),
    *(b"5", b"0", b"1", b"ff", b"-1", b"+1", b"0x1", b"5\r\nhello\r\n", b"0\r\n\r\n"),
)
ANSWERS = st.lists(st.sampled_from(PARTS) | st.binary(max_size=3), max_size=20).map(b"".join)
LIKELY = ANSWERS.map(lambda answer: b"HTTP/1.1 200 OK\r\n" + answer)
CHUNKED = ANSWERS.map(
    lambda answer: b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + answer
)


def outcome(answer: bytes, size: int) -> tuple[ResponseHead | None, bytes, str]:
    """Return the head, the body as far as it goes, and the kind of the error."""
    stream = incoming(answer, size)
    head, pieces = None, []
    try:
        head = read_head(stream, "GET", HEAD_BYTES, HEADERS)
        for piece in read_body(stream, head, BODY_BYTES):
            pieces.append(piece)  # noqa: PERF402 - those before an error count, too
    except (ProtocolError, TooLargeError, ConnectionResetError) as error:
        return head, b"".join(pieces), type(error).__name__
    return head, b"".join(pieces), ""


@given(ANSWERS | LIKELY | CHUNKED, st.integers(1, 40))
def test_an_answer_is_the_same_in_whatever_pieces_it_comes(answer: bytes, size: int) -> None:
    whole, cut = outcome(answer, 100_000), outcome(answer, size)

    assert (whole[0], whole[2]) == (cut[0], cut[2])
    if not whole[2]:
        assert whole[1] == cut[1]


@given(LIKELY)
def test_an_answer_with_an_end_has_the_length_that_it_says(answer: bytes) -> None:
    head, body, error = outcome(answer, 100_000)

    if head is not None and not error and head.length is not None:
        assert len(body) == head.length
