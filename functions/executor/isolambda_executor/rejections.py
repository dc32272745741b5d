"""What V8 tells of rejected promises, for which the library's C interface has no function.

The library exports V8's own functions, too. One of them sets what V8 calls when a promise is
rejected that nobody handles, and when somebody handles it after all. That is a function of Python
here, the only Python that V8's thread ever runs: it passes the word on to a function of the
prelude. V8 calls it at no other time, but when a promise is settled twice (infra/adr/0014).
"""

import ctypes
import os
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

_Pointer = ctypes.c_void_p

_OFTEN: Final = 32
"""After so many events Python's record of V8's thread is kept: making it anew for each takes four
times as long as all the rest. Nobody can let go of it when the thread has ended."""
_KEPT_MAX: Final = 256
"""How many of these 16 KB are left behind at the most in the life of a process."""

# enum v8::PromiseRejectEvent
_REJECTED, _HANDLED = 0, 1


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a MiniRacer::Context has what addresses.

    That of its isolate, in two of its parts; its own; and that of the function that it reports to.
    All are compared before the first is believed.
    """

    isolate: int
    isolate_again: int
    itself: int
    report: int


# They differ by the size of a mutex.
_LAYOUTS: Final = {
    "x86_64": _Layout(isolate=0x18, isolate_again=0xC0, itself=0x120, report=0x128),
    "aarch64": _Layout(isolate=0x18, isolate_again=0xC8, itself=0x130, report=0x138),
}


class _Message(ctypes.Structure):
    """v8::PromiseRejectMessage, by value; a handle is the address of a slot of V8's."""

    _fields_ = (("promise", _Pointer), ("event", ctypes.c_int), ("reason", _Pointer))


class _SharedContext(ctypes.Structure):
    """std::shared_ptr<MiniRacer::Context>, which this library returns in registers."""

    _fields_ = (("context", _Pointer), ("control", _Pointer))


_CALLBACK: Final = ctypes.CFUNCTYPE(None, _Message)

# Symbol, result, arguments.
_FUNCTIONS: Final = {
    "factory": ("_ZN9MiniRacer14ContextFactory3GetEv", _Pointer, ()),
    "context_of": (
        "_ZN9MiniRacer14ContextFactory10GetContextEm",
        _SharedContext,
        (_Pointer, ctypes.c_uint64),
    ),
    # The destructor of a shared pointer is the same whatever it points to.
    "release": ("_ZNSt4__Cr10shared_ptrIN9MiniRacer16JSCallbackCallerEED2Ev", None, (_Pointer,)),
    "set_callback": (
        "_ZN2v87Isolate24SetPromiseRejectCallbackEPFvNS_20PromiseRejectMessageEE",
        None,
        (_Pointer, _CALLBACK),
    ),
    "current_isolate": ("_ZN2v87Isolate10GetCurrentEv", _Pointer, ()),
    "keep": (
        "_ZN2v812api_internal18GlobalizeReferenceEPNS_8internal7IsolateEm",
        _Pointer,
        (_Pointer, ctypes.c_uint64),
    ),
    "is_terminating": ("_ZN2v87Isolate22IsExecutionTerminatingEv", ctypes.c_bool, (_Pointer,)),
    "terminate": ("_ZN2v87Isolate18TerminateExecutionEv", None, (_Pointer,)),
    # No exception comes out of it; it returns nothing then.
    "call": (
        (
            "_ZN2v88internal9Execution7TryCallEPNS0_7IsolateENS0_12DirectHandleINS0_6ObjectEEES6_"
            "NS_4base6VectorIKS6_EENS1_15MessageHandlingEPNS0_17MaybeDirectHandleIS5_EE"
        ),
        _Pointer,
        (_Pointer, _Pointer, _Pointer, _Pointer, ctypes.c_size_t, ctypes.c_int, _Pointer),
    ),
}


def rejections_of(library: ctypes.CDLL, report: "ctypes._FuncPointer") -> "Rejections | None":
    """Return what tells isolates of their rejected promises; None: the library is another one.

    Called once, and before the process is confined.
    """
    layout = _LAYOUTS.get(os.uname().machine)
    if layout is None:
        return None
    functions = {}
    for name, (symbol, result, arguments) in _FUNCTIONS.items():
        function = getattr(library, symbol, None)
        if function is None:
            return None
        function.restype, function.argtypes = result, arguments
        functions[name] = function
    return Rejections(functions, layout, report)


class Rejections:
    """Tells isolates of their rejected promises."""

    def __init__(
        self, functions: dict[str, Any], layout: _Layout, report: "ctypes._FuncPointer"
    ) -> None:
        self._functions = functions
        self._layout = layout
        self._report = ctypes.cast(report, _Pointer).value
        self._current_isolate = self._functions["current_isolate"]
        self._call = self._functions["call"]
        self._callback = _CALLBACK(self._on_event)
        self._told: dict[int, int] = {}
        self._events: Counter[int] = Counter()
        self._kept = 0

    def tell(self, context: int) -> int | None:
        """Tell an isolate of its rejected promises, and return what :meth:`forget` takes.

        The first promise to be rejected has to be the prelude's own: its reason is the function
        that is called from then on, with the promise and its reason, or with the promise alone when
        it is handled after all.

        None, and nothing is told: the isolate is not where this module looks for it.
        """
        shared = self._functions["context_of"](self._functions["factory"](), context)
        isolate = _word(shared.context + self._layout.isolate)
        is_known = (
            isolate == _word(shared.context + self._layout.isolate_again)
            and _word(shared.context + self._layout.itself) == shared.context
            and _word(shared.context + self._layout.report) == self._report
        )
        self._functions["release"](ctypes.byref(shared))
        if not is_known:
            return None
        self._functions["set_callback"](isolate, self._callback)
        return isolate

    def forget(self, isolate: int) -> None:
        """Forget an isolate that was closed."""
        self._told.pop(isolate, None)
        self._events.pop(isolate, None)

    def _on_event(self, message: _Message) -> None:
        isolate = self._current_isolate()
        told = self._told.get(isolate)
        if told is None:
            self._told[isolate] = self._functions["keep"](isolate, _word(message.reason))
        elif message.event == _REJECTED:
            self._tell(isolate, told, message.promise, message.reason)
        elif message.event == _HANDLED:
            self._tell(isolate, told, message.promise)
        self._events[isolate] += 1
        if self._events[isolate] == _OFTEN and self._kept < _KEPT_MAX:
            self._kept += 1
            ctypes.pythonapi.PyGILState_Ensure()

    def _tell(self, isolate: int, told: int, *handles: int) -> None:
        arguments = (_Pointer * len(handles))(*handles)
        done = self._call(isolate, told, told, arguments, len(handles), 0, None)
        # A cancellation that comes in between would be lost: V8 goes on behind this function.
        if done is None and self._functions["is_terminating"](isolate):
            self._functions["terminate"](isolate)


def _word(address: int) -> int:
    return ctypes.c_uint64.from_address(address).value
