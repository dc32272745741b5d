"""What the tests start by a fork is as what a user starts."""

import os
import re
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import commands, processes
from tests.support.commands import COMMAND, Forked
from tests.support.servers import ONE_WORKER, UNFORKED, Server
from tests.support.waiting import WAIT_S

ENVIRONMENT = {"ISOLAMBDA_PORT": "9", "LANG": "C.UTF-8"}
WORDS = [
    ("config", "show"),
    ("config", "show", "--nonsense"),
    ("receipts", "verify", "-", "--jwks", "missing.json"),
    ("--version",),
]


def state_of(server: Server) -> dict[str, Any]:
    """Return what the kernel says of the process of a server, apart from its numbers."""
    pid = server.process.pid
    return {
        "cwd": Path(f"/proc/{pid}/cwd").readlink(),
        "group": os.getpgid(pid),
        "session": os.getsid(pid),
        "parent": processes.thread_status(pid, "PPid"),
        "umask": processes.thread_status(pid, "Umask"),
        "ignored": processes.thread_status(pid, "SigIgn"),
        "caught": processes.thread_status(pid, "SigCgt"),
        "blocked": processes.thread_status(pid, "SigBlk"),
        "files": resource.prlimit(pid, resource.RLIMIT_NOFILE),
        "open": sorted(re.sub(r"\d+", "N", name) for name in processes.open_files(pid)),
    }


def test_a_server_has_the_same_from_the_kernel(start: Callable[..., Server]) -> None:
    forked = start(*ONE_WORKER)
    found = state_of(forked)
    forked.end(signal.SIGKILL)
    assert forked.process.returncode == -signal.SIGKILL

    assert found == state_of(start(*ONE_WORKER, under=UNFORKED))


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_command_prints_and_ends_alike(words: tuple[str, ...], tmp_path: Path) -> None:
    environment = {**ENVIRONMENT, "HOME": str(tmp_path)}

    forked = commands.run(*words, stdin="é", cwd=tmp_path, env=environment)

    started = subprocess.run(
        [COMMAND, *words],
        input="é",
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
        cwd=tmp_path,
        env=environment,
    )
    assert (forked.returncode, forked.stdout, forked.stderr) == (
        started.returncode,
        started.stdout,
        started.stderr,
    )


def test_what_cannot_be_in_a_directory_is_not_started(tmp_path: Path) -> None:
    with Forked(
        [COMMAND, "--version"], cwd=tmp_path / "missing", stderr=subprocess.PIPE
    ) as process:
        _, errors = process.communicate(timeout=WAIT_S)

    assert process.returncode == 1
    assert "FileNotFoundError" in str(errors)
