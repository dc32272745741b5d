"""Restrict a worker to the system calls that it needs once V8 has started.

A seccomp filter allows what V8 and the worker's loop need, by name below. It answers ``EPERM`` to
what a C library, V8 or Python may try and can do without, such as opening a file. For any other
call the kernel kills the process: only code that took the worker over asks for a socket, a program,
a process or another process's memory. The filter holds for every thread and cannot be removed.
"""

import ctypes
import errno
import os
import struct
from dataclasses import dataclass
from typing import Final

_SET_NO_NEW_PRIVS: Final = 38
_SET_MODE_FILTER: Final = 1
_FLAG_TSYNC: Final = 1
_CLONE_THREAD: Final = 0x10000

# Classic BPF, from linux/bpf_common.h and linux/seccomp.h.
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
# prctl may still name a thread or a mapping, but not cancel the signal at its parent's death.
_SET_NAME, _GET_NAME, _SET_VMA = 15, 16, 0x53564D41
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENT_AT = 0, 4, 16
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_REFUSE: Final = 0x00050000 | errno.EPERM
_NOT_THERE: Final = 0x00050000 | errno.ENOSYS


@dataclass(frozen=True, slots=True)
class SystemCalls:
    """The numbers of one architecture, which ``audit`` names.

    The filter allows the calls in ``allowed``, and answers ``EPERM`` to those in ``refused``.
    """

    audit: int
    seccomp: int
    pivot_root: int
    clone: int
    clone3: int
    prctl: int
    tgkill: int
    allowed: dict[str, int]
    refused: dict[str, int]


