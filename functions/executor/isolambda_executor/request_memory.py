"""The memory that a worker shares with an isolate (``prelude/5-request.js`` has the same layout).

It holds the request of an execution, and then the host calls of the isolate and their answers.
"""

import ctypes
import struct
from collections.abc import Callable
from typing import Final

from isolambda_core.domain.limits import KIB

REQUEST_BYTES: Final = 64 * KIB
_REQUEST: Final = struct.Struct("=5i")
"""The lengths of the input and the context, and the milliseconds, bytes of result and bytes of
console lines that are left."""
_CALL_AT: Final = _REQUEST.size
_CALL: Final = struct.Struct("=4i")
"""Whether the call is answered; the operation; its argument, or the length of this part of the
answer; the length of the parts before, or of those to come."""
_ANSWERED: Final = struct.Struct("=i")
_TEXTS_AT: Final = 40
"""The input and the context in UTF-16, or a part of an answer, behind all numbers."""
ROOM_BYTES: Final = REQUEST_BYTES - _TEXTS_AT
"""The size of a part of an answer."""


class RequestMemory:
    """The memory of one isolate, at an address that stays valid as long as the isolate.

    ``store`` keeps a text that has no room here for the prelude, under the name that it gets.
    """

    def __init__(self, address: int, store: Callable[[str, bytes], None]) -> None:
        self._memory = memoryview((ctypes.c_char * REQUEST_BYTES).from_address(address)).cast("B")
        self._store = store

    def write(
        self, payload: bytes, context: bytes, left_ms: int, result_bytes: int, log_bytes: int
    ) -> None:
        """Write a request: an input and a context, both JSON in UTF-8, and what is left."""
        middle = self._put("input", payload, _TEXTS_AT)
        end = self._put("context", context, middle)
        lengths = (middle - _TEXTS_AT) // 2, (end - middle) // 2
        _REQUEST.pack_into(self._memory, 0, *lengths, left_ms, result_bytes, log_bytes)

    def _put(self, name: str, text: bytes, at: int) -> int:
        """Write a text, and return its end; one without room ends where it would begin."""
        if at + 2 * len(text) <= REQUEST_BYTES:
            characters = text.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
            end = at + len(characters)
            self._memory[at:end] = characters
            return end
        self._store(name, text)
        return at

    def read_call(self) -> tuple[int, int, int]:
        """Return the operation, the argument and the offset of the host call that waits."""
        _, operation, argument, offset = _CALL.unpack_from(self._memory, _CALL_AT)
        return operation, argument, offset

    def answer_call(self, operation: int, part: bytes, left: int) -> None:
        """Answer the host call with a part of up to ``ROOM_BYTES``; ``left`` bytes are to come."""
        self._memory[_TEXTS_AT : _TEXTS_AT + len(part)] = part
        _CALL.pack_into(self._memory, _CALL_AT, 0, operation, len(part), left)
        # The isolate goes on once it sees this: it may write its next call into the other numbers.
        _ANSWERED.pack_into(self._memory, _CALL_AT, 1)
