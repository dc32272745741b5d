"""Answer the host calls of an isolate, on its own thread.

The prelude rings by a function that V8's library makes, and that reports as V8 does for an answer.
When it returns, the answer lies in the memory that both share (infra/adr/0022).
"""

import json
import os
from typing import Final

from isolambda_executor.chunks import read_chunks
from isolambda_executor.request_memory import ANSWER_BYTES, HostCall, RequestMemory

_RANDOM_BYTES: Final = 2
"""The operation that asks for randomness; the other asks for the text of a chunk."""


class HostCalls:
    """The host calls of one isolate, whose ``memory`` takes the answers."""

    def __init__(self, memory: RequestMemory) -> None:
        self._memory = memory
        self._given = set[int]()
        self._text = b""

    def answer(self) -> None:
        """Answer the call that the isolate waits for."""
        call = self._memory.read_call()
        self._memory.write_answer(call, *self._part(call))
        self._memory.end_call(call)

    def _part(self, call: HostCall) -> tuple[bytes, int]:
        """Return the next part of an answer, and how many bytes are to come."""
        if call.operation == _RANDOM_BYTES:
            return os.urandom(min(call.argument, ANSWER_BYTES)), 0
        if call.offset == 0:
            self._text = self._texts(call.argument)
        end = min(call.offset + ANSWER_BYTES, len(self._text))
        part, left = self._text[call.offset : end], len(self._text) - end
        if left == 0:
            self._text = b""
        return part, left

    def _texts(self, number: int) -> bytes:
        """Return the text of a chunk and those that it needs and that were not given before.

        A line of JSON says the number and the length of each.
        """
        chunks = read_chunks()
        numbers = {number} | chunks.needed[number] - self._given
        self._given |= numbers
        texts = {each: chunks.text(each) for each in numbers}
        line = json.dumps([(each, len(text)) for each, text in texts.items()])
        return b"\n".join((line.encode(), b"".join(texts.values())))
