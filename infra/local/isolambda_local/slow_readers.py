"""Bound what clients cost that do not take their answers."""

import asyncio
from dataclasses import dataclass
from typing import Final

from isolambda_core.domain.limits import BODY_BYTES_PER_S, BODY_SILENCE_S, UNSENT_BYTES

_SOON_S: Final = 0.1
_SHORT_BYTES: Final = 64 * 1_024


@dataclass(slots=True)
class _Unsent:
    length: int
    look: asyncio.TimerHandle


class SlowReaders:
    """The connections with a part of an answer that the client has not taken.

    Together they keep ``at_most`` bytes: beyond that, the one that has been here longest is closed.
    It belongs to the thread of the server's event loop.
    """

    def __init__(self, at_most: int = UNSENT_BYTES) -> None:
        self._at_most = at_most
        self._unsent: dict[asyncio.Transport, _Unsent] = {}
        self._noted: set[asyncio.Transport] = set()

    def note(self, transport: asyncio.Transport) -> None:
        """Watch a connection to which an answer was written: soon, unless it is a long one.

        The event loop sends what is written when its turn is over, and mostly all of it.
        """
        if transport.get_write_buffer_size() > _SHORT_BYTES:
            self.watch(transport)
            return
        if not self._noted:
            asyncio.get_running_loop().call_later(_SOON_S, self._watch_noted)
        self._noted.add(transport)

    def watch(self, transport: asyncio.Transport) -> None:
        """Close a connection unless the client takes at a minimum rate what was written to it."""
        length = transport.get_write_buffer_size()
        self.forget(transport)
        if not length:
            return
        loop = asyncio.get_running_loop()
        look = loop.call_later(BODY_SILENCE_S, self._look, transport)
        self._unsent[transport] = _Unsent(length, look)
        while sum(unsent.length for unsent in self._unsent.values()) > self._at_most:
            self._close(next(iter(self._unsent)))

    def forget(self, transport: asyncio.Transport) -> None:
        """Count what a connection has not sent no more."""
        self._noted.discard(transport)
        unsent = self._unsent.pop(transport, None)
        if unsent is not None:
            unsent.look.cancel()

    def _watch_noted(self) -> None:
        noted, self._noted = self._noted, set()
        for transport in noted:
            self.watch(transport)

    def _look(self, transport: asyncio.Transport) -> None:
        left = transport.get_write_buffer_size()
        taken = self._unsent[transport].length - left
        if left and taken < BODY_BYTES_PER_S * BODY_SILENCE_S:
            self._close(transport)
        else:
            self.watch(transport)

    def _close(self, transport: asyncio.Transport) -> None:
        self.forget(transport)
        transport.abort()
