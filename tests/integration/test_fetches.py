"""Fetches of one execution over real sockets: redirects, streams, connections, turns, records."""

import gzip
import socket
from collections.abc import Iterator, Sequence
from threading import Barrier, Event
from typing import Any

import pytest

from isolambda_core.domain.limits import FETCH_GRANT_BYTES, FETCHES_AT_ONCE, KIB, MIB
from isolambda_core.net.resolving import Found
from isolambda_executor.fetching.network import Network
from tests.support.fetching import FetchingIsolate, HostileResolver, fetching
from tests.support.raw_servers import (
    OK,
    Answering,
    AnsweringInTurn,
    Behaviour,
    say_nothing,
    serving,
)
from tests.support.waiting import WAIT_S

HOST = "127.0.0.1"


@pytest.fixture
def isolate() -> Iterator[FetchingIsolate]:
    with fetching(HOST, "localhost") as isolate:
        yield isolate


def head_of(request: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines if line)


def redirect(status: int, location: str) -> bytes:
    head = f"HTTP/1.1 {status} Go\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
    return head.encode()


@pytest.mark.parametrize(
    ("status", "method", "then", "has_body"),
    [
        (301, "POST", "GET", False),
        (302, "POST", "GET", False),
        (303, "POST", "GET", False),
        (303, "PUT", "GET", False),
        (303, "DELETE", "GET", False),
        (301, "PUT", "PUT", True),
        (302, "PATCH", "PATCH", True),
        (307, "POST", "POST", True),
        (308, "PUT", "PUT", True),
        (301, "GET", "GET", False),
        (303, "HEAD", "HEAD", False),
    ],
)
def test_a_redirect_changes_the_method_as_the_standard_says(
    isolate: FetchingIsolate, status: int, method: str, then: str, has_body: bool
) -> None:
    body = b"body" if method not in ("GET", "HEAD") else None
    second = Answering(body_bytes=4 if has_body else 0)
    headers = [("content-type", "text/plain"), ("content-language", "lt"), ("x-a", "1")]

    with serving(second) as other:
        first = Answering(redirect(status, f"http://{HOST}:{other}/there"), len(body or b""))
        with serving(first) as port:
            answer = isolate.fetch(f"http://{HOST}:{port}/here", method, headers, body)

    line, sent = head_of(second.requests[0])
    assert line == f"{then} /there HTTP/1.1"
    assert second.requests[0].endswith(b"body") == has_body
    assert ("content-type" in sent) == ("content-language" in sent) == (then == method)
    assert sent["x-a"] == "1"
    assert (answer.head["redirected"], answer.head["url"]) == (True, f"http://{HOST}:{other}/there")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/a?b#c", "/a?b"),
        ("a/b", "/path/a/b"),
        ("../a", "/a"),
        ("?a", "/path/to?a"),
        ("//localhost:{port}/a", "/a"),
        ("HTTP://LOCALHOST:{port}/a", "/a"),
        ("/\u00c4", "/%C3%84"),
    ],
)
def test_a_location_is_read_beside_the_url(
    isolate: FetchingIsolate, location: str, target: str
) -> None:
    there = AnsweringInTurn([b"", OK])

    with serving(there) as port:
        there.answers[0] = redirect(302, location.format(port=port))
        answer = isolate.fetch(f"http://{HOST}:{port}/path/to?query")

    assert (answer.error, answer.head["status"]) == ({}, 200)
    assert head_of(there.requests[1])[0] == f"GET {target} HTTP/1.1"


def test_a_redirect_is_an_answer_or_an_error_if_the_request_says_so(
    isolate: FetchingIsolate,
) -> None:
    with serving(Answering(redirect(302, "/there"))) as port:
        manual = isolate.fetch(f"http://{HOST}:{port}/", redirect="manual")
        error = isolate.fetch(f"http://{HOST}:{port}/", redirect="error")

    assert (manual.head["status"], manual.headers["location"]) == (302, "/there")
    assert error.error == {
        "code": "redirects",
        "message": f"{HOST}:{port} redirects, which the request refuses",
    }


def test_a_redirect_without_a_location_is_an_answer(isolate: FetchingIsolate) -> None:
    with serving(Answering(b"HTTP/1.1 302 Go\r\ncontent-length: 0\r\n\r\n")) as port:
        assert isolate.fetch(f"http://{HOST}:{port}/").head["status"] == 302


def test_a_stream_cannot_be_sent_again(isolate: FetchingIsolate) -> None:
    with serving(chunked(redirect(307, "/there"), [])) as port:
        number = isolate.begin(f"http://{HOST}:{port}/", "POST", body="stream")
        isolate.send(number, b"body", chunk=True)
        isolate.send(number, last=True)
        answer = isolate.answer(number)

    assert answer.error["code"] == "redirects"
    assert answer.error["message"].startswith("the redirect by 307 asks for the body again")


