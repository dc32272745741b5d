"""The blocks of the README, pasted in order into one shell, beside the server that it starts."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import COMMAND, Server

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NOT_PASTED = {
    "console": "makes environments or packages, runs for ever, or deploys to AWS",
    "js": "needs CodeMash's client; tests/clients runs it",
    "json": "is a document",
    "": "is a table of folders",
}
# An answer of an error ends the shell, and so does whatever else fails or is not set.
SHELL = """
set -eu -o pipefail
curl() { command curl --fail-with-body "$@"; }
"""


def blocks() -> list[tuple[str, str]]:
    """Return every block of the README, by its language."""
    return FENCE.findall((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What of a checkout the blocks name, as `make run` leaves it."""
    commands = tmp_path / ".venv-run" / "bin"
    commands.mkdir(parents=True)
    (commands / "isolambda").symlink_to(COMMAND)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    return tmp_path


def test_every_block_can_be_pasted_in_order(folder: Path, start: Callable[..., Server]) -> None:
    server = start("--data-dir", str(folder / ".isolambda"))
    pasted = [text for language, text in blocks() if language == "sh"]
    script = SHELL + "\n".join(f"{text}\necho; echo ended {n}" for n, text in enumerate(pasted))

    shell = subprocess.run(
        ["bash", "-c", script],  # noqa: S607
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    server.end()

    said = shell.stdout
    assert (shell.returncode, shell.stderr) == (0, ""), said[-2000:] + shell.stderr
    assert [f"ended {n}" for n in range(len(pasted))] == re.findall(
        r"^ended \d+$", said, re.MULTILINE
    )
    assert "hi Ada" in said  # executed, by Kazoo's route
    assert r"\"text\":\"hi Ada\"" in said  # and by CodeMash's
    assert '"status":"queued"' in said
    assert '"next_runs":[' in said


def test_no_block_is_left_out_without_a_reason() -> None:
    languages = [language for language, _ in blocks()]

    assert languages.count("sh") >= 7
    assert {*languages} == {"sh", *NOT_PASTED}
