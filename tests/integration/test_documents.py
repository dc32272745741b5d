"""The blocks of README.md and of each page, pasted in order into one shell, beside a server."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import COMMAND
from tests.support.documentation import INDEX, PAGES, README, ROOT, blocks, links, name_of
from tests.support.servers import Server

LANGUAGES = {
    "sh": "is pasted",
    "json": "is what the block before it answers",
    "console": "makes environments or packages, runs for ever, or needs AWS or a container engine",
    "js": "needs CodeMash's client, which tests/clients runs; or is a file of a project",
    "ts": "needs packages; tests/clients bundles and asks it",
    "toml": "is a manifest of a project",
    "yaml": "is a file of another program",
    "mermaid": "is a drawing",
    "text": "is a drawing, or what the block before it prints",
}
TWO_TERMINALS = INDEX.parent / "authors.md"
"""It needs two of them; tests/end_to_end plays it, on one machine and on a stack."""
FIRST_FUNCTION = "../../README.md#a-first-function"
# A `python3` that is a script, which looks for one, starts fifty processes each time.
PATH = f"{sys.base_prefix}/bin:{os.environ['PATH']}"  # noqa: TID251 - of the test run
# An answer of an error ends the shell, and so does whatever else fails or is not set.
SHELL = """
set -eu -o pipefail
curl() { command curl --fail-with-body "$@"; }
"""


def shell_blocks(document: Path) -> list[str]:
    return [text for language, text in blocks(document) if language == "sh"]


def shown_answers(document: Path) -> Iterator[tuple[int, Any]]:
    """Yield each answer that is shown, after the number of the shell block that it is of."""
    number = -1
    for language, text in blocks(document):
        number += language == "sh"
        if language == "json":
            yield number, json.loads(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What of a checkout the blocks name, as `make run` leaves it."""
    commands = tmp_path / ".venv-run" / "bin"
    commands.mkdir(parents=True)
    (commands / "isolambda").symlink_to(COMMAND)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    return tmp_path


@pytest.fixture
def paste(folder: Path, start: Callable[..., Server]) -> Callable[[list[str]], list[str]]:
    """Start a server, paste blocks into one shell beside it, and return what each printed."""

    def paste_all(pasted: list[str]) -> list[str]:
        start("--workers", "2", "--data-dir", str(folder / ".isolambda"))
        script = SHELL + "\n".join(f"{text}\necho; echo ended {n}" for n, text in enumerate(pasted))
        shell = subprocess.run(
            ["bash", "-c", script],  # noqa: S607
            cwd=folder,
            env={**os.environ, "PATH": PATH},  # noqa: TID251 - of the test run
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert (shell.returncode, shell.stderr) == (0, ""), shell.stdout[-2000:] + shell.stderr
        *printed, rest = re.split(r"^ended \d+\n", shell.stdout, flags=re.MULTILINE)
        assert (len(printed), rest) == (len(pasted), "")
        return printed

    return paste_all


def last_object(printed: str) -> Any:
    """Return the last JSON object that was printed."""
    found, at = None, printed.find("{")
    while at >= 0:
        found, end = json.JSONDecoder().raw_decode(printed, at)
        at = printed.find("{", end)
    return found


def is_like(value: Any, shown: Any) -> bool:
    """Tell whether a value is what is shown, where `…` is anything, and keys may be left out."""
    if shown == "…":
        return True
    if isinstance(shown, dict):
        return isinstance(value, dict) and all(
            key in value and is_like(value[key], part) for key, part in shown.items()
        )
    if isinstance(shown, list):
        return (
            isinstance(value, list)
            and len(value) == len(shown)
            and all(is_like(*pair) for pair in zip(value, shown, strict=True))
        )
    return bool(value == shown)


def test_the_blocks_of_the_readme_execute_a_function(
    paste: Callable[[list[str]], list[str]],
) -> None:
    printed = "".join(paste(shell_blocks(README)))

    assert "hi Ada" in printed  # by Kazoo's route
    assert r"\"text\":\"hi Ada\"" in printed  # and by CodeMash's


@pytest.mark.parametrize(
    "page", [page for page in PAGES if shell_blocks(page) and page != TWO_TERMINALS], ids=name_of
)
def test_the_blocks_of_a_page_follow_the_first_function_and_answer_what_is_shown(
    page: Path, paste: Callable[[list[str]], list[str]]
) -> None:
    first, *_ = shell_blocks(README)
    pasted = shell_blocks(page)

    _, *printed = paste([first, *pasted])

    assert FIRST_FUNCTION in links(page)
    for number, shown in shown_answers(page):
        answer = last_object(printed[number])
        assert is_like(answer, shown), f"{pasted[number]}\nanswers {answer}"


def test_each_block_is_pasted_or_has_a_reason_not_to_be() -> None:
    languages = [block.language for document in (README, *PAGES) for block in blocks(document)]

    assert languages.count("sh") >= 30
    assert {*languages} <= {*LANGUAGES}
