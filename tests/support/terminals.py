"""Play a page of the documentation in two terminals, as its reader would."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, cast

from tests.support.documentation import text_of
from tests.support.folders import replace_text
from tests.support.waiting import WAIT_S, eventually

_PART = re.compile(r"^```(?P<language>\w+)\n(?P<block>(?:.*\n)*?)```$|^(?P<line>.+)$", re.MULTILINE)
_FILE = re.compile(r"`([\w./-]+\.[jt]s)`")
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_ENDED = "this block has ended"


@dataclass
class Terminal:
    """A shell with what it printed; what came before ``since`` was looked at already."""

    shell: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)
    since: int = 0
    reader: Thread = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Thread(target=self.output.extend, args=(self.shell.stdout,))
        self.reader.start()

    @property
    def shown(self) -> str:
        """What it printed, without colours."""
        return _STYLE.sub("", "".join(self.output))

    @property
    def keyboard(self) -> IO[str]:
        """What it reads."""
        return cast("IO[str]", self.shell.stdin)

    def close(self) -> None:
        """End what runs in it, as by Ctrl-C."""
        self.shell.send_signal(signal.SIGINT)
        self.keyboard.close()
        self.shell.wait(WAIT_S)
        self.reader.join(WAIT_S)
        cast("IO[str]", self.shell.stdout).close()

    def forget(self) -> None:
        """Look only at what is printed from now on."""
        self.since = len(self.shown)

    def run(self, block: str) -> None:
        """Paste a block, and wait until each of its commands has ended well."""
        self.forget()
        self.keyboard.write(f"{block}\necho '{_ENDED}'\n")
        self.keyboard.flush()
        eventually(lambda: _ENDED in self.shown[self.since :] or self.shell.poll() is not None)
        assert self.shell.poll() is None, block + self.shown[self.since :]

    def shows(self, text: str) -> None:
        """Wait until the lines of a text were printed, in order; ``…`` is anything in a line."""
        for line in text.splitlines():
            parts = (r"\s+".join(map(re.escape, part.split())) for part in line.split("…"))
            self._shows(re.compile(".*".join(parts)))

    def _shows(self, line: re.Pattern[str]) -> None:
        def look() -> re.Match[str] | None:
            found = line.search(self.shown, self.since)
            is_over = _ENDED in self.shown[self.since :]
            assert found or not is_over, f"no {line.pattern!r} in {self.shown}"
            return found

        self.since = eventually(look).end()


@dataclass
class Reader:
    """Plays pages: ``sh`` in one terminal, ``console`` in another one, ``js`` into its file.

    A ``text`` is what the terminal of the block before it prints; after a file, the second one.
    """

    folder: Path
    environment: Mapping[str, str]
    project: str
    first: Terminal
    second: Terminal | None = None

    def play(self, page: Path, others: Mapping[str, str]) -> None:
        """Play a page; ``others`` are commands to type in the place of what it has."""
        file, looks_at = "", self.first
        for part in _PART.finditer(text_of(page)):
            match part["language"]:
                case None:
                    file = next(iter(_FILE.findall(part["line"])), file)
                case "text":
                    looks_at.shows(part["block"])
                case "sh":
                    looks_at = self.first
                    self.first.run(part["block"])
                case "console":
                    command = part["block"].strip()
                    looks_at = self._start(others.get(command, command))
                case "js":
                    looks_at = self.second or self.first
                    looks_at.forget()
                    replace_text(self.folder / self.project / file, part["block"])
                case language:
                    raise AssertionError(language)

    def close(self) -> None:
        """End what runs in the second terminal."""
        if self.second is not None:
            self.second.close()

    def _start(self, command: str) -> Terminal:
        self.close()
        shell = _open(
            ["bash", "-c", f"exec {command}"], self.folder / self.project, self.environment
        )
        self.second = Terminal(shell)
        return self.second


@contextmanager
def reading(folder: Path, project: str, environment: Mapping[str, str]) -> Iterator[Reader]:
    """Open terminals in a folder, where the page makes a project."""
    shell = _open(["bash", "-eu", "-o", "pipefail"], folder, environment)
    reader = Reader(folder, environment, project, Terminal(shell))
    try:
        yield reader
    finally:
        reader.close()
        reader.first.close()


def _open(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},  # noqa: TID251
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
