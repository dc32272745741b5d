"""Addresses of this process: what lies where, and who may write to it.

``mmap`` of the standard library chooses its addresses by itself, and changes no access later.
"""

import ctypes
import mmap
from typing import Final

_READ_AND_WRITE: Final = mmap.PROT_READ | mmap.PROT_WRITE
_NO_ACCESS: Final = 0
_PRIVATE: Final = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_IN_PLACE: Final = 0x10  # MAP_FIXED of asm-generic/mman-common.h

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
]  # fmt: skip
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_FAILED: Final = ctypes.c_void_p(-1).value


def reserve(size: int) -> int:
    """Return the address of ``size`` bytes that nobody uses and nobody may touch.

    Raises:
        OSError: there is no room for them.
    """
    return _map(None, size, _NO_ACCESS, _PRIVATE, -1)


def let_write(address: int, size: int) -> bool:
    """Make reserved bytes writable, which counts them as data; False where a limit refuses them."""
    return bool(_libc.mprotect(address, size, _READ_AND_WRITE) == 0)


def let_nobody(address: int, size: int) -> None:
    """Make bytes untouchable again, which counts them no more."""
    _libc.mprotect(address, size, _NO_ACCESS)


def put_file(address: int, size: int, descriptor: int) -> None:
    """Put a file that others may map, too, in the place of whole pages.

    Raises:
        OSError: the kernel refuses that.
    """
    _map(address, size, _READ_AND_WRITE, mmap.MAP_SHARED | _IN_PLACE, descriptor)


def put_private(address: int, size: int) -> None:
    """Put pages of this process's own in the place of others.

    Raises:
        OSError: the kernel refuses that.
    """
    _map(address, size, _READ_AND_WRITE, _PRIVATE | _IN_PLACE, -1)


def _map(address: int | None, size: int, access: int, flags: int, descriptor: int) -> int:
    found: int | None = _libc.mmap(address, size, access, flags, descriptor, 0)
    if found is None or found == _FAILED:
        raise OSError(ctypes.get_errno(), "mmap")
    return found
