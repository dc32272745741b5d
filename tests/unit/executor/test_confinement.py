"""The filter lets a worker work, and nothing else; numbers are those of the kernel's headers."""

import re
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from isolambda_executor.confinement import AARCH64, X86_64, SystemCalls, filter_for

HEADERS = {
    "x86_64": (X86_64, Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")),
    "aarch64": (AARCH64, Path("/usr/include/asm-generic/unistd.h")),
}
ALLOW, REFUSE, NOT_THERE, KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
PID = 4711
CLONE_THREAD = 0x10000


@pytest.mark.parametrize("machine", HEADERS)
def test_every_number_is_the_kernels(machine: str) -> None:
    calls, header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"the kernel's headers for {machine} are not installed")
    printed = dict(
        re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", header.read_text(encoding="utf-8"))
    )
    named = {"seccomp", "pivot_root", "clone", "clone3", "prctl", "tgkill"}

    numbers = calls.allowed | calls.refused | {name: getattr(calls, name) for name in named}

    assert numbers == {name: int(printed[name]) for name in numbers}


def run(program: bytes, audit: int, number: int, argument: int = 0) -> int:
    """Run a filter as the kernel would."""
    data = struct.pack("<IIQQ", number, audit, 0, argument)
    instructions = list(struct.iter_unpack("<HBBI", program))
    accumulator = position = 0
    while True:
        code, if_true, if_false, operand = instructions[position]
        position += 1
        if code == 0x06:
            return int(operand)
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        else:
            hit = accumulator == operand if code == 0x15 else bool(accumulator & operand)
            position += if_true if hit else if_false


@pytest.fixture(params=[X86_64, AARCH64], ids=["x86_64", "aarch64"])
def calls(request: pytest.FixtureRequest) -> SystemCalls:
    calls: SystemCalls = request.param
    return calls


def test_what_is_listed_is_allowed_or_refused_and_all_else_is_the_end(calls: SystemCalls) -> None:
    program = filter_for(calls, PID)
    special = {calls.clone, calls.clone3, calls.prctl, calls.tgkill}
    expected = dict.fromkeys(range(512), KILL)
    expected |= dict.fromkeys(calls.allowed.values(), ALLOW)
    expected |= dict.fromkeys(calls.refused.values(), REFUSE)

    for number in expected.keys() - special:
        assert run(program, calls.audit, number) == expected[number]
    assert not set(calls.allowed.values()) & set(calls.refused.values())


def test_threads_are_allowed_and_processes_are_not(calls: SystemCalls) -> None:
    program = filter_for(calls, PID)

    assert run(program, calls.audit, calls.clone, CLONE_THREAD) == ALLOW
    assert run(program, calls.audit, calls.clone, 17) == KILL
    assert run(program, calls.audit, calls.clone3, CLONE_THREAD) == NOT_THERE


def test_signals_concern_this_process_alone(calls: SystemCalls) -> None:
    program = filter_for(calls, PID)

    assert run(program, calls.audit, calls.tgkill, PID) == ALLOW
    assert run(program, calls.audit, calls.tgkill, PID + 1) == KILL


def test_a_process_names_its_threads_and_keeps_the_signal_of_its_parent_s_death(
    calls: SystemCalls,
) -> None:
    program = filter_for(calls, PID)

    for option in range(70):
        expected = ALLOW if option in (15, 16) else REFUSE
        assert run(program, calls.audit, calls.prctl, option) == expected
    assert run(program, calls.audit, calls.prctl, 0x53564D41) == ALLOW


def test_system_calls_of_another_architecture_are_the_end(calls: SystemCalls) -> None:
    program = filter_for(calls, PID)

    assert run(program, 0x40000003, 0) == KILL
    assert run(program, calls.audit, 0x40000000) == KILL


CONFINED = """
import ctypes, os, resource, socket, sys
from isolambda_executor.confinement import confine

libc = ctypes.CDLL(None)
assert confine()
attempts = {
    "open": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "stat": lambda: os.stat("/"),
    "list": lambda: os.listdir("/proc/self/fd"),
    "link": lambda: os.readlink("/proc/self/exe"),
    "memfd": lambda: os.memfd_create("x"),
    "limits": lambda: resource.setrlimit(resource.RLIMIT_DATA, (1 << 40, resource.RLIM_INFINITY)),
    "limits of another process": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_DATA),
    "processors": lambda: os.sched_setaffinity(0, {0}),
    "socket": socket.socket,
    "pair of sockets": socket.socketpair,
    "fork": os.fork,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "kill": lambda: os.kill(os.getppid(), 0),
    "kill itself": lambda: os.kill(os.getpid(), 0),
    "another process": lambda: os.pidfd_open(os.getppid()),
    "user": lambda: os.setuid(0),
    "session": os.setsid,
    "root": lambda: os.chroot("/"),
    "remove": lambda: os.unlink("/tmp/x"),
    "make": lambda: os.mkdir("/tmp/x"),
    "shared memory": lambda: libc.shmget(1, 4096, 0o1600),
    "semaphores": lambda: libc.semget(1, 1, 0o1600),
    "message queue": lambda: libc.msgget(1, 0o1600),
    "POSIX message queue": lambda: libc.mq_open(b"/x", os.O_RDWR | os.O_CREAT, 0o600, None),
}
try:
    attempts[sys.argv[1]]()
except (PermissionError, ValueError):  # ValueError: as the module resource says it
    os._exit(1)
os._exit(0)
"""
REFUSED = [
    "open",
    "stat",
    "list",
    "link",
    "memfd",
    "limits",
    "limits of another process",
    "processors",
]
THE_END = [
    "socket", "pair of sockets", "fork", "exec", "kill", "kill itself", "another process", "user",
    "session", "root", "remove", "make", "shared memory", "semaphores", "message queue",
    "POSIX message queue",
]  # fmt: skip


@pytest.mark.parametrize(
    ("attempt", "ended_by"),
    [*((each, 1) for each in REFUSED), *((each, -signal.SIGSYS) for each in THE_END)],
)
def test_a_confined_process_opens_nothing_and_ends_when_it_reaches_for_more(
    attempt: str, ended_by: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CONFINED, attempt],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (ended_by, "")
