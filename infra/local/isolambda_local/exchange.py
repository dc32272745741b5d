"""One request and its answer, between a connection and the app."""

import asyncio
import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from starlette.types import ASGIApp, Message, Scope
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE

from isolambda_api.http.errors import BodyTimeoutError, RequestError
from isolambda_api.http.response_sender import ON_EVERY_ANSWER
from isolambda_core.domain.limits import BODY_BYTES_PER_S, BODY_FREE_S, BODY_SILENCE_S

Header = tuple[bytes, bytes]

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE: Final = (b"connection", b"close")
_WITHOUT_BODY: Final = (204, 304)
_WITH_HEAD_BYTES: Final = 64 * 1_024
"""A body up to this length is written together with its head."""
_LINES: Final = 256
"""Header lines that are not checked and written again: most of an answer's are always the same."""
_FAILED: Final = b"Internal Server Error"
_FAILED_HEADERS: Final = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", b"%d" % len(_FAILED)),
    _CLOSE,
]

_log = logging.getLogger("uvicorn.error")


class Exchange:
    """A request whose body has to come in time, and its answer, which comes in one piece.

    The connection is kept if the client keeps it, and the request has come whole before the answer:
    else the answer has ``Connection: close``, and ``end`` ends the connection. ``completed`` is
    called after each answer; ``always`` are the headers that the server adds to it.
    """

    def __init__(  # noqa: PLR0913 - what it has of its connection
        self,
        transport: asyncio.Transport,
        flow: FlowControl,
        scope: Scope,
        always: list[Header],
        *,
        keep_alive: bool,
        expects_continue: bool,
        end: Callable[[], None],
        completed: Callable[[], None],
    ) -> None:
        self.body = bytearray()
        """What has come of the body, and the app not asked for yet."""
        self.response_started = False
        self.response_complete = False
        self.task: asyncio.Task[None] | None = None
        """What runs it."""
        self._transport = transport
        self._flow = flow
        self._scope = scope
        self._always = always
        self._is_kept = keep_alive
        self._expects_continue = expects_continue
        self._end = end
        self._completed = completed
        self._is_whole = False
        self._is_disconnected = False
        self._fault: RequestError | None = None
        self._pace: Pace | None = None
        self._start: Message | None = None
        self._has_news = False
        self._waiting: asyncio.Future[None] | None = None

    @property
    def _is_over(self) -> bool:
        """Whether no more of the body will come, however long the app waits."""
        return self._fault is not None or self._is_disconnected or self.response_complete

    def take_body(self, piece: bytes) -> None:
        """Keep a piece of the body until the app asks for it."""
        self.body += piece
        if self._pace is not None:
            self._pace.note(len(piece), asyncio.get_running_loop().time())
        self._wake()

    def complete_request(self) -> None:
        """Note that the body is whole."""
        self._is_whole = True
        self._wake()

    def keep_no_longer(self) -> None:
        """Let the answer end the connection."""
        self._is_kept = False

    def refuse_body(self, fault: RequestError) -> None:
        """Give the app, where it asks for more of the body, the reason why there is none."""
        self._fault = fault
        self._wake()

    def disconnect(self) -> None:
        """Note that the client has gone, or gets no answer of the app."""
        self._is_disconnected = not self.response_complete
        self._wake()

    async def run(self, app: ASGIApp, under_way: set[asyncio.Task[None]]) -> None:
        """Have the app answer; an app that fails to is a 500. Its task is then under way no more.

        A callback of the task would take another turn of the event loop.
        """
        try:
            await app(self._scope, self.receive, self.send)
        except Exception:
            _log.exception("Exception in ASGI application")
        finally:
            if self.task is not None:
                under_way.discard(self.task)
        if not self.response_complete and not self._is_disconnected:
            self._fail()

    def _fail(self) -> None:
        if self.response_started:
            self._end()
            return
        self._start = {"status": 500, "headers": _FAILED_HEADERS}
        self._answer(_FAILED)

    async def receive(self) -> Message:
        """Return the next piece of the body.

        Raises:
            RequestError: the rest of the body is not read.
            BodyTimeoutError: the body does not come in time.
        """
        if self._expects_continue and not self._transport.is_closing():
            self._expects_continue = False
            self._transport.write(_CONTINUE)
        if self._pace is None and not self._is_whole:
            self._pace = Pace(asyncio.get_running_loop().time())
        if not self._has_news and not self._is_over:
            await self._wait_for_news()
        self._has_news = False
        if self._fault is not None:
            raise self._fault
        if self._is_over:
            return {"type": "http.disconnect"}
        body, self.body = bytes(self.body), bytearray()
        return {"type": "http.request", "body": body, "more_body": not self._is_whole}

    async def send(self, message: Message) -> None:
        """Send an answer: its start, which waits for its body, and then both.

        Raises:
            RuntimeError: it is no answer of HTTP, or not in one piece.
        """
        if self._flow.write_paused and not self._is_disconnected:
            await self._flow.drain()
        if self._is_disconnected:
            return
        if message["type"] == "http.response.start" and self._start is None:
            self._start = message
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            self._answer(message.get("body", b""))
        else:
            raise RuntimeError(f"an answer in one piece has no {message['type']} here")

    def _answer(self, body: bytes) -> None:
        start = self._start
        if start is None or self.response_complete:
            raise RuntimeError("an answer has one start, and one body")
        is_kept = self._is_kept and self._is_whole
        head = self._head_of(start, len(body), is_kept=is_kept)
        self.response_started = True
        self._expects_continue = False
        if self._scope["method"] == "HEAD":
            body = b""
        if len(body) <= _WITH_HEAD_BYTES:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._transport.write(body)
        self.response_complete = True
        self._wake()
        if not is_kept:
            self._end()
        self._completed()

    def _head_of(self, start: Message, length: int, *, is_kept: bool) -> bytes:
        status: int = start["status"]
        headers: list[Header] = [*self._always, *start["headers"]]
        names = dict(headers)
        declared = names.get(b"content-length")
        if declared is None and status not in _WITHOUT_BODY:
            headers.append((b"content-length", b"%d" % length))
        elif declared is not None and int(declared) != length and self._scope["method"] != "HEAD":
            raise RuntimeError(f"the body has {length} bytes, and its head says {int(declared)}")
        if not is_kept and _CLOSE not in headers:
            headers.append(_CLOSE)
        if headers[_ALWAYS_FROM:] == ON_EVERY_ANSWER:
            lines = [*map(_line, headers[:_ALWAYS_FROM]), _ALWAYS]
        else:
            lines = list(map(_line, headers))
        return b"".join((STATUS_LINE[status], *lines, b"\r\n"))

    async def _wait_for_news(self) -> None:
        self._flow.resume_reading()
        self._waiting = asyncio.get_running_loop().create_future()
        deadline = None if self._is_whole or self._pace is None else self._pace.deadline
        try:
            async with asyncio.timeout_at(deadline):
                await self._waiting
        except TimeoutError as error:
            raise BodyTimeoutError from error
        finally:
            self._waiting = None

    def _wake(self) -> None:
        self._has_news = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


@lru_cache(_LINES)
def _line(header: Header) -> bytes:
    name, value = header
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise RuntimeError("a header of the answer is none of HTTP")
    return b"%b: %b\r\n" % (name.lower(), value)


_ALWAYS: Final = b"".join(map(_line, ON_EVERY_ANSWER))
_ALWAYS_FROM: Final = -len(ON_EVERY_ANSWER)


class Pace:
    """How fast a body comes, from the time on at which the app asks for it; times are seconds."""

    def __init__(self, asked_at: float) -> None:
        self._asked_at = asked_at
        self._latest_at = asked_at
        self._bytes = 0

    @property
    def deadline(self) -> float:
        """When the body is too slow, unless more of it comes before."""
        at_rate = self._asked_at + self._bytes / BODY_BYTES_PER_S
        return min(self._latest_at, at_rate) + BODY_SILENCE_S

    def note(self, length: int, now: float) -> None:
        """Note a piece of the body."""
        self._latest_at = now
        if now > self._asked_at + BODY_FREE_S:
            self._bytes += length
