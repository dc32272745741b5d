"""What the executor's processes import before there is a worker, counted in fresh processes."""

import subprocess
import sys

import pytest


def modules_after(module: str) -> set[str]:
    """Return all that a process has imported after it imported a module."""
    return set(printed(f"import sys, {module}; print(*sys.modules)"))


def printed(program: str) -> list[str]:
    """Return the words that a program prints in a fresh process."""
    finished = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout.split()


def test_the_fork_server_is_started_before_what_takes_long_is_imported() -> None:
    slow = {"ctypes", "dataclasses", "enum", "inspect", "json", "socket", "typing"}

    assert not modules_after("isolambda_executor.spawning") & slow


def test_the_fork_server_imports_no_tools_for_source_code() -> None:
    begin = "from isolambda_executor.loading import begin; loaded = begin()"
    program = f"{begin}; import isolambda_executor.forked, sys; loaded(); print(*sys.modules)"

    assert not {"ast", "dis", "inspect", "tokenize"} & set(printed(program))


def test_a_dataclass_in_the_fork_server_may_still_need_them() -> None:
    program = """
from isolambda_executor.loading import begin

loaded = begin()
from dataclasses import dataclass

@dataclass
class WithoutDocumentation:
    number: int = 2

loaded()
print(WithoutDocumentation.__doc__)
"""

    assert "".join(printed(program)) == "WithoutDocumentation(number:int=2)"


def test_no_import_of_the_fork_server_waits_for_the_library_of_v8() -> None:
    program = """
import sys
from importlib import import_module
from isolambda_executor.loading import _MODULES_IN_C, begin

for name in _MODULES_IN_C:
    import_module(name)
before = set(sys.modules)
begin()
import isolambda_executor.forked

for name in set(sys.modules) - before:
    if (getattr(sys.modules[name], "__file__", None) or "").endswith(".so"):
        print(name)
"""

    assert printed(program) == []


@pytest.mark.parametrize(
    "name", ["asyncio", "concurrent", "hashlib", "logging", "ssl", "subprocess"]
)
def test_a_worker_does_without_a_module(name: str) -> None:
    assert name not in modules_after("isolambda_executor.forked")


def test_a_supervisor_does_without_asyncio() -> None:
    assert "asyncio" not in modules_after("isolambda_executor.supervisor")
