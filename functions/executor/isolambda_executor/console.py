"""Share the console lines of an execution between JavaScript, which writes, and the supervisor.

The prelude writes them to a SharedArrayBuffer, whose pages the worker replaces by pages that it
shares with the supervisor. So the supervisor has each line as soon as it is written, however the
execution or the worker ends. The isolates of a worker take turns with one such memory. The
supervisor does not trust what it reads there.
"""

import fcntl
import mmap
import os
import struct
from typing import Final

from isolambda_core.domain.executions.execution import LogLine
from isolambda_core.domain.limits import LINE_HEAD_BYTES, LOG_BYTES, Limits
from isolambda_executor.address_space import put_file, put_private
from isolambda_executor.exchange import EXCHANGE_BYTES, Exchange

_USED: Final = struct.Struct("<Q")
"""The memory begins with the number of bytes of lines that follow."""
_NO_LINES: Final = bytes(_USED.size)
CONSOLE_BYTES: Final = _USED.size + LOG_BYTES
"""The size of the memory."""
_HEAD: Final = struct.Struct("<II")
"""A line begins with its level and time, and the length of its text in bytes of UTF-8."""
_LEVELS: Final = ("log", "debug", "info", "warn", "error")
_CLOCK_MS: Final = 1_000.0
"""How far the wall clock, which dates console lines, may be set during an execution."""

_PAGE: Final = mmap.PAGESIZE
_LENGTH: Final = -(-CONSOLE_BYTES // _PAGE) * _PAGE
BUFFER_BYTES: Final = _LENGTH + _PAGE
"""The length of a buffer that holds as many whole pages as the memory, at any alignment."""


def open_console() -> int:
    """Return the descriptor of a new file for console lines, and the memory of an exchange."""
    console = os.memfd_create("console", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(console, _LENGTH + EXCHANGE_BYTES)
    return console


def exchange_in(descriptor: int, *, in_place: bool = False) -> Exchange:
    """Return the exchange in a file of :func:`open_console`; a worker takes inputs in place."""
    return Exchange(descriptor, _LENGTH, in_place=in_place)


class MalformedLinesError(ValueError):
    """The memory holds something other than console lines, or too many."""


class Console:
    """The supervisor's end of the memory."""

    def __init__(self, descriptor: int) -> None:
        """Map the file that ``descriptor`` names."""
        # A worker that shortened the file would crash the supervisor when it reads.
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        self._memory = mmap.mmap(descriptor, CONSOLE_BYTES)

    def clear(self) -> None:
        """Remove all lines."""
        self._memory[: _USED.size] = _NO_LINES

    def lines(self, limits: Limits, elapsed_ms: float) -> tuple[LogLine, ...]:
        """Return the lines of an execution that took ``elapsed_ms``.

        Raises:
            MalformedLinesError: the memory holds something else, or more than the limit allows.
        """
        (used,) = _USED.unpack_from(self._memory)
        if not used:
            return ()
        if used > min(limits.log_bytes, CONSOLE_BYTES - _USED.size):
            raise MalformedLinesError("more console lines than were asked for")
        # Copy before checking: the worker may still write.
        return _read(self._memory[_USED.size : _USED.size + used], elapsed_ms + _CLOCK_MS)


def _read(written: bytes, latest_ms: float) -> tuple[LogLine, ...]:
    lines, at = [], 0
    try:
        while at < len(written):
            level_and_time, size = _HEAD.unpack_from(written, at)
            level, at_ms = _LEVELS[level_and_time & 0xFF], level_and_time >> 8
            at += LINE_HEAD_BYTES + size
            if at > len(written) or at_ms > latest_ms:
                raise MalformedLinesError("not a console line")
            lines.append(
                LogLine(level, written[at - size : at].decode("utf-8", "surrogatepass"), at_ms)
            )
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise MalformedLinesError("not a console line") from error
    return tuple(lines)


def clear(descriptor: int) -> None:
    """Remove all lines that a worker wrote."""
    os.pwrite(descriptor, _NO_LINES, 0)


def share(address: int, descriptor: int) -> int:
    """Put the memory in the place of the first whole pages of a buffer, and return their offset."""
    offset = -address % _PAGE
    put_file(address + offset, _LENGTH, descriptor)
    return offset


def unshare(address: int) -> None:
    """Replace the shared pages by private ones, before V8 reuses the buffer's memory."""
    put_private(address + -address % _PAGE, _LENGTH)
