"""Programs that use a client, each under an interpreter of its own, and report each step."""

import json
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".venv-clients"  # made by `make setup-clients`

Report = dict[str, dict[str, Any]]
"""What a program reports, by the name of the step."""


def reported_by(command: list[Path | str], given: dict[str, Any], **environment: str) -> Report:
    """Run a command with this on its standard input, and return its report."""
    done = subprocess.run(
        command,
        input=json.dumps(given),
        env=environment or None,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line.pop("step"): line for line in lines}
