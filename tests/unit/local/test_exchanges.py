"""An answer reaches the client as the app gives it, or the client learns that there is none."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from isolambda_local.exchange import Header
from tests.support.http_server import HttpServer

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
FAILED = b"Internal Server Error"

Send = Callable[[Any], Awaitable[None]]
Serve = Callable[[Callable[[Send], Awaitable[None]]], HttpServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as servers:

        def start(answer: Callable[[Send], Awaitable[None]]) -> HttpServer:
            async def app(_scope: Any, receive: Any, send: Send) -> None:
                await receive()
                await answer(send)

            return servers.enter_context(HttpServer(app))

        yield start


async def start(send: Send, *headers: Header, status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def finish(send: Send, body: bytes, **more: bool) -> None:
    await send({"type": "http.response.body", "body": body, **more})


def lines_of(answer: bytes) -> list[bytes]:
    return answer.partition(b"\r\n\r\n")[0].split(b"\r\n")


@pytest.mark.parametrize("body", [b"", b"hi", b"x" * 1_000_000], ids=len)
def test_each_answer_has_its_headers_and_its_length(serve: Serve, body: bytes) -> None:
    async def answer(send: Send) -> None:
        await start(send, (b"X-A", b"1"), (b"x-b", b"2"), (b"x-b", b"3"), status=201)
        await finish(send, body)

    answers = serve(answer).all_answers(GET + LAST)

    before, *both = answers.split(b"HTTP/1.1 ")
    assert (before, len(both)) == (b"", 2)
    for each in both:
        status, *headers = lines_of(each)
        assert status == b"201 Created"
        assert [line for line in headers if line.startswith(b"x-")] == [
            b"x-a: 1", b"x-b: 2", b"x-b: 3",
        ]  # fmt: skip
        assert b"content-length: %d" % len(body) in headers
        assert each.endswith(b"\r\n\r\n" + body)


def test_an_answer_without_a_body_has_no_length(serve: Serve) -> None:
    async def answer(send: Send) -> None:
        await start(send, status=304)
        await finish(send, b"")

    got = serve(answer).all_answers(LAST)

    assert b"content-length" not in got


def test_an_answer_to_head_has_a_length_and_no_body(serve: Serve) -> None:
    async def answer(send: Send) -> None:
        await start(send, (b"content-length", b"2"))
        await finish(send, b"hi")

    got = serve(answer).all_answers(LAST.replace(b"GET", b"HEAD"))

    assert b"content-length: 2" in lines_of(got)
    assert got.endswith(b"\r\n\r\n")


async def _raises(_send: Send) -> None:
    raise ZeroDivisionError


async def _raises_after_the_start(send: Send) -> None:
    await start(send)
    raise ZeroDivisionError


async def _never_answers(_send: Send) -> None:
    pass


async def _answers_in_pieces(send: Send) -> None:
    await start(send)
    await finish(send, b"a", more_body=True)


async def _starts_twice(send: Send) -> None:
    await start(send)
    await start(send)


async def _does_not_start(send: Send) -> None:
    await finish(send, b"a")


async def _says_another_length(send: Send) -> None:
    await start(send, (b"content-length", b"1"))
    await finish(send, b"HTTP/1.1 200 OK")


async def _splits_a_header(send: Send) -> None:
    await start(send, (b"x-a", b"1\r\nx-b: 2"))
    await finish(send, b"")


async def _splits_a_name(send: Send) -> None:
    await start(send, (b"x-a: 1\r\nx-b", b"2"))
    await finish(send, b"")


@pytest.mark.parametrize(
    "answer",
    [
        _raises, _raises_after_the_start, _never_answers, _answers_in_pieces, _starts_twice,
        _does_not_start, _says_another_length, _splits_a_header, _splits_a_name,
    ],
)  # fmt: skip
def test_an_app_that_fails_to_answer_is_a_500_and_the_end_of_the_connection(
    serve: Serve, answer: Callable[[Send], Awaitable[None]]
) -> None:
    got = serve(answer).all_answers(GET)

    status, *headers = lines_of(got)
    assert status == b"HTTP/1.1 500 Internal Server Error"
    assert b"connection: close" in headers
    assert got.endswith(b"\r\n\r\n" + FAILED)


def test_an_app_that_fails_after_its_answer_changes_nothing_of_it(serve: Serve) -> None:
    async def answer(send: Send) -> None:
        await start(send)
        await finish(send, b"hi")
        await finish(send, b"again")

    got = serve(answer).all_answers(GET + LAST)

    assert got.count(b"HTTP/1.1 200 OK") == got.count(b"\r\n\r\nhi") == 2
    assert b"again" not in got


def test_no_client_is_asked_to_go_on_after_its_answer() -> None:
    async def app(_scope: Any, receive: Any, send: Send) -> None:
        await start(send)
        await finish(send, b"hi")
        assert await receive() == {"type": "http.disconnect"}

    asked = GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n")

    with HttpServer(app) as server:
        got = server.all_answers(asked + b"content-length: 2\r\n\r\nhi" + LAST)

    assert got.count(b"HTTP/1.1 200 OK") == 2
    assert b"100 Continue" not in got
