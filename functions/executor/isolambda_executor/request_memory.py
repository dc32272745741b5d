"""The memory that a worker shares with an isolate (``prelude/5-request.js`` has the same layout).

It has the request of an execution, and apart from it the answer to a host call, and a reply to an
operation.
"""

import ctypes
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from isolambda_core.domain.limits import KIB, REPLY_BYTES
from isolambda_executor.exchange import Part

REQUEST_BYTES: Final = 64 * KIB
"""The size of a request: numbers, then a program, the input and the context in UTF-16."""
PROGRAM_BYTES: Final = 16 * KIB
"""The most bytes of UTF-8 of a program: the features of a function, a line break and its source."""
ANSWER_BYTES: Final = 32 * KIB
"""The size of a part of the answer to a host call, which lies behind the request: a call of an
earlier execution may still wait while the next request is written."""
FIELDS_BYTES: Final = 16 * KIB
"""The room for the JSON of a reply, behind the answers; its ``REPLY_BYTES`` follow."""
_REPLY_AT: Final = REQUEST_BYTES + ANSWER_BYTES
_REPLY_BYTES_AT: Final = _REPLY_AT + FIELDS_BYTES
MEMORY_BYTES: Final = _REPLY_BYTES_AT + REPLY_BYTES

_REQUEST: Final = struct.Struct("=6i")
"""The lengths of the program, the input and the context, and the milliseconds, bytes of result and
bytes of console lines that are left."""
_ANSWERED: Final = struct.Struct("=i")
"""The number of the call that is answered."""
_ANSWERED_AT: Final = _REQUEST.size
_CALL: Final = struct.Struct("=4i")
"""The operation; its argument, or the length of this part of the answer; the length of the parts
before, or of those to come; the number of the call."""
_CALL_AT: Final = _ANSWERED_AT + _ANSWERED.size
_REPLY: Final = struct.Struct("=4i")
"""The id of the operation, until the isolate takes the reply; whether it is the last; the lengths
of its JSON and of its bytes."""
_REPLY_NUMBERS_AT: Final = _CALL_AT + _CALL.size
_PROMISES: Final = struct.Struct("=i")
"""Whether the function makes promises; the isolate writes it."""
_PROMISES_AT: Final = _REPLY_NUMBERS_AT + _REPLY.size
_CONTEXT: Final = struct.Struct("=i")
"""Whether the function reads its context; the isolate writes it."""
_CONTEXT_AT: Final = _PROMISES_AT + _PROMISES.size
_TEXTS_AT: Final = _CONTEXT_AT + _CONTEXT.size


class HostCall(NamedTuple):
    """What an isolate asks for; ``offset`` is the length of the parts that it has."""

    operation: int
    argument: int
    offset: int
    number: int


class RequestMemory:
    """The memory of one isolate, at an address that stays valid as long as the isolate.

    ``store`` keeps a text that has no room here for the prelude, under the name that it gets.
    """

    def __init__(self, address: int, store: Callable[[str, Part], None]) -> None:
        self._memory = memoryview((ctypes.c_char * MEMORY_BYTES).from_address(address)).cast("B")
        self._store = store

    def has_room(self, payload: Part, context: bytes, program: bytes) -> bool:
        """Return whether all texts have room here, so that none is stored."""
        return _TEXTS_AT + 2 * (len(payload) + len(context) + len(program)) <= REQUEST_BYTES

    def write(
        self,
        payload: Part,
        context: bytes,
        left_ms: int,
        result_bytes: int,
        log_bytes: int,
        program: bytes = b"",
    ) -> None:
        """Write a request: an input and a context, both JSON in UTF-8, and what is left.

        ``program`` has up to ``PROGRAM_BYTES``, so there is always room for it.
        """
        begin = self._put("program", program, _TEXTS_AT) if program else _TEXTS_AT
        middle = self._put("input", payload, begin)
        end = self._put("context", context, middle)
        lengths = (begin - _TEXTS_AT) // 2, (middle - begin) // 2, (end - middle) // 2
        _REQUEST.pack_into(self._memory, 0, *lengths, left_ms, result_bytes, log_bytes)

    def _put(self, name: str, text: Part, at: int) -> int:
        """Write a text, and return its end; one without room ends where it would begin."""
        if isinstance(text, bytes) and at + 2 * len(text) <= REQUEST_BYTES:
            characters = text.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
            end = at + len(characters)
            self._memory[at:end] = characters
            return end
        self._store(name, text)
        return at

    def write_reply(self, operation: int, fields: bytes, content: bytes, *, ends: bool) -> None:
        """Write a reply, once the isolate has taken the one before; ``fields`` is JSON in ASCII."""
        length = len(fields)
        if length <= FIELDS_BYTES:
            self._memory[_REPLY_AT : _REPLY_AT + length] = fields
        else:
            self._store("reply", fields)
            length = 0
        end = _REPLY_BYTES_AT + len(content)
        self._memory[_REPLY_BYTES_AT:end] = content
        numbers = operation, ends, length, len(content)
        _REPLY.pack_into(self._memory, _REPLY_NUMBERS_AT, *numbers)

    @property
    def makes_promises(self) -> bool:
        """Whether the function that is loaded has made promises, or has a word that makes some."""
        return bool(_PROMISES.unpack_from(self._memory, _PROMISES_AT)[0])

    @property
    def reads_context(self) -> bool:
        """Whether the function that is loaded has a word that leads to its context."""
        return bool(_CONTEXT.unpack_from(self._memory, _CONTEXT_AT)[0])

    def read_call(self) -> HostCall:
        """Return the host call that waits."""
        return HostCall(*_CALL.unpack_from(self._memory, _CALL_AT))

    def write_answer(self, call: HostCall, part: bytes, left: int) -> None:
        """Write a part of an answer, of up to ``ANSWER_BYTES``; ``left`` bytes are to come."""
        self._memory[REQUEST_BYTES : REQUEST_BYTES + len(part)] = part
        _CALL.pack_into(self._memory, _CALL_AT, call.operation, len(part), left, call.number)

    def end_call(self, call: HostCall) -> None:
        """Have the isolate go on: from then on it may write its next call."""
        _ANSWERED.pack_into(self._memory, _ANSWERED_AT, call.number)
