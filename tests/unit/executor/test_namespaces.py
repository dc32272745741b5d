"""Native code in a worker finds no file, no network and no rights, without the filter too."""

import logging
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.execution import Outcome
from isolambda_executor import spawning
from isolambda_executor.namespaces import THREADS_MAX
from isolambda_executor.supervisor import Supervisor
from tests.support.processes import thread_status
from tests.unit.executor.supervised import run, workers_of

HOSTILE = """
import ctypes, errno, os, resource, socket, sys, threading
from isolambda_executor.namespaces import drop_capabilities, enter_namespaces, enter_worker

libc = ctypes.CDLL(None, use_errno=True)

def call(function, *arguments):
    if function(*arguments) != 0:
        raise OSError(ctypes.get_errno(), "refused")

def start_threads():
    threading.stack_size(1 << 16)
    wait = threading.Event().wait
    for number in range(10_000):
        try:
            threading.Thread(target=wait, daemon=True).start()
        except RuntimeError:
            return number
    return None

attempts = {
    "open": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "open a file of its program": lambda: os.open(sys.executable, os.O_RDONLY),
    "open a device": lambda: os.open("/dev/null", os.O_RDONLY),
    "open a process": lambda: os.open("/proc/self/root", os.O_RDONLY),
    "stat": lambda: os.stat("/etc"),
    "list": lambda: os.listdir("/"),
    "list above": lambda: os.listdir("/../.."),
    "list here": lambda: os.listdir("."),
    "exec": lambda: os.execv("/bin/sh", ["sh"]),
    "exec itself": lambda: os.execv(sys.executable, ["python"]),
    "make": lambda: os.mkdir("/x"),
    "write": lambda: os.open("/x", os.O_WRONLY | os.O_CREAT),
    "bind": lambda: socket.socket(socket.AF_UNIX).bind("/x"),
    "chroot": lambda: os.chroot(".."),
    "chroot and climb": lambda: (os.mkdir("x"), os.chroot("x"), os.chdir("../..")),
    "mount": lambda: call(libc.mount, b"x", b"/", b"tmpfs", 0, None),
    "mount /proc": lambda: call(libc.mount, b"x", b"/", b"proc", 0, None),
    "mount writable": lambda: call(libc.mount, None, b"/", None, 32 | 4096, None),
    "unmount": lambda: call(libc.umount2, b"/", 2),
    "user namespace": lambda: call(libc.unshare, 0x10000000),
    "mount namespace": lambda: call(libc.unshare, 0x20000),
    "network namespace": lambda: call(libc.unshare, 0x40000000),
    "capabilities": lambda: call(libc.capset, header, b"\\xff" * 24),
    "root": lambda: os.setresuid(0, 0, 0) or os.chroot("/"),
    "kill": lambda: os.kill(1, 0),
    "connect": lambda: socket.socket().connect(("127.0.0.1", 1)),
    "send": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
    "devices": lambda: [name for _, name in socket.if_nameindex()],
    "more threads": lambda: resource.setrlimit(resource.RLIMIT_NPROC, (10_000, 10_000)),
    "threads": start_threads,
    "fork beside as many threads": os.fork,
}
header = b"\\x22\\x05\\x08\\x20" + bytes(4)
proc = os.open("/proc", os.O_PATH)
held = enter_worker(enter_namespaces(proc))
drop_capabilities()
os.close(proc)

def result_of(attempt):
    try:
        return attempt()
    except OSError as error:
        return errno.errorcode[error.errno]
    except ValueError as error:  # as the module resource says it
        return str(error)

lines = [f"{name}: {result_of(attempt)}" for name, attempt in attempts.items()]
os.write(1, "\\n".join([str(int(held)), *lines]).encode())
os._exit(0)
"""
ABSENT = dict.fromkeys(
    ["open", "open a file of its program", "open a device", "open a process", "stat", "exec",
     "exec itself"], "ENOENT"
)  # fmt: skip
EMPTY = dict.fromkeys(["list", "list above", "list here"], "[]")
READ_ONLY = dict.fromkeys(["make", "write", "bind", "chroot and climb"], "EROFS")
REFUSED = dict.fromkeys(
    ["chroot", "mount", "mount /proc", "mount writable", "unmount", "user namespace",
     "mount namespace", "network namespace", "capabilities", "kill"], "EPERM"
) | {"root": "EINVAL"}  # fmt: skip
NO_NETWORK = dict.fromkeys(["connect", "send"], "ENETUNREACH") | {"devices": "['lo']"}
LIMITED = {
    "threads": str(THREADS_MAX - 1),
    "more threads": "not allowed to raise maximum limit",
    "fork beside as many threads": "EAGAIN",
}