# From asm/unistd.h. Both have the same names, except that arm64 never had poll and select.
X86_64: Final = SystemCalls(
    audit=0xC000003E, seccomp=317, pivot_root=155, clone=56, clone3=435, prctl=157, tgkill=234,
    allowed={
        # files and sockets that are open already
        "read": 0, "write": 1, "pread64": 17, "pwrite64": 18, "readv": 19, "writev": 20, "close": 3,
        "lseek": 8, "fstat": 5, "recvfrom": 45, "recvmsg": 47, "sendto": 44, "sendmsg": 46,
        "poll": 7, "ppoll": 271, "select": 23, "pselect6": 270, "eventfd2": 290,
        # memory
        "mmap": 9, "munmap": 11, "mprotect": 10, "mremap": 25, "madvise": 28, "brk": 12,
        "membarrier": 324, "pkey_mprotect": 329, "pkey_alloc": 330, "pkey_free": 331, "mincore": 27,
        # threads
        "futex": 202, "futex_waitv": 449, "sched_yield": 24, "sched_getaffinity": 204,
        "sched_getparam": 143, "sched_getscheduler": 145, "set_robust_list": 273,
        "get_robust_list": 274, "rseq": 334, "restart_syscall": 219,
        # time
        "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "nanosleep": 35,
        "gettimeofday": 96, "times": 100,
        # signals to itself
        "setitimer": 38, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15,
        "rt_sigpending": 127, "sigaltstack": 131,
        # facts about the process itself
        "getpid": 39, "gettid": 186, "getppid": 110, "getuid": 102, "geteuid": 107, "getgid": 104,
        "getegid": 108, "getcpu": 309, "getrusage": 98, "getrlimit": 97,
        "sysinfo": 99, "uname": 63, "getrandom": 318,
        # the end
        "exit": 60, "exit_group": 231,
    },
    refused={
        # files
        "open": 2, "openat": 257, "openat2": 437, "stat": 4, "lstat": 6, "newfstatat": 262,
        "statx": 332, "access": 21, "faccessat": 269, "faccessat2": 439, "readlink": 89,
        "readlinkat": 267, "getdents64": 217, "getcwd": 79, "statfs": 137, "fstatfs": 138,
        "ioctl": 16, "fcntl": 72, "dup": 32, "dup2": 33, "dup3": 292, "pipe": 22, "pipe2": 293,
        "ftruncate": 77, "fallocate": 285, "fadvise64": 221, "fsync": 74, "fdatasync": 75,
        "memfd_create": 319, "epoll_create1": 291, "epoll_ctl": 233, "epoll_wait": 232,
        "epoll_pwait": 281, "timerfd_create": 283, "timerfd_settime": 286,
        # memory, processors and priorities
        "mlock": 149, "mlock2": 325, "munlock": 150, "mlockall": 151, "msync": 26,
        "get_mempolicy": 239, "set_mempolicy": 238, "mbind": 237, "sched_setaffinity": 203,
        "sched_setparam": 142, "sched_setscheduler": 144, "sched_setattr": 314,
        "sched_getattr": 315, "getpriority": 140, "setpriority": 141,
        # limits, clocks and identity
        "prlimit64": 302, "setrlimit": 160, "timer_create": 222, "timer_settime": 223, "alarm": 37,
        "getitimer": 36, "getpgrp": 111, "getpgid": 121, "getsid": 124, "getresuid": 118,
        "getresgid": 120, "getgroups": 115, "capget": 125, "arch_prctl": 158,
        "set_tid_address": 218, "personality": 135, "umask": 95,
    },
)  # fmt: skip
AARCH64: Final = SystemCalls(
    audit=0xC00000B7, seccomp=277, pivot_root=41, clone=220, clone3=435, prctl=167, tgkill=131,
    allowed={
        "read": 63, "write": 64, "pread64": 67, "pwrite64": 68, "readv": 65, "writev": 66,
        "close": 57, "lseek": 62, "fstat": 80, "recvfrom": 207, "recvmsg": 212, "sendto": 206,
        "sendmsg": 211, "ppoll": 73, "pselect6": 72, "eventfd2": 19,
        "mmap": 222, "munmap": 215, "mprotect": 226, "mremap": 216, "madvise": 233, "brk": 214,
        "membarrier": 283, "pkey_mprotect": 288, "pkey_alloc": 289, "pkey_free": 290,
        "mincore": 232, "futex": 98, "futex_waitv": 449, "sched_yield": 124,
        "sched_getaffinity": 123, "sched_getparam": 121, "sched_getscheduler": 120,
        "set_robust_list": 99, "get_robust_list": 100, "rseq": 293, "restart_syscall": 128,
        "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "nanosleep": 101,
        "gettimeofday": 169, "times": 153,
        "setitimer": 103, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139,
        "rt_sigpending": 136, "sigaltstack": 132,
        "getpid": 172, "gettid": 178, "getppid": 173, "getuid": 174, "geteuid": 175, "getgid": 176,
        "getegid": 177, "getcpu": 168, "getrusage": 165, "getrlimit": 163,
        "sysinfo": 179, "uname": 160, "getrandom": 278,
        "exit": 93, "exit_group": 94,
    },
    refused={
        "openat": 56, "openat2": 437, "fstatat": 79, "statx": 291, "faccessat": 48,
        "faccessat2": 439, "readlinkat": 78, "getdents64": 61, "getcwd": 17, "statfs": 43,
        "fstatfs": 44, "ioctl": 29, "fcntl": 25, "dup": 23, "dup3": 24, "pipe2": 59,
        "ftruncate": 46, "fallocate": 47, "fadvise64": 223, "fsync": 82, "fdatasync": 83,
        "memfd_create": 279, "epoll_create1": 20, "epoll_ctl": 21, "epoll_pwait": 22,
        "timerfd_create": 85, "timerfd_settime": 86,
        "mlock": 228, "mlock2": 284, "munlock": 229, "mlockall": 230, "msync": 227,
        "get_mempolicy": 236, "set_mempolicy": 237, "mbind": 235, "sched_setaffinity": 122,
        "sched_setparam": 118, "sched_setscheduler": 119, "sched_setattr": 274,
        "sched_getattr": 275, "getpriority": 141, "setpriority": 140,
        "prlimit64": 261, "setrlimit": 164, "timer_create": 107, "timer_settime": 110,
        "getitimer": 102,
        "getpgid": 155, "getsid": 156, "getresuid": 148, "getresgid": 150, "getgroups": 158,
        "capget": 90, "set_tid_address": 96, "personality": 92, "umask": 166,
    },
)  # fmt: skip
MACHINES: Final = {"x86_64": X86_64, "aarch64": AARCH64}
"""The system calls of each machine that Python names."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def confine() -> bool:
    """Install the filter in this process; return False where kernel or processor support none."""
    calls = MACHINES.get(os.uname().machine)
    if calls is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = filter_for(calls, os.getpid())
    code = ctypes.create_string_buffer(instructions)
    program = _Program(len(instructions) // 8, ctypes.cast(code, ctypes.c_void_p))
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(
        libc.syscall(calls.seccomp, _SET_MODE_FILTER, _FLAG_TSYNC, ctypes.byref(program)) == 0
    )


def filter_for(calls: SystemCalls, pid: int) -> bytes:
    """Return the filter program for a process, eight bytes an instruction."""
    allow, refuse, kill = (_one(_RETURN, answer) for answer in (_ALLOW, _REFUSE, _KILL))
    program = [
        _one(_LOAD, _ARCHITECTURE_AT),
        _jump(_EQUAL, calls.audit, 1, 0),
        kill,
        _one(_LOAD, _NUMBER_AT),
        _jump(_EQUAL, calls.clone3, 0, 1),  # a filter cannot read its flags, which are in memory
        _one(_RETURN, _NOT_THERE),
    ]
    for number in calls.allowed.values():
        program += [_jump(_EQUAL, number, 0, 1), allow]
    for number in calls.refused.values():
        program += [_jump(_EQUAL, number, 0, 1), refuse]
    for number, test, operands, otherwise in (
        (calls.clone, _ANY_BIT, (_CLONE_THREAD,), kill),  # threads, not processes
        (calls.tgkill, _EQUAL, (pid,), kill),  # signals to this process
        (calls.prctl, _EQUAL, (_SET_NAME, _GET_NAME, _SET_VMA), refuse),
    ):
        program += [_jump(_EQUAL, number, 0, 2 * len(operands) + 2), _one(_LOAD, _ARGUMENT_AT)]
        for operand in operands:
            program += [_jump(test, operand, 0, 1), allow]
        program.append(otherwise)
    return b"".join([*program, kill])


def _one(code: int, operand: int) -> bytes:
    return _jump(code, operand, 0, 0)


def _jump(code: int, operand: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, operand)
