"""By the settings of this repository a test that hangs fails, and the others go on."""

import subprocess
import sys
from pathlib import Path

SETTINGS = Path(__file__).parents[3] / "pyproject.toml"
THREE_TESTS = """
import ctypes
import threading

def test_before():
    pass

def test_hangs():
    {hangs}

def test_after():
    pass
"""
IN_PYTHON = "threading.Event().wait()"
# No signal handler of Python's runs before this call ends.
IN_C = """
    c, lock = ctypes.CDLL(None), ctypes.create_string_buffer(64)
    c.pthread_mutex_init(lock, None), c.pthread_mutex_lock(lock), c.pthread_mutex_lock(lock)
"""


def run_three_tests(folder: Path, hangs: str, *options: str) -> list[str]:
    """Run tests of which the second hangs, and return how each that pytest names ended."""
    (folder / "test_it.py").write_text(THREE_TESTS.format(hangs=hangs), encoding="utf-8")
    # The options of `make test` are of plugins that these tests do not have.
    plain = ["env", "-u", "PYTEST_ADDOPTS", sys.executable]
    command = [*plain, "-m", "pytest", "-c", str(SETTINGS), "--rootdir", str(folder)]
    soon = ["-o", "timeout=3", "-o", "faulthandler_timeout=12"]
    done = subprocess.run(
        [*command, *soon, *options, "-rA", "-p", "no:cacheprovider", "test_it.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    ends = [line.split()[:2] for line in done.stdout.splitlines()]
    return sorted(" ".join(end) for end in ends if end and end[0] in ("PASSED", "FAILED"))


ONE_FAILED = [
    "FAILED test_it.py::test_hangs",
    "PASSED test_it.py::test_after",
    "PASSED test_it.py::test_before",
]


def test_a_test_that_hangs_in_python_fails_alone(tmp_path: Path) -> None:
    assert run_three_tests(tmp_path, IN_PYTHON) == ONE_FAILED


def test_a_test_that_hangs_in_c_costs_one_of_several_processes(tmp_path: Path) -> None:
    assert run_three_tests(tmp_path, IN_C, "-n1") == ONE_FAILED
