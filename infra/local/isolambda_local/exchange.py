"""One request and its answer, between a connection and the app."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from isolambda_api.http.errors import BodyTimeoutError, RequestError
from isolambda_core.domain.limits import BODY_BYTES_PER_S, BODY_FREE_S, BODY_SILENCE_S


class Exchange(RequestResponseCycle):
    """A request whose body has to come in time, and its answer.

    The connection is kept if the client keeps it, and the request has come whole before the answer:
    else the answer has ``Connection: close``, and ``end`` ends the connection.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        *,
        keep_alive: bool,
        end: Callable[[], None],
        **cycle: Any,
    ) -> None:
        answered_on = cast("asyncio.Transport", _AnswerTransport(transport, end))
        super().__init__(transport=answered_on, keep_alive=False, **cycle)
        self._is_kept = keep_alive
        self._loop = asyncio.get_running_loop()
        self._fault: RequestError | None = None
        self._pace: Pace | None = None

    @property
    def is_asked(self) -> bool:
        """Whether the app has asked for the body."""
        return self._pace is not None

    def take_body(self, piece: bytes) -> None:
        """Keep a piece of the body until the app asks for it."""
        self.body += piece
        if self._pace is not None:
            self._pace.note(len(piece), self._loop.time())
        self.message_event.set()

    def complete_request(self) -> None:
        """Note that the body is whole."""
        self.more_body = False
        self.keep_alive = self._is_kept
        self.message_event.set()

    def keep_no_longer(self) -> None:
        """Let the answer end the connection."""
        self._is_kept = False

    def refuse_body(self, fault: RequestError) -> None:
        """Give the app, where it asks for more of the body, the reason why there is none."""
        self._fault = fault
        self.message_event.set()

    @override
    async def receive(self) -> Any:
        """Return the next piece of the body.

        Raises:
            RequestError: the rest of the body is not read.
            BodyTimeoutError: the body does not come in time.
        """
        if self._fault is None:
            message = await (self._receive_in_time() if self.more_body else super().receive())
            if self._fault is None:
                return message
        raise self._fault

    async def _receive_in_time(self) -> Any:
        if self._pace is None:
            self._pace = Pace(self._loop.time())
        try:
            async with asyncio.timeout_at(self._pace.deadline):
                return await super().receive()
        except TimeoutError as error:
            raise BodyTimeoutError from error


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


class _AnswerTransport:
    """What an answer is written to, and which ``end`` closes."""

    def __init__(self, transport: asyncio.Transport, end: Callable[[], None]) -> None:
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = end
