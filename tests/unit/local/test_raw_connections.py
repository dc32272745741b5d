"""A server takes requests of HTTP/1.1 alone, and finds the end of each where its client does."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from isolambda_core.domain.limits import REQUEST_HEAD_BYTES
from isolambda_local.request_body import ChunkedBody
from isolambda_local.request_head import HeadReader, MalformedRequestError
from tests.support.http_server import EchoServer, HttpServer

HEAD = b"POST /a HTTP/1.1\r\nhost: a\r\n"
GET = b"GET /a HTTP/1.1\r\nhost: a\r\n\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
_BODY = re.compile(rb"\r\n\r\n(.*?)(?=HTTP/1.1 |\Z)", re.DOTALL)
MALFORMED = [
    HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    HEAD + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    HEAD + b"content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    HEAD + b"content-length: 5, 5\r\n\r\nhello",
    HEAD + b"content-length: -5\r\n\r\nhello",
    HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    HEAD + b"transfer-encoding: gzip\r\n\r\n",
    HEAD + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /a HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /a HTTP/1.1\nhost: a\r\n\r\n",
    b"GET /a HTTP/1.1\r\nhost: a\n\r\n\r\n",
    b"GET /a HTTP/1.1\r\nhost: a\n\nx: y\r\n\r\n",
    b"\nGET /a HTTP/1.1\r\nhost: a\r\n\r\n",
    b"\r\n\r\nGET /a HTTP/1.1\r\nhost: a\r\n\r\n",
    CHUNKED + b"5\nhello\r\n0\r\n\r\n",
    CHUNKED + b"5\r\nhello\n0\r\n\r\n",
    CHUNKED + b"5\r\nhello\r\n0\n\r\n",
    CHUNKED + b"0\r\nx: y\n\n",
    CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n",
    CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    CHUNKED + b"5\r\nhello!0\r\n\r\n",
    CHUNKED + b"5;" + b"a" * 2_000 + b"\r\nhello\r\n0\r\n\r\n",
    CHUNKED + b"0\r\n" + b"x: y\r\n" * 10_000 + b"\r\n",
    HEAD + b" folded: a\r\n\r\n",
    HEAD + b"x: a\r\n b\r\n\r\n",
    HEAD + b"x : a\r\n\r\n",
    HEAD + b"x y: a\r\n\r\n",
    HEAD + b"x: a\rb\r\n\r\n",
    HEAD + b"x: a\0b\r\n\r\n",
    HEAD + b"host: b\r\n\r\n",
    b"GET /a HTTP/1.1\r\n\r\n",
    b"GET /a HTTP/2.0\r\nhost: a\r\n\r\n",
    b"GET /a HTTP/0.9\r\nhost: a\r\n\r\n",
    b"GET /a\r\n\r\n",
    b"GET  /a HTTP/1.1\r\nhost: a\r\n\r\n",
    b"GET /\xc3\xa9 HTTP/1.1\r\nhost: a\r\n\r\n",
    b"{} /a HTTP/1.1\r\nhost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /" + b"a" * REQUEST_HEAD_BYTES + b" HTTP/1.1\r\nhost: a\r\n\r\n",
    b"GET /" + b"a" * (REQUEST_HEAD_BYTES + 1),
]


@pytest.fixture(scope="module")
def server() -> Iterator[EchoServer]:
    with EchoServer() as started:
        yield started


@pytest.mark.parametrize("sent", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_no_request_is_refused_and_the_connection_closed(
    server: EchoServer, sent: bytes
) -> None:
    answer = server.all_answers(sent)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nconnection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("in_pieces_of", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize(
    ("sent", "method", "body"),
    [
        (GET, b"GET", b""),
        (b"\r\n" + GET, b"GET", b""),
        (b"get /a HTTP/1.1\r\nHOST: a\r\n\r\n", b"get", b""),
        (b"CONNECT /a HTTP/1.1\r\nhost: a\r\n\r\n", b"CONNECT", b""),
        (b"PROPFIND /a HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi", b"PROPFIND", b"hi"),
        (HEAD + b"content-length: 5\r\n\r\nhello", b"POST", b"hello"),
        (HEAD + b"content-length: 0\r\n\r\n", b"POST", b""),
        (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", b"POST", b"hello"),
        (CHUNKED + b"2;a=b\r\nhe\r\n003\r\nllo\r\n00;c\r\n\r\n", b"POST", b"hello"),
        (CHUNKED + b"5\r\nhello\r\n0\r\nhost: b\r\ncontent-length: 9\r\n\r\n", b"POST", b"hello"),
        # Clients of Java ask for HTTP/2 in this way.
        (
            HEAD + b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\n"
            b"content-length: 5\r\n\r\nhello",
            b"POST",
            b"hello",
        ),
    ],
)
def test_requests_are_read_to_their_ends_however_they_come(
    server: EchoServer, sent: bytes, method: bytes, body: bytes, in_pieces_of: int
) -> None:
    answers = server.all_answers(sent + sent + server.last(GET), in_pieces_of)

    # The server says what it got: the method, the target and the body.
    seen = b"%b /a %b" % (method, body)
    assert _BODY.findall(answers) == [seen, seen, b"GET /a "]


@pytest.mark.parametrize("target", [b"/a%2Fb?c=%20d", b"*", b"http://a/b", b"/a#b", b"//a"])
def test_the_target_reaches_the_app_as_it_came(server: EchoServer, target: bytes) -> None:
    answers = server.all_answers(server.last(b"GET %b HTTP/1.1\r\nhost: a\r\n\r\n" % target))

    assert answers.endswith(b"\r\n\r\nGET %b " % target)


@pytest.mark.parametrize("after", [b"", b" ", b"\t", b" \t  "])
def test_blanks_around_the_value_of_a_header_are_none_of_it(after: bytes) -> None:
    values: list[bytes] = []

    async def note(scope: Any, _: Any, send: Any) -> None:
        values.extend(value for name, value in scope["headers"] if name == b"x-name")
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    with HttpServer(note) as server:
        server.all_answers(
            b"GET /a HTTP/1.1\r\nhost: a\r\nx-name:%ba \tb%b\r\nX-Name:%b\r\n"
            b"connection: close%b\r\n\r\n" % (after, after, after, after)
        )

    assert values == [b"a \tb", b""]


def test_a_body_ends_where_its_header_says_blanks_or_not(server: EchoServer) -> None:
    sized = HEAD + b"content-length: 5 \t\r\n\r\nhello"
    chunked = HEAD + b"transfer-encoding: chunked \r\n\r\n5\r\nhello\r\n0\r\n\r\n"

    answers = server.all_answers(sized + chunked + server.last(GET))

    assert _BODY.findall(answers) == [b"POST /a hello", b"POST /a hello", b"GET /a "]


def test_a_head_of_the_limit_is_read() -> None:
    head = b"GET /" + b"a" * (REQUEST_HEAD_BYTES - 5)
    reader = HeadReader()

    assert reader.take(head + b"\r\n\r\nrest")[1] == b"rest"
    with pytest.raises(MalformedRequestError):
        reader.take(b"a" + head + b"\r\n\r\n")


def test_the_parser_gets_a_body_in_chunks_without_its_trailers() -> None:
    reader = ChunkedBody()

    assert reader.take(b"2\r\nhi\r\n0\r\nx: y\r\n\r\nGET") == (b"2\r\nhi\r\n0\r\n\r\n", b"GET")
    assert reader.is_complete
