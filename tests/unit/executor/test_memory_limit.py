"""A supervisor limits what a worker may allocate, whatever the worker says of it."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from isolambda_core.domain.limits import MIB
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.memory_limit import MemoryLimit

_GROWTH = 32 * MIB


@pytest.fixture
def child() -> Iterator[int]:
    """Return a process that waits."""
    command = [sys.executable, "-I", "-S", "-c", "print(1, flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def data_bytes(pid: int) -> int:
    statm = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    return int(statm.split()[5]) * resource.getpagesize()


def limit_of(pid: int) -> int:
    return resource.prlimit(pid, resource.RLIMIT_DATA)[0]


@pytest.mark.parametrize("held", [0, 1, MIB, 2**63, 2**64 - 1])
def test_what_a_worker_holds_back_gives_it_no_more_memory_while_it_is_idle(
    child: int, held: int
) -> None:
    limit = MemoryLimit(child)

    limit.set_for_idleness(held)
    limit.close()

    assert limit_of(child) == data_bytes(child) + _GROWTH


@pytest.mark.parametrize("held", [0, 1, MIB, 2**63, 2**64 - 1])
def test_what_a_worker_holds_back_does_not_count_for_its_next_execution(
    child: int, held: int
) -> None:
    limit = MemoryLimit(child)
    limit.set_for_idleness(held)

    data_max = limit.set_for_execution(64 * MIB)
    limit.close()

    assert data_max == limit_of(child)
    assert data_max == max(0, data_bytes(child) - held) + 64 * MIB + 2 * _GROWTH


def test_a_worker_that_is_gone_is_reported(child: int) -> None:
    limit = MemoryLimit(child)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    with pytest.raises(BrokenPeerError):
        limit.set_for_idleness(0)
    limit.close()


def test_a_worker_that_reports_no_change_has_the_limit_that_it_had(child: int) -> None:
    limit = MemoryLimit(child)
    limit.set_for_idleness(0)
    before = limit_of(child)
    in_execution = limit.set_for_execution(64 * MIB)

    limit.set_for_idleness(2**64 - 1, has_changed=False)

    assert limit_of(child) == before < in_execution
    assert limit.set_for_execution(64 * MIB) == in_execution
    limit.close()
