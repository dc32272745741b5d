"""What the executor's processes import before there is a worker, counted in fresh processes."""

import subprocess
import sys

import pytest


def modules_after(module: str) -> set[str]:
    """Return all that a process has imported after it imported a module."""
    program = f"import sys, {module}; print(*sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(printed.stdout.split())


def test_the_fork_server_is_started_before_what_takes_long_is_imported() -> None:
    slow = {"ctypes", "dataclasses", "inspect", "json"}

    assert not modules_after("isolambda_executor.fork_server") & slow


@pytest.mark.parametrize(
    "name", ["asyncio", "concurrent", "hashlib", "logging", "ssl", "subprocess"]
)
def test_a_worker_does_without_a_module(name: str) -> None:
    assert name not in modules_after("isolambda_executor.forked")


def test_a_supervisor_does_without_asyncio() -> None:
    assert "asyncio" not in modules_after("isolambda_executor.supervisor")
