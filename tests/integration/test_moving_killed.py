"""An export or an import that is killed at any step, and made again, ends as one that was not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", ["export", "import"])
def test_what_was_killed_and_made_again_is_the_same(kind: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.moving_process", kind, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,  # of the commands
        stderr=subprocess.PIPE,
        text=True,
        timeout=600,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    ends = [json.loads(line) for line in done.stderr.splitlines()]
    *killed, last = ends
    assert len(killed) > 30
    assert all(end["killed"] for end in killed)
    assert not last["killed"]
    assert [end["step"] for end in ends if not (end["same"] and end.get("bound", True))] == []
