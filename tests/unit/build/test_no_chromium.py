"""Where there is no Chromium, the tests of the console say so, and do not pass for done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SAID = (
    "install Debian's package `chromium-headless-shell`, or name another with CHROMIUM=/path/to/it"
)

pytestmark = pytest.mark.slow


def run_without_chromium(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "tests/console/test_watch.py", *options]
    path = os.environ["PATH"]  # noqa: TID251 - of the test run
    environment = {"CHROMIUM": "/no/chromium", "PATH": path}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_tests_of_the_console_fail_at_once_with_what_to_install() -> None:
    ended = run_without_chromium("-n", "2")

    assert ended.returncode == 2, ended.stdout
    assert SAID in ended.stdout
    assert ended.stdout.count("ERROR at setup") <= 2  # one in each process


def test_where_skips_are_listed_the_console_is_among_them(tmp_path: Path) -> None:
    ended = run_without_chromium("--skips", str(tmp_path / "skips"))

    assert ended.returncode == 0, ended.stdout
    [line] = (tmp_path / "skips").read_text(encoding="utf-8").splitlines()
    assert line.startswith("NO CHROMIUM: THE CONSOLE WAS NOT TESTED")
    assert SAID in line
