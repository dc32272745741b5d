"""Map memory of this process at chosen addresses, and change its access rights.

The standard library's ``mmap`` can do neither.
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
    """Reserve ``size`` bytes of inaccessible address space, and return their address.

    Raises:
        OSError: the process has no such room.
    """
    return _map(None, size, _NO_ACCESS, _PRIVATE, -1)


def make_writable(address: int, size: int) -> bool:
    """Make reserved bytes writable; return False if RLIMIT_DATA, which now counts them, forbids."""
    return bool(_libc.mprotect(address, size, _READ_AND_WRITE) == 0)


def make_inaccessible(address: int, size: int) -> None:
    """Make bytes inaccessible again; RLIMIT_DATA no longer counts them."""
    _libc.mprotect(address, size, _NO_ACCESS)


def put_file(address: int, size: int, descriptor: int) -> None:
    """Replace whole pages by a shared mapping of a file.

    Raises:
        OSError: the kernel refuses.
    """
    _map(address, size, _READ_AND_WRITE, mmap.MAP_SHARED | _IN_PLACE, descriptor)


def put_private(address: int, size: int) -> None:
    """Replace whole pages by private ones.

    Raises:
        OSError: the kernel refuses.
    """
    _map(address, size, _READ_AND_WRITE, _PRIVATE | _IN_PLACE, -1)


def _map(address: int | None, size: int, access: int, flags: int, descriptor: int) -> int:
    found: int | None = _libc.mmap(address, size, access, flags, descriptor, 0)
    if found is None or found == _FAILED:
        raise OSError(ctypes.get_errno(), "mmap")
    return found
