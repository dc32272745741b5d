"""Find a Python 3.13, the one that Lambda runs, and print where it is.

Standard library only, for any Python that can be found first: the Makefile asks before there is an
environment, and the tests that run what was built import it.

Usage: python313.py
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NONE_HERE = "NO PYTHON 3.13 HERE"
_IS_IT = "import sys; sys.exit(sys.version_info[:2] != (3, 13))"


def find() -> str | None:
    """Return a Python 3.13 that runs, if there is one."""
    for candidate in _candidates():
        command = [candidate, "-c", _IS_IT]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:  # noqa: S603
            return candidate
    return None


def _candidates() -> Iterator[str]:
    # A pyenv shim of that name may refuse to run.
    yield from filter(None, [shutil.which("python3.13")])
    yield from map(str, sorted(Path.home().glob(".pyenv/versions/3.13*/bin/python3.13")))
    if uv := shutil.which("uv"):
        found = subprocess.run(  # noqa: S603
            [uv, "python", "find", "--offline", "3.13"], capture_output=True, text=True, check=False
        )
        yield from filter(None, [found.stdout.strip()])


if __name__ == "__main__":
    if (python := find()) is None:
        sys.exit(f"{NONE_HERE}: install python3.13, or uv with one")
    sys.stdout.write(python + "\n")
