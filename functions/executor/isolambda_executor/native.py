"""Load V8's library, and declare the C functions that ``engine.py`` calls.

The library is part of ``py_mini_racer``. Importing that package would add 40 ms to a cold start,
most of it for asyncio, which a worker does not use.
"""

import ctypes
import struct
from functools import cache
from importlib.util import find_spec
from typing import Final

V8_FLAGS: Final = ("--single-threaded",)


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
    ("mr_free_value", None, (_Isolate, _ValuePointer)),
)


def open_library() -> ctypes.CDLL:
    """Load the library, without starting V8.

    Raises:
        ModuleNotFoundError: ``py_mini_racer`` is not installed.
        OSError: its library cannot be loaded here.
    """
    library = ctypes.CDLL(f"{_folder()}/libmini_racer.so")
    for name, result, arguments in _FUNCTIONS:
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


@cache  # V8 can start only once in a process
def load() -> ctypes.CDLL:
    """Load the library, start V8, and return the library.

    Raises:
        ModuleNotFoundError: ``py_mini_racer`` is not installed.
        OSError: its library cannot be loaded here.
    """
    library = open_library()
    library.mr_init_v8(" ".join(V8_FLAGS).encode(), f"{_folder()}/icudtl.dat".encode())
    return library


@cache
def _folder() -> str:
    package = find_spec("py_mini_racer")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("py_mini_racer", name="py_mini_racer")
    [folder] = package.submodule_search_locations
    return folder
