"""Report unhandled promise rejections from V8 to the prelude.

The library's C interface has no function for that, but the library exports V8's own functions. One
of them sets the callback that V8 runs when a promise without a handler is rejected, and when a
rejected promise gets a handler. The callback here calls a function of the prelude. V8 also runs it
when a promise is settled twice (infra/adr/0014).
"""

import ctypes
import os
from dataclasses import dataclass
from typing import Any, Final

_Pointer = ctypes.c_void_p

# enum v8::PromiseRejectEvent
_REJECTED, _HANDLED = 0, 1


@dataclass(frozen=True, slots=True)
class _Layout:
    """Offsets of pointers in a MiniRacer::Context.

    To its isolate, in two of its members; to itself; and to the function that it reports to. All
    four must match before the first is used.
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
    """v8::PromiseRejectMessage, by value; a handle is the address of one of V8's slots."""

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
    # A shared pointer to any type has the same destructor.
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
    # It throws no exception, but returns null.
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
    """Return the reporter of rejected promises, or None if this library has other symbols.

    Call it once, before the process is confined.
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
    """Reports rejected promises to the isolates that reject them."""

    def __init__(
        self, functions: dict[str, Any], layout: _Layout, report: "ctypes._FuncPointer"
    ) -> None:
        self._functions = functions
        self._layout = layout
        self._report = ctypes.cast(report, _Pointer).value
        self._current_isolate = self._functions["current_isolate"]
        self._call = self._functions["call"]
        self._callback = _CALLBACK(self._on_event)
        self._listeners: dict[int, int] = {}  # by isolate: a handle to its prelude's function

    def watch(self, context: int) -> int | None:
        """Watch an isolate, and return the address that :meth:`forget` takes.

        The isolate must then reject a promise with its listener as the reason: a function that is
        called with each rejected promise and its reason, and with the promise alone when it gets a
        handler later.

        Returns None, and watches nothing, if the layout of the context is unknown.
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
        """Forget a closed isolate."""
        self._listeners.pop(isolate, None)

    def _on_event(self, message: _Message) -> None:
        isolate = self._current_isolate()
        listener = self._listeners.get(isolate)
        if listener is None:
            self._listeners[isolate] = self._functions["keep"](isolate, _word(message.reason))
        elif message.event == _REJECTED:
            self._notify(isolate, listener, message.promise, message.reason)
        elif message.event == _HANDLED:
            self._notify(isolate, listener, message.promise)

    def _notify(self, isolate: int, listener: int, *handles: int) -> None:
        arguments = (_Pointer * len(handles))(*handles)
        done = self._call(isolate, listener, listener, arguments, len(handles), 0, None)
        # The call swallows a cancellation that comes during it: repeat it, so that V8 stops.
        if done is None and self._functions["is_terminating"](isolate):
            self._functions["terminate"](isolate)


def _word(address: int) -> int:
    return ctypes.c_uint64.from_address(address).value
