"""Give workers a file system, a network and a user of their own, where the kernel allows it.

The fork server enters the namespaces once, before it forks, with all that it needs loaded: the root
is empty from then on. A worker then takes a user namespace of its own, in which the kernel counts
its threads, and changes its root to the empty folder in that root: a process with such a root
cannot make another user namespace, and so cannot regain the capabilities that it drops.

Not every container allows this; the system call filter then protects alone.
"""

import ctypes
import os
import resource
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from isolambda_core.domain.executions.confinement import Confinement
from isolambda_executor.confinement import MACHINES
from isolambda_executor.isolates import KEPT_MAX

THREADS_MAX: Final = KEPT_MAX + 64
"""V8 has a thread for each isolate."""

_NEW_MOUNTS, _NEW_USER, _NEW_NETWORK = 0x20000, 0x10000000, 0x40000000
# A namespace for IPC would add 10 ms to a cold start, and the filter kills for those calls.
_NEW_ALL: Final = _NEW_MOUNTS | _NEW_USER | _NEW_NETWORK
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 32, 4096, 16384, 1 << 18
_PLAIN: Final = 2 | 4 | 8  # MS_NOSUID, MS_NODEV and MS_NOEXEC
_DETACH: Final = 2
_ROOT: Final = b"/dev"
"""The folder to mount the new root on, which every system has."""
_EMPTY: Final = "empty"

_SET_DUMPABLE: Final = 4
_CAPABILITY_VERSION: Final = 0x20080522
_NOBODY: Final = 65534

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = [
    ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p,
]  # fmt: skip


def enter_namespaces(proc: int) -> Confinement:
    """Leave the files and the network of the machine, and return what the kernel allowed of it.

    ``proc`` is a descriptor of /proc. This process has one thread.
    """
    held = Confinement(0)
    with suppress(OSError):
        user = _unshare(proc)
        held |= Confinement.NETWORK
        _empty_root()
        held |= Confinement.FILES
        if user != 0:  # the kernel exempts root from the limit of threads
            held |= Confinement.THREADS
    return held


def enter_worker(held: Confinement) -> Confinement:
    """Narrow a worker's namespaces down to its own; return what holds of ``held``.

    Drop all capabilities next: until then it may enter other namespaces.
    """
    if Confinement.FILES not in held:
        return held & ~Confinement.THREADS
    own_user = _libc.unshare(_NEW_USER) == 0
    try:
        os.chroot(_EMPTY)
        os.chdir("/")
    except PermissionError:  # by the filter of a container; the root is empty, but not for good
        held &= ~Confinement.FILES
    if not own_user:  # the kernel would count the processes of the whole machine
        return held & ~Confinement.THREADS
    resource.setrlimit(resource.RLIMIT_NPROC, (THREADS_MAX, THREADS_MAX))
    return held


def drop_capabilities() -> None:
    """Drop all capabilities, which root has and which a user namespace gives.

    Raises:
        OSError: the kernel refuses.
    """
    _call(_libc.capset, struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24))


def _unshare(proc: int) -> int:
    """Enter new namespaces; return the user id that this process has outside of them."""
    user, group = os.geteuid(), os.getegid()
    if user == 0 and _unshare_as_nobody(proc):
        return _NOBODY
    if user != 0:
        _call(_libc.unshare, _NEW_ALL)
    _write(proc, "self/setgroups", b"deny")
    _write(proc, "self/uid_map", b"0 %d 1" % user)
    _write(proc, "self/gid_map", b"0 %d 1" % group)
    return user


def _unshare_as_nobody(proc: int) -> bool:
    """Enter new namespaces as root, and become a user without rights; False: it stays root.

    Only a process that is still outside may map that user, so a fork does it. The namespaces
    belong to root, so a supervisor that is root may still limit and kill the workers.
    """
    asks, asked = os.pipe()
    pid, mapper = os.getpid(), os.fork()
    if mapper == 0:
        try:
            os.close(asked)
            if os.read(asks, 1):
                _write(proc, f"{pid}/uid_map", b"0 %d 1" % _NOBODY)
                _write(proc, f"{pid}/gid_map", b"0 %d 1" % _NOBODY)
                os._exit(0)
        finally:
            os._exit(1)
    try:
        _call(_libc.unshare, _NEW_ALL)
        os.write(asked, b"u")
    finally:
        os.close(asks)
        os.close(asked)
        _, status = os.waitpid(mapper, 0)
    if status != 0:
        return False
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    _call(_libc.prctl, _SET_DUMPABLE, 1, 0, 0, 0)  # or it could not open its own files in /proc
    return True


def _empty_root() -> None:
    _call(_libc.mount, None, b"/", None, _RECURSIVE | _PRIVATE, None)
    options = b"size=4k,nr_inodes=2,mode=555"
    _call(_libc.mount, b"tmpfs", _ROOT, b"tmpfs", _PLAIN, options)
    os.chdir(_ROOT)
    os.mkdir(_EMPTY, 0o555)  # noqa: PTH102 - pathlib is not imported
    _call(_libc.mount, None, _ROOT, None, _REMOUNT | _BIND | _READ_ONLY | _PLAIN, None)
    # As pivot_root(2) describes: the old root lies above the new one, until it is detached.
    _call(_libc.syscall, MACHINES[os.uname().machine].pivot_root, b".", b".")
    _call(_libc.umount2, b".", _DETACH)
    os.chdir("/")


def _write(proc: int, name: str, text: bytes) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
    try:
        os.write(descriptor, text)
    finally:
        os.close(descriptor)


def _call(function: Callable[..., int], *arguments: object) -> None:
    if function(*arguments) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses")
