"""Where there is no nginx, the tests of what is behind one say so, and do not pass for done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SAID = "install Debian's package `nginx-light`, or name another with NGINX=/path/to/it"

pytestmark = pytest.mark.slow


def run_without_nginx(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "tests/integration/test_behind_nginx.py", *options]
    path = os.environ["PATH"]  # noqa: TID251 - of the test run
    environment = {"NGINX": "/no/nginx", "PATH": path}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_tests_of_what_is_behind_nginx_fail_with_what_to_install() -> None:
    ended = run_without_nginx("-x")

    assert ended.returncode == 1, ended.stdout
    assert SAID in ended.stdout


def test_where_skips_are_listed_what_is_behind_nginx_is_among_them(tmp_path: Path) -> None:
    ended = run_without_nginx("--skips", str(tmp_path / "skips"))

    assert ended.returncode == 0, ended.stdout
    [line] = (tmp_path / "skips").read_text(encoding="utf-8").splitlines()
    assert line.startswith("NO NGINX: WHAT IS BEHIND A PROXY WAS NOT TESTED")
    assert SAID in line
