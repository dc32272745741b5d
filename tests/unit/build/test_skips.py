"""The last lines of ``make test`` say what was not tested."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
TESTS = """
import pytest
@pytest.mark.parametrize("a", [1, 2])
def test_a(a): pytest.skip("NO IMAGE WAS BUILT")
@pytest.mark.skipif(True, reason="no IPv6")
def test_b(): pass
def test_c(): pass
"""


def test_runs_add_to_a_file_what_they_skip_and_for_which_reason(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")
    skips = tmp_path / "skips"
    command = [sys.executable, "-m", "pytest", "-p", "xdist"]
    command += ["-p", "tests.support.skips", "--skips", str(skips)]
    # To start other plugins takes longer than these runs.
    environment = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    for options in ([], [], ["-n", "2"]):
        subprocess.run(
            [*command, *options, "--rootdir", str(tmp_path), str(tmp_path)],
            env=environment, cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip

    assert (
        skips.read_text(encoding="utf-8") == 3 * "NO IMAGE WAS BUILT (2 tests)\nno IPv6 (1 test)\n"
    )
