"""V8, one isolate at a time; the only module that imports ``py_mini_racer``.

The library's own classes put an asyncio loop and two more thread hops between a caller and V8, and
lose the answer when memory ends in between. This module drives the same C interface directly: the
isolate's thread hands each answer over a queue to whoever waits, who copies it himself, waits no
longer than he wants, and can cancel (infra/adr/0003).
"""

import ctypes
import json
import secrets
from importlib import resources
from queue import Empty, SimpleQueue
from typing import Final

from py_mini_racer import init_mini_racer
from py_mini_racer._dll import MR_CALLBACK

V8_FLAGS: Final = ("--single-threaded",)

_STRING, _UNDEFINED, _INTEGER, _DOUBLE = 5, 11, 3, 4
_CALLBACK_ID = 1
_SECOND = 1.0
_CANCEL_GRACE_S = 0.05

Answer = bytes | float | None


class EngineError(Exception):
    """V8 did not give an answer."""


class JavaScriptError(EngineError):
    """The evaluation threw, or could not be parsed; ``str(error)`` is V8's own account."""


class OutOfMemoryError(EngineError):
    """The heap went over its limit, or there was no memory to copy the answer."""


class OutOfTimeError(EngineError):
    """There was no answer in time; the evaluation was cancelled and the isolate answers again."""


class TerminatedError(EngineError):
    """The evaluation was cancelled."""


class StuckError(EngineError):
    """There was no answer in time, nor to the cancellation: only the end of the process helps."""


# What py_mini_racer's value types mean to us; 200 and above are errors (its ``_objects._ERRORS``).
_ERRORS: Final[dict[int, type[EngineError]]] = {
    200: JavaScriptError,
    201: JavaScriptError,
    202: OutOfMemoryError,
    203: TerminatedError,
    204: TerminatedError,
    205: JavaScriptError,
    206: JavaScriptError,
}


def _read_prelude() -> str:
    folder = resources.files("isolambda_executor") / "prelude"
    scripts = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".js")),
        key=lambda entry: entry.name,
    )
    return "".join(script.read_text(encoding="utf-8") for script in scripts)


class Engine:
    """V8 in this process, and the prelude of its isolates; made once."""

    def __init__(self) -> None:
        self.dll = init_mini_racer(flags=V8_FLAGS, ignore_duplicate_init=True)
        self.prelude = _read_prelude()

    def isolate(self) -> "Isolate":
        """Return a new isolate with the prelude evaluated, which takes a few milliseconds."""
        return Isolate(self)


class Isolate:
    """One V8 isolate with one global scope; to be closed, or the process hangs at its end.

    The prelude's entry is reached by a name of 128 random bits that no user code can list or read:
    a lexical binding, named only in scripts whose source JavaScript cannot get hold of.
    """

    def __init__(self, engine: Engine) -> None:
        self._dll = engine.dll
        self._answers: SimpleQueue[ctypes._Pointer[ctypes.Structure]] = SimpleQueue()
        self._on_answer = MR_CALLBACK(self._take_answer)  # must outlive the context
        self._context = self._dll.mr_init_context(self._on_answer)
        self._task = 0
        self._entry = f"entry_{secrets.token_hex(16)}"
        self.evaluate(
            f"const {self._entry} = (() => {{'use strict';{engine.prelude}}})();", 10 * _SECOND
        )

    def _take_answer(self, _callback_id: int, value: "ctypes._Pointer[ctypes.Structure]") -> None:
        # Called on the isolate's thread, which stands still until this returns.
        self._answers.put(value)

    def set_memory_limit(self, limit_bytes: int) -> None:
        """Limit the heap, as garbage collection sees it; buffers outside it are not counted."""
        self._dll.mr_set_hard_memory_limit(self._context, limit_bytes)

    def call(self, name: str, *arguments: str | int, timeout_s: float) -> Answer:
        """Call a function of the prelude's entry with strings and integers, and wait.

        Raises:
            EngineError: as :meth:`evaluate`.
        """
        self.post(name, *arguments)
        return self.answer(timeout_s)

    def post(self, name: str, *arguments: str | int) -> None:
        """Call a function of the prelude's entry, and have :meth:`answer` wait for its answer."""
        # A JSON string is a string of JavaScript. Strict, so that no stack frame gives the script.
        listed = ",".join(json.dumps(argument) for argument in arguments)
        self._post(f'"use strict";{self._entry}.{name}({listed})')

    def evaluate(self, code: str, timeout_s: float) -> Answer:
        """Evaluate a script and return its string, in UTF-8, or number; None for all else.

        Raises:
            JavaScriptError: the script threw or cannot be parsed.
            OutOfMemoryError: a limit of memory was reached.
            OutOfTimeError: no answer in ``timeout_s`` seconds.
            StuckError: the same, and the isolate cannot be stopped.
        """
        self._post(code)
        return self.answer(timeout_s)

    def _post(self, code: str) -> None:
        text = code.encode("utf-8", "surrogatepass")
        script = self._dll.mr_alloc_string_val(self._context, text, len(text), _STRING)
        self._task = self._dll.mr_eval(self._context, script, _CALLBACK_ID)
        self._dll.mr_free_value(self._context, script)

    def answer(self, timeout_s: float) -> Answer:
        """Return the answer of what was posted last.

        Raises:
            EngineError: as :meth:`evaluate`.
        """
        try:
            value = self._answers.get(timeout=timeout_s)
        except Empty:
            self._cancel()
            raise OutOfTimeError from None
        return self._decode(value)

    def _cancel(self) -> None:
        self._dll.mr_cancel_task(self._context, self._task)
        try:
            self._decode(self._answers.get(timeout=_CANCEL_GRACE_S))
        except Empty:
            raise StuckError from None
        except EngineError:
            pass  # the answer of what was cancelled, whatever it is

    def _decode(self, value: "ctypes._Pointer[ctypes.Structure]") -> Answer:
        try:
            kind = value.contents.type
            if kind == _STRING or kind in _ERRORS:
                text = ctypes.string_at(value.contents.value.value_ptr, value.contents.len)
                if kind in _ERRORS:
                    raise _ERRORS[kind](text.decode("utf-8", "replace"))
                return text
            if kind == _INTEGER:
                return float(value.contents.value.int_val)
            if kind == _DOUBLE:
                return float(value.contents.value.double_val)
        except MemoryError as error:
            raise OutOfMemoryError from error
        else:
            return None
        finally:
            self._dll.mr_free_value(self._context, value)

    def close(self) -> None:
        """Stop whatever still runs in the isolate and give its memory back.

        Hangs if the isolate is stuck (:class:`StuckError`): such a process has to end instead.
        """
        self._dll.mr_free_context(self._context)
