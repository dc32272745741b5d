"""Accept connections few at a time, so that each is counted before there are too many."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final

_AT_ONCE: Final = 16
_REST_S: Final = 0.5
_YIELD_S: Final = 0.002
"""How long another process has to accept a connection that is for it."""
_LOGGED_EVERY_S: Final = 10.0
# The client has gone already, or another process was faster.
_NOTHING_TO_ACCEPT: Final = (BlockingIOError, InterruptedError, ConnectionAbortedError)

_log = logging.getLogger(__name__)


class Acceptor:
    """Accepts the connections of a listening socket, and makes a protocol for each.

    Where the machine has no room for one, such as no descriptor, it rests. Where
    ``accepts_next``, asked with how many connections are being made here, returns False, it leaves
    one to other processes for a moment. It belongs to the running event loop.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        accepts_next: Callable[[int], bool] = lambda _: True,
    ) -> None:
        self._listener = listener
        self._protocol = protocol
        self._accepts_next = accepts_next
        self._loop = asyncio.get_running_loop()
        self._connecting: set[asyncio.Task[None]] = set()
        self._rest: asyncio.TimerHandle | None = None
        self._logged_at = -_LOGGED_EVERY_S
        listener.setblocking(False)
        self._start()

    def close(self) -> None:
        """Accept no more; the socket stays open."""
        self._loop.remove_reader(self._listener)
        if self._rest is not None:
            self._rest.cancel()

    def _start(self) -> None:
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE - len(self._connecting)):
            if not self._accepts_next(len(self._connecting)):
                self._loop.remove_reader(self._listener)
                self._rest = self._loop.call_later(_YIELD_S, self._accept_what_is_left)
                return
            if not self._accept_one():
                return

    def _accept_what_is_left(self) -> None:
        self._start()
        self._accept_one()

    def _accept_one(self) -> bool:
        try:
            connection, _address = self._listener.accept()
        except _NOTHING_TO_ACCEPT:
            return False
        except OSError as error:
            self._pause(error)
            return False
        task = self._loop.create_task(self._connect(connection))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return True

    async def _connect(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError:  # the client has gone
            connection.close()

    def _pause(self, error: OSError) -> None:
        self._loop.remove_reader(self._listener)
        self._rest = self._loop.call_later(_REST_S, self._start)
        now = self._loop.time()
        if now - self._logged_at >= _LOGGED_EVERY_S:
            self._logged_at = now
            _log.warning("no connection can be accepted now: %s", error.strerror)
