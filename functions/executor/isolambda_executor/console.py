"""The console lines of an execution, in memory that JavaScript writes and the supervisor reads.

The prelude keeps them in a SharedArrayBuffer. The kernel puts pages that worker and supervisor
share in its place, so a line is there as soon as it is written, whatever then ends the execution or
the worker. A worker has one such memory for all its isolates, which take turns. What lies in it is
input from a stranger.
"""

import fcntl
import mmap
import os
import struct
from typing import Final

from isolambda_core.domain.executions.execution import LogLine
from isolambda_core.domain.limits import LINE_HEAD_BYTES, Limits
from isolambda_executor.address_space import put_file, put_private
from isolambda_executor.fork_server import CONSOLE_BYTES

_USED: Final = struct.Struct("<Q")
"""What the memory begins with: how many bytes of lines follow."""
_HEAD: Final = struct.Struct("<II")
"""What a line begins with: its level and time, and the bytes of its text in UTF-8."""
_LEVELS: Final = ("log", "debug", "info", "warn", "error")
_CLOCK_MS: Final = 1_000.0
"""How far the clock that console lines are dated by may be set meanwhile."""

_PAGE: Final = mmap.PAGESIZE
_LENGTH: Final = -(-CONSOLE_BYTES // _PAGE) * _PAGE
BUFFER_BYTES: Final = _LENGTH + _PAGE
"""How long a buffer is in which there are as many whole pages as the memory has."""


class MalformedLinesError(ValueError):
    """What lies in the memory is no list of lines, or too much."""


class Console:
    """The memory as the supervisor holds it; takes over its descriptor."""

    def __init__(self, descriptor: int) -> None:
        # Nobody who has the file can make it shorter, which would end whoever reads it.
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        self._memory = mmap.mmap(descriptor, CONSOLE_BYTES)

    def clear(self) -> None:
        """Let no line be there."""
        self._memory[: _USED.size] = bytes(_USED.size)

    def lines(self, limits: Limits, elapsed_ms: float) -> tuple[LogLine, ...]:
        """Return the lines of an execution that took no longer than ``elapsed_ms``.

        Raises:
            MalformedLinesError: there is something else, or more than its limit allows.
        """
        (used,) = _USED.unpack_from(self._memory)
        if not used:
            return ()
        if used > min(limits.log_bytes, CONSOLE_BYTES - _USED.size):
            raise MalformedLinesError("more console lines than were asked for")
        # Copied before anything is looked at: the worker may write on.
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
    """Let no line be there, of what a worker has written."""
    os.pwrite(descriptor, bytes(_USED.size), 0)


def share(address: int, descriptor: int) -> int:
    """Put the memory in the place of the first whole pages of a buffer, and return their offset."""
    offset = -address % _PAGE
    put_file(address + offset, _LENGTH, descriptor)
    return offset


def unshare(address: int) -> None:
    """Put pages that nobody shares back, before V8 uses the buffer's for others."""
    put_private(address + -address % _PAGE, _LENGTH)
