"""Connections over TCP and TLS of which no wait outlasts a deadline, however slow the server is.

The sockets do not block: a socket's own timeout starts again with every byte that arrives.
"""

import select
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from isolambda_core.net.cutoff import Cutoff
from isolambda_core.net.resolving import Found

_ADDRESSES_TRIED: Final = 4
"""The owner of a name may give it a thousand, to have them scanned."""
_PIECE: Final = 64 * 1024


class Connection:
    """A connection to ``address``, in use until ``cutoff``, which may be another each time.

    Each method that waits raises ``TimeoutError`` and ``CutOffError`` as the cutoff does, and
    ``OSError`` if the connection fails.
    """

    def __init__(self, end: socket.socket, address: tuple[object, ...], cutoff: Cutoff) -> None:
        self._end = end
        self.address = address
        self.cutoff = cutoff
        self._poll = select.poll()
        self._early: bytes | None = None
        self._failure: OSError | None = None
        self._wanted = select.POLLIN

    def send(self, data: bytes) -> bool:
        """Send all of ``data``, and return True; False if the server answers, or ends, before."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._end.send(rest[:_PIECE]) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait(select.POLLOUT | select.POLLIN)
            except ssl.SSLWantReadError:
                self._wait(select.POLLIN)
            if rest and self.has_arrived():
                return False
        return True

    def has_arrived(self) -> bool:
        """Return whether the server has sent something, or its end; it does not wait."""
        if self._early is None and self._failure is None:
            # To look at the socket is not enough: TLS has messages of its own.
            try:
                self._early = self._end.recv(_PIECE)
            except (BlockingIOError, ssl.SSLWantReadError):
                self._wanted = select.POLLIN
                return False
            except ssl.SSLWantWriteError:
                self._wanted = select.POLLOUT
                return False
            except OSError as failure:
                self._failure = failure
        return True

    def receive(self, most: int) -> bytes:
        """Return what has arrived, up to so many bytes; none if the server sends no more."""
        while not self.has_arrived():
            self._wait(self._wanted)
        if self._failure is not None:
            raise self._failure
        early = self._early or b""
        if early:  # of what failed, and of what ended, there is no more, however often it is asked
            self._early = early[most:] or None
        return early[:most]

    def secure(self, tls: ssl.SSLContext, name: str) -> None:
        """Go on over TLS with the server that has a certificate for ``name``.

        Raises:
            ssl.SSLError: it has none, or does not speak TLS as it should.
        """
        # Without the end of TLS, what ends with the connection may have been cut short.
        secured = tls.wrap_socket(
            self._end,
            server_hostname=name,
            do_handshake_on_connect=False,
            suppress_ragged_eofs=False,
        )
        self._end = secured
        while True:
            try:
                return secured.do_handshake()
            except ssl.SSLWantReadError:
                self._wait(select.POLLIN)
            except ssl.SSLWantWriteError:
                self._wait(select.POLLOUT)

    def shut(self) -> None:
        """End it for both sides, from whatever thread; what waits for it goes on, and fails."""
        with suppress(OSError):  # the other side was faster
            # Of a TLS socket, its own method would have the other thread go on in plain text.
            socket.socket.shutdown(self._end, socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the descriptor back; only the thread that uses the connection may do that."""
        self._end.close()

    def _wait(self, events: int) -> int:
        left = self.cutoff.left()
        self._poll.register(self._end.fileno(), events)
        found = self._poll.poll(left * 1e3)
        self.cutoff.left()
        return found[0][1] if found else 0


def connected(found: Sequence[Found], cutoff: Cutoff) -> Connection:
    """Return a connection to the first address that accepts one; each has its share of the time.

    Raises:
        OSError: none does.
        TimeoutError: none did in time.
        CutOffError: the cutoff was cut.
    """
    tried = found[:_ADDRESSES_TRIED]
    failure = OSError("no address")
    for index, (family, kind, protocol, _, address) in enumerate(tried):
        end = socket.socket(family, kind, protocol)
        connection = Connection(end, address, cutoff)
        try:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with cutoff.calling(connection.shut):
                end.settimeout(cutoff.left() / (len(tried) - index))
                end.connect(address)
        except OSError as error:
            end.close()
            failure = error
        except BaseException:
            end.close()
            raise
        else:
            end.setblocking(False)
            return connection
    cutoff.left()
    raise failure


def tls_context() -> ssl.SSLContext:
    """Return what TLS needs; reading the certificates of all authorities takes 30 ms."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
