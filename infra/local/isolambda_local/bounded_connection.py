"""A connection of HTTP/1.1 that a client can neither hold for nothing nor fill."""

import asyncio
from enum import Enum, auto
from typing import Any, ClassVar, Final
from urllib.parse import unquote

import httptools
from typing_extensions import override
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from isolambda_api.http.errors import RequestError
from isolambda_core.domain.limits import LINGER_BYTES, LINGER_S, REQUEST_HEAD_S
from isolambda_local.connections import Connections
from isolambda_local.exchange import Exchange
from isolambda_local.request_body import BodyReader, body_of
from isolambda_local.request_head import HeadReader, MalformedRequestError

_BAD_REQUEST: Final = 400
_EXPECT: Final = b"expect"
_CONTINUE: Final = b"100-continue"
_REFUSAL: Final = b"Invalid HTTP request received."
_REFUSAL_HEADERS: Final = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", str(len(_REFUSAL)).encode()),
    (b"connection", b"close"),
)


class _State(Enum):
    HEAD = auto()
    BODY = auto()
    COMPLETE = auto()
    """The request is whole, and its answer is not; a request behind it waits."""
    ENDING = auto()
    """What the client still sends is thrown away."""


def protocol_of(bounds: Connections) -> type[asyncio.Protocol]:
    """Return the class of the connections that ``bounds`` counts, for uvicorn."""
    return type("Connection", (BoundedConnection,), {"bounds": bounds})


