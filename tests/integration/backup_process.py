"""Makes, restores and migrates, each in a process of its own; ``test_backups_killed`` kills these.

It reads lines of JSON: what to do, and its arguments. It prints the id of the process, which stops
before it begins, and then how that ended: an exit code, or a signal as a negative number.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from isolambda_cli.admin.local_target import open_directory
from isolambda_local.backup.making import back_up
from isolambda_local.backup.restoring import restore


def _restore(file: Path, data_dir: Path) -> None:
    restore(file, data_dir, replace=True)


def _migrate(data_dir: Path) -> None:
    with open_directory(data_dir):
        pass


_DO: dict[str, Callable[..., object]] = {
    "back_up": back_up,
    "restore": _restore,
    "migrate": _migrate,
}

if __name__ == "__main__":
    os.umask(0o077)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        pid = os.fork()
        if not pid:
            os.kill(os.getpid(), signal.SIGSTOP)
            _DO[name](*map(Path, arguments))
            os._exit(0)
        os.write(1, f"{pid}\n".encode())
        os.write(1, f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
