"""Answer the host calls of an isolate: its thread waits until the worker has written the answer.

The prelude rings by a function that V8's library makes; it reports to an event descriptor, as V8
does for an answer, so V8's thread runs no Python (infra/adr/0022).
"""

import ctypes
import os
import struct
from typing import Final

from isolambda_executor.chunks import read_chunks

_CALL: Final = struct.Struct("=4i")
"""Whether the call is answered, the operation, its argument and its offset."""
_ANSWERED: Final = struct.Struct("=i")
CALL_AT: Final = 20
NUMBERS_BYTES: Final = 40
"""What the memory of requests begins with; a call's numbers are at ``CALL_AT``."""
_CHUNK_TEXT, _RANDOM_BYTES = 1, 2


class HostCalls:
    """The host calls of one isolate, whose ``memory`` takes the answers.

    ``context`` is the isolate in V8's library; who closes it closes ``descriptor``.
    """

    def __init__(self, dll: ctypes.CDLL, context: int, memory: memoryview) -> None:
        self._dll, self._context, self._memory = dll, context, memory
        self.descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        """Readable when the isolate waits for an answer."""
        self.bell: int = dll.mr_make_js_callback(context, self.descriptor)
        """A handle to the function that rings."""

    def answer(self) -> None:
        """Answer the call that the isolate waits for."""
        self._dll.mr_free_value(self._context, os.eventfd_read(self.descriptor))
        _, operation, argument, offset = _CALL.unpack_from(self._memory, CALL_AT)
        part = self._part(operation, argument, offset)
        self._memory[NUMBERS_BYTES : NUMBERS_BYTES + len(part)] = part
        length = len(part) // 2 if operation == _CHUNK_TEXT else len(part)
        _CALL.pack_into(self._memory, CALL_AT, 0, operation, length, offset)
        # The isolate goes on once it sees this: it may write its next call into the other numbers.
        _ANSWERED.pack_into(self._memory, CALL_AT, 1)

    def _part(self, operation: int, argument: int, offset: int) -> bytes:
        """Return the next part of an answer; empty: there is no more."""
        room = len(self._memory) - NUMBERS_BYTES
        if operation == _CHUNK_TEXT:
            text = read_chunks().texts[argument]
            return text[2 * offset : 2 * offset + room]
        return os.urandom(min(argument, room))
