"""``isolambda dev`` in a process of its own, on a terminal or with its output in a pipe."""

import json
import os
import pty
import re
import signal
import subprocess
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2

from isolambda_cli.project.manifest import read_project
from tests.support.commands import COMMAND, Forked
from tests.support.folders import replace_text
from tests.support.processes import children
from tests.support.waiting import WAIT_S, eventually

_STYLE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Dev:
    """The command on a project; ``keyboard`` is the terminal's other end, None without one."""

    process: subprocess.Popen[str]
    folder: Path
    output: list[str]
    reader: Thread
    keyboard: int | None

    @property
    def shown(self) -> str:
        """All that it printed, without colours."""
        return _STYLE.sub("", "".join(self.output)).replace("\r\n", "\n")

    def shows(self, text: str, times: int = 1) -> None:
        """Wait until it has printed a text so many times."""
        eventually(lambda: self.shown.count(text) >= times)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path, text)

    def execute(self, name: str, call: Any = None) -> Any:
        """Execute a function of the project with a key of the account; return the answer's data."""
        credentials = json.loads((self.folder / ".isolambda/dev/credentials.json").read_text())
        function = read_project(self.folder).functions[name].id
        path = f"/v2/accounts/{credentials['account_id']}/functions/{function}/execute"
        answer = httpx2.post(
            credentials["url"] + path,
            headers={"X-Auth-Token": credentials["api_key"]},
            json={"data": call or {}},
            timeout=WAIT_S,
        )
        return answer.json()["data"]

    def press(self, key: str) -> None:
        """Press a key on its terminal."""
        assert self.keyboard is not None
        os.write(self.keyboard, key.encode())

    def servers(self) -> list[int]:
        """Return the ids of its server's process and of that one's workers."""
        [server] = children(self.process.pid)
        return [server, *children(server)]

    def end(self, with_signal: signal.Signals = signal.SIGINT) -> int:
        """End it by a signal; return its exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(WAIT_S)


@contextmanager
def developing(folder: Path) -> Iterator[Callable[..., Dev]]:
    """Run ``isolambda dev`` in a folder, again and again; all are ended after the block."""
    started: list[Dev] = []

    def start(*options: str, terminal: bool = False) -> Dev:
        reading, writing = pty.openpty() if terminal else os.pipe()
        process = Forked(
            [COMMAND, "dev", *(options or ("--port", "0"))],
            cwd=folder,
            stdin=writing if terminal else subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
        )
        os.close(writing)
        output: list[str] = []
        reader = Thread(target=_read, args=(reading, output))
        reader.start()
        dev = Dev(process, folder, output, reader, reading if terminal else None)
        started.append(dev)
        return dev

    try:
        yield start
    finally:
        for dev in started:
            if dev.process.poll() is None:
                dev.end(signal.SIGTERM)
            dev.reader.join(WAIT_S)


def _read(descriptor: int, output: list[str]) -> None:
    decoder = getincrementaldecoder("utf-8")()  # what is read may end amid a character
    with suppress(OSError):  # of a terminal that has gone
        while data := os.read(descriptor, 65_536):
            output.append(decoder.decode(data))
    os.close(descriptor)