ANSWERS = ABSENT | EMPTY | READ_ONLY | REFUSED | NO_NETWORK | LIMITED


@pytest.fixture(scope="module")
def attempts() -> tuple[Confinement, dict[str, str]]:
    """What holds for a process that is a worker but for the filter, and what it attains."""
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE], capture_output=True, text=True, check=True, timeout=240
    )
    held, *lines = done.stdout.splitlines()
    return Confinement(int(held)), dict(line.split(": ", 1) for line in lines)


@pytest.mark.parametrize(("attempt", "answer"), ANSWERS.items())
def test_native_code_finds_nothing_and_gets_nowhere_without_the_filter(
    attempt: str, answer: str, attempts: tuple[Confinement, dict[str, str]]
) -> None:
    held, answers = attempts
    needed = Confinement.THREADS if attempt in LIMITED else Confinement.FILES
    if needed not in held:
        pytest.skip("this kernel gives no such namespace to this user")

    assert answers[attempt] == answer


PLAIN = os.ST_RDONLY | os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC


def namespaces(pid: int | str) -> dict[str, str]:
    """Return the namespaces of a process, by their kinds."""
    return {kind: str(Path(f"/proc/{pid}/ns/{kind}").readlink()) for kind in ("user", "mnt", "net")}


def test_a_worker_has_an_empty_root_no_capability_and_a_user_namespace_of_its_own(
    supervisor: Supervisor,
) -> None:
    if Confinement.FILES not in supervisor.confinement:
        pytest.skip("this kernel gives no such namespace to this user")
    workers = [pid for pid in workers_of(supervisor) if thread_status(pid, "Seccomp") == {"2"}]
    ours = namespaces("self")

    for pid in workers:
        assert list(Path(f"/proc/{pid}/root").iterdir()) == []
        assert os.statvfs(f"/proc/{pid}/root").f_flag & PLAIN == PLAIN
        assert thread_status(pid, "CapEff") == thread_status(pid, "CapPrm") == {"0" * 16}
        assert not namespaces(pid).items() & ours.items()
        assert resource.prlimit(pid, resource.RLIMIT_NPROC) == (THREADS_MAX, THREADS_MAX)
    assert len({namespaces(pid)["user"] for pid in workers}) == len(workers) > 0


IS_ROOT = os.geteuid() == 0
NO_NAMESPACE = "namespaces._NEW_ALL = -1"
NO_ROOT = "namespaces._ROOT = b'/nowhere'"
NO_PIVOT = "namespaces._DETACH = -1"
NO_OTHER_USER = "namespaces._NOBODY = -1"
NO_OWN_USER = "namespaces._NEW_USER = -1"
NO_CHROOT = "namespaces.os.chroot = lambda _: (_ for _ in ()).throw(PermissionError)"
NETWORK = Confinement.SYSTEM_CALLS | Confinement.NETWORK
FILES = NETWORK | Confinement.FILES
ALL = FILES | Confinement.THREADS


@pytest.mark.parametrize(
    ("fault", "held"),
    [
        (NO_NAMESPACE, Confinement.SYSTEM_CALLS),
        (NO_ROOT, NETWORK),
        (NO_PIVOT, NETWORK),
        (NO_OTHER_USER, FILES if IS_ROOT else ALL),
        (NO_OWN_USER, FILES),
        (NO_CHROOT, ALL & ~Confinement.FILES),
    ],
)
def test_where_the_kernel_allows_less_workers_serve_and_the_log_says_what_holds(
    fault: str,
    held: Confinement,
    supervisor: Supervisor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if supervisor.confinement != ALL:
        pytest.skip("this kernel does not give all namespaces to this user")
    begin = "from isolambda_executor.forked"
    spoil = f"from isolambda_executor import namespaces; {fault}; {begin}"
    monkeypatch.setattr(spawning, "_BOOT", spawning._BOOT.replace(begin, spoil))
    caplog.set_level(logging.INFO)

    with Supervisor(1) as less:
        assert less.confinement == held
        assert run(less, "return 1").outcome is Outcome.OK

    assert f"confined by the kernel: True ({', '.join(held.words)})" in caplog.text
