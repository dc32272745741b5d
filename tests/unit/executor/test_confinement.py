"""The filter lets a worker work, and nothing else; numbers are those of the kernel's headers."""

import re
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
ALLOW, REFUSE, NOT_THERE = 0x7FFF0000, 0x00050001, 0x00050026
PID = 4711
CLONE_THREAD = 0x10000


@pytest.mark.parametrize("machine", HEADERS)
def test_every_number_is_the_kernels(machine: str) -> None:
    calls, header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"the kernel's headers for {machine} are not installed")
    told = dict(
        re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", header.read_text(encoding="utf-8"))
    )
    named = {"seccomp", "clone", "clone3", "prlimit64", "tgkill"}

    numbers = calls.allowed | {name: getattr(calls, name) for name in named}

    assert numbers == {name: int(told[name]) for name in numbers}


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


def test_what_is_listed_is_allowed_and_nothing_else(calls: SystemCalls) -> None:
    program = filter_for(calls, PID)
    special = {calls.clone, calls.clone3, calls.prlimit64, calls.tgkill}

    for number in set(range(512)) - special:
        wanted = ALLOW if number in calls.allowed.values() else REFUSE
        assert run(program, calls.audit, number) == wanted


def test_threads_are_allowed_and_processes_are_not(calls: SystemCalls) -> None:
    program = filter_for(calls, PID)

    assert run(program, calls.audit, calls.clone, CLONE_THREAD) == ALLOW
    assert run(program, calls.audit, calls.clone, 17) == REFUSE
    assert run(program, calls.audit, calls.clone3, CLONE_THREAD) == NOT_THERE


def test_signals_and_limits_concern_this_process_alone(calls: SystemCalls) -> None:
    program = filter_for(calls, PID)

    assert run(program, calls.audit, calls.tgkill, PID) == ALLOW
    assert run(program, calls.audit, calls.tgkill, PID + 1) == REFUSE
    assert run(program, calls.audit, calls.prlimit64, 0) == ALLOW
    assert run(program, calls.audit, calls.prlimit64, PID) == REFUSE


def test_system_calls_of_another_architecture_are_refused(calls: SystemCalls) -> None:
    program = filter_for(calls, PID)

    assert run(program, 0x40000003, 0) == REFUSE
    assert run(program, calls.audit, 0x40000000) == REFUSE


CONFINED = """
import os, socket
from isolambda_executor.confinement import confine

assert confine()
def refused(attempt):
    try:
        attempt()
    except PermissionError:
        return True
    return False
print([name for name, attempt in {
    "open": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "socket": socket.socket,
    "fork": os.fork,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "kill": lambda: os.kill(os.getppid(), 0),
    "stat": lambda: os.stat("/"),
    "ptrace": lambda: os.pidfd_open(os.getppid()),
    "memfd": lambda: os.memfd_create("x"),
}.items() if not refused(attempt)], flush=True)
os._exit(0)
"""


def test_a_confined_process_opens_starts_and_reaches_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CONFINED], capture_output=True, text=True, check=False, timeout=240
    )

    assert (done.stdout.strip(), done.stderr) == ("[]", "")
