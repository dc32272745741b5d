"""Load V8's library, and declare the C functions that ``context.py`` calls.

The library is part of ``py_mini_racer``. Importing that package would add 40 ms to a cold start,
most of it for asyncio, which a worker does not use.
"""

import ctypes
import os
import struct
from functools import cache
from importlib.util import find_spec
from typing import Final

V8_FLAGS: Final = ("--single-threaded", "--expose-gc-as=setTimeout")
"""The second gives the prelude a function that collects garbage. Its property of the global scope
cannot be removed, so it has a name that the prelude then gives to another."""


VALUE: Final = struct.Struct("=QQB")
"""A value copied out of an isolate: a word whose meaning depends on the type, the address of a
string or a buffer; the length of a string; and the type."""

_Isolate = ctypes.c_uint64
# An address, as Python's int: ctypes' own pointers cost several times as much a call.
_ValuePointer = ctypes.c_void_p
REPORT: Final = ctypes.CFUNCTYPE(None, ctypes.c_uint64, _ValuePointer)
"""A callback that takes the last argument of ``mr_eval``, and the answer."""

# Name, result, arguments.
_FUNCTIONS: Final = (
    ("mr_init_v8", None, (ctypes.c_char_p, ctypes.c_char_p)),
    ("mr_init_context", _Isolate, (REPORT,)),
    ("mr_free_context", None, (_Isolate,)),
    ("mr_eval", ctypes.c_uint64, (_Isolate, _ValuePointer, ctypes.c_uint64)),
    ("mr_cancel_task", None, (_Isolate, ctypes.c_uint64)),
    ("mr_set_hard_memory_limit", None, (_Isolate, ctypes.c_size_t)),
    ("mr_hard_memory_limit_reached", ctypes.c_bool, (_Isolate,)),
    ("mr_low_memory_notification", None, (_Isolate,)),
    (
        "mr_alloc_string_val",
        _ValuePointer,
        (_Isolate, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint8),
    ),
    (
        "mr_set_object_item",
        _ValuePointer,
        (_Isolate, _ValuePointer, _ValuePointer, _ValuePointer),
    ),
    ("mr_make_js_callback", _ValuePointer, (_Isolate, ctypes.c_uint64)),
    ("mr_free_value", None, (_Isolate, _ValuePointer)),
)

_ENTROPY: Final = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_size_t)
# v8::V8::InitializeICU and v8::V8::SetEntropySource, which the library exports.
_READ_ICU_DATA: Final = "_ZN2v82V813InitializeICUEPKc"
_SET_ENTROPY_SOURCE: Final = "_ZN2v82V816SetEntropySourceEPFbPhmE"
_FUNCTIONS_OF_V8: Final = (
    (_READ_ICU_DATA, ctypes.c_bool, (ctypes.c_char_p,)),
    (_SET_ENTROPY_SOURCE, None, (_ENTROPY,)),
)


def _fill(address: int, size: int) -> bool:
    ctypes.memmove(address, os.urandom(size), size)
    return True


_random: Final = _ENTROPY(_fill)  # it must live as long as V8


def string_in(memory: memoryview) -> ctypes.c_char_p:
    """Return writable memory as an argument of a C function, which copies it."""
    return ctypes.c_char_p(ctypes.addressof(ctypes.c_char.from_buffer(memory)))


@cache
def open_library() -> ctypes.CDLL:
    """Load the library, without starting V8.

    Raises:
        ModuleNotFoundError: ``py_mini_racer`` is not installed.
        OSError: its library cannot be loaded here.
    """
    library = ctypes.CDLL(f"{_folder()}/libmini_racer.so")
    for name, result, arguments in (*_FUNCTIONS, *_FUNCTIONS_OF_V8):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    # V8 would read /dev/urandom, and without that file make its seeds of the time.
    getattr(library, _SET_ENTROPY_SOURCE)(_random)
    return library


def read_icu_data() -> None:
    """Read the data of ICU (10 MB), so that V8 reads no file when it starts in a fork.

    Raises:
        ModuleNotFoundError: ``py_mini_racer`` is not installed.
        OSError: the library or the data cannot be loaded here.
    """
    if not getattr(open_library(), _READ_ICU_DATA)(_icu_data()):
        raise OSError("cannot read the data of ICU")


@cache  # V8 can start only once in a process
def load() -> ctypes.CDLL:
    """Load the library, start V8, and return the library.

    Raises:
        ModuleNotFoundError: ``py_mini_racer`` is not installed.
        OSError: its library cannot be loaded here.
    """
    library = open_library()
    library.mr_init_v8(" ".join(V8_FLAGS).encode(), _icu_data())
    return library


def _icu_data() -> bytes:
    return f"{_folder()}/icudtl.dat".encode()


@cache
def _folder() -> str:
    package = find_spec("py_mini_racer")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("py_mini_racer", name="py_mini_racer")
    [folder] = package.submodule_search_locations
    return folder
