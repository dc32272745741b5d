"""What Linux says of processes, those of V8 apart, and of the whole machine."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import IO, cast

import pytest

from tests.bench.machine import Meanwhile, ProcessTree

TICK_S = 0.01

# Starts a process that works and then waits, and waits itself. The first line of its input is for
# the command of that process, the second ends it, and the end of the input ends both.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.stdin.readline()],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(flush=True)
sys.stdin.readline()
child.communicate()
print(flush=True)
sys.stdin.readline()
"""
CHILD = """
import sys, time
while time.process_time() < 0.2: pass
print(flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def parent(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A process whose child has worked for 0.2 s; the parameter is in the child's command."""
    command = [sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        print(request.param, file=process.stdin, flush=True)
        cast("IO[str]", process.stdout).readline()
        yield process
        process.communicate()


def go_on(process: subprocess.Popen[str]) -> None:
    """Let the child end, and see it reaped."""
    print(file=process.stdin, flush=True)
    cast("IO[str]", process.stdout).readline()


@pytest.mark.parametrize("parent", ["isolambda_executor"], indirect=True)
def test_a_process_of_v8_s_counts_for_the_whole_alone(parent: subprocess.Popen[str]) -> None:
    whole_s, server_s = ProcessTree(parent.pid).processor_s()

    assert whole_s - server_s >= 0.2


@pytest.mark.parametrize("parent", ["another server"], indirect=True)
def test_a_process_without_v8_counts_for_the_server(parent: subprocess.Popen[str]) -> None:
    whole_s, server_s = ProcessTree(parent.pid).processor_s()

    assert whole_s == server_s >= 0.2


@pytest.mark.parametrize("parent", ["isolambda_executor"], indirect=True)
def test_a_process_that_ended_still_counts(parent: subprocess.Popen[str]) -> None:
    tree = ProcessTree(parent.pid)
    before_s, _ = tree.processor_s()

    go_on(parent)

    whole_s, server_s = tree.processor_s()
    assert whole_s - server_s >= 0.2 - TICK_S
    assert whole_s >= before_s - TICK_S


def test_what_others_took_is_a_share_of_the_processors() -> None:
    meanwhile = Meanwhile()
    ends_at = time.process_time() + 5 * TICK_S
    while time.process_time() < ends_at:
        pass

    found = re.match(r"others took (\d+)% .* and the host (\d+)%; load", meanwhile.describe())

    assert found is not None
    assert int(found[1]) + int(found[2]) <= 100