def chunked(answer: bytes, received: list[bytes]) -> Behaviour:
    """Read a body in chunks, and answer after its end."""

    def behave(connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            while stream.readline() != b"\r\n":
                pass
            while size := int(stream.readline(), 16):
                received.append(stream.read(size))
                stream.readline()
            stream.readline()
        connection.sendall(answer)

    return behave


def test_a_stream_goes_out_as_it_is_granted(isolate: FetchingIsolate) -> None:
    received: list[bytes] = []
    pieces = [bytes([number]) * (FETCH_GRANT_BYTES // 2) for number in range(8)]

    with serving(chunked(OK, received)) as port:
        number = isolate.begin(f"http://{HOST}:{port}/", "POST", body="stream")
        granted = FETCH_GRANT_BYTES
        for piece in pieces:
            while granted < len(piece):
                granted += isolate.next_reply(number)[0]["more"]  # type: ignore[assignment, operator]
            isolate.send(number, piece, chunk=True)
            granted -= len(piece)
        isolate.send(number, last=True)
        answer = isolate.answer(number)
        (record,) = isolate.close()

    assert answer.head["status"] == 200
    assert b"".join(received) == b"".join(pieces)
    assert record.sent_bytes == 8 * FETCH_GRANT_BYTES // 2


@pytest.mark.parametrize("closes", [True, False])
def test_an_answer_before_the_end_of_the_body_counts(
    isolate: FetchingIsolate, closes: bool
) -> None:
    answered = Event()

    def refuse(connection: socket.socket) -> None:
        connection.recv(64 * KIB)
        connection.sendall(b"HTTP/1.1 413 No\r\ncontent-length: 2\r\n\r\nno")
        if closes:
            connection.shutdown(socket.SHUT_WR)
        answered.wait(WAIT_S)

    with serving(refuse) as port:
        answer = isolate.fetch(f"http://{HOST}:{port}/", "POST", body=bytes(8 * MIB))
        answered.set()

    assert (answer.head["status"], answer.body, answer.error) == (413, b"no", {})


def test_a_stream_that_is_too_long_is_an_error(isolate: FetchingIsolate) -> None:
    def swallow(connection: socket.socket) -> None:
        while connection.recv(MIB):
            pass

    with serving(swallow) as port:
        number = isolate.begin(f"http://{HOST}:{port}/", "POST", body="stream")
        granted, error = FETCH_GRANT_BYTES, None
        while error is None:
            while granted < FETCH_GRANT_BYTES and error is None:
                fields: Any = isolate.next_reply(number)[0]
                granted += fields.get("more", 0)
                error = fields.get("error")
            if error is None:
                isolate.send(number, bytes(FETCH_GRANT_BYTES), chunk=True)
                granted -= FETCH_GRANT_BYTES

    assert (error["code"], error["limit"]) == ("too_large", "fetch_body_bytes")
    assert error["used"] == 10 * MIB + FETCH_GRANT_BYTES


def test_the_head_of_an_answer_is_that_of_the_server(isolate: FetchingIsolate) -> None:
    zipped = gzip.compress(b"hello")
    head = (
        "HTTP/1.1 207 W\xe9ll\r\nContent-Encoding: gzip\r\nset-cookie: a=b\r\nset-cookie: c=d\r\n"
        "connection: close\r\nkeep-alive: 5\r\nproxy-connection: x\r\n"
        f"content-length: {len(zipped)}"
    )

    with serving(Answering(head.encode("latin-1") + b"\r\n\r\n" + zipped)) as port:
        answer = isolate.fetch(f"http://{HOST}:{port}/a#fragment")

    assert answer.body == b"hello"
    assert answer.head == {
        "status": 207,
        "statusText": "W\xe9ll",
        "headers": [
            ["content-encoding", "gzip"],
            ["set-cookie", "a=b"],
            ["set-cookie", "c=d"],
            ["content-length", str(len(zipped))],
        ],
        "url": f"http://{HOST}:{port}/a",
        "redirected": False,
    }


def test_the_answer_to_head_has_no_body(isolate: FetchingIsolate) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 99999999\r\n\r\n"

    with serving(Answering(answer)) as port:
        got = isolate.fetch(f"http://{HOST}:{port}/", "HEAD")

    assert (got.head["status"], got.body, got.error) == (200, b"", {})


# Connections.

HI = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (HI, 1),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 1),
        (b"HTTP/1.1 204 No\r\n\r\n", 1),
        (HI.replace(b"OK\r\n", b"OK\r\nconnection: close\r\n"), 3),
        (HI.replace(b"HTTP/1.1", b"HTTP/1.0"), 3),
        (HI + b"and more", 3),
    ],
)
def test_a_connection_is_kept_if_its_answer_has_an_end(
    isolate: FetchingIsolate, answer: bytes, connections: int
) -> None:
    there = AnsweringInTurn([answer], persists=True)

    with serving(there, at_once=True) as port:
        answers = [isolate.fetch(f"http://{HOST}:{port}/") for _ in range(3)]

    assert [each.error for each in answers] == [{}] * 3
    assert there.connections == connections


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [("GET", None, None), ("OPTIONS", None, None), ("POST", b"", "connect")],
)
def test_a_request_is_repeated_if_its_connection_was_stale_and_it_does_no_harm(
    isolate: FetchingIsolate, method: str, body: bytes | None, code: str | None
) -> None:
    dropped = Event()

    def drop_the_second(connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            while stream.readline() not in (b"\r\n", b""):
                pass
            connection.sendall(HI)
            if not dropped.is_set():
                stream.readline()  # the beginning of the second
                dropped.set()

    with serving(drop_the_second) as port:
        isolate.fetch(f"http://{HOST}:{port}/")
        answer = isolate.fetch(f"http://{HOST}:{port}/", method, body=body)

    assert answer.error.get("code") == code


def test_a_connection_is_not_kept_beyond_its_address() -> None:
    there = AnsweringInTurn([HI], persists=True)
    resolver = HostileResolver(["127.0.0.1"], ["::1"], ["127.0.0.1"])

    with (
        serving(there, at_once=True) as port,
        fetching("api.test", network=Network(private=True, resolve=resolver)) as isolate,
    ):
        codes = [isolate.fetch(f"http://api.test:{port}/").error.get("code") for _ in range(3)]

    assert codes == [None, "connect", None]
    assert there.connections == 1


# Turns, and the end.


def test_six_are_under_way_at_a_time_and_the_rest_wait(isolate: FetchingIsolate) -> None:
    together = Barrier(FETCHES_AT_ONCE + 1)
    go_on = Event()

    def wait(connection: socket.socket) -> None:
        connection.recv(64 * KIB)
        if not go_on.is_set():
            together.wait(WAIT_S)
            go_on.wait(WAIT_S)
        connection.sendall(HI)

    with serving(wait, at_once=True) as port:
        numbers = [isolate.begin(f"http://{HOST}:{port}/{number}") for number in range(12)]
        together.wait(WAIT_S)
        assert together.n_waiting == 0
        go_on.set()
        answers = [isolate.answer(number) for number in numbers]

    assert [answer.body for answer in answers] == [b"hi"] * 12


def test_what_waits_for_its_turn_can_be_abandoned(isolate: FetchingIsolate) -> None:
    with serving(say_nothing, at_once=True) as silent, serving(Answering(HI)) as port:
        held = [isolate.begin(f"http://{HOST}:{silent}/") for _ in range(FETCHES_AT_ONCE)]
        waiting = isolate.begin(f"http://{HOST}:{silent}/")
        last = isolate.begin(f"http://{HOST}:{port}/")
        for number in (waiting, held[0]):
            isolate.operations.take({"id": number, "kind": "abandon"})
        answer = isolate.answer(last)

    assert answer.body == b"hi"


def test_each_request_is_recorded(isolate: FetchingIsolate) -> None:
    zipped = gzip.compress(bytes(1_000))
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(zipped)
    there = AnsweringInTurn([redirect(302, "/there"), head + zipped])

    with serving(there) as port:
        isolate.fetch(f"http://{HOST}:{port}/")
        isolate.fetch("https://elsewhere.test:8443/")
        isolate.fetch("nonsense")
        records = isolate.close()

    assert [
        (each.method, each.host, each.status, each.error, each.received_bytes) for each in records
    ] == [
        ("GET", f"{HOST}:{port}", 302, None, 0),
        ("GET", f"{HOST}:{port}", 200, None, len(zipped)),
        ("GET", "elsewhere.test:8443", None, "not_allowed", 0),
    ]
    assert all(each.ms >= 0 for each in records)


def test_an_answer_that_is_not_read_is_recorded_when_the_execution_ends(
    isolate: FetchingIsolate,
) -> None:
    isolate.reads = False

    with serving(Answering(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(MIB))) as port:
        number = isolate.begin(f"http://{HOST}:{port}/")
        isolate.next_reply(number)
        (record,) = isolate.close()

    assert (record.status, record.error) == (200, "aborted")


@pytest.mark.parametrize("at", ["name", "connection"])
def test_what_has_not_got_through_yet_ends_at_once(at: str) -> None:
    given_up = Event()

    def resolve(*_: object, **__: object) -> Sequence[Found]:
        given_up.wait(WAIT_S)
        return []

    # A listener that accepts nothing: where its backlog is full, a connection waits.
    listener = socket.create_server((HOST, 0), backlog=0)
    port = listener.getsockname()[1]
    filling = [socket.socket() for _ in range(4)]
    for each in filling:
        each.setblocking(False)
        each.connect_ex((HOST, port))
    host = {"name": "api.test", "connection": HOST}[at]

    with fetching(host, network=Network(private=True, resolve=resolve)) as isolate:
        isolate.begin(f"http://{host}:{port}/")
        records = isolate.close()
    # The threads of the broker have ended, which waits for none of this.
    given_up.set()
    for each in (*filling, listener):
        each.close()

    assert [record.error for record in records] in (["aborted"], [])