class BoundedConnection(HttpToolsProtocol):
    """A connection with a deadline for heads, one request at a time.

    It finds the ends of heads and bodies itself, and refuses a request for which the parser does
    not find the same.
    """

    bounds: ClassVar[Connections]
    cycle: Exchange | None  # type: ignore[assignment] # which answers in our own way

    def __init__(self, **server: Any) -> None:
        super().__init__(**server)
        self._state = _State.HEAD
        self._head = HeadReader()
        self._method = ""
        self._body: BodyReader | None = None
        self._ahead = b""
        self._head_timer: asyncio.TimerHandle | None = None
        self._rest_timer: asyncio.TimerHandle | None = None
        self._linger_timer: asyncio.TimerHandle | None = None
        self._lingered_bytes = 0
        self.waits_since = 0.0
        """When it connected, or when its last answer was complete, by the clock of the loop."""

    @property
    def address(self) -> str:
        """The address of the client."""
        return self.client[0] if self.client else ""

    @property
    def waits(self) -> bool:
        """Whether it is open, and its next request not complete."""
        return self._state is not _State.COMPLETE and not self.transport.is_closing()

    def abort(self) -> None:
        """Close it at once, with whatever it has not sent."""
        self.transport.abort()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.waits_since = self.loop.time()
        self._head_timer = self.loop.call_later(REQUEST_HEAD_S, self.abort)
        self.bounds.add(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head_timer, self._rest_timer, self._linger_timer):
            if timer is not None:
                timer.cancel()
        self.bounds.slow_readers.forget(self.transport)
        self.bounds.remove(self)
        self.connections.discard(self)
        if self.cycle is not None:
            self.cycle.disconnect()
        self.flow.resume_writing()
        # Each of them refers to this connection.
        self.cycle = self.parser = None  # type: ignore[assignment]

    @override
    def data_received(self, data: bytes) -> None:
        try:
            while data:
                data = self._take(data)
        except (httptools.HttpParserError, MalformedRequestError):
            self._refuse_request()
        except RequestError as fault:
            self._refuse_body(fault)

    def _take(self, data: bytes) -> bytes:
        """Take what belongs to the state, and return what is left for the next one."""
        match self._state:
            case _State.HEAD:
                return self._take_head(data)
            case _State.BODY:
                return self._take_body(data)
            case _State.COMPLETE:
                self.flow.pause_reading()
                self._ahead += data
            case _State.ENDING:
                self._lingered_bytes += len(data)
                if self._lingered_bytes > LINGER_BYTES:
                    self.abort()
        return b""

    def _take_head(self, data: bytes) -> bytes:
        head, rest = self._head.take(data)
        if head is None:
            if self._head_timer is None:
                self._head_timer = self.loop.call_later(REQUEST_HEAD_S, self.abort)
            return b""
        if self._head_timer is not None:
            self._stop_head_timer(self._head_timer)
        self._method, parsed = head
        self._body = None
        self._feed(parsed)
        return rest

    def _take_body(self, data: bytes) -> bytes:
        if self._body is None:
            raise MalformedRequestError
        body, rest = self._body.take(data)
        self._feed(body)
        return rest

    def _feed(self, data: bytes) -> None:
        """Let the parser have what is all of a head, or nothing but a body."""
        self.parser.feed_data(data)
        if self.cycle is None or self._body is None or self._state is _State.HEAD:
            raise MalformedRequestError
        if self._body.is_complete is not (self._state is _State.COMPLETE):
            raise MalformedRequestError

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        # Blanks behind a value are none of it (RFC 9110, 5.5); the parser leaves them there.
        name, value = name.lower(), value.rstrip(b" \t")
        if name == _EXPECT and value.lower() == _CONTINUE:
            self.expect_100_continue = True
        self.headers.append((name, value))

    @override
    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        path, _, query = self.url.partition(b"?")
        self.scope["http_version"] = version
        self.scope["method"] = self._method
        self.scope["path"] = unquote(path.decode("ascii")) if b"%" in path else path.decode("ascii")
        self.scope["raw_path"] = path
        self.scope["query_string"] = query
        self._body = body_of(version, self.headers)
        exchange = self.cycle = Exchange(
            self.transport,
            self.flow,
            self.scope,  # type: ignore[arg-type] # uvicorn's type of the same
            self.server_state.default_headers,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            expects_continue=self.expect_100_continue,
            end=self._end,
            completed=self.on_response_complete,
        )
        exchange.task = self.loop.create_task(exchange.run(self.app, self.tasks))
        self.tasks.add(exchange.task)
        self._state = _State.BODY

    @override
    def on_body(self, body: bytes) -> None:
        exchange = self.cycle
        if exchange is None:
            return
        exchange.take_body(body)
        if len(exchange.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()

    @override
    def on_message_complete(self) -> None:
        self._state = _State.COMPLETE
        if self.cycle is not None:
            self.cycle.complete_request()

    @override
    def on_response_complete(self) -> None:
        self.bounds.slow_readers.note(self.transport)
        self.server_state.total_requests += 1
        self.waits_since = self.loop.time()
        if self._state is _State.COMPLETE and not self.transport.is_closing():
            self._state = _State.HEAD
            self.flow.resume_reading()
            if self._rest_timer is None:
                self._rest_timer = self.loop.call_later(self.timeout_keep_alive, self._end_rest)
            ahead, self._ahead = self._ahead, b""
            if ahead:
                self.data_received(ahead)

    @override
    def shutdown(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
        else:
            self.cycle.keep_no_longer()

    def _end_rest(self) -> None:
        """Close the connection if no request has begun since the last answer, long enough ago.

        One timer serves many answers: to set one for each would cost as much as to read a head.
        """
        self._rest_timer = None
        if self._state is not _State.HEAD or self._head_timer is not None:
            return  # the next answer sets it again
        left_s = self.waits_since + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self._rest_timer = self.loop.call_later(left_s, self._end_rest)
        else:
            self.transport.close()

    def _refuse_body(self, fault: RequestError) -> None:
        """Answer in the dialect of the request, which the app speaks."""
        self._state = _State.ENDING
        self.flow.resume_reading()
        if self.cycle is not None:
            self.cycle.refuse_body(fault)

    def _refuse_request(self) -> None:
        """Answer what is no request, or no end of one."""
        if self._head_timer is not None:
            self._stop_head_timer(self._head_timer)
        if self._state is _State.BODY and self.cycle is not None:
            if self.cycle.response_started:
                self.abort()
                return
            self.cycle.disconnect()
        else:
            self.bounds.refused(_BAD_REQUEST)  # of the other one the app tells, which has it
        headers = [*self.server_state.default_headers, *_REFUSAL_HEADERS]
        lines = [b"HTTP/1.1 400 Bad Request", *(b": ".join(header) for header in headers), b"", b""]
        self.transport.write(b"\r\n".join(lines) + _REFUSAL)
        self._end()

    def _end(self) -> None:
        """Close the connection, once the client can have read the answer.

        What a client still sends would else reset the connection, and the answer be lost.
        """
        if self._state is _State.COMPLETE:
            self.transport.close()
            return
        self._state = _State.ENDING
        self.transport.write_eof()
        self.flow.resume_reading()
        self._linger_timer = self.loop.call_later(LINGER_S, self.transport.close)

    def _stop_head_timer(self, timer: asyncio.TimerHandle) -> None:
        timer.cancel()
        self._head_timer = None
