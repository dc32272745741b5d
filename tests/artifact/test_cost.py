"""`make cost` counts what the built Lambdas do, and ends well."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.usefixtures("python", "build")
def test_what_a_million_executions_cost_is_counted(checkout: Path) -> None:
    command = [sys.executable, "-m", "tests.bench.cost", "--executions", "1"]

    counted = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)

    assert counted.returncode == 0, counted.stderr
    rows = [line.split("  ")[0] for line in counted.stdout.splitlines()]
    for way in ("Kazoo", "CodeMash", "pivot", "asynchronous, callback", "Kazoo, lean"):
        assert rows.count(way) == 2, counted.stdout
