"""Published clients against a real server, each driven by a program under its own interpreter."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import ONE_WORKER, Server, starting

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".venv-clients"  # made by `make setup-clients`

Told = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with starting(tmp_path_factory.mktemp("data")) as start:
        yield start(*ONE_WORKER)


@pytest.fixture(scope="module")
def drive(server: Server) -> Callable[[str, str], Told]:
    """Run a program under a client's interpreter, and return what it told, by step."""

    def run(client: str, program: str) -> Told:
        python = ENVIRONMENTS / client / "bin/python"
        return told_by([python, HERE / "steps.py", program], server.credentials)

    return run


def told_by(command: list[Path | str], given: dict[str, Any], **environment: str) -> Told:
    """Run a command, and return what it told, by step, of what it was given."""
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
